"""What may explain a difference on the scale: the pieces of a parcel whose weight fits it."""

from dataclasses import dataclass

from catalog.models import Piece
from orders.models import Shipment
from orders.parcels.weighing import inside

MOST_HINTS = 5
MOST_PIECES = 9


@dataclass(frozen=True, slots=True)
class Hint:
    """A piece whose `count`, missing or too many, would explain the difference; `off_mg` is what remains of it."""

    piece: Piece
    count: int
    off_mg: int


def explain_difference(shipment: Shipment, difference_mg: int, *, tolerance_mg: int) -> list[Hint]:
    """Pieces of the parcel that are missing (difference below zero) or in it too often, best explanation first.

    One kind of piece at a time; an explanation counts when it leaves no more than the tolerance.
    """
    hints = []
    for piece, quantity in _pieces_inside(shipment):
        weight = piece.weight_mg or 0
        if not weight:
            continue
        most = quantity if difference_mg < 0 else MOST_PIECES
        count = min(max(round(abs(difference_mg) / weight), 1), most, MOST_PIECES)
        off = abs(abs(difference_mg) - count * weight)
        if off <= tolerance_mg:
            hints.append(Hint(piece, count, off))
    return sorted(hints, key=lambda hint: (hint.off_mg, hint.count, hint.piece.pk))[:MOST_HINTS]


def _pieces_inside(shipment: Shipment) -> list[tuple[Piece, int]]:
    """Every kind of piece in a parcel with its number, packed bags opened up."""
    counts, _bags = inside(shipment)
    pieces = Piece.objects.filter(pk__in=counts).select_related("part", "color")
    return [(piece, counts[piece.pk]) for piece in pieces]
