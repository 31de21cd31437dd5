"""How often a caller of the API may ask. Staff, and programs with a staff role, as often as they like."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.permissions import caller_of, key_of, role_of
from core.throttling import Window, count, note_count


def request_window(request: Request) -> Window | None:
    """How often this caller may ask at all; a key's own limit counts first. None: as often as it likes."""
    key = key_of(request)
    if key is not None and key.requests_per_minute is not None:
        return Window("requests", key.requests_per_minute, 60)
    return None if role_of(request) else Window("requests", settings.REQUESTS_PER_MINUTE, 60)


def order_window(request: Request) -> Window | None:
    """Likewise how many orders it may place."""
    key = key_of(request)
    if key is not None and key.orders_per_hour is not None:
        return Window("orders", key.orders_per_hour, 3600)
    if role_of(request):
        return None
    amount = settings.ANONYMOUS_ORDERS_PER_HOUR if key is None else settings.KEY_ORDERS_PER_HOUR
    return Window("orders", amount, 3600)


class RequestRate(BaseThrottle):
    """Every request of an address, or of an API key without a role, counts."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Always true: what is too much raises Throttled, and its count stands in the answer's headers."""
        window = request_window(request)
        if window is not None:
            note_count(request, count(window, caller_of(request)))
        return True
