"""Searching a whole catalogue as people type, and the page of its largest set: how long the server takes to answer.

Each time runs from the request to the last byte, compressed, with nothing cached. Of several rounds the fastest of
each query counts. The queries are the two hundred whose first hits the tests check; for a made-up catalogue, as many
made from its names.

The rival is the obvious first version: names that contain the typed text. It finds no typing error, theme, year,
number or piece, does not rank, and is measured without a page around it.
"""

import json
import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bench.catalogs import all_databases, run_child, source
from bench.figures import Figure, figure, seconds
from tests.catalog.queries import QUERIES

ROUNDS = 5
TYPING_ROUNDS = 2
PAGE_ROUNDS = 20
P99_MS = 10.0
SET_PAGE_MS = 50.0
SET_PAGE_KB = 100.0
SHOWN = 20
FEWEST_LETTERS = 2


def run() -> Mapping[str, Figure]:
    """For each database: the median query, and the time that 99 in 100 do not exceed, also letter by letter; the page
    of the largest set and the part of it that a filter loads, in milliseconds and kB.
    """
    figures: dict[str, Figure] = {}
    with source() as files, all_databases() as kinds:
        for databases in kinds:
            environment = databases.fresh()
            run_child(f"from bench.imports import import_here; import_here({files.arguments!r})", environment)
            measured = run_child("from bench.search import measure_here; measure_here()", environment)
            kind = databases.kind
            ours, rival, typing = (quickest(measured[name]) for name in ("ours", "rival", "typing"))
            for name, share, limit in (("median", 0.5, None), ("p99", 0.99, P99_MS)):
                figures[f"{kind}.{name}"] = figure(
                    [at_share(ours, share)], "ms", limit=limit, rivals=[at_share(rival, share)]
                )
            figures[f"{kind}.letter_by_letter_p99"] = figure([at_share(typing, 0.99)], "ms", limit=P99_MS)
            for name in ("set_page", "set_part"):
                figures[f"{kind}.{name}"] = figure([min(measured[name])], "ms", limit=SET_PAGE_MS)
                figures[f"{kind}.{name}_size"] = figure(measured[f"{name}_size"], "kB", limit=SET_PAGE_KB)
    return figures


def quickest(rounds: list[list[float]]) -> list[float]:
    """Each query's fastest round: the other work of the machine is not the server's."""
    return [min(times) for times in zip(*rounds, strict=True)]


def at_share(values: list[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure_here() -> None:
    """Run every query several times, the rival's in between, then the pages; print milliseconds and kB as JSON."""
    from django.core.management import call_command
    from django.db.models import Count
    from django.test import Client

    import config.wsgi  # noqa: F401 (as the web server starts)
    from catalog.models import Set

    call_command("collectstatic", interactive=False, verbosity=0)
    client = Client(headers={"Accept-Encoding": "gzip"})

    def searched(query: str) -> Callable[[], object]:
        return lambda: client.get("/sets/", {"q": query}, headers={"HX-Request": "true"})

    def contained(query: str) -> Callable[[], object]:
        rows = Set.objects.filter(name__icontains=query, retired_at__isnull=True).select_related("theme")
        return lambda: list(rows[:SHOWN])

    queries = make_queries()
    for query in queries[:20]:
        searched(query)()
    figures: dict[str, Any] = {"ours": [], "rival": []}
    for _ in range(ROUNDS):
        figures["ours"].append([1000 * seconds(searched(query)) for query in queries])
        figures["rival"].append([1000 * seconds(contained(query)) for query in queries])
    beginnings = [query[:end] for query in queries for end in range(FEWEST_LETTERS, len(query) + 1)]
    figures["typing"] = [
        [1000 * seconds(searched(query)) for query in beginnings] for _ in range(TYPING_ROUNDS)
    ]

    largest = Set.objects.annotate(kinds=Count("inventory__contents")).order_by("-num_parts", "-kinds")[0]
    path = f"/sets/{largest.set_num}/"
    parts: dict[str, dict[str, str]] = {"set_page": {}, "set_part": {"HX-Request": "true"}}
    for name, headers in parts.items():
        figures[f"{name}_size"] = [len(client.get(path, headers=headers).content) / 1000]
        show = partial(client.get, path, headers=headers)
        figures[name] = [1000 * seconds(show) for _ in range(PAGE_ROUNDS)]
    print(json.dumps(figures))


def make_queries() -> list[str]:
    """The two hundred queries of the tests if the catalogue is theirs; else as many made from its names."""
    from catalog.models import Set

    if Set.objects.filter(set_num="42100-1").exists():
        return [typed for typed, _meant in QUERIES]
    return _made_up_queries()


def _made_up_queries() -> list[str]:
    """Always the same for the same catalogue: beginnings, whole names, typing errors, numbers, themes with years,
    pieces.
    """
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
        lambda: f"{(found := chance.choice(sets)).theme.name} {found.year}",
        lambda: chance.choice(elements),
        lambda: f"{(found := chance.choice(pieces)).color.name} {found.part.name}"[:60],
    ]
    return [kinds[number % len(kinds)]() for number in range(len(QUERIES))]


def with_a_slip(name: str, chance: random.Random) -> str:
    """Swap two neighbouring letters somewhere in the longest word."""
    word = max(name.split(), key=len)
    if len(word) < 4:
        return name
    at = chance.randrange(1, len(word) - 1)
    return name.replace(word, word[:at] + word[at + 1] + word[at] + word[at + 2 :], 1)
