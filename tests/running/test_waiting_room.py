"""The front of the web server: what waits is bounded, and callers take turns."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from config.web.lanes import Busy, Lane
from config.web.waiting_room import Bounds, Place, WaitingRoom

pytestmark = pytest.mark.once


def run(work: Coroutine[Any, Any, None]) -> None:
    # In a thread of its own: in this one a browser's loop may run.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, asyncio.wait_for(work, 20)).result()


class Waiting:
    """A body of some bytes that never comes to its end, until it is pushed out."""

    def __init__(self, room: WaitingRoom, caller: str, size: int = 0) -> None:
        self.place: Place | None = None
        self._task = asyncio.create_task(self._wait(room, caller, size))

    async def _wait(self, room: WaitingRoom, caller: str, size: int) -> None:
        timeout = asyncio.timeout(60)
        async with timeout:
            with room.place(caller, timeout) as self.place:
                room.grow(self.place, size)
                await asyncio.Event().wait()

    async def ended(self) -> bool:
        await asyncio.sleep(0.01)
        return self._task.done() and isinstance(self._task.exception(), TimeoutError)


async def begin(room: WaitingRoom, caller: str, times: int, size: int = 0) -> list[Waiting]:
    waiting = [Waiting(room, caller, size) for _ in range(times)]
    await asyncio.sleep(0.01)
    return waiting


def test_the_oldest_body_of_a_caller_leaves_when_the_caller_has_too_many() -> None:
    async def work() -> None:
        room = WaitingRoom(for_one=Bounds(bodies=3, size=1000), a_moment=0)
        stalled = await begin(room, "attacker", 5)
        assert [await each.ended() for each in stalled] == [True, True, False, False, False]

    run(work())


def test_bodies_that_began_a_moment_ago_leave_for_none_of_the_same_caller() -> None:
    async def work() -> None:
        room = WaitingRoom(for_one=Bounds(bodies=3, size=1000), a_moment=0.2)
        at_once = await begin(room, "program", 20)
        assert not any([await each.ended() for each in at_once])
        await asyncio.sleep(0.3)
        (late,) = await begin(room, "program", 1)
        assert [await each.ended() for each in at_once] == [True] * 17 + [False] * 3
        assert not await late.ended()

    run(work())


def test_a_caller_with_many_bodies_pushes_out_none_of_another_caller() -> None:
    async def work() -> None:
        room = WaitingRoom(for_all=Bounds(bodies=4, size=1000), for_one=Bounds(bodies=100, size=1000))
        (customer,) = await begin(room, "customer", 1)
        stalled = await begin(room, "attacker", 9)
        assert not await customer.ended()
        assert sum([await each.ended() for each in stalled]) == 6

    run(work())


def test_bytes_are_bounded_as_bodies_are() -> None:
    async def work() -> None:
        room = WaitingRoom(for_all=Bounds(bodies=99, size=500), for_one=Bounds(bodies=99, size=300))
        stalled = await begin(room, "attacker", 3, size=140)
        assert [await each.ended() for each in stalled] == [True, False, False]
        others = [(await begin(room, f"other {number}", 1, size=140))[0] for number in range(2)]
        assert sum([await each.ended() for each in [*stalled, *others]]) == 2

    run(work())


def test_a_body_that_has_come_whole_is_not_pushed_out() -> None:
    async def work() -> None:
        room = WaitingRoom(for_one=Bounds(bodies=1, size=1000), a_moment=0)
        (whole,) = await begin(room, "customer", 1, size=10)
        assert whole.place is not None
        whole.place.finished = True
        stalled = await begin(room, "customer", 2)
        assert not await whole.ended()
        assert [await each.ended() for each in stalled] == [True, False]

    run(work())


def test_callers_take_turns_at_a_thread() -> None:
    async def work() -> None:
        lane = Lane("test", longest=50)
        order: list[str] = []
        first = threading.Event()

        async def ask(caller: str) -> None:
            await lane.run(caller, lambda: order.append(caller))

        holding = asyncio.create_task(lane.run("attacker", first.wait))
        await asyncio.sleep(0.01)
        asked = [asyncio.create_task(ask("attacker")) for _ in range(20)]
        await asyncio.sleep(0.01)
        asked.append(asyncio.create_task(ask("customer")))
        await asyncio.sleep(0.01)
        first.set()
        await asyncio.gather(holding, *asked)
        assert order.index("customer") <= 1

    run(work())


def test_a_full_queue_refuses_the_caller_who_has_most_waiting() -> None:
    async def work() -> None:
        lane = Lane("test", longest=10)
        first = threading.Event()
        holding = asyncio.create_task(lane.run("attacker", first.wait))
        await asyncio.sleep(0.01)
        asked = [asyncio.create_task(lane.run("attacker", lambda: "ok")) for _ in range(30)]
        await asyncio.sleep(0.01)
        customer = asyncio.create_task(lane.run("customer", lambda: "ok"))
        await asyncio.sleep(0.01)
        assert sum(each.done() for each in asked) == 21
        first.set()
        assert await customer == "ok"
        results = await asyncio.gather(holding, *asked, return_exceptions=True)
        assert sum(isinstance(each, Busy) for each in results) == 21

    run(work())


def test_no_request_waits_longer_than_its_lane_allows() -> None:
    async def work() -> None:
        lane = Lane("test", longest=10, longest_wait=0.2)
        first = threading.Event()
        holding = asyncio.create_task(lane.run("slow", first.wait))
        await asyncio.sleep(0.01)
        began = time.monotonic()
        with pytest.raises(Busy):
            await lane.run("customer", lambda: "ok")
        assert time.monotonic() - began < 2
        first.set()
        await holding
        assert await lane.run("customer", lambda: "ok") == "ok"

    run(work())


def test_a_thread_goes_on_to_the_next_request_after_one_that_fails_or_gives_up() -> None:
    async def work() -> None:
        lane = Lane("test", longest=10)
        first = threading.Event()
        holding = asyncio.create_task(lane.run("a", first.wait))
        await asyncio.sleep(0.01)
        gives_up = asyncio.create_task(lane.run("a", lambda: "never"))
        fails = asyncio.create_task(lane.run("b", lambda: 1 / 0))
        await asyncio.sleep(0.01)
        gives_up.cancel()
        first.set()
        with pytest.raises(ZeroDivisionError):
            await fails
        await holding
        assert await lane.run("c", lambda: "ok") == "ok"

    run(work())
