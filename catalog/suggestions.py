"""Help for a customer who chooses pieces: spares in the box, look-alikes in the set, whole minifigures."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from math import gcd

from django.db.models import Q, Sum

from catalog.choosing import piece_key
from catalog.models import Content, PartRelation, Piece, Set

MOST_ALIKE = 3


@dataclass(frozen=True, slots=True)
class Minifig:
    """A figure of a set by its name, and the keys of its pieces, each as often as one figure has it."""

    name: str
    keys: tuple[str, ...]


def spares_of(set_: Set, pieces: Collection[Piece]) -> dict[int, int]:
    """How many of each piece lie in the box beyond what the instructions need. Missing: none."""
    return dict(
        Content.objects.filter(
            inventory=set_.inventory_id, piece__in=[piece.pk for piece in pieces], is_spare=True
        )
        .values_list("piece")
        .annotate(Sum("quantity"))
        .order_by()
    )


def look_alikes(set_: Set, pieces: Collection[Piece]) -> dict[int, list[Piece]]:
    """For each piece, similar ones of this set: the same mould in another colour, or its mirror image."""
    parts = {piece.part_id for piece in pieces}
    pairs = PartRelation.objects.filter(kind=PartRelation.Kind.PAIR).filter(
        Q(child__in=parts) | Q(parent__in=parts)
    )
    mirrored: dict[int, set[int]] = defaultdict(set)
    for child, parent in pairs.values_list("child", "parent"):
        mirrored[child].add(parent)
        mirrored[parent].add(child)
    wanted = parts.union(*mirrored.values())
    others = (
        Piece.objects.filter(part__in=wanted, contents__inventory=set_.inventory_id)
        .distinct()
        .select_related("part", "color")
        .order_by("part__name", "color__name")
    )
    found: dict[int, list[Piece]] = defaultdict(list)
    for other in others:
        for piece in pieces:
            same_mould = other.part_id == piece.part_id and other.color_id != piece.color_id
            mirror = other.part_id in mirrored[piece.part_id] and other.color_id == piece.color_id
            if (same_mould or mirror) and len(found[piece.pk]) < MOST_ALIKE:
                found[piece.pk].append(other)
    return found


def pieces_of_figures(set_: Set, pieces: Collection[int]) -> set[int]:
    """Which of these pieces only the set's figures have: the box has no other use for them, except as spares."""
    rows = Content.objects.filter(inventory=set_.inventory_id, piece__in=pieces, is_spare=False)
    in_figures: dict[int, bool] = {}
    for piece, figure in rows.values_list("piece", "minifig"):
        in_figures[piece] = in_figures.get(piece, True) and bool(figure)
    return {piece for piece, only in in_figures.items() if only}


def minifig_names(set_: Set) -> list[str]:
    """The names of the set's figures."""
    rows = Content.objects.filter(inventory=set_.inventory_id, is_spare=False).exclude(minifig="")
    return sorted(set(rows.values_list("minifig", flat=True)))


def minifigs_of(set_: Set) -> list[Minifig]:
    """The set's figures by name. If a figure is there several times, the pieces of one."""
    rows = (
        Content.objects.filter(inventory=set_.inventory_id, is_spare=False)
        .exclude(minifig="")
        .select_related("piece__part")
        .order_by("minifig", "pk")
    )
    figures: dict[str, list[Content]] = defaultdict(list)
    for row in rows:
        figures[row.minifig].append(row)
    found = []
    for name, parts in figures.items():
        how_many = gcd(*(row.quantity for row in parts))
        keys = [piece_key(row.piece) for row in parts for _copy in range(row.quantity // how_many)]
        found.append(Minifig(name, tuple(keys)))
    return found
