"""A program that calls the API, for tests."""

import json
from typing import Any
from urllib.parse import quote

from django.test import Client

BASE = "/api/v1/"


class Answer:
    """An answer: its status, its headers, and its JSON."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.status: int = response.status_code
        self.headers = response.headers
        self.type: str = response.headers.get("Content-Type", "")

    @property
    def json(self) -> Any:
        return json.loads(self.response.content)

    @property
    def problems(self) -> set[tuple[str, str]]:
        """Pointer and code of every problem."""
        assert self.type == "application/problem+json", self.type
        return {(problem["pointer"], problem["code"]) for problem in self.json["errors"]}

    def is_refused(self, status: int, code: str) -> bool:
        """Whether it is a problem with that status and code, and all its fields."""
        if self.status != status or self.type != "application/problem+json":
            return False
        shape = {"type", "title", "status", "detail", "code", "errors"}
        document = self.json
        return bool(document.keys() == shape and document["status"] == status and document["code"] == code)


class Caller:
    """Calls with an API key, with an order's token, or with nothing."""

    def __init__(self, key: str = "", *, token: str = "", address: str = "192.0.2.1") -> None:
        self.client = Client(REMOTE_ADDR=address, raise_request_exception=False)
        self.headers: dict[str, str] = {}
        if key:
            self.headers["Authorization"] = f"Api-Key {key}"
        if token:
            self.headers["Authorization"] = f"Order {token}"

    def get(self, path: str, headers: Any = None, **query: Any) -> Answer:
        return Answer(self.client.get(_url(path), query, headers=self.headers | (headers or {})))

    def post(
        self,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        data = json.dumps({} if body is None else body).encode() if raw is None else raw
        return Answer(
            self.client.post(_url(path), data, content_type=type, headers=self.headers | (headers or {}))
        )

    def place(self, body: dict[str, Any], *, key: str = "") -> Answer:
        """Place an order, with an Idempotency-Key if one is given."""
        return self.post("orders/", body, headers={"Idempotency-Key": key} if key else None)


def _url(path: str) -> str:
    return path if path.startswith(("/", "http")) else BASE + quote(path)
