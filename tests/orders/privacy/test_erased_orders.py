"""An erased order takes nothing more: whatever of it was picked, packed, sent, returned or waiting."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone

from catalog.models import PartRelation
from core.jobs import request_jobs, run_job
from core.models import Job
from core.refusals import Refusal
from notifications.mail import outbox
from notifications.models import Message
from orders import undone
from orders.actors import CUSTOMER, SYSTEM
from orders.allocation import fulfilment, late_notices
from orders.allocation.substitutes import answer_offer, candidates_of, offer_substitute
from orders.floor.picking import confirm_pick, create_wave
from orders.intake.changing import _send_to_review
from orders.intake.order_request import LineRequest
from orders.letters import writing
from orders.locks import lock_lines, lock_order
from orders.models import Backorder, LetterVersion, Order, OrderLine, Shipment
from orders.parcels.returning import return_shipment, send_again
from orders.parcels.shipping import pack_shipment, ship_shipment
from orders.privacy.erasing import erase_order, forget_orders
from orders.queries import ready_to_pick
from tests.cast import SmallSet, allocated_order, piece, stock_bag, stock_piece
from tests.orders.privacy.parcels import picked
from warehouse.models import Reservation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices")]

TILES = LineRequest(part_num="3070b", color_id=19, quantity=2)
GREY = LineRequest(part_num="3024", color_id=71, quantity=1)
BAG = LineRequest(bag="14")
ONE_RED = LineRequest(part_num="3001", color_id=4, quantity=1)
HANDLERS = {
    "fulfil_order": fulfilment.fulfil_order,
    "serve_waiting": fulfilment.serve_waiting,
    "mail_waiting": late_notices.mail_waiting,
    "late_notices": late_notices.send_late_notices,
    "write_letter": writing.write_letter,
    "send_message": outbox.send_message,
}


def _pack(shipment: Shipment) -> Shipment:
    return pack_shipment(
        shipment_id=shipment.pk, weight_mg=1, override_reason="new scale", may_override=True, by=None
    )


def _ship(shipment: Shipment) -> Shipment:
    return ship_shipment(shipment_id=shipment.pk, carrier="Post", tracking_number="1", by=None)


def _begin_picking(order: Order) -> None:
    create_wave(numbers=[order.number], by=None)


def _half_picked(order: Order) -> None:
    """One of the tiles could not be found."""
    wave = create_wave(numbers=[order.number], by=None)
    confirm_pick(wave_id=wave.pk, pick_id=wave.picks.get().pk, quantity=1, short_reason="not_found", by=None)


def _more_reserved(order: Order) -> None:
    """A tile that was missing arrives while the others lie in a parcel."""
    OrderLine.objects.filter(order=order, position=1).update(quantity=3)
    stock_piece(OrderLine.objects.get(order=order, position=1).piece, 1, "C-01")  # type: ignore[arg-type]
    with transaction.atomic():
        fulfilment.allocate_order(order.pk)


def _packed_and_reserved(order: Order) -> None:
    _pack(picked(order))
    _more_reserved(order)


def _packed_and_picking(order: Order) -> None:
    _packed_and_reserved(order)
    _begin_picking(order)


def _packed_twice(order: Order) -> None:
    _packed_and_reserved(order)
    _pack(picked(order))


def _shipped_and_packed(order: Order) -> None:
    _ship(_pack(picked(order)))
    _more_reserved(order)
    _pack(picked(order))


def _shipped_and_picking(order: Order) -> None:
    _ship(_pack(picked(order)))
    _more_reserved(order)
    _begin_picking(order)


def _returned(order: Order) -> None:
    return_shipment(shipment_id=_ship(_pack(picked(order))).pk, by=None)


def _sent_again(order: Order) -> None:
    _returned(order)
    send_again(order_id=order.pk, actor=SYSTEM)


def _sent_again_and_packed(order: Order) -> None:
    _sent_again(order)
    _pack(picked(order))


def _offered(order: Order) -> None:
    """Another plate for the grey one that the bag lacks, which the customer has not answered yet."""
    plate = piece("3024b", 71, "Plate 1 x 1 b", "Light Bluish Gray", "A0A5A9", 220)
    grey = piece("3024", 71, "Plate 1 x 1", "Light Bluish Gray", "A0A5A9", 220)
    PartRelation.objects.create(kind="M", child=plate.part, parent=grey.part)
    stock_piece(plate, 5, "D-01")
    offer = next(each for each in candidates_of(order) if each.wanted == grey)
    offer_substitute(
        line_id=offer.line.pk, wanted_id=offer.wanted.pk, offered_id=offer.offered.pk, actor=SYSTEM
    )


def _packed_and_offered(order: Order) -> None:
    _pack(picked(order))
    _offered(order)


def _in_review(order: Order) -> None:
    with transaction.atomic():
        _send_to_review(lock_order(order.pk), lock_lines([order.pk]), ["many_bags"], SYSTEM)


SITUATIONS: dict[str, tuple[Callable[[Order], object], str, int]] = {
    # what happened, the order's state after erasing, and how many of its things stay reserved: those in packed parcels
    "waiting": (lambda order: None, "cancelled", 0),
    "in review": (_in_review, "cancelled", 0),
    "a substitute offered": (_offered, "cancelled", 0),
    "picking": (_begin_picking, "cancelled", 0),
    "half picked": (_half_picked, "cancelled", 0),
    "picked": (picked, "cancelled", 0),
    "packed": (lambda order: _pack(picked(order)), "allocated", 2),
    "packed, a substitute offered": (_packed_and_offered, "allocated", 2),
    "packed, more reserved": (_packed_and_reserved, "allocated", 2),
    "packed, the next being picked": (_packed_and_picking, "allocated", 2),
    "packed twice": (_packed_twice, "allocated", 3),
    "shipped": (lambda order: _ship(_pack(picked(order))), "closed", 0),
    "shipped, the next being picked": (_shipped_and_picking, "closed", 0),
    "shipped, the next packed": (_shipped_and_packed, "allocated", 1),
    "returned": (_returned, "closed", 0),
    "returned and sent again": (_sent_again, "closed", 0),
    "returned, sent again and packed": (_sent_again_and_packed, "allocated", 2),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_an_erased_order_takes_nothing_more(cantina: SmallSet, situation: str) -> None:
    happened, state, packed = SITUATIONS[situation]
    order, behind = _two_orders(cantina)
    happened(order)
    erase_order(order_id=order.pk, actor=CUSTOMER)
    _assert_it_holds_nothing(order, state, packed)
    _do_all_jobs(order)
    _assert_it_holds_nothing(order, state, packed)
    behind.refresh_from_db()
    assert behind.state == "allocated", "who waited behind its bag was woken"
    stock_bag(cantina.bag14, 5)
    stock_piece(cantina.grey, 5)
    stock_piece(cantina.red, 5)
    stock_piece(cantina.tan, 5)
    undone.find_undone_work()
    _do_all_jobs(order)
    _assert_it_holds_nothing(order, state, packed)
    assert not ready_to_pick().filter(pk=order.pk).exists()
    with pytest.raises(Refusal, match="not_pickable"):
        create_wave(numbers=[order.number], by=None)
    with pytest.raises(Refusal):
        send_again(order_id=order.pk, actor=SYSTEM)
    for line in order.lines.all():
        for offer in line.substitutions.all():
            with pytest.raises(Refusal):
                answer_offer(offer_id=offer.pk, answer="yes", actor=CUSTOMER)


def test_what_an_older_version_left_open_is_given_up_by_the_slow_round(cantina: SmallSet) -> None:
    order, behind = _two_orders(cantina)
    _pack(picked(order))
    forget_orders([order.pk])
    Order.objects.filter(pk=order.pk).update(erased_at=timezone.now())
    undone.find_undone_work()
    _assert_it_holds_nothing(order, "allocated", 2)
    _do_all_jobs(order)
    behind.refresh_from_db()
    assert behind.state == "allocated"


def _two_orders(cantina: SmallSet) -> tuple[Order, Order]:
    """Two tiles lie ready for one order; its bag waits, and behind that another order for the one red brick."""
    stock_piece(cantina.tan, 2)
    stock_piece(cantina.red, 1)
    order = allocated_order(TILES, BAG)
    behind = allocated_order(ONE_RED)
    assert (order.state, behind.state) == ("backordered", "backordered")
    Job.objects.update(state="done")
    return order, behind


def _do_all_jobs(order: Order) -> None:
    """Whatever is due, and all jobs of the order, as if they were still due."""
    with transaction.atomic():
        request_jobs((kind, order.pk) for kind in ("fulfil_order", "mail_waiting", "write_letter"))
        request_jobs([("late_notices", "all")])
    while jobs := list(Job.objects.filter(kind__in=HANDLERS, state="pending")):
        for job in jobs:
            run_job(job.pk, HANDLERS[job.kind])
            assert Job.objects.get(pk=job.pk).attempts == 0, "it did not fail"


def _assert_it_holds_nothing(order: Order, state: str, packed: int) -> None:
    order.refresh_from_db()
    lines = list(OrderLine.objects.filter(order=order))
    assert order.state == state
    assert not Reservation.objects.filter(reference__in=[line.reference for line in lines]).exists()
    assert not Backorder.objects.filter(line__order=order).exists()
    assert sum(line.reserved for line in lines) == packed, "only what lies in packed parcels"
    assert not any(line.backordered for line in lines)
    assert state == "cancelled" or not any(line.open_quantity for line in lines)
    assert not Shipment.objects.filter(order=order, status="picking").exists()
    assert not Message.objects.filter(reference=f"order:{order.pk}").exists()
    assert not LetterVersion.objects.filter(letter__order=order).exists()
