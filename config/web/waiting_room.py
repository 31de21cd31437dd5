"""Bounds the bodies that the server waits for and holds, for one caller and for all.

The newest always gets a place. Where there is none, the oldest unfinished body leaves: that of the same caller where
the caller holds too much, else that of the caller who holds most. So a caller who opens hundreds of requests and
finishes none pushes out only these, and a customer behind the same address still places an order. A body that began
a moment ago may be here already and only not read yet: for one caller's number it does not count.

Everything here runs in the server's loop, so nothing is locked.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most unfinished bodies, and the most bytes of bodies, finished ones too."""

    bodies: int
    size: int


FOR_ALL = Bounds(bodies=256, size=48 * MB)
FOR_ONE = Bounds(bodies=32, size=16 * MB)
A_MOMENT = 2.0  # seconds


@dataclass(eq=False, slots=True)
class Place:
    """What one request holds. `timeout` is the server's patience with its body; it ends when the place is needed."""

    caller: str
    timeout: asyncio.Timeout
    began: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    size: int = 0
    finished: bool = False
    pushed_out: bool = False

    def push_out(self) -> None:
        self.pushed_out = True
        self.timeout.reschedule(asyncio.get_running_loop().time())


@dataclass
class WaitingRoom:
    """The places of all requests in this process, by caller, oldest first."""

    for_all: Bounds = FOR_ALL
    for_one: Bounds = FOR_ONE
    a_moment: float = A_MOMENT
    _places: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def place(self, caller: str, timeout: asyncio.Timeout) -> Iterator[Place]:
        """A place until the request is answered."""
        place = Place(caller, timeout)
        self._places[caller].append(place)
        self._make_room(caller)
        try:
            yield place
        finally:
            self._places[caller].remove(place)
            if not self._places[caller]:
                del self._places[caller]

    def grow(self, place: Place, size: int) -> None:
        """More of a body has come. Its own place may be the one that has to leave."""
        place.size += size
        self._make_room(place.caller)

    def _make_room(self, caller: str) -> None:
        of_caller = self._places[caller]
        while _size(of_caller) > self.for_one.size and _push_out_oldest(of_caller):
            pass
        before = asyncio.get_running_loop().time() - self.a_moment
        slow = [place for place in of_caller if place.began <= before]
        while _bodies(slow) > self.for_one.bodies and _push_out_oldest(slow):
            pass
        while _is_over([place for places in self._places.values() for place in places], self.for_all):
            heaviest = max(self._places.values(), key=_weight)
            if not _push_out_oldest(heaviest):
                break


def _bodies(places: list[Place]) -> int:
    return sum(not (place.finished or place.pushed_out) for place in places)


def _size(places: list[Place]) -> int:
    return sum(place.size for place in places if not place.pushed_out)


def _is_over(places: list[Place], bounds: Bounds) -> bool:
    return _bodies(places) > bounds.bodies or _size(places) > bounds.size


def _weight(places: list[Place]) -> tuple[int, int]:
    unfinished = [place for place in places if not (place.finished or place.pushed_out)]
    return len(unfinished), sum(place.size for place in unfinished)


def _push_out_oldest(places: list[Place]) -> bool:
    for place in places:
        if not place.finished and not place.pushed_out:
            place.push_out()
            return True
    return False
