"""The pieces a customer has chosen so far: a list that lives in the page's address or form, never on the server.

A key names a piece: `3001:4` is part number and colour. A piece that was chosen twice has its key there twice.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from catalog.models import Piece, Set
from catalog.queries import quantities_in_set
from catalog.text import clean_identifier

MOST_KEYS = 100
_KEY = re.compile(r"(.{1,60}):(-?[0-9]{1,9})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ChosenPiece:
    """A key as it came, its piece if there is one, how many the customer wants and how many the set has."""

    key: str
    piece: Piece | None
    quantity: int
    most: int


def piece_key(piece: Piece) -> str:
    return f"{piece.part.part_num}:{piece.color_id}"


def read_key(key: str) -> tuple[str, int] | None:
    """Part number and colour of a key, or None if it is no key."""
    match = _KEY.fullmatch(clean_identifier(key))
    return (match[1], int(match[2])) if match else None


def count_keys(keys: Iterable[str]) -> Counter[str]:
    """How often each key was chosen, in the order of choosing; the first hundred different ones."""
    counted: Counter[str] = Counter()
    for key in keys:
        if key in counted or len(counted) < MOST_KEYS:
            counted[key] += 1
    return counted


def find_chosen(set_: Set, wanted: Counter[str]) -> list[ChosenPiece]:
    """The chosen pieces with their names, part, colour and element ids: two queries, and one for the element ids."""
    named = {key: parts for key in wanted if (parts := read_key(key))}
    if not named:
        return [ChosenPiece(key, None, quantity, 0) for key, quantity in wanted.items()]
    same = Q()
    for part_num, color_id in named.values():
        same |= Q(part__part_num=part_num, color=color_id)
    pieces = {
        (piece.part.part_num, piece.color_id): piece
        for piece in Piece.objects.filter(same).select_related("part", "color").prefetch_related("elements")
    }
    there = quantities_in_set(set_, [piece.pk for piece in pieces.values()])
    chosen = []
    for key, quantity in wanted.items():
        piece = pieces.get(named[key]) if key in named else None
        chosen.append(ChosenPiece(key, piece, quantity, there.get(piece.pk, 0) if piece else 0))
    return chosen
