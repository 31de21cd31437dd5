"""How many pages one address may load: the customer's pages and sign-in, as the API counts its requests."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import is_signed_in
from core.callers import client_address
from core.throttling import Count, Window, count

# Health is asked for by machines, pictures come by dozens with each page, and the API counts its requests itself.
_NOT_COUNTED = ("/healthz", "/readyz", "/static/", "/media/", "/api/v1/", "/anymail/")


class PageRate:
    """Refuses pages over the rate with 429. Staff who are signed in are not counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(_NOT_COUNTED) and not _is_staff(request):
            window = Window("pages", settings.PAGES_PER_MINUTE, 60)
            counted = count(window, f"address:{client_address(request)}")
            if not counted.granted:
                return _refusal(request, counted)
        return self.get_response(request)


def _is_staff(request: HttpRequest) -> bool:
    # Without a cookie there is no session to load, and the answer does not come to depend on one.
    return settings.SESSION_COOKIE_NAME in request.COOKIES and is_signed_in(request.user)


def _refusal(request: HttpRequest, counted: Count) -> HttpResponse:
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(counted.reset_seconds)
    response["Cache-Control"] = "no-store"
    return response
