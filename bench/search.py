"""Searching a whole catalogue as people type: 200 queries made from its own names, numbers, elements and pieces.

The rival is what one writes first: names that contain what was typed. It finds no slip of the finger, no theme, year,
number or piece, and ranks nothing.
"""

import json
import random
from collections.abc import Mapping

from bench.catalogs import all_databases, run_child, source
from bench.figures import Figure, figure, seconds

QUERIES = 200
ROUNDS = 3
P99_MS = 10.0
SHOWN = 20


def run() -> Mapping[str, Figure]:
    """For each database: milliseconds of the median query, and of the one that 99 in 100 do not exceed."""
    figures: dict[str, Figure] = {}
    with source() as files, all_databases() as kinds:
        for databases in kinds:
            environment = databases.fresh()
            run_child(f"from bench.imports import import_here; import_here({files.arguments!r})", environment)
            measured = run_child("from bench.search import search_here; search_here()", environment)
            for name, share in (("median", 0.5), ("p99", 0.99)):
                ours = [at_share(one, share) for one in measured["ours"]]
                rival = [at_share(one, share) for one in measured["rival"]]
                limit = P99_MS if name == "p99" else None
                figures[f"{databases.kind}.{name}"] = figure(ours, "ms", limit=limit, rivals=rival)
    return figures


def at_share(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def search_here() -> None:
    """Run every query several times, the rival's in between; print the milliseconds of each as JSON."""
    from catalog.models import Set
    from catalog.searching import search_sets

    queries = make_queries()
    for query in queries[:20]:
        search_sets(query, limit=SHOWN)
    ours: list[list[float]] = []
    rival: list[list[float]] = []
    for _ in range(ROUNDS):
        ours.append([])
        rival.append([])
        for query in queries:
            ours[-1].append(1000 * seconds(lambda query=query: search_sets(query, limit=SHOWN)))  # type: ignore[misc]
            contains = Set.objects.filter(name__icontains=query, retired_at__isnull=True).select_related(
                "theme"
            )
            rival[-1].append(1000 * seconds(lambda contains=contains: list(contains[:SHOWN])))  # type: ignore[misc]
    print(json.dumps({"ours": ours, "rival": rival}))


def make_queries() -> list[str]:
    """The same 200 for the same catalogue: beginnings, whole names, slips, numbers, themes with years, pieces."""
    from catalog.models import Element, Piece, Set

    chance = random.Random(14)  # noqa: S311 (the same each time, and no secret)
    sets = list(Set.objects.filter(num_parts__gt=0).select_related("theme").order_by("pk"))
    pieces = list(Piece.objects.select_related("part", "color").order_by("pk")[:20_000])
    elements = list(Element.objects.order_by("pk").values_list("element_id", flat=True)[:20_000])
    kinds = [
        lambda: chance.choice(sets).name[: chance.randint(1, 8)],
        lambda: chance.choice(sets).name,
        lambda: with_a_slip(chance.choice(sets).name, chance),
        lambda: chance.choice(sets).set_num.partition("-")[0],
        lambda: chance.choice(sets).set_num[:3],
        lambda: f"{(one := chance.choice(sets)).theme.name} {one.year}",
        lambda: chance.choice(elements),
        lambda: f"{(one := chance.choice(pieces)).color.name} {one.part.name}"[:60],
    ]
    return [kinds[number % len(kinds)]() for number in range(QUERIES)]


def with_a_slip(name: str, chance: random.Random) -> str:
    """Two neighbouring letters swapped somewhere in the longest word."""
    word = max(name.split(), key=len)
    if len(word) < 4:
        return name
    at = chance.randrange(1, len(word) - 1)
    return name.replace(word, word[:at] + word[at + 1] + word[at] + word[at + 2 :], 1)
