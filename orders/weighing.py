"""What a parcel must weigh, so that the replacement is never itself incomplete."""

from dataclasses import dataclass

from django.conf import settings

from catalog.models import Piece
from catalog.reading import bag_contents
from orders.models import PickShare, Shipment

# How far a piece may be from its stated weight, by how that was found, in parts of a hundred.
ERROR_PERCENT = {"measured": 2, "computed": 5, "guessed": 25}
EMPTY_BAG_MG = 2_000


@dataclass(frozen=True, slots=True)
class ExpectedWeight:
    """In mg. `unweighed` counts pieces nobody knows the weight of: with any, the scale cannot tell."""

    weight_mg: int
    tolerance_mg: int
    unweighed: int

    @property
    def is_known(self) -> bool:
        return not self.unweighed

    def agrees_with(self, measured_mg: int) -> bool:
        return not self.is_known or abs(measured_mg - self.weight_mg) <= self.tolerance_mg


def expected_weight(shipment: Shipment) -> ExpectedWeight:
    """The pieces picked, or to be picked, for a parcel, with its letter and its envelope."""
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
    packaging = settings.LETTER_WEIGHT_MG + settings.PARCEL_WEIGHT_MG + EMPTY_BAG_MG * sum(bags.values())
    weight, error, unweighed = packaging, settings.SCALE_TOLERANCE_MG + packaging // 50, 0
    known = Piece.objects.filter(pk__in=pieces, weight_mg__isnull=False)
    weights = {pk: (mg, kind) for pk, mg, kind in known.values_list("pk", "weight_mg", "weight_kind")}
    for piece_id, quantity in pieces.items():
        if piece_id in weights:
            mg, kind = weights[piece_id]
            weight += (mg or 0) * quantity
            error += (mg or 0) * quantity * ERROR_PERCENT[kind] // 100
        else:
            unweighed += quantity
    return ExpectedWeight(weight_mg=weight, tolerance_mg=error, unweighed=unweighed)
