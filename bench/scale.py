"""What the scale catches: readings of all bags of a real set, drawn from how well their weights are known.

`python -m bench scale` measures; `python -m bench.scale` also writes the table and the chart into docs/. The numbers
are the same each time, since the dice are seeded. Needs bags.csv and weights.csv in CATALOG_DATA (default
../shared/data).
"""

import csv
import math
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.figures import Figure
from bench.scale_pages import write_pages

ROOT = Path(__file__).resolve().parents[1]
SET = "42100-1"
DRAWS = 1_000
CLASSES_MG = (250, 500, 1_000, 2_500)  # the upper ends; the last class has none
# The scale shows whole steps, and five of a hundred readings are off by more than SCALE_TOLERANCE_MG.
STEP_MG = 100
TOGETHER = 20  # pieces of a mould are weighed together if its weight was not known well
# The weight of a mould that has none in the data. Any will do, since only its class counts.
UNKNOWN_MG = 600


@dataclass(frozen=True, slots=True)
class Mould:
    """A part of a bag: its weight in mg and how that is known; empty if it was never weighed."""

    part: str
    mg: int
    kind: str

    @property
    def weight_class(self) -> int:
        """The number of its class, the lightest first."""
        return sum(self.mg > end for end in CLASSES_MG)


@dataclass(slots=True)
class Tally:
    """How many mistakes of a kind were made, and how many of them the check caught, by weight class."""

    made: Counter[int] = field(default_factory=Counter)
    caught: Counter[int] = field(default_factory=Counter)

    def add(self, weight_class: int, times: int, is_caught: bool) -> None:
        self.made[weight_class] += times
        self.caught[weight_class] += times * is_caught

    def share(self, weight_class: int | None = None) -> float:
        """The share that was caught, of one class or of all."""
        if weight_class is None:
            return self.caught.total() / max(self.made.total(), 1)
        return self.caught[weight_class] / max(self.made[weight_class], 1)


@dataclass(slots=True)
class Study:
    """The result of one way to weigh."""

    bags: int
    checked: int
    readings: int = 0
    false_alarms: int = 0
    mistakes: dict[str, Tally] = field(
        default_factory=lambda: {kind: Tally() for kind in ("missing", "extra", "swapped")}
    )

    @property
    def alarm_rate(self) -> float:
        return self.false_alarms / max(self.readings, 1)


Bag = Mapping[Mould, int]


def run() -> Mapping[str, Figure]:
    """False alarms against their limit of 1%, and the shares caught, for each way to weigh."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    bags = read_bags()
    if bags is None:
        return {}
    figures = {}
    for name, study in studies(bags).items():
        rate = study.alarm_rate
        figures[f"{name}.false_alarms"] = Figure(
            value=rate, unit="", n=study.readings, spread=0.0, limit=0.01
        )
        for kind, tally in study.mistakes.items():
            figures[f"{name}.{kind}"] = Figure(
                value=tally.share(), unit="caught", n=tally.made.total(), spread=0.0
            )
    return figures


def studies(bags: Sequence[Bag]) -> dict[str, Study]:
    """The ways to weigh: bags with the weights of the data, with our own, in their parcels; and a few loose pieces."""
    few = loose_pieces(bags)
    return {
        "as_the_data_says": study(bags, own=False),
        "weighed_here": study(bags, own=True),
        "weighed_here_in_the_parcel": study(bags, own=True, in_parcel=True),
        "three_loose_pieces": study(few, own=False, in_parcel=True, draws=DRAWS // 20),
    }


def loose_pieces(bags: Sequence[Bag], *, parcels: int = 300, pieces: int = 3) -> list[Bag]:
    """Parcels of a few pieces each, drawn from the set, like most requests for pieces."""
    dice = random.Random(14)  # noqa: S311
    whole = Counter[Mould]()
    for bag in bags:
        whole.update(bag)
    return [Counter(dice.choices(list(whole), list(whole.values()), k=pieces)) for _ in range(parcels)]


def study(bags: Sequence[Bag], *, own: bool, in_parcel: bool = False, draws: int = DRAWS) -> Study:
    """Weigh every bag many times: complete, and with each possible single mistake.

    In each draw every mould has a weight of its own around the stated one, the same for all of its pieces. A bag with
    a mould that was never weighed is not checked; with `own` all moulds are weighed, twenty together.
    """
    from django.conf import settings

    from orders.parcels.weighing import EMPTY_BAG, tolerance
    from warehouse.weights import Weight

    dice = random.Random(14)  # noqa: S311 (the same each time, and no secret)
    checked = [bag for bag in bags if own or all(mould.kind for mould in bag)]
    found = Study(bags=len(bags), checked=len(checked))
    everywhere = Counter[Mould]()
    for bag in checked:
        everywhere.update(bag)
    # A wrong piece is some other mould of the set.
    others = {mould: [other for other in everywhere if other != mould] for mould in everywhere}
    for bag in checked:
        moulds = list(bag)
        weights = {mould: Weight(mould.mg, error_of(mould, own=own)) for mould in everywhere}
        packaging = [(EMPTY_BAG, 0)]
        if in_parcel:
            envelope = settings.LETTER_WEIGHT_MG + settings.PARCEL_WEIGHT_MG
            packaging = [(Weight(envelope, settings.PACKAGING_TOLERANCE_MG), 1)]
        allowed = tolerance([*packaging, *((weights[mould], bag[mould]) for mould in moulds)])
        expected = sum(mould.mg * bag[mould] for mould in moulds)
        for _ in range(draws):
            true = {mould: dice.gauss(mould.mg, weights[mould].error_mg / 1.96) for mould in moulds}
            rest = sum(dice.gauss(0, weight.error_mg / 1.96) for weight, count in packaging if count)
            whole = sum(true[mould] * bag[mould] for mould in moulds) + rest

            def is_caught(mg: float, allowed: int = allowed, expected: int = expected) -> bool:
                return abs(reading(mg, dice) - expected) > allowed

            found.readings += 1
            found.false_alarms += is_caught(whole)
            for mould in moulds:
                weight_class, times = mould.weight_class, bag[mould]
                found.mistakes["missing"].add(weight_class, times, is_caught(whole - true[mould]))
                found.mistakes["extra"].add(weight_class, times, is_caught(whole + true[mould]))
                if not others[mould]:
                    continue
                other = dice.choice(others[mould])
                strange = true.get(other) or dice.gauss(other.mg, weights[other].error_mg / 1.96)
                swapped = is_caught(whole - true[mould] + strange)
                found.mistakes["swapped"].add(weight_class, times, swapped)
    return found


def reading(true_mg: float, dice: random.Random) -> int:
    """What the scale shows for a weight: a little off, and in whole steps."""
    from django.conf import settings

    spread = math.sqrt(
        (settings.SCALE_TOLERANCE_MG / 1.96) ** 2 - STEP_MG**2 / 12
    )  # without that of the steps
    return round(dice.gauss(true_mg, spread) / STEP_MG) * STEP_MG


def error_of(mould: Mould, *, own: bool) -> float:
    """How far a mould's stated weight may be off, in mg: by how it was found, or by our own scale."""
    from django.conf import settings

    from warehouse.weights import ERROR_PERCENT, SPREAD_PERCENT

    if own:
        return math.hypot(settings.SCALE_TOLERANCE_MG / TOGETHER, mould.mg * SPREAD_PERCENT / 100)
    return mould.mg * ERROR_PERCENT[mould.kind] / 100


def read_bags() -> list[Bag] | None:
    """The bags of the set with the weights of their moulds. The loose pieces of the box are no bag."""
    from catalog.importing.extras import KINDS

    data = Path(os.environ.get("CATALOG_DATA") or ROOT.parent / "shared/data")
    if not (data / "bags.csv").is_file() or not (data / "weights.csv").is_file():
        print(
            f"No bags.csv and weights.csv in {data} (CATALOG_DATA names another folder): nothing is weighed."
        )
        return None
    weights: dict[str, tuple[int, str]] = {}
    for row in _rows(data / "weights.csv"):
        mg = max(1, round(float(row["weight_g"]) * 1000))
        weights.setdefault(row["part_num"], (mg, KINDS[row["kind"].strip().lower()].value))
    bags: dict[str, Counter[Mould]] = defaultdict(Counter)
    for row in _rows(data / "bags.csv"):
        if row["set_num"] == SET and row["bag"].strip():
            mg, kind = weights.get(row["part_num"], (UNKNOWN_MG, ""))
            bags[row["bag"].strip()][Mould(row["part_num"], mg, kind)] += int(row["quantity"])
    return [bags[label] for label in sorted(bags)]


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    bags = read_bags()
    if bags is None:
        return 1
    write_pages(studies(bags), docs=ROOT / "docs", classes=CLASSES_MG)
    return 0


if __name__ == "__main__":
    sys.exit(main())
