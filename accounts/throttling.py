"""How often a caller of the API may ask. Staff, and programs with a staff role, as often as they like."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.permissions import caller_of, role_of
from core.throttling import Window, count, note_count


class RequestRate(BaseThrottle):
    """Every request of an address, or of an API key without a role, counts."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Always true: what is too much raises Throttled, and its count stands in the answer's headers."""
        if not role_of(request):
            window = Window("requests", settings.REQUESTS_PER_MINUTE, 60)
            note_count(request, count(window, caller_of(request)))
        return True
