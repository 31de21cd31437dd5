"""Threads for Django, each lane with a short queue that is fair to its callers.

One lane's work never waits for another's: hashing passwords does not hold a page, nor an upload. Callers take turns, so
one who sends hundreds of requests waits for those alone. A request that would wait too long is refused at once: the
caller can come again, and nothing piles up.
"""

import asyncio
import os
import sys
import threading
from collections import OrderedDict, deque
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

    A `modest` lane computes much: its threads leave the processors to the others.
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
        self._longest = longest
        self._longest_wait = longest_wait
        self._waiting: OrderedDict[str, deque[asyncio.Future[bool]]] = OrderedDict()

    async def run(self, caller: str, work: Callable[[], T]) -> T:
        """The result of `work`, done in a thread when it is this caller's turn. Raises Busy."""
        if self._free:
            self._free -= 1
        else:
            await self._turn(caller)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._pass_on()

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
                self._pass_on()
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

    def _pass_on(self) -> None:
        """Give the thread to the next caller's oldest request."""
        while self._waiting:
            caller, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[caller] = turns  # behind the other callers
            if not turn.done():  # one that gave up has been cancelled
                turn.set_result(True)
                return
        self._free += 1
