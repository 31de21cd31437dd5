"""Which fault comes when, and for how long: the seed decides it all before anything starts."""

import random
from dataclasses import dataclass

from tests.soak.faults import Kind

PER_MINUTE = 12.0
FIRST_AFTER = 4.0
# The last part of a run is left to what has begun.
LAST_BEFORE = 0.93
LONGEST = 60.0
SHORT_RUN = 180.0  # in a run of so many seconds or fewer, no fault lasts long
# Without these nothing can be asked or answered: they are seldom away for long, or too few orders would be placed.
NEEDED_BY_ALL = frozenset({"web", "database", "disk"})


@dataclass(frozen=True, slots=True)
class Planned:
    kind: Kind
    at: float
    seconds: float

    @property
    def end(self) -> float:
        return self.at + self.seconds


def plan(kinds: list[Kind], *, seconds: float, seed: int) -> list[Planned]:
    """The faults of a run of so many seconds, by time. Every kind comes before any comes a second time."""
    rng = random.Random(f"{seed}:schedule")
    count = max(1, round(PER_MINUTE * seconds / 60))
    step = (seconds * LAST_BEFORE - FIRST_AFTER) / count
    waiting: list[Kind] = []
    planned: list[Planned] = []
    long_ones: set[str] = set()
    for number in range(count):
        at = FIRST_AFTER + step * (number + rng.uniform(0, 0.9))
        if not waiting:
            waiting = rng.sample(kinds, len(kinds))
        busy = {part for each in planned if each.end + 1 > at for part in each.kind.parts}
        kind = next((kind for kind in waiting if not kind.parts & busy), None)
        if kind is None:
            kind = next((kind for kind in rng.sample(kinds, len(kinds)) if not kind.parts & busy), None)
            if kind is None:
                continue
        else:
            waiting.remove(kind)
        lasts = _duration(kind, rng, long_ones, seconds) if kind.lasting else 0.0
        planned.append(Planned(kind, at, min(lasts, seconds * LAST_BEFORE - at + 3)))
    return planned


def _duration(kind: Kind, rng: random.Random, long_ones: set[str], run: float) -> float:
    """Mostly some seconds; each kind once long, of those that all need only one in a run."""
    if run <= SHORT_RUN:
        return rng.uniform(0.5, 5.0)
    needed = bool(kind.parts & NEEDED_BY_ALL)
    mark = "what all need" if needed else kind.name
    if mark not in long_ones and rng.random() < (0.2 if needed else 0.35):
        long_ones.add(mark)
        return rng.uniform(25.0, LONGEST)
    if rng.random() < 0.8:
        return rng.uniform(0.5, 5.0)
    return rng.uniform(5.0, 9.0 if needed else 20.0)
