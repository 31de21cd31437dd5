"""Content negotiation with one possible outcome."""

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request


def is_encoded(request: Request) -> bool:
    """Whether the body is compressed, by its own words. We unpack none: a small one may unpack to very much."""
    return request.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity")


class AlwaysJSON(BaseContentNegotiation):
    """Ignores `Accept`: each address answers in one form, and errors are problem+json."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        if is_encoded(request):
            return None
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
