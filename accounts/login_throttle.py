"""Slow down password guessing: limit the tries to sign in, by account and address together and by address.

A try counts before the password is checked, so simultaneous tries count too. When the cache is away, tries are not
limited: passwords and second factors still protect the accounts, and a broken counter must not lock the staff out.
"""

import hashlib
import logging

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

WINDOW_SECONDS = 5 * 60
TRIES_PER_ACCOUNT = 5
TRIES_PER_ADDRESS = 60


def may_try(*, account: str, address: str) -> bool:
    """Count a try. Returns False when there were too many in the last minutes."""
    try:
        of_account = _count(_account_key(account, address))
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
