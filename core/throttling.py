"""How often something may happen: moving windows, counted in Redis by one atomic script.

When Redis is away the answer still comes at once, and this process counts alone until it is back.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.exceptions import RedisError
from redis.retry import Retry
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

REDIS_TIMEOUT_SECONDS = 0.2
# Once Redis did not answer it is left alone for a while, so that not every request waits for it.
LEAVE_ALONE_SECONDS = 5.0

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Window:
    """At most `amount` within any `seconds`, for each caller."""

    name: str
    amount: int
    seconds: int

    @property
    def policy(self) -> str:
        """For the header RateLimit-Policy."""
        return f'"{self.name}";q={self.amount};w={self.seconds}'


@dataclass(frozen=True, slots=True)
class Count:
    """How a caller stands in a window: what is left, and the seconds until the oldest is forgotten."""

    window: Window
    granted: bool
    remaining: int
    reset_seconds: int

    @property
    def header(self) -> str:
        """For the header RateLimit."""
        return f'"{self.window.name}";r={self.remaining};t={self.reset_seconds}'

    def refuse_unless_granted(self) -> None:
        """Raises Throttled (429, with Retry-After)."""
        if not self.granted:
            raise Throttled(wait=self.reset_seconds)


def count(window: Window, caller: str) -> Count:
    """Count one more for this caller, unless the window is full."""
    return _ask(lambda limiter: _count(limiter, window, caller, spend=True))


def look(window: Window, caller: str) -> Count:
    """How the caller stands, counting nothing."""
    return _ask(lambda limiter: _count(limiter, window, caller, spend=False))


def _count(limiter: MovingWindowRateLimiter, window: Window, caller: str, *, spend: bool) -> Count:
    item = RateLimitItemPerSecond(window.amount, window.seconds, namespace="bag14")
    granted = (limiter.hit if spend else limiter.test)(item, window.name, caller)
    stats = limiter.get_window_stats(item, window.name, caller)
    reset_seconds = max(1, math.ceil(stats.reset_time - time.time()))
    return Count(window, granted, max(0, stats.remaining), reset_seconds)


def note_count(request: Request, count: Count) -> None:
    """Have a count told in the answer's headers (core.api). Raises Throttled if it was not granted."""
    counts = [known for known in counts_of(request) if known.window.name != count.window.name]
    request._request.__dict__["rate_counts"] = [*counts, count]
    count.refuse_unless_granted()


def counts_of(request: Request) -> list[Count]:
    """The counts noted for a request."""
    counts: list[Count] = request._request.__dict__.get("rate_counts", [])
    return counts


class _Away:
    until = 0.0


def _ask(question: Callable[[MovingWindowRateLimiter], Answer]) -> Answer:
    if time.monotonic() >= _Away.until:
        try:
            return question(_shared())
        except (RedisError, OSError):
            _Away.until = time.monotonic() + LEAVE_ALONE_SECONDS
    return question(_own())


@cache
def _shared() -> MovingWindowRateLimiter:
    # The client's own retries would make a request wait for seconds.
    pool = ConnectionPool.from_url(
        settings.REDIS_URL,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    url = settings.REDIS_URL.replace("unix://", "redis+unix://", 1)
    return MovingWindowRateLimiter(RedisStorage(url, connection_pool=pool, key_prefix="bag14-limits"))


@cache
def _own() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


def forget_absence() -> None:
    """Ask Redis again at once, and forget what was counted without it."""
    _Away.until = 0.0
    _own.cache_clear()
