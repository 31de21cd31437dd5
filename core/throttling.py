"""How often something may happen: moving windows, counted in Redis by one atomic script.

When Redis is away the answer still comes at once: this process then counts alone until Redis is back.
"""

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

REDIS_TIMEOUT_SECONDS = 0.2
# How many callers this process counts by itself while Redis is away: the latest. A flood of addresses takes no more.
MOST_CALLERS = 10_000
# After a failure, Redis is left alone for a while, so that not every request waits for it.
LEAVE_ALONE_SECONDS = 5.0


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
    """A caller's state in a window: what is left, and the seconds until the oldest request no longer counts."""

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
    """Count a request of this caller, unless the window is full. A request that is tried again counts once."""
    tries = _tries.get()
    if tries is None:
        return _ask(window, caller, spend=True)
    return tries.count(window, caller)


@dataclass(slots=True)
class Tries:
    """What the tries of one request have counted: a later try gets the answers of the earlier ones."""

    answers: dict[tuple[str, str], list[Count]] = field(default_factory=dict)
    used: dict[tuple[str, str], int] = field(default_factory=dict)

    def begin(self) -> None:
        """Another try begins."""
        self.used.clear()

    def count(self, window: Window, caller: str) -> Count:
        key = window.name, caller
        answers, used = self.answers.setdefault(key, []), self.used.get(key, 0)
        self.used[key] = used + 1
        if used == len(answers):
            answers.append(_ask(window, caller, spend=True))
        return answers[used]


_tries: ContextVar[Tries | None] = ContextVar("tries_of_a_request", default=None)


@contextmanager
def counting_once() -> Iterator[Tries]:
    """Around the tries of one request."""
    tries = Tries()
    token = _tries.set(tries)
    try:
        yield tries
    finally:
        _tries.reset(token)


def look(window: Window, caller: str) -> Count:
    """The caller's state, without counting a request."""
    return _ask(window, caller, spend=False)


def forget(window: Window, caller: str) -> None:
    """Forget what was counted of this caller."""
    name = f"{window.name}:{caller}"
    with _lock:
        _moments.pop(name, None)
    if time.monotonic() >= _Away.until:
        try:
            _client().delete(f"bag14-window:{name}")
        except (RedisError, OSError):
            _Away.until = time.monotonic() + LEAVE_ALONE_SECONDS


def note_count(request: Request | HttpRequest, count: Count) -> None:
    """Show a count in the answer's headers (core.api.views). Raises Throttled if the request was not granted."""
    counts = [known for known in counts_of(request) if known.window.name != count.window.name]
    _plain(request).__dict__["rate_counts"] = [*counts, count]
    count.refuse_unless_granted()


def counts_of(request: Request | HttpRequest) -> list[Count]:
    """The counts noted for a request."""
    counts: list[Count] = _plain(request).__dict__.get("rate_counts", [])
    return counts


def _plain(request: Request | HttpRequest) -> HttpRequest:
    return request._request if isinstance(request, Request) else request


class _Away:
    until = 0.0


def _ask(window: Window, caller: str, *, spend: bool) -> Count:
    name = f"{window.name}:{caller}"
    answer: Sequence[int] | None = None
    if time.monotonic() >= _Away.until:
        try:
            answer = _shared()(
                [f"bag14-window:{name}"], [window.amount, window.seconds * 1_000_000, int(spend)]
            )
        except (RedisError, OSError):
            _Away.until = time.monotonic() + LEAVE_ALONE_SECONDS
    if answer is None:
        answer = _own(name, window, spend=spend)
    granted, remaining, reset = answer
    return Count(window, bool(granted), max(0, remaining), max(1, math.ceil(reset / 1_000_000)))


# A sorted set holds the times of a caller's counted requests, in microseconds of Redis' clock. Older ones are removed,
# the rest is counted, and the oldest says when there is room again.
_SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local amount, span, spend = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - span))
local used = redis.call('ZCARD', KEYS[1])
local granted = used < amount
if granted and spend == '1' then
  local moment = string.format('%.0f', now)
  redis.call('ZADD', KEYS[1], moment, moment .. ':' .. used)
  redis.call('PEXPIRE', KEYS[1], span / 1000)
  used = used + 1
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
return {granted and 1 or 0, amount - used, (oldest and tonumber(oldest) or now) + span - now}
"""


@cache
def _client() -> Redis:
    # The client's own retries would make a request wait for seconds.
    return Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


@cache
def _shared() -> Callable[[Sequence[str], Sequence[int]], Sequence[int]]:
    script: Any = _client().register_script(_SCRIPT)
    return lambda keys, arguments: script(keys=keys, args=arguments)


_moments: OrderedDict[str, deque[float]] = OrderedDict()
_lock = threading.Lock()


def _own(name: str, window: Window, *, spend: bool) -> tuple[int, int, int]:
    """The same within this process, while Redis is away."""
    now = time.monotonic()
    with _lock:
        moments = _moments.setdefault(name, deque())
        _moments.move_to_end(name)
        if len(_moments) > MOST_CALLERS:
            _moments.popitem(last=False)
        while moments and moments[0] <= now - window.seconds:
            moments.popleft()
        granted = len(moments) < window.amount
        if granted and spend:
            moments.append(now)
        oldest = moments[0] if moments else now
        if not moments:
            del _moments[name]
        return int(granted), window.amount - len(moments), int((oldest + window.seconds - now) * 1_000_000)


def forget_absence() -> None:
    """Ask Redis again at once, and forget what was counted without it."""
    _Away.until = 0.0
    _moments.clear()
