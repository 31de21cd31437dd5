"""Cookies that no browser of ours holds count as not sent."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.text import has_control_characters


class PlainCookies:
    """Middleware. Forgets each cookie with control characters in it, before a session is looked up by one.

    A header cannot hold them, but a cookie in quotes can: `"\\000"` is a zero, which PostgreSQL takes in no text.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        for name in [name for name, value in request.COOKIES.items() if has_control_characters(value)]:
            del request.COOKIES[name]
        return self.get_response(request)
