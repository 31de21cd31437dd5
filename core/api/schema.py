"""How operations are documented: one decorator for all, so that none forgets its errors or who may call it."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from core.api.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from core.api.problems import CONTENT_TYPE
from core.api.security_schemes import SECURITY_SCHEMES, Security

Method = TypeVar("Method", bound=Callable[..., Any])


class OperationSchema(AutoSchema):
    """Says of each operation who may call it, by what the view's permission says of itself."""

    def get_auth(self) -> Any:
        return self._permission().security

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular overrides it
        method = getattr(self.view, self.method.lower())
        scope = f"A key with scopes needs `{method.scope}`." if method.scope else ""
        return " ".join(filter(None, (self._permission().words(), method.description, scope)))

    def get_override_parameters(self) -> list[Any]:
        """Those that all operations of the view share; an operation adds its own."""
        return list(getattr(self.view, "path_parameters", ()))

    def _permission(self) -> "_SaysWhoMayCall":
        permissions: Any = self.view.get_permissions()
        permission: _SaysWhoMayCall
        (permission,) = permissions
        return permission


class _SaysWhoMayCall(Protocol):
    """A permission class of ours."""

    security: Security

    def words(self) -> str: ...


class ProblemDetailSerializer(serializers.Serializer[Any]):
    """One thing that is wrong."""

    pointer = serializers.CharField(
        help_text="Where: a JSON pointer into the body, or `/name` of a query parameter."
    )
    code = serializers.CharField(help_text="What, for programs: stable.")
    detail = serializers.CharField(help_text="What, for people, in the language asked for.")

    class Meta:
        ref_name = "ProblemDetail"


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457: what is wrong, all of it at once."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = ProblemDetailSerializer(many=True)  # type: ignore[assignment]  # a field here, a property there

    class Meta:
        ref_name = "Problem"


REFUSALS: Mapping[int, str] = {
    400: "The request is not valid; `errors` names everything that is wrong.",
    401: "An API key is needed, or the one shown is unknown, expired or revoked.",
    403: "The caller's role, or its key's scopes, do not allow this.",
    404: "There is nothing here, or not for this caller: the answer does not tell which.",
    409: "The state of things does not allow this now; `code` says why.",
    410: "It was there, and was removed when its time was up.",
    413: "The body is larger than a million bytes.",
    415: "The body must be `application/json`.",
    422: "The Idempotency-Key was used for another request.",
    429: "Too many requests; `Retry-After` says how many seconds to wait.",
}

# What answers say in their headers, and which answers; an ETag those that can be 304.
HEADERS_SAY: Mapping[str, str] = {
    "ETag": "What this answer is known by: show it as `If-None-Match`.",
    "RateLimit": "Of each window its name, how many requests are left (`r`) and the seconds until more (`t`).",
    "RateLimit-Policy": "Of each window its name, how many requests there may be (`q`) in how many seconds (`w`).",
    "Retry-After": "In how many seconds to ask again.",
    "WWW-Authenticate": "`Api-Key`: how to say who you are.",
}
RATES = ("RateLimit", "RateLimit-Policy")
HEADERS: Mapping[str, Sequence[str]] = {
    "200": RATES,
    "201": RATES,
    "202": RATES,
    "401": ["WWW-Authenticate"],
    "429": [*RATES, "Retry-After"],
}

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    OpenApiParameter.HEADER,
    description="Any text of the caller's, new for each new request: sent again within a day, the same request gets "
    "its first answer again, and nothing is done twice.",
)
PAGING = [
    OpenApiParameter("cursor", str, description="From `next` or `previous`; opaque."),
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
        description="How many rows a page has.",
    ),
]


def operation(
    operation_id: str,
    *,
    tag: str,
    summary: str,
    answers: Mapping[Any, Any],
    description: str = "",
    body: Any = None,
    refusals: Sequence[int] = (),
    conflicts: Sequence[str] = (),
    parameters: Sequence[Any] = (),
    examples: Sequence[OpenApiExample] = (),
    idempotent: bool = False,
    scope: str = "",
    links: Mapping[str, Mapping[str, str]] | None = None,
    asked: Any = None,
    answered: Any = None,
) -> Callable[[Method], Method]:
    """Document one operation. What any call may be refused with, and what follows from the rest, is added here.

    Who may call it is added by `OperationSchema`.

    `asked` and `answered` are one request that is granted, and what it is granted with.

    `scope` is what a narrowed key must have for it (see `core.api.views`); `links` say which operations can follow,
    and where in the answer their parameters are.
    """
    codes = {400, 401, 429, *refusals}
    if body is not None:
        codes |= {413, 415}
    if conflicts or idempotent:
        codes |= {409}
    if idempotent:
        codes |= {422}
        conflicts = [*conflicts, "request_in_progress"]
    if scope:
        codes |= {403}
    problems = {(code, CONTENT_TYPE): _refusal(code, conflicts) for code in sorted(codes)}
    if links:
        LINKS[operation_id] = links
    granted = [status if isinstance(status, int) else status[0] for status in answers]
    document = extend_schema(
        operation_id=operation_id,
        tags=[tag],
        summary=summary,
        request=body,
        responses={**answers, **problems},
        parameters=[*parameters, *([IDEMPOTENCY_KEY] if idempotent else [])],
        examples=[
            *examples,
            *_granted_examples(body, asked, answered, min(granted)),
            *(_example(code, conflicts) for code in sorted(codes)),
        ],
    )

    def decorate(method: Method) -> Method:
        documented: Method = document(method)
        vars(documented).update(scope=scope, description=description)
        return documented

    return decorate


# Of each operation, those that can follow it: operation id -> parameter -> where its value is in the answer.
LINKS: dict[str, Mapping[str, Mapping[str, str]]] = {}


def finish_document(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """What drf-spectacular has no word for: links, and refusals that are written down once and referred to."""
    shared: dict[str, Any] = {}
    for methods in result["paths"].values():
        for described in methods.values():
            answers = described["responses"]
            links = LINKS.get(described["operationId"], {})
            for status, answer in answers.items():
                if links and status in ("200", "201"):
                    answer["links"] = {
                        name: {"operationId": name, "parameters": dict(parameters)}
                        for name, parameters in links.items()
                    }
                names = [*HEADERS.get(status, ()), *(["ETag"] if "304" in answers and status < "400" else [])]
                if names:
                    answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
                if status >= "400" and status != "409":  # whose codes are each operation's own
                    name = HTTPStatus(int(status)).phrase.title().replace(" ", "")
                    shared[name] = answer
                    answers[status] = {"$ref": f"#/components/responses/{name}"}
    result["components"]["responses"] = dict(sorted(shared.items()))
    result["components"]["headers"] = {
        name: {"description": said, "schema": {"type": "string"}} for name, said in HEADERS_SAY.items()
    }
    return result


EXAMPLES: Mapping[int, tuple[str, str]] = {
    400: ("invalid", "The request is not valid."),
    401: ("not_authenticated", "Authentication credentials were not provided."),
    403: ("permission_denied", "You do not have permission to perform this action."),
    404: ("not_found", "Not found."),
    409: ("request_in_progress", "The state of things does not allow this now."),
    410: ("print_gone", "This file was removed when its time was up. Print it again."),
    413: ("too_large", "The request is too large."),
    415: ("unsupported_media_type", "Send the body as application/json, and say so in Content-Type."),
    422: ("idempotency_key_reused", "This Idempotency-Key was used for another request."),
    429: ("throttled", "Too many requests. Ask again in 60 seconds."),
}


def _granted_examples(body: Any, asked: Any, answered: Any, status: int) -> list[OpenApiExample]:
    found = []
    if asked is not None:
        kind = next(iter(body)) if isinstance(body, Mapping) else None
        found.append(OpenApiExample("Asked", value=asked, request_only=True, media_type=kind))
    if answered is not None:
        found.append(
            OpenApiExample("Granted", value=answered, response_only=True, status_codes=[str(status)])
        )
    return found


def _example(status: int, conflicts: Sequence[str]) -> OpenApiExample:
    code, detail = EXAMPLES[status]
    if status == 409 and conflicts:
        code = conflicts[0]
    errors = [{"pointer": "/page_size", "code": "out_of_range", "detail": "Give a number from 1 to 100."}]
    return OpenApiExample(
        code.replace("_", " ").capitalize(),
        value={
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
            "errors": errors if status == 400 else [],
        },
        response_only=True,
        status_codes=[str(status)],
        media_type=CONTENT_TYPE,
    )


def _refusal(status: int, conflicts: Sequence[str]) -> OpenApiResponse:
    description = REFUSALS[status]
    if status == 409:
        description = f"{description} One of: {', '.join(f'`{conflict}`' for conflict in conflicts)}."
    return OpenApiResponse(ProblemSerializer, description=description)


def page_example(*results: Any) -> dict[str, Any]:
    """A page of a list, as an example of an answer."""
    return {"next": None, "previous": None, "results": list(results)}


@cache
def page_of(serializer: type[serializers.Serializer[Any]], name: str) -> type[serializers.Serializer[Any]]:
    """The serializer of a page of these: `{next, previous, results}`."""
    fields = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": serializer(many=True),
        "Meta": type("Meta", (), {"ref_name": name}),
    }
    make: Any = type(serializers.Serializer)
    page: type[serializers.Serializer[Any]] = make(f"{name}Serializer", (serializers.Serializer,), fields)
    return page


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells drf-spectacular of our authentication; the operations name who may call themselves."""

    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return SECURITY_SCHEMES["apiKey"]
