"""Slow down password guessing: limit the tries to sign in, by account and address together and by address.

A browser in which the account has signed in before has a counter of its own, by a signed cookie (OWASP's "device
cookies", decision 45): a guesser behind the same address cannot lock its owner out. The cookie opens nothing.

A try counts before the password is checked, so simultaneous tries count too. When Redis is away, each process counts
alone (core.throttling): guesses stay bounded, and the staff is not locked out.
"""

import hashlib
import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, parse_cookie

from core.callers import client_address
from core.throttling import Window, count, forget

WINDOW_SECONDS = 5 * 60
TRIES_PER_ACCOUNT = 5
TRIES_PER_ADDRESS = 60
_BY_ACCOUNT = Window("sign-in-account", TRIES_PER_ACCOUNT, WINDOW_SECONDS)
_BY_ADDRESS = Window("sign-in-address", TRIES_PER_ADDRESS, WINDOW_SECONDS)

KNOWN_FOR_SECONDS = 180 * 24 * 3600
# A desk in the warehouse has one browser for many people; the accounts that signed in last are kept.
ACCOUNTS_PER_BROWSER = 20
_SALT = "accounts.device"
_DEVICE = "device "


def origin_of(request: HttpRequest, user: str) -> str:
    """Where a try comes from, for counting: the browser, if it is one of this user's, else the caller's address."""
    number = _devices(request).get(_who(user))
    return f"{_DEVICE}{number}" if number else client_address(request)


def is_known(origin: str) -> bool:
    """Whether `origin_of` found a browser in which this user has signed in before."""
    return origin.startswith(_DEVICE)


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
    # The address first: one that is over its limit adds no more names to what is counted.
    if not is_known(address) and not count(_BY_ADDRESS, _digest(address)).granted:
        return False
    return count(_BY_ACCOUNT, _account_key(account, address)).granted


def forget_tries(*, account: str, address: str) -> None:
    """After a successful sign-in, forget the user's earlier failed tries."""
    forget(_BY_ACCOUNT, _account_key(account, address))


def _devices(request: HttpRequest) -> dict[str, str]:
    """The accounts that signed in in this browser, and the number that each has here."""
    return _opened(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""))


def has_known_browser(cookies: str) -> bool:
    """Whether any user has signed in in the browser with this Cookie header."""
    return bool(_opened(parse_cookie(cookies).get(settings.DEVICE_COOKIE_NAME, "")))


def _opened(sealed: str) -> dict[str, str]:
    try:
        known = signing.loads(sealed, salt=_SALT, max_age=KNOWN_FOR_SECONDS)
    except signing.BadSignature:
        return {}
    return known if isinstance(known, dict) else {}


def _who(user: str) -> str:
    return _digest(user.strip().casefold())[:16]


def _account_key(account: str, address: str) -> str:
    return _digest(account.strip().casefold(), address)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
