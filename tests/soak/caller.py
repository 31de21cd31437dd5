"""One client's connection: it notes each call, and sends again what got no answer, as programs should."""

import http.client
import json
import random
import threading
import time
import uuid
from typing import Any
from urllib.parse import urlencode

from tests.soak.memory import Answer, Call, Memory

ANSWER_WITHIN = 30.0
LONGEST_PAUSE = 3.0
# The server closes a connection that says nothing for ten seconds; a program that waited longer opens another one.
IDLE_SECONDS = 4.0


class Caller:
    """`over`: set where nothing is sent again any more."""

    def __init__(
        self, port: int, memory: Memory, rng: random.Random, *, began: float, over: threading.Event
    ) -> None:
        self.port = port
        self.memory = memory
        self.rng = rng
        self.began = began
        self.over = over
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0.0

    def get(self, operation: str, path: str, *, auth: str = "") -> Answer | None:
        return self.call(operation, "GET", path, auth=auth)

    def post(self, operation: str, path: str, body: Any = None, *, auth: str = "") -> Answer | None:
        """Once; None where no answer came."""
        return self.call(operation, "POST", path, body=body if body is not None else {}, auth=auth)

    def insist(
        self,
        operation: str,
        path: str,
        body: Any = None,
        *,
        auth: str = "",
        keyed: bool = False,
        form: dict[str, Any] | None = None,
    ) -> Answer | None:
        """Send it until it is answered: the same request, with the same Idempotency-Key where it is `keyed`.

        Without an answer, and with 503, 429 and `request_in_progress`, it is sent again. None where the run is over.
        """
        key = str(uuid.UUID(int=self.rng.getrandbits(128))) if keyed else ""
        for attempt in range(10_000):
            answer = self.call(operation, "POST", path, body=body, auth=auth, key=key, form=form)
            if answer is not None and not _comes_again(answer):
                return answer
            if self.over.wait(min(LONGEST_PAUSE, 0.2 * 1.5 ** min(attempt, 10)) * self.rng.uniform(0.7, 1.3)):
                return None
        return None

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        body: Any = None,
        auth: str = "",
        key: str = "",
        form: dict[str, Any] | None = None,
    ) -> Answer | None:
        headers = {"Accept-Language": "en"}
        if auth:
            headers["Authorization"] = auth
        if key:
            headers["Idempotency-Key"] = key
        data: bytes | None = None
        if form is not None:
            data = urlencode(form, doseq=True).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif method == "POST":
            data = json.dumps(body if body is not None else {}).encode()
            headers["Content-Type"] = "application/json"
        noted = Call(operation, self._now(), 0.0, 0)
        try:
            answer = self._exchange(method, path, data, headers, noted)
            noted.ended = self._now()
        except (OSError, http.client.HTTPException) as error:
            noted.ended = self._now()
            noted.error = type(error).__name__
            self.close()
            answer = None
            self.over.wait(
                self.rng.uniform(0.1, 0.4)
            )  # a program that is refused does not ask without a pause
        self.memory.note_call(noted)
        return answer

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str], noted: Call
    ) -> Answer:
        if self._now() - self._used > IDLE_SECONDS:
            self.close()
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_WITHIN)
        self._connection.request(method, path, body=data, headers=headers)
        response = self._connection.getresponse()
        raw = response.read()
        self._used = self._now()
        noted.status = response.status
        noted.retry_after = response.headers.get("Retry-After", "")
        kind = response.headers.get("Content-Type", "")
        parsed: Any = json.loads(raw) if "json" in kind and raw else None
        if isinstance(parsed, dict) and response.status >= 400:
            noted.code = str(parsed.get("code", ""))
            noted.is_problem = kind.startswith("application/problem+json") and bool(noted.code)
        answer = Answer(response.status, parsed, response.headers.get("Location", ""), noted.code)
        if response.will_close:
            self.close()
        return answer

    def _now(self) -> float:
        return time.monotonic() - self.began


def _comes_again(answer: Answer) -> bool:
    """Whether the same request may be answered otherwise in a moment."""
    return answer.status in (429, 500, 503) or answer.code == "request_in_progress"
