"""Errors of the REST API: RFC 9457 `application/problem+json`, with `code` and every problem at once."""

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import render
from django.urls import is_valid_path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import defaults
from rest_framework import exceptions, views
from rest_framework.response import Response

from core.api.negotiation import is_encoded
from core.api.parsing import problems_of
from core.charsets import NotUTF8
from core.database_trouble import RETRY_AFTER, is_database_trouble
from core.refusals import Problem, Refusal

CONTENT_TYPE = "application/problem+json"
TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


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
    plain = views.exception_handler(error, dict(context))
    if isinstance(error, exceptions.UnsupportedMediaType):
        error = _which_media_type(error, context)
    elif isinstance(error, exceptions.Throttled):
        error.detail = exceptions.ErrorDetail(_how_long(error), error.default_code)
    response = _translated(error)
    for header in ("WWW-Authenticate", "Retry-After"):
        if plain is not None and header in plain:
            response[header] = plain[header]
    return response


def _how_long(error: Any) -> str:
    seconds = math.ceil(error.wait)
    return ngettext(
        "Too many requests. Ask again in %(seconds)d second.",
        "Too many requests. Ask again in %(seconds)d seconds.",
        seconds,
    ) % {"seconds": seconds}


def _which_media_type(error: exceptions.APIException, context: Mapping[str, Any]) -> exceptions.APIException:
    if is_encoded(context["request"]):
        detail = _("Send the body as it is, uncompressed and without Content-Encoding.")
        error.detail = exceptions.ErrorDetail(detail, error.default_code)
        return error
    kinds = ", ".join(parser.media_type for parser in context["view"].parser_classes)
    error.detail = exceptions.ErrorDetail(
        _("Send the body as %(kinds)s, and say so in Content-Type.") % {"kinds": kinds}, error.default_code
    )
    return error


def _translated(error: exceptions.APIException) -> Response:
    if isinstance(error, exceptions.ValidationError):
        return _response(
            400, "invalid", _("The request is not valid."), list(problems_of(error.get_full_details()))
        )
    if isinstance(error, exceptions.ParseError):
        return _response(400, "invalid", str(error.detail), [Problem("", "invalid_json", str(error.detail))])
    code = error.get_codes()
    return _response(error.status_code, code if isinstance(code, str) else "invalid", str(error.detail))


def problem_page(status: int, code: str, detail: str) -> HttpResponse:
    """The same shape outside DRF: the answer of an API path that reaches no view."""
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


def is_api(request: HttpRequest) -> bool:
    """Whether the caller is a program, which never gets HTML."""
    return request.path.startswith("/api/")


# Django's last handlers (config.urls): a program gets a problem, a person the page of that status.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, TOO_MUCH):
        return _too_much(request, exception)
    if is_api(request):
        detail = str(exception) if isinstance(exception, NotUTF8) else _("The request is not valid.")
        return problem_page(400, "invalid", detail)
    if isinstance(exception, DisallowedHost):
        return render(request, "core/wrong_host.html", {"site": settings.SITE_URL}, status=400)
    return defaults.bad_request(request, exception)


def _too_much(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return problem_page(413, "too_large", _("The request is too large."))
    response = defaults.bad_request(request, exception, template_name="413.html")
    response.status_code = 413
    return response


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return problem_page(403, "permission_denied", _("You may not do this."))
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        path = f"{request.path_info}/"
        if request.method == "POST" and not path.endswith("//") and is_valid_path(path):
            # Django would redirect a POST without its last slash as a GET; 308 keeps method and body.
            return HttpResponsePermanentRedirect(
                request.get_full_path(force_append_slash=True), preserve_request=True
            )
        return problem_page(404, "not_found", _("Not found."))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_database_trouble():
        return _come_back(request)
    if is_api(request):
        return problem_page(500, "server_error", _("Something went wrong on our side. Try again."))
    return defaults.server_error(request)


def _come_back(request: HttpRequest) -> HttpResponse:
    """503 with Retry-After: nothing was written, and the same request may succeed in a moment."""
    if is_api(request):
        response = problem_page(
            503, "try_again", _("The database is busy or away. Nothing was done; try again.")
        )
    else:
        response = defaults.server_error(request, template_name="503.html")
        response.status_code = 503
    response["Retry-After"] = str(RETRY_AFTER)
    return response
