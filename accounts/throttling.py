"""How often a caller may ask: the windows of programs and of the customer's pages. Some roles have none."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.permissions import caller_of, is_exempt, key_of
from core.throttling import Window, count, look, note_count

# Requests for the link of an order, by page and by API: each is a guess at a number and its mailbox.
LINK_REQUESTS = Window("find-my-request", 20, 3600)


def link_window(request: Request | HttpRequest) -> Window | None:
    """The limit of requests for an order's link for this caller. None means no limit."""
    return None if is_exempt(request) else LINK_REQUESTS


def request_window(request: Request) -> Window | None:
    """The limit of requests for this caller; a key's own limit goes first. None means no limit."""
    key = key_of(request)
    if key is not None and key.requests_per_minute is not None:
        return Window("requests", key.requests_per_minute, 60)
    return None if is_exempt(request) else Window("requests", settings.REQUESTS_PER_MINUTE, 60)


def order_window(request: Request | HttpRequest) -> Window | None:
    """The limit of orders for this caller; likewise."""
    key = key_of(request)
    if key is not None and key.orders_per_hour is not None:
        return Window("orders", key.orders_per_hour, 3600)
    if is_exempt(request):
        return None
    amount = settings.ANONYMOUS_ORDERS_PER_HOUR if key is None else settings.KEY_ORDERS_PER_HOUR
    return Window("orders", amount, 3600)


@contextmanager
def counted_order(request: Request | HttpRequest) -> Iterator[None]:
    """Around the placing of an order, inside its transaction. By page and by API it is the same window.

    An order over the rate is rolled back, so that only placed orders count. Raises Throttled.
    """
    window, caller = order_window(request), caller_of(request)
    if window is not None:
        note_count(request, look(window, caller))
    yield
    if window is not None:
        note_count(request, count(window, caller))


class RequestRate(BaseThrottle):
    """Counts every request of an address or an API key."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Always True: a request over the limit raises Throttled, and the answer's headers show the count."""
        window = request_window(request)
        if window is not None:
            note_count(request, count(window, caller_of(request)))
        return True
