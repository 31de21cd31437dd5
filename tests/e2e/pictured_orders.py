"""Orders for the pictures, in every state a customer can find theirs in. Needs Django set up."""

from dataclasses import replace
from typing import Any

from django.db import transaction

from catalog.models import Bag, PartRelation, Piece
from orders.actors import staff
from orders.allocation.fulfilment import allocate_order
from orders.allocation.substitutes import offer_substitute
from orders.floor.picking import confirm_pick, create_wave
from orders.intake.order_request import LineRequest
from orders.intake.reviewing import review_order
from orders.links import offer_path, order_path
from orders.models import Order, Shipment
from orders.parcels.returning import return_shipment
from orders.parcels.shipping import deliver_shipment, pack_shipment, ship_shipment
from orders.privacy.confirmation_links import proof_path
from tests.cast import JOHN, order_for, piece, stock_bag, stock_piece
from warehouse.models import StockLevel

BAG_ON_NO_SHELF = "12"


def path_of(what: str, language: str) -> str:
    """A new order of this kind in this language, and the page it is about."""
    if what == "substitute":
        rare = _rare_piece()
        line = LineRequest(part_num=rare.part.part_num, color_id=rare.color_id)
        return _question_about(_placed(language, line), rare)
    bag = LineRequest(bag=BAG_ON_NO_SHELF if what == "waiting" else "14")
    order = _placed(language, bag, LineRequest(part_num="3001", color_id=4, quantity=2))
    if what in ("data-mailed", "erase"):
        return _about_data(order, what)
    if what == "declined":
        Order.objects.filter(pk=order.pk).update(state=Order.State.IN_REVIEW)
        review_order(order_id=order.pk, decision="decline", word="many", actor=staff(None))
    else:
        _send(order, what)
    return order_path(order)


def _placed(language: str, *lines: LineRequest) -> Order:
    return order_for(*lines, customer=replace(JOHN, language=language))


def _allocate(order: Order) -> None:
    with transaction.atomic():
        allocate_order(order.pk)


def _send(order: Order, status: str) -> None:
    """Through the warehouse as far as this status."""
    # More bricks than any bag that waits could want: it would have them first.
    stock_piece(Piece.objects.get(part__part_num="3001", color=4), 200)
    if status != "waiting":
        _bag_for_everybody(Bag.objects.get(set=order.set, label="14"))
    _allocate(order)
    wave = create_wave(numbers=[order.number], by=None)
    for pick in wave.picks.all():
        confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=pick.quantity, short_reason="", by=None)
    parcel: Any = Shipment.objects.get(wave=wave)
    pack_shipment(
        shipment_id=parcel.pk, weight_mg=1_000_000, override_reason="a picture", may_override=True, by=None
    )
    if status == "packed":
        return
    ship_shipment(shipment_id=parcel.pk, carrier="Post", tracking_number="RR123456785XX", by=None)
    if status == "delivered":
        deliver_shipment(shipment_id=parcel.pk, by=None)
    if status == "returned":
        return_shipment(shipment_id=parcel.pk, damaged={}, bin_code="", by=None)


def _bag_for_everybody(bag: Bag) -> None:
    """A packed bag for each order that waits, those of the pages before first: no order overtakes them."""
    waiting = list(Order.objects.filter(state=Order.State.BACKORDERED).order_by("pk"))
    stock_bag(bag, len(waiting) + 1)
    for other in waiting:
        _allocate(other)


def _rare_piece() -> Piece:
    """A plate of the set that lies on no shelf."""
    there = StockLevel.objects.filter(on_hand__gt=0, item__piece__isnull=False).values("item__piece")
    plates = Piece.objects.filter(contents__inventory__set__set_num="75290-1", part__name__startswith="Plate")
    rare = plates.exclude(pk__in=there).select_related("part", "color").order_by("pk").first()
    assert rare is not None, "the sample has every plate on its shelves"
    return rare


def _question_about(order: Order, wanted: Piece) -> str:
    """May it be another mould of a plate that is not there?"""
    part, color = wanted.part, wanted.color
    offered = piece(f"{part.part_num}b", color.pk, f"{part.name} with rim", color.name, color.rgb, 540)
    PartRelation.objects.get_or_create(kind="M", child=offered.part, parent=part)
    stock_piece(offered, 1)
    _allocate(order)
    line = order.lines.get()
    offer = offer_substitute(line_id=line.pk, wanted_id=wanted.pk, offered_id=offered.pk, actor=staff(None))
    return offer_path(order, offer.pk)


def _about_data(order: Order, what: str) -> str:
    if what == "erase":
        return proof_path(order, "erase")
    return f"{order_path(order).replace('?', 'data/mailed/?')}&for=erase"
