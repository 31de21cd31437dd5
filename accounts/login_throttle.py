"""Slow down password guessing: limit the tries to sign in, by account and address together and by address.

A browser in which the account has signed in before has a counter of its own, by a signed cookie (OWASP's "device
cookies", decision 45): a guesser behind the same address cannot lock its owner out. The cookie opens nothing.

A try counts before the password is checked, so simultaneous tries count too. When the cache is away, tries are not
limited: passwords and second factors still protect the accounts, and a broken counter must not lock the staff out.
"""

import hashlib
import logging
import secrets

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from core.callers import client_address

log = logging.getLogger(__name__)

WINDOW_SECONDS = 5 * 60
TRIES_PER_ACCOUNT = 5
TRIES_PER_ADDRESS = 60

KNOWN_FOR_SECONDS = 180 * 24 * 3600
# A desk in the warehouse has one browser for many people; the accounts that signed in last are kept.
ACCOUNTS_PER_BROWSER = 20
_SALT = "accounts.device"
_DEVICE = "device "


def origin_of(request: HttpRequest, user: str) -> str:
    """Where a try comes from, for counting: the browser, if it is one of this user's, else the caller's address."""
    number = _devices(request).get(_who(user))
    return f"{_DEVICE}{number}" if number else client_address(request)


def remember_device(request: HttpRequest, response: HttpResponse, user: str) -> HttpResponse:
    """After every step of sign-in: this browser is one of the user's. A new number each time."""
    known = _devices(request)
    known.pop(_who(user), None)  # the latest comes last
    known[_who(user)] = secrets.token_urlsafe(12)
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(dict(list(known.items())[-ACCOUNTS_PER_BROWSER:]), salt=_SALT, compress=True),
        max_age=KNOWN_FOR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def may_try(*, account: str, address: str) -> bool:
    """Count a try from where `origin_of` says. Returns False when there were too many in the last minutes."""
    try:
        of_account = _count(_account_key(account, address))
        if address.startswith(_DEVICE):
            return of_account <= TRIES_PER_ACCOUNT
        of_address = _count(f"sign-in:address:{_digest(address)}")
    except (RedisError, OSError) as error:
        log.warning("cache away, tries at signing in are not counted: %s", type(error).__name__)
        return True
    return of_account <= TRIES_PER_ACCOUNT and of_address <= TRIES_PER_ADDRESS


def forget_tries(*, account: str, address: str) -> None:
    """After a successful sign-in, forget the user's earlier failed tries."""
    try:
        cache.delete(_account_key(account, address))
    except (RedisError, OSError) as error:
        log.warning("cache away, tries at signing in are not forgotten: %s", type(error).__name__)


def _devices(request: HttpRequest) -> dict[str, str]:
    """The accounts that signed in in this browser, and the number that each has here."""
    sealed = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    try:
        known = signing.loads(sealed, salt=_SALT, max_age=KNOWN_FOR_SECONDS)
    except signing.BadSignature:
        return {}
    return known if isinstance(known, dict) else {}


def _who(user: str) -> str:
    return _digest(user.strip().casefold())[:16]


def _account_key(account: str, address: str) -> str:
    return f"sign-in:account:{_digest(account.strip().casefold(), address)}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _count(key: str) -> int:
    cache.add(key, 0, WINDOW_SECONDS)
    try:
        return cache.incr(key)
    except ValueError:  # it expired between the two calls
        return 1
