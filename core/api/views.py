"""What every endpoint of the API uses: the base view, the answer given once, the reading of a query."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import idempotency
from core.api.parsing import made, read_partly
from core.idempotency import Answer
from core.refusals import Refusal
from core.throttling import counts_of


class ApiView(APIView):
    """The base of all endpoints. Closed to strangers unless its `permission_classes` open it."""

    http_method_names = ("get", "head", "post")
    # Set where other callers may post than read.
    post_permission_classes: Sequence[type[BasePermission]] | None = None
    cache_control = "no-store"

    def get_permissions(self) -> Sequence[Any]:
        if self.request.method == "POST" and self.post_permission_classes is not None:
            return [permission() for permission in self.post_permission_classes]
        return super().get_permissions()

    def check_permissions(self, request: Request) -> None:
        """A key with scopes must have the scope of the operation."""
        super().check_permissions(request)
        scope = getattr(getattr(self, str(request.method).lower(), None), "scope", "")
        has_scope: Callable[[str], bool] | None = getattr(request.auth, "has_scope", None)
        if scope and has_scope is not None and not has_scope(scope):
            detail = _("This key lacks the scope %(scope)s.") % {"scope": scope}
            raise Refusal("insufficient_scope", detail, status=403)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", self.cache_control)
        # A token in the address must not reach another site by a click on a link.
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        counts = counts_of(request)
        if counts:
            response["RateLimit-Policy"] = ", ".join(count.window.policy for count in counts)
            response["RateLimit"] = ", ".join(count.header for count in counts)
        return response


def may_call(view: type[ApiView], request: HttpRequest) -> bool:
    """Whether the caller may call this method of a view, by the headers alone: nothing is counted, no body is read."""
    asked = view()
    asked.setup(request)
    asked.request = asked.initialize_request(request)
    try:
        asked.perform_authentication(asked.request)
        asked.check_permissions(asked.request)
    except (APIException, PermissionDenied, Refusal):
        return False
    return True


def answer_once(
    request: Request, *, callers: Sequence[str], work: Callable[[], Answer], asked: Any = None
) -> Answer:
    """Do the work in one transaction; or give the first answer again, if the request's Idempotency-Key has one.

    `asked` identifies the request where its body does not. Raises Refusal, see `core.idempotency.once`.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        with transaction.atomic():
            return work()
    idempotency.check_key(key)
    operation = f"{request.method} {request.path}"[:100]
    return idempotency.once(
        callers=callers,
        key=key,
        operation=operation,
        request_hash=idempotency.hashed(operation, request.data if asked is None else asked),
        work=work,
    )


def respond_once(
    request: Request, *, callers: Sequence[str], work: Callable[[], Answer], asked: Any = None
) -> Response:
    """The answer of `answer_once` as a response."""
    answer = answer_once(request, callers=callers, work=work, asked=asked)
    return Response(answer.body, status=answer.status)


def moment(at: datetime | None) -> str | None:
    """A time as ISO 8601 in UTC, such as `2026-11-21T20:15:00.123456Z`."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def read_query(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The query parameters; a blank one counts as not given. Raises Refusal `invalid`."""
    given = {name: value for name, value in request.query_params.items() if value}
    values, problems = read_partly(made(serializer), given)
    if problems:
        raise Refusal("invalid", problems=problems)
    return values


def id_parameter(
    name: str, schema: Mapping[str, Any] = MappingProxyType({}), description: str = ""
) -> OpenApiParameter:
    """A part of the path that names a row: a number as `config.api_urls` takes it, or what `schema` says."""
    number = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}
    return OpenApiParameter(name, dict(schema) or number, OpenApiParameter.PATH, description=description)
