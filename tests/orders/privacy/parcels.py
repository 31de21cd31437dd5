"""Parcels on their way, for tests of what becomes of their orders' data."""

from orders.floor.picking import confirm_pick, create_wave
from orders.intake.order_request import LineRequest
from orders.models import Order, Shipment
from orders.parcels.shipping import pack_shipment
from tests.cast import SmallSet, allocated_order, stock_piece


def picked(order: Order) -> Shipment:
    """All that is reserved for the order lies in its slot."""
    wave = create_wave(numbers=[order.number], by=None)
    for pick in wave.picks.all():
        confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=pick.quantity, by=None)
    return Shipment.objects.get(wave=wave)


def packed(cantina: SmallSet, *lines: LineRequest) -> Shipment:
    """A packed parcel with two red bricks; `lines` are asked for beside them, and not in stock."""
    stock_piece(cantina.red, 2)
    order = allocated_order(LineRequest(part_num="3001", color_id=4, quantity=2), *lines)
    return pack_shipment(
        shipment_id=picked(order).pk,
        weight_mg=1,
        override_reason="the scale is new",
        may_override=True,
        by=None,
    )
