"""How the API knows its caller: by an API key, sent as `Authorization: Api-Key <key>`."""

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiKey, User, find_api_key
from core.callers import client_address
from core.throttling import Window, count

LAST_USED_PRECISION = timedelta(minutes=1)
# How many wrong keys one address may try.
WRONG_KEYS = Window("wrong-keys", 30, 60)


class ApiKeyAuthentication(BaseAuthentication):
    """Sets `request.auth` to the ApiKey and `request.user` to its user, where it has one."""

    keyword = "Api-Key"

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, ApiKey] | None:
        words = get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != self.keyword.lower():
            return None
        key = find_api_key(words[1]) if len(words) == 2 else None
        if key is None:
            # A good key from the same address goes on working: only the wrong ones count.
            count(WRONG_KEYS, f"address:{client_address(request._request)}").refuse_unless_granted()
            raise AuthenticationFailed(_("This API key is unknown, expired or revoked."))
        now = timezone.now()
        if key.last_used_at is None or now - key.last_used_at > LAST_USED_PRECISION:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        return key.user or AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return self.keyword
