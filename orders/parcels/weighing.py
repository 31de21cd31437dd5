"""What a parcel must weigh, so that a replacement is never incomplete itself.

The tolerance follows from how well we know the weights of what lies in the parcel. Errors of different moulds partly
cancel out, so their squares add up; all pieces of one mould share one error, so that error is multiplied. With these
limits one complete parcel in a hundred is weighed a second time: docs/scale.md says what they catch.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from catalog.models import Piece
from catalog.queries import bag_contents
from orders.models import PickShare, Shipment
from warehouse.weights import Weight, weights_of

EMPTY_BAG = Weight(2_000, 100)
# Stated errors hold for 95 in 100, which is 1.96 standard deviations; 99 in 100 lie within 2.576 of them.
ONE_IN_A_HUNDRED = 2.576 / 1.96


@dataclass(frozen=True, slots=True)
class ExpectedWeight:
    """In mg. `unweighed` counts the pieces without a known weight: with any of these, the scale proves nothing."""

    weight_mg: int
    tolerance_mg: int
    unweighed: int

    @property
    def is_known(self) -> bool:
        return not self.unweighed

    def agrees_with(self, measured_mg: int) -> bool:
        return not self.is_known or abs(measured_mg - self.weight_mg) <= self.tolerance_mg


def expected_weight(shipment: Shipment) -> ExpectedWeight:
    """What a parcel should weigh: its pieces, picked or still to pick, its letter and its envelope."""
    pieces, bags = inside(shipment)
    weights = weights_of(pieces)
    packaging = Weight(settings.LETTER_WEIGHT_MG + settings.PARCEL_WEIGHT_MG, settings.PACKAGING_TOLERANCE_MG)
    parts = [(weights[piece_id], quantity) for piece_id, quantity in pieces.items() if piece_id in weights]
    return ExpectedWeight(
        weight_mg=packaging.mg + EMPTY_BAG.mg * bags + sum(weight.mg * n for weight, n in parts),
        tolerance_mg=tolerance([(packaging, 1), (EMPTY_BAG, bags), *parts]),
        unweighed=sum(quantity for piece_id, quantity in pieces.items() if piece_id not in weights),
    )


def tolerance(parts: Iterable[tuple[Weight, int]]) -> int:
    """How far a correct reading may be from the sum of `(weight, quantity)`, in mg, with the scale's own error."""
    squares = sum((weight.error_mg * quantity) ** 2 for weight, quantity in parts)
    return math.ceil(math.sqrt(squares + settings.SCALE_TOLERANCE_MG**2) * ONE_IN_A_HUNDRED)


def inside(shipment: Shipment) -> tuple[dict[int, int], int]:
    """How many of each piece lie in a parcel, by piece id, packed bags opened up; and how many packed bags."""
    pieces: dict[int, int] = {}
    bags: dict[int, int] = {}
    shares = PickShare.objects.filter(shipment=shipment).values_list(
        "pick__level__item__piece_id", "pick__level__item__bag_id", "quantity"
    )
    for piece_id, bag_id, quantity in shares:
        if piece_id is not None:
            pieces[piece_id] = pieces.get(piece_id, 0) + quantity
        elif bag_id is not None:
            bags[bag_id] = bags.get(bag_id, 0) + quantity
    for bag_id, contents in bag_contents(list(bags)).items():
        for piece_id, quantity in contents:
            pieces[piece_id] = pieces.get(piece_id, 0) + quantity * bags[bag_id]
    return {piece_id: quantity for piece_id, quantity in pieces.items() if quantity}, sum(bags.values())


def unweighed_pieces(shipment: Shipment) -> list[Piece]:
    """The pieces in a parcel without a known weight: staff weigh these, so that its check works."""
    pieces, _bags = inside(shipment)
    return list(
        Piece.objects.filter(pk__in=pieces, weight_mg=None).select_related("part", "color").order_by("pk")
    )
