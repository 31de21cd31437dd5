"""What the database has now, read once, so that an import writes only what is new."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeVar

from django.db.models import Q, Sum

from catalog.importing.extras import SourceBags
from catalog.importing.source import Dump
from catalog.models import Bag, Color, Content, Element, Part, PartRelation, Piece, Set, Theme

Item = TypeVar("Item")
# SQLite takes many more parameters, but a longer list is no faster.
PARAMETERS = 900


class StoredPart(NamedTuple):
    id: int
    name: str
    category: str
    material: str
    retired: bool


class StoredPiece(NamedTuple):
    id: int
    weight_mg: int | None
    weight_kind: str
    image_url: str
    retired: bool


class StoredSet(NamedTuple):
    id: int
    name: str
    year: int
    theme_id: int
    num_parts: int
    image_url: str
    bags_known: bool
    inventory_id: int | None
    source_hash: str
    bags_hash: str
    retired: bool


class StoredBag(NamedTuple):
    id: int
    position: int
    retired: bool


@dataclass(slots=True)
class Stored:
    """The catalogue in the database, by the keys of the source."""

    themes: dict[int, tuple[str, int | None]]
    colors: dict[int, tuple[str, str, bool]]
    parts: dict[str, StoredPart]
    pieces: dict[tuple[str, int], StoredPiece]
    elements: dict[str, tuple[int, int]]  # id, piece id
    relations: dict[tuple[str, str, str], int]
    sets: dict[str, StoredSet]


def read_stored() -> Stored:
    """Everything except the contents of the sets: a second for a full catalogue."""
    return Stored(
        themes={
            key: (name, parent) for key, name, parent in Theme.objects.values_list("id", "name", "parent")
        },
        colors={
            key: (name, rgb, transparent)
            for key, name, rgb, transparent in Color.objects.values_list("id", "name", "rgb", "is_trans")
        },
        parts=stored_parts(),
        pieces=stored_pieces(),
        elements={
            element_id: (key, piece)
            for element_id, key, piece in Element.objects.values_list("element_id", "id", "piece")
        },
        relations={
            (kind, child, parent): key
            for key, kind, child, parent in PartRelation.objects.values_list(
                "id", "kind", "child__part_num", "parent__part_num"
            )
        },
        sets=stored_sets(),
    )


def stored_parts() -> dict[str, StoredPart]:
    columns = ("part_num", "id", "name", "category", "material", "retired_at")
    return {
        part_num: StoredPart(key, name, category, material, retired_at is not None)
        for part_num, key, name, category, material, retired_at in Part.objects.values_list(*columns)
    }


def stored_pieces() -> dict[tuple[str, int], StoredPiece]:
    # Joined here and not by the database, which has no statistics yet of a table that was just filled.
    part_nums = dict(Part.objects.values_list("id", "part_num"))
    columns = ("part", "color", "id", "weight_mg", "weight_kind", "image_url", "retired_at")
    return {
        (part_nums[part], color): StoredPiece(key, weight, kind, image, retired_at is not None)
        for part, color, key, weight, kind, image, retired_at in Piece.objects.values_list(*columns)
    }


def stored_sets() -> dict[str, StoredSet]:
    columns = (
        "set_num",
        "id",
        "name",
        "year",
        "theme",
        "num_parts",
        "image_url",
        "bags_known",
        "inventory",
        "inventory__source_hash",
        "inventory__bags_hash",
        "retired_at",
    )
    return {
        row[0]: StoredSet._make((*row[1:9], row[9] or "", row[10] or "", row[11] is not None))
        for row in Set.objects.values_list(*columns)
    }


def stored_bags(set_ids: Iterable[int]) -> dict[tuple[int, str], StoredBag]:
    """The bags of these sets, retired ones too, by set id and label."""
    return {
        (set_id, label): StoredBag(key, position, retired_at is not None)
        for some in in_groups(set_ids, PARAMETERS)
        for set_id, label, key, position, retired_at in Bag.objects.filter(set__in=some).values_list(
            "set", "label", "id", "position", "retired_at"
        )
    }


def carried_bags(set_nums: Iterable[str], dump: Dump) -> dict[str, SourceBags]:
    """The bag contents that the database has for these sets, if no file has any for them.

    Staff typed them in; a dump, which has no bags, must not delete them.
    """
    carried: dict[str, SourceBags] = {}
    for some in in_groups(set_nums, PARAMETERS):
        rows = (
            Content.objects.filter(inventory__current_for__set_num__in=some)
            .filter(Q(bag__isnull=False) | Q(beyond_inventory=True))
            .values_list("inventory__set__set_num", "bag__label", "piece__part__part_num", "piece__color")
            .annotate(Sum("quantity"))
            .order_by("inventory__set__set_num", "piece")
        )
        for set_num, label, part_num, color, quantity in rows:
            piece = dump.piece(part_num, color)
            carried.setdefault(set_num, SourceBags()).add(label or "", piece.index, quantity, 0, 0)
    return carried


def pieces_in_current_sets(piece_ids: Iterable[int], *, except_sets: set[int]) -> set[int]:
    """Which of these pieces a live set has now, apart from those sets."""
    return {
        piece
        for some in in_groups(piece_ids, PARAMETERS)
        for piece, set_id in Content.objects.filter(
            piece__in=some,
            inventory__current_for__isnull=False,
            inventory__current_for__retired_at__isnull=True,
        ).values_list("piece", "inventory__set")
        if set_id not in except_sets
    }


def in_groups(items: Iterable[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group
