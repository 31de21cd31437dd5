"""The OpenAPI document: valid, without a warning, and equal to the file here, so that a review shows its changes."""

import gzip
import json
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from core.api import api_docs

pytestmark = pytest.mark.slow

DOCUMENT = Path(__file__).parent / "openapi.yaml"
RENEW = "python manage.py spectacular --file tests/contract/openapi.yaml"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    text = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=text)
    found: dict[str, Any] = yaml.safe_load(text.getvalue())
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def resolved(document: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """The answer itself, also where the document only refers to it."""
    name = answer.get("$ref", "").removeprefix("#/components/responses/")
    found: dict[str, Any] = document["components"]["responses"][name] if name else answer
    return found


def test_document_here_is_current(document: dict[str, Any]) -> None:
    assert yaml.safe_load(DOCUMENT.read_text()) == document, (
        f"the contract has changed; if that is meant: {RENEW}"
    )


def test_every_schema_is_valid(document: dict[str, Any]) -> None:
    """Valid JSON Schema, which OpenAPI 3.1 uses: client generators check it."""
    for name, schema in document["components"]["schemas"].items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            raise AssertionError(f"{name}: {error.message}") from error


def test_answers_say_what_their_headers_are_for(document: dict[str, Any]) -> None:
    known = document["components"]["headers"]
    used = set()
    for name, operation in operations(document).items():
        for code, answer in operation["responses"].items():
            headers = resolved(document, answer).get("headers", {})
            assert {header["$ref"] for header in headers.values()} <= {
                f"#/components/headers/{n}" for n in known
            }
            used |= headers.keys()
            if code == "429":
                assert {"Retry-After", "RateLimit", "RateLimit-Policy"} <= headers.keys(), name
            if code == "304":
                assert "ETag" in headers.keys() & operation["responses"]["200"]["headers"].keys(), name
    assert used == known.keys()


def test_served_document_is_the_same_and_made_once(
    document: dict[str, Any], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    api_docs.document.cache_clear()
    served = client.get("/api/schema/", headers={"Accept": "application/json"}).json()
    assert served == document
    monkeypatch.setattr(api_docs.SchemaView, "generator_class", None)
    again = client.get("/api/schema/", headers={"Accept": "application/json", "Accept-Encoding": "gzip"})
    assert json.loads(gzip.decompress(again.content)) == document


def test_every_operation_says_who_may_call_it_and_what_it_is_refused_with(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        assert operation["summary"], name
        assert operation["security"], name
        refusals = {
            code: resolved(document, answer)
            for code, answer in operation["responses"].items()
            if code >= "400"
        }
        assert {"400", "401", "429"} <= refusals.keys(), name
        for code, answer in refusals.items():
            schema = answer["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}, (name, code)
            assert answer["content"]["application/problem+json"]["examples"], (name, code)
        if {} not in operation["security"]:
            assert "403" in refusals, name
        if "{" in name:
            assert "404" in refusals, name
        if "requestBody" in operation:
            assert {"413", "415"} <= refusals.keys(), name


def examples_of(content: dict[str, Any]) -> list[Any]:
    return [example["value"] for example in content.get("examples", {}).values()]


def test_every_operation_shows_a_request_and_its_answer(document: dict[str, Any]) -> None:
    """Each example is valid by its schema; a file has a description only."""
    for name, operation in operations(document).items():
        bodies = operation.get("requestBody", {}).get("content", {})
        for kind, content in bodies.items():
            assert examples_of(content), f"{name} shows no request"
            if kind == "application/json":
                for example in examples_of(content):
                    is_valid_by(document, content["schema"], example)
        for status, answer in operation["responses"].items():
            if status >= "300":
                continue
            for kind, content in answer.get("content", {}).items():
                if kind == "application/json":
                    assert examples_of(content), f"{name} shows no answer"
                for example in examples_of(content):
                    is_valid_by(document, content["schema"], example)


def is_valid_by(document: dict[str, Any], schema: dict[str, Any], example: Any) -> None:
    whole = {**schema, "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(example)


def test_every_way_to_authenticate_is_explained(document: dict[str, Any]) -> None:
    explained = document["components"]["securitySchemes"].keys()
    used = {
        scheme
        for operation in operations(document).values()
        for alternative in operation["security"]
        for scheme in alternative
    }
    assert used == set(explained)


def test_operations_that_create_honour_an_idempotency_key(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        honours = any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))
        assert honours == ("201" in operation["responses"]), name
