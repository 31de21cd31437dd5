"""Several parcels, parcels that come back, and orders that are closed with the rest given up."""

from typing import Any

import pytest

from core.refusals import Refusal
from orders.actors import CUSTOMER, staff
from orders.allocation.fulfilment import allocate_order
from orders.floor.picking import confirm_pick, create_wave
from orders.intake.order_request import LineRequest
from orders.lifecycle import shown_line_status
from orders.models import Order, Shipment
from orders.parcels import shipping
from orders.parcels.returning import close_order, return_shipment, send_again
from orders.parcels.shipping import deliver_shipment, pack_shipment, ship_shipment
from orders.parcels.weighing import expected_weight
from orders.privacy.erasing import erase_order
from tests.cast import SmallSet, allocated_order, levels, staff_user, status_of, stock_bag, stock_piece
from warehouse.drift import find_drift

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cantina")]

RED = LineRequest(part_num="3001", color_id=4, quantity=3)
LEO = staff(None)


@pytest.fixture(autouse=True)
def _no_letter_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "shipment_version", lambda order, shipment: None)


def _send(order: Order) -> Shipment:
    wave = create_wave(numbers=[order.number], by=None)
    for pick in wave.picks.all():
        confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=pick.quantity, by=None)
    shipment = wave.shipments.get()
    pack_shipment(shipment_id=shipment.pk, weight_mg=expected_weight(shipment).weight_mg, by=None)
    return ship_shipment(shipment_id=shipment.pk, carrier="Post", by=None)


def _refused(code: str, call: Any) -> None:
    with pytest.raises(Refusal) as refused:
        call()
    assert refused.value.code == code


def test_the_rest_of_a_request_follows_in_a_second_parcel(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    first = _send(order)
    assert status_of(order) == "shipped"
    stock_piece(cantina.red, 4)
    allocate_order(order.pk)
    second = _send(order)
    assert [parcel.lines.get().quantity for parcel in (first, second)] == [2, 1]
    order.refresh_from_db()
    assert (order.state, order.lines.get().shipped) == ("closed", 3)
    deliver_shipment(shipment_id=first.pk, by=None)
    assert status_of(order) == "shipped", "the least advanced parcel speaks"
    deliver_shipment(shipment_id=second.pk, by=None)
    assert status_of(order) == "delivered"


def test_what_came_back_lies_on_the_shelf_again_and_can_be_sent_again(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 3)
    order = allocated_order(RED)
    parcel = _send(order)
    return_shipment(shipment_id=parcel.pk, by=staff_user())
    assert (levels(item), status_of(order)) == ({"A-01-1-01": (3, 0)}, "returned")
    send_again(order_id=order.pk, actor=LEO)
    assert (levels(item), status_of(order)) == ({"A-01-1-01": (3, 3)}, "allocated")
    _refused("nothing_returned", lambda: send_again(order_id=order.pk, actor=LEO))
    _send(order)
    assert (levels(item), status_of(order)) == ({"A-01-1-01": (0, 0)}, "shipped")
    assert find_drift() == []


def test_what_came_back_broken_is_in_the_ledger_twice_and_on_no_shelf(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 3)
    order = allocated_order(RED)
    parcel = _send(order)
    _refused("invalid", lambda: return_shipment(shipment_id=parcel.pk, damaged={item.sku: 4}, by=None))
    _refused("invalid", lambda: return_shipment(shipment_id=parcel.pk, damaged={"P:x": 1}, by=None))
    return_shipment(shipment_id=parcel.pk, damaged={item.sku: 1}, bin_code="R-01", by=None)
    assert levels(item) == {"A-01-1-01": (0, 0), "R-01": (2, 0)}
    assert list(item.movements.order_by("pk").values_list("delta", flat=True)) == [3, -3, 3, -1]
    send_again(order_id=order.pk, actor=LEO)
    line = order.lines.get()
    assert (line.reserved, line.backordered, line.shipped) == (2, 1, 0)


def test_a_packed_bag_comes_back_as_a_packed_bag(cantina: SmallSet) -> None:
    item = stock_bag(cantina.bag14, 1)
    parcel = _send(allocated_order())
    deliver_shipment(shipment_id=parcel.pk, by=None)
    return_shipment(shipment_id=parcel.pk, by=None)
    assert levels(item) == {"B-01-1-01": (1, 0)}
    _refused("wrong_status", lambda: return_shipment(shipment_id=parcel.pk, by=None))
    assert levels(item) == {"B-01-1-01": (1, 0)}


def test_what_came_back_waits_behind_no_younger_line(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 3)
    order = allocated_order(RED)
    parcel = _send(order)
    newer = allocated_order(RED)
    return_shipment(shipment_id=parcel.pk, by=None)
    send_again(order_id=order.pk, actor=LEO)
    allocate_order(newer.pk)
    assert order.lines.get().reserved == 3
    assert newer.lines.get().backordered == 3


def test_an_order_whose_parcel_came_back_can_be_closed(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 3)
    order = allocated_order(RED)
    parcel = _send(order)
    return_shipment(shipment_id=parcel.pk, by=None)
    close_order(order_id=order.pk, actor=LEO)
    order.refresh_from_db()
    assert (order.state, order.end_reason) == ("closed", "returned")
    _refused("already_ended", lambda: close_order(order_id=order.pk, actor=LEO))


def test_the_rest_that_never_comes_is_given_up_and_those_behind_it_are_served(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    _refused("nothing_shipped", lambda: close_order(order_id=order.pk, actor=LEO))
    _send(order)
    behind = allocated_order(LineRequest(part_num="3001", color_id=4, quantity=1))
    close_order(order_id=order.pk, actor=LEO)
    order.refresh_from_db()
    line = order.lines.get()
    assert (order.state, order.end_reason, line.waived) == ("closed", "given_up", 1)
    assert shown_line_status(order, line) == "shipped"
    stock_piece(cantina.red, 1)
    allocate_order(behind.pk)
    assert behind.lines.get().reserved == 1


def test_a_parcel_that_is_packed_has_to_leave_first(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    _send(order)
    stock_piece(cantina.red, 1)
    allocate_order(order.pk)
    wave = create_wave(numbers=[order.number], by=None)
    confirm_pick(wave_id=wave.pk, pick_id=wave.picks.get().pk, quantity=1, by=None)
    shipment = wave.shipments.get()
    pack_shipment(shipment_id=shipment.pk, weight_mg=expected_weight(shipment).weight_mg, by=None)
    _refused("packed", lambda: close_order(order_id=order.pk, actor=LEO))


def test_nothing_is_sent_again_without_an_address(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 3)
    order = allocated_order(RED)
    parcel = _send(order)
    return_shipment(shipment_id=parcel.pk, by=None)
    erase_order(order_id=order.pk, actor=CUSTOMER)
    _refused("erased", lambda: send_again(order_id=order.pk, actor=LEO))


def test_what_was_kept_for_an_erased_customer_is_free_again(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    _send(order)
    stock_piece(cantina.red, 1)
    allocate_order(order.pk)
    assert levels(item) == {"A-01-1-01": (1, 1)}
    erase_order(order_id=order.pk, actor=CUSTOMER)
    order.refresh_from_db()
    assert levels(item) == {"A-01-1-01": (1, 0)}
    assert (order.state, order.end_reason) == ("closed", "erased")
