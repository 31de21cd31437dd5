"""What a packer sees of a shipment: its lines, and the picks that fill each of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from core.refusals import NotFound
from orders.models import Event, OrderLine, PickShare, Shipment, ShipmentLine
from orders.parcels.weighing import expected_weight
from orders.parcels.weight_hints import Hint, explain_difference


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """A line of the shipment, and the shares of picks that fill it."""

    line: OrderLine
    quantity: int
    shares: Sequence[PickShare]

    @property
    def is_made_of_pieces(self) -> bool:
        """No packed bag was in stock: the packer counts its pieces into a bag by hand."""
        return bool(self.line.bag_label) and any(share.pick.level.item.piece_id for share in self.shares)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """By how much the scale differs from the expected weight, in mg, and which pieces would explain it."""

    difference: int
    hints: Sequence[Hint]

    @property
    def is_too_light(self) -> bool:
        return self.difference < 0

    @property
    def size(self) -> int:
        return abs(self.difference)


def read_shipment(shipment_id: int) -> Shipment:
    """The shipment with its order, set and wave. Raises NotFound."""
    found = (
        Shipment.objects.select_related("order__set", "wave", "letter_version").filter(pk=shipment_id).first()
    )
    if found is None:
        raise NotFound("There is no such parcel.")
    return found


def shipment_rows(shipment: Shipment) -> list[ShipmentRow]:
    """The lines of the shipment, in three queries however many there are."""
    shares = (
        PickShare.objects.filter(shipment=shipment)
        .select_related(
            "pick__level__bin",
            "pick__level__item__piece__part",
            "pick__level__item__piece__color",
            "pick__level__item__bag__set",
        )
        .order_by("pick__level__item__sku", "pk")
    )
    by_line: dict[int, list[PickShare]] = {}
    for share in shares:
        by_line.setdefault(share.line_id, []).append(share)
    lines = (
        ShipmentLine.objects.filter(shipment=shipment)
        .select_related("line__piece__part", "line__piece__color")
        .prefetch_related(Prefetch("line__piece__elements"))
        .order_by("line__position")
    )
    return [ShipmentRow(row.line, row.quantity, by_line.get(row.line_id, [])) for row in lines]


def last_step(shipment: Shipment) -> Event | None:
    """The event of the shipment's newest step: who packed, shipped or delivered it, and when."""
    events = Event.objects.filter(order=shipment.order_id, type=shipment.status).select_related("actor")
    return next(
        (event for event in events.order_by("-id") if event.data.get("shipment") == shipment.pk), None
    )


def weight_mismatch(shipment: Shipment, weight_mg: int) -> Mismatch:
    """What the packer sees when the scale shows another weight than the expected one."""
    expected = expected_weight(shipment)
    difference = weight_mg - expected.weight_mg
    return Mismatch(difference, explain_difference(shipment, difference, tolerance_mg=expected.tolerance_mg))
