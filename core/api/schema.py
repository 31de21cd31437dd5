"""How operations are documented: one decorator for all, so that none leaves out its errors or its callers."""

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
    """Adds to each operation who may call it, in the words of the view's permission."""

    def get_auth(self) -> Any:
        return self._permission().security

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular overrides it
        method = getattr(self.view, self.method.lower())
        scope = f"A key with scopes needs `{method.scope}`." if method.scope else ""
        return " ".join(filter(None, (self._permission().words(), method.description, scope)))

    def get_override_parameters(self) -> list[Any]:
        """The parameters that all operations of the view share; an operation adds its own."""
        return list(getattr(self.view, "path_parameters", ()))

    def _permission(self) -> "_NamesItsCallers":
        permissions: Any = self.view.get_permissions()
        permission: _NamesItsCallers
        (permission,) = permissions
        return permission


class _NamesItsCallers(Protocol):
    """A permission class of `accounts.permissions` or `orders.permissions`."""

    security: Security

    def words(self) -> str: ...


class ProblemDetailSerializer(serializers.Serializer[Any]):
    """One problem of a request."""

    pointer = serializers.CharField(
        help_text="Its place: a JSON pointer into the body, or `/name` of a query parameter."
    )
    code = serializers.CharField(help_text="For programs: stable.")
    detail = serializers.CharField(help_text="For people, in the language of `Accept-Language`.")

    class Meta:
        ref_name = "ProblemDetail"


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457: every problem of a request at once."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = ProblemDetailSerializer(many=True)  # type: ignore[assignment]  # a field here, a property there

    class Meta:
        ref_name = "Problem"


REFUSALS: Mapping[int, str] = {
    400: "The request is not valid; `errors` lists every problem.",
    401: "The request needs an API key, or its key is unknown, expired or revoked.",
    403: "The caller's role or the scopes of its key do not allow this.",
    404: "It does not exist, or this caller may not see it; the answer is the same.",
    409: "The present state does not allow this; `code` says why.",
    410: "Its time is up; `code` says what: `link_ended`, `print_gone`, or `erased`.",
    413: "The body is larger than a million bytes.",
    415: "The body must be `application/json`.",
    422: "The Idempotency-Key was used for another request.",
    429: "Too many requests; `Retry-After` says how many seconds to wait.",
}

# The headers of answers, and which answers have them; an ETag is in those that can be 304.
HEADER_WORDS: Mapping[str, str] = {
    "ETag": "Identifies this answer: send it back as `If-None-Match`.",
    "RateLimit": "For each window its name, the requests left (`r`), and the seconds until there are more (`t`).",
    "RateLimit-Policy": "For each window its name, and the requests allowed (`q`) in a number of seconds (`w`).",
    "Retry-After": "Seconds to wait before the next request.",
    "WWW-Authenticate": "`Api-Key`: how to authenticate.",
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
    description="Any text, new for each new request. When the caller sends the same request with the same key again "
    "within a day, it gets the first answer again, and nothing is done twice.",
)
PAGING = [
    OpenApiParameter("cursor", str, description="Opaque; taken from `next` or `previous`."),
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
        description="The number of rows on a page.",
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
    """Document one operation. The refusals of every call are added here; `OperationSchema` adds who may call it.

    `asked` and `answered` are an example of a request and of its answer. `scope` is what a key with scopes must have
    (`core.api.views` checks it). `links` names the operations that can follow, and where the answer has their values.
    """
    codes = {400, 401, 429, *refusals}
    if body is not None:
        codes |= {413, 415}
    if conflicts or idempotent:
        codes |= {409}
    if idempotent:
        codes |= {410, 422}
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


# operation id -> operation that can follow -> parameter -> where in the answer its value is.
LINKS: dict[str, Mapping[str, Mapping[str, str]]] = {}


def finish_document(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Adds what drf-spectacular lacks: links, and refusals that the document holds once and refers to."""
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
                if status >= "400" and status != "409":  # the codes of a 409 belong to the operation
                    name = HTTPStatus(int(status)).phrase.title().replace(" ", "")
                    shared[name] = answer
                    answers[status] = {"$ref": f"#/components/responses/{name}"}
    result["components"]["responses"] = dict(sorted(shared.items()))
    result["components"]["headers"] = {
        name: {"description": words, "schema": {"type": "string"}} for name, words in HEADER_WORDS.items()
    }
    return result


EXAMPLES: Mapping[int, tuple[str, str]] = {
    400: ("invalid", "The request is not valid."),
    401: ("not_authenticated", "Authentication credentials were not provided."),
    403: ("permission_denied", "You do not have permission to perform this action."),
    404: ("not_found", "Not found."),
    409: ("request_in_progress", "The present state does not allow this."),
    410: ("link_ended", "This link has ended. Ask for a new one: we mail it to the address of the order."),
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
    """Makes our authentication known to drf-spectacular; the permissions name the callers."""

    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return SECURITY_SCHEMES["apiKey"]
