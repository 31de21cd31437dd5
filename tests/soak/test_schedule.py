"""The schedule: the seed decides it, every kind comes, no part is taken away twice at once."""

from collections import Counter

import pytest

from tests.soak.faults import kinds_for
from tests.soak.machine import Machine
from tests.soak.schedule import LONGEST, Planned, plan

TEN_MINUTES = 600.0


class Paper:
    """A machine of which only what it has is known."""

    def __init__(self) -> None:
        self.cluster = object()
        self.wires = dict.fromkeys(("broker", "mail", "database"))


def planned(seed: int, seconds: float = TEN_MINUTES) -> list[Planned]:
    machine: Machine = Paper()  # type: ignore[assignment]
    return plan(kinds_for(machine), seconds=seconds, seed=seed)


def shown(plan_: list[Planned]) -> list[tuple[str, float, float]]:
    return [(each.kind.name, each.at, each.seconds) for each in plan_]


def test_the_same_seed_makes_the_same_schedule() -> None:
    assert shown(planned(7)) == shown(planned(7))
    assert shown(planned(7)) != shown(planned(8))


@pytest.mark.parametrize("seed", range(20))
def test_ten_minutes_have_a_hundred_faults_of_every_kind(seed: int) -> None:
    faults = planned(seed)
    machine: Machine = Paper()  # type: ignore[assignment]
    assert len(faults) >= 100
    assert {each.kind.name for each in faults} == {kind.name for kind in kinds_for(machine)}
    assert max(each.end for each in faults) < TEN_MINUTES


@pytest.mark.parametrize("seed", range(20))
def test_no_part_is_taken_away_twice_at_once(seed: int) -> None:
    until: Counter[str] = Counter()
    for each in planned(seed):
        for part in each.kind.parts:
            assert each.at >= until[part], f"{each.kind.name} while {part} is away"
            until[part] = max(until[part], int(each.end))


def test_programs_are_stopped_for_up_to_a_minute() -> None:
    stops = [
        each.seconds for seed in range(20) for each in planned(seed) if each.kind.name.startswith("stop ")
    ]
    assert 40 < max(stops) <= LONGEST


def test_in_a_short_run_nothing_lasts_long() -> None:
    assert all(each.seconds <= 5 for seed in range(20) for each in planned(seed, 60))
