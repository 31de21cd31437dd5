"""Threads for Django, each lane with a short queue that is fair to its callers.

One lane's work never waits for another's: hashing passwords does not hold a page, nor an upload. Callers take turns, so
one who sends hundreds of requests waits for those alone. A request that would wait too long is refused at once: the
caller can come again, and nothing piles up.
"""

import asyncio
import os
import sys
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

LONGEST_WAIT = 15.0  # seconds
MODEST = 10  # of 0 (first) to 19 (last)


def _step_back() -> None:
    """Give this thread a lower priority. Only Linux knows one for each thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), MODEST)


class Busy(Exception):
    """More requests wait than could be served soon."""


class Lane:
    """`threads` threads, and at most `longest` requests that wait for them. It lives in one loop.

    No caller holds the last free thread: four requests of one caller that wait for a row hold up no other. A `modest`
    lane computes much: its threads leave the processors to the others.
    """

    def __init__(
        self,
        name: str,
        *,
        threads: int = 1,
        longest: int,
        longest_wait: float = LONGEST_WAIT,
        modest: bool = False,
    ) -> None:
        begin = _step_back if modest else None
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name, initializer=begin)
        self._free = threads
        self._most_each = max(1, threads - 1)
        self._held: Counter[str] = Counter()
        self._begun: dict[object, float] = {}
        self._longest = longest
        self._longest_wait = longest_wait
        self._waiting: OrderedDict[str, deque[asyncio.Future[bool]]] = OrderedDict()

    async def run(self, caller: str, work: Callable[[], T]) -> T:
        """The result of `work`, done in a thread when it is this caller's turn. Raises Busy."""
        if self._free and self._held[caller] < self._most_each:
            self._free -= 1
            self._held[caller] += 1
        else:
            await self._turn(caller)
        begun = object()
        self._begun[begun] = time.monotonic()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            del self._begun[begun]
            self._give_back(caller)

    def longest_at_work(self) -> float:
        """For how many seconds the oldest piece of work has been under way."""
        return time.monotonic() - min(self._begun.values(), default=time.monotonic())

    async def _turn(self, caller: str) -> None:
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(turn)
        self._keep_short()
        try:
            async with asyncio.timeout(self._longest_wait):
                granted = await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            # The turn may have come in the very moment in which the wait ended.
            if turn.done() and not turn.cancelled() and turn.result():
                self._give_back(caller)
            if isinstance(error, TimeoutError):
                raise Busy from error
            raise
        if not granted:
            raise Busy

    def _keep_short(self) -> None:
        """Refuse the newest request of the caller who has most waiting, while too many wait."""
        while sum(map(len, self._waiting.values())) > self._longest:
            heaviest = max(self._waiting, key=lambda caller: len(self._waiting[caller]))
            turn = self._waiting[heaviest].pop()
            if not self._waiting[heaviest]:
                del self._waiting[heaviest]
            if not turn.done():
                turn.set_result(False)

    def _give_back(self, caller: str) -> None:
        """The caller's thread is free: give it to the next caller's oldest request."""
        self._held[caller] -= 1
        if not self._held[caller]:
            del self._held[caller]
        self._free += 1
        for next_caller in list(self._waiting):
            if not self._free:
                return
            if self._held[next_caller] < self._most_each:
                self._grant(next_caller)

    def _grant(self, caller: str) -> None:
        """A free thread for the oldest request of a caller that still waits. The caller's others go behind."""
        turns = self._waiting.pop(caller)
        while turns:
            turn = turns.popleft()
            if not turn.done():  # one that gave up has been cancelled
                turn.set_result(True)
                self._free -= 1
                self._held[caller] += 1
                break
        if turns:
            self._waiting[caller] = turns
