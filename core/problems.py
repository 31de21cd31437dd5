"""Errors of the REST API: RFC 9457 `application/problem+json`, with `code` and every problem at once."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions, views
from rest_framework.response import Response

from core.refusals import Problem, Refusal

CONTENT_TYPE = "application/problem+json"


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: translates a Refusal or one of DRF's own errors. Others stay a 500."""
    if isinstance(error, Refusal):
        return _response(error.status, error.code, str(error.detail), error.problems)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    if isinstance(error, exceptions.ValidationError):
        problems = list(_problems("", error.get_full_details()))
        response = _response(400, "invalid", "The request is not valid.", problems)
    else:
        code = error.get_codes()
        response = _response(
            error.status_code, code if isinstance(code, str) else "invalid", str(error.detail)
        )
    views.set_rollback()
    plain = views.exception_handler(error, dict(context))
    for header in ("WWW-Authenticate", "Retry-After"):
        if plain is not None and header in plain:
            response[header] = plain[header]
    return response


def problem_page(status: int, code: str, detail: str) -> HttpResponse:
    """The same shape outside of DRF: what an API path answers where no view is reached."""
    return JsonResponse(problem_body(status, code, detail), status=status, content_type=CONTENT_TYPE)


def problem_body(status: int, code: str, detail: str, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    """The document: type, title, status, detail, code, errors[{pointer, code, detail}]."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [{"pointer": p.pointer, "code": p.code, "detail": str(p.detail)} for p in problems],
    }


def _response(status: int, code: str, detail: str, problems: Sequence[Problem] = ()) -> Response:
    return Response(problem_body(status, code, detail, problems), status=status, content_type=CONTENT_TYPE)


def _problems(pointer: str, details: Any) -> Iterator[Problem]:
    """DRF's nested details as flat problems with JSON pointers."""
    if isinstance(details, Mapping):
        if "message" in details and "code" in details and not isinstance(details["message"], Mapping | list):
            yield Problem(pointer, str(details["code"]), str(details["message"]))
            return
        for name, inner in details.items():
            own = pointer if name == "non_field_errors" else f"{pointer}/{name}"
            yield from _problems(own, inner)
    elif isinstance(details, Sequence):
        nested = any(isinstance(inner, Mapping) and "message" not in inner for inner in details)
        for index, inner in enumerate(details):
            yield from _problems(f"{pointer}/{index}" if nested else pointer, inner)
