"""The walk along the bins: what is picked for whom, and what happens when the shelf holds less than its books."""

from typing import Any

import pytest

from core.models import Job
from core.refusals import NotFound, Refusal
from orders.actors import CUSTOMER, SYSTEM
from orders.allocation.fulfilment import allocate_order
from orders.floor.picking import confirm_pick, create_wave, wave_is_picked
from orders.intake.cancelling import cancel_order, mark_line_found
from orders.intake.order_request import LineRequest
from orders.models import Order, Pick, PickShare, PutBack, Shipment, ShipmentLine, Wave
from tests.cast import (
    SmallSet,
    allocated_order,
    levels,
    order_for,
    staff_user,
    stock_bag,
    stock_piece,
)
from warehouse.models import Reservation, StockMovement

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cantina")]

RED = LineRequest(part_num="3001", color_id=4, quantity=2)


def _wave(*orders: Order) -> Wave:
    return create_wave(numbers=[order.number for order in orders], by=staff_user())


def _pick(wave: Wave, sku: str, quantity: int, short_reason: str = "") -> Pick:
    pick = wave.picks.get(level__item__sku=sku, picked_at=None)
    return confirm_pick(
        wave_id=wave.pk, pick_id=pick.pk, quantity=quantity, short_reason=short_reason, by=staff_user()
    )


def _inside(order: Order) -> dict[int, int]:
    rows = ShipmentLine.objects.filter(shipment__order=order)
    return {row.line.position: row.quantity for row in rows}


def test_two_orders_for_one_piece_are_picked_in_one_stop(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 10)
    first, second = allocated_order(RED), allocated_order(RED)
    wave = _wave(first, second)
    pick = wave.picks.get()
    assert pick.quantity == 4
    assert [(share.shipment.slot, share.quantity) for share in pick.shares.order_by("pk")] == [(1, 2), (2, 2)]


def test_a_wave_takes_as_many_queries_for_many_orders_as_for_two(
    cantina: SmallSet, django_assert_max_num_queries: Any
) -> None:
    stock_piece(cantina.red, 40)
    orders = [allocated_order(RED) for _ in range(12)]
    with django_assert_max_num_queries(20):
        _wave(*orders)


def test_a_bag_made_of_pieces_is_one_stop_for_each_bin(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2, "C-01")
    stock_piece(cantina.grey, 1, "A-01")
    wave = _wave(allocated_order())
    assert [pick.level.bin.code for pick in wave.picks.order_by("level__bin__code")] == ["A-01", "C-01"]


def test_picking_takes_stock_off_the_shelf_with_a_line_in_the_ledger(cantina: SmallSet) -> None:
    item = stock_bag(cantina.bag14, 3)
    wave = _wave(allocated_order())
    _pick(wave, "B:75290-1:14", 1)
    assert levels(item) == {"B-01-1-01": (2, 0)}
    assert StockMovement.objects.get(reason="picked").delta == -1
    assert not Reservation.objects.exists()
    assert wave_is_picked(wave)


def test_the_same_confirmation_again_counts_once(cantina: SmallSet) -> None:
    item = stock_bag(cantina.bag14, 3)
    wave = _wave(allocated_order())
    pick = _pick(wave, "B:75290-1:14", 1)
    confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=1, by=staff_user())
    assert levels(item) == {"B-01-1-01": (2, 0)}


def test_a_second_packer_with_another_count_is_told_the_stop_is_done(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 5)
    wave = _wave(allocated_order(RED))
    pick = _pick(wave, "P:3001:4", 2)
    with pytest.raises(Refusal) as refused:
        confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=1, short_reason="not_found", by=staff_user())
    assert (refused.value.code, refused.value.status) == ("already_picked", 409)


@pytest.mark.parametrize(
    ("quantity", "reason", "pointer"),
    [(3, "", "/quantity"), (-1, "", "/quantity"), (1, "", "/short_reason"), (1, "bored", "/short_reason")],
)
def test_a_confirmation_that_cannot_be_is_refused(
    cantina: SmallSet, quantity: int, reason: str, pointer: str
) -> None:
    item = stock_piece(cantina.red, 5)
    wave = _wave(allocated_order(RED))
    with pytest.raises(Refusal) as refused:
        _pick(wave, "P:3001:4", quantity, reason)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]
    assert levels(item) == {"A-01-1-01": (5, 2)}


def test_a_pick_of_another_wave_is_not_found(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 5)
    wave = _wave(allocated_order(RED))
    with pytest.raises(NotFound):
        confirm_pick(wave_id=wave.pk + 1, pick_id=wave.picks.get().pk, quantity=2, by=None)


def test_what_falls_short_leaves_the_books_and_the_last_slot_waits(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 4)
    first, second = allocated_order(RED), allocated_order(RED)
    wave = _wave(first, second)
    _pick(wave, "P:3001:4", 3, "not_found")
    assert levels(item) == {"A-01-1-01": (0, 0)}
    assert (_inside(first), _inside(second)) == ({1: 2}, {1: 1})
    allocate_order(second.pk)
    line = second.lines.get()
    assert (line.reserved, line.backordered) == (1, 1)
    assert Job.objects.filter(kind="fulfil_order", subject=str(second.pk), state="pending").exists()


def test_what_falls_short_in_one_bin_is_promised_from_another(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2, "A-01")
    order = allocated_order(RED)
    wave = _wave(order)
    item = stock_piece(cantina.red, 5, "B-01")
    _pick(wave, "P:3001:4", 0, "damaged")
    allocate_order(order.pk)
    assert levels(item) == {"A-01": (0, 0), "B-01": (5, 2)}
    order.refresh_from_db()
    assert order.state == "allocated"
    assert not Shipment.objects.exists(), "an empty parcel is none"
    _pick(_wave(order), "P:3001:4", 2)


@pytest.mark.parametrize(
    ("reason", "other_bin", "where"),
    [
        ("not_found", "", "B-01"),
        ("damaged", "", "B-01"),
        ("other_bin", "C-01", "B-01"),
        ("other_bin", "b-01", "B-01"),
    ],
)
def test_what_falls_short_is_promised_elsewhere_though_the_books_have_more_here(
    cantina: SmallSet, reason: str, other_bin: str, where: str
) -> None:
    item = stock_piece(cantina.red, 9, "A-01")
    stock_piece(cantina.red, 5, "B-01")
    order = allocated_order(RED)
    wave = _wave(order)
    confirm_pick(
        wave_id=wave.pk,
        pick_id=wave.picks.get().pk,
        quantity=0,
        short_reason=reason,
        other_bin=other_bin,
        by=staff_user(),
    )
    promised = {bin_code: reserved for bin_code, (_, reserved) in levels(item).items() if reserved}
    assert promised == {where: 2}


@pytest.mark.parametrize("here", ["A-01", " a-01 "])
def test_the_rest_does_not_lie_in_the_bin_one_stands_at(cantina: SmallSet, here: str) -> None:
    item = stock_piece(cantina.red, 9, "A-01")
    wave = _wave(allocated_order(RED))
    with pytest.raises(Refusal) as refused:
        confirm_pick(
            wave_id=wave.pk,
            pick_id=wave.picks.get().pk,
            quantity=0,
            short_reason="other_bin",
            other_bin=here,
            by=None,
        )
    assert [problem.code for problem in refused.value.problems] == ["same_bin"]
    assert levels(item) == {"A-01": (9, 2)}


def test_what_falls_short_is_promised_from_the_same_bin_where_no_other_has_it(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 9, "A-01")
    wave = _wave(allocated_order(RED))
    _pick(wave, "P:3001:4", 0, "damaged")
    assert levels(item) == {"A-01": (7, 2)}


def test_a_bag_that_falls_short_by_one_piece_goes_back_whole(cantina: SmallSet) -> None:
    red, grey = stock_piece(cantina.red, 2, "A-01"), stock_piece(cantina.grey, 1, "B-01")
    order = allocated_order()
    wave = _wave(order)
    _pick(wave, "P:3001:4", 2)
    _pick(wave, "P:3024:71", 0, "not_found")
    assert levels(red) == {"A-01": (2, 0)}, "put back"
    assert levels(grey) == {"B-01": (0, 0)}, "not there"
    allocate_order(order.pk)
    line = order.lines.get()
    assert (line.reserved, line.backordered) == (0, 1)
    assert not Reservation.objects.exists(), "a waiting bag holds nothing"


def test_a_bag_that_falls_short_takes_only_its_own_stops_along(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 4, "A-01")
    stock_piece(cantina.grey, 1, "B-01")
    bag, pieces = allocated_order(), allocated_order(RED)
    wave = _wave(bag, pieces)
    _pick(wave, "P:3024:71", 0, "not_found")
    assert wave.picks.get(picked_at=None).quantity == 2
    _pick(wave, "P:3001:4", 2)
    assert (_inside(bag), _inside(pieces)) == ({}, {1: 2})


def test_orders_that_cannot_be_picked_are_all_named(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    ready = allocated_order()
    waiting = allocated_order()
    in_picking = allocated_order(LineRequest(bag="13"))
    fresh = order_for()
    _wave(ready)
    numbers = [ready.number, waiting.number, fresh.number, "B14-0000-0000", "nonsense"]
    with pytest.raises(Refusal) as refused:
        create_wave(numbers=numbers[:4], by=None)
    codes = {problem.pointer: problem.code for problem in refused.value.problems}
    assert codes == {
        "/orders/0": "in_picking",
        "/orders/1": "nothing_reserved",
        "/orders/2": "wrong_state",
        "/orders/3": "unknown_order",
    }
    assert in_picking.state == "backordered"
    with pytest.raises(Refusal) as malformed:
        create_wave(numbers=[*numbers, ready.number], by=None)
    assert [p.pointer for p in malformed.value.problems] == ["/orders/4", "/orders/5"]
    assert Wave.objects.count() == 1


def test_cancelling_while_it_is_picked_puts_everything_back(cantina: SmallSet) -> None:
    red, grey = stock_piece(cantina.red, 2, "A-01"), stock_piece(cantina.grey, 1, "B-01")
    order = allocated_order()
    wave = _wave(order)
    _pick(wave, "P:3001:4", 2)
    cancel_order(order_id=order.pk, actor=CUSTOMER)
    assert (levels(red), levels(grey)) == ({"A-01": (2, 0)}, {"B-01": (1, 0)})
    assert not PickShare.objects.exists()
    assert not Pick.objects.filter(picked_at=None).exists()
    assert StockMovement.objects.get(reason="put_back").delta == 2
    left_over = PutBack.objects.get()
    assert (left_over.slot, left_over.quantity, left_over.level.bin.code) == (1, 2, "A-01")


def test_a_line_found_again_leaves_the_rest_of_the_order_alone(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 10)
    order = allocated_order(RED, LineRequest(part_num="3001", color_id=4, quantity=1, reason="lost"))
    first, second = order.lines.all()
    mark_line_found(order_id=order.pk, line_id=first.pk, actor=CUSTOMER)
    order.refresh_from_db()
    assert order.state == "allocated"
    mark_line_found(order_id=order.pk, line_id=second.pk, actor=CUSTOMER)
    order.refresh_from_db()
    assert (order.state, order.end_reason) == ("cancelled", "found")
    assert not Reservation.objects.exists()


def test_when_what_waited_is_found_the_rest_lies_ready(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    order = allocated_order(RED, LineRequest(part_num="3070b", color_id=19, quantity=1))
    assert order.state == "backordered"
    mark_line_found(order_id=order.pk, line_id=order.lines.get(position=2).pk, actor=CUSTOMER)
    order.refresh_from_db()
    assert order.state == "allocated"


def test_nothing_found_twice(cantina: SmallSet) -> None:
    order = allocated_order(RED, LineRequest(bag="13"))
    line = order.lines.all()[0]
    mark_line_found(order_id=order.pk, line_id=line.pk, actor=CUSTOMER)
    with pytest.raises(Refusal, match="already_found"):
        mark_line_found(order_id=order.pk, line_id=line.pk, actor=CUSTOMER)


def test_an_order_that_ended_cannot_be_cancelled_again(cantina: SmallSet) -> None:
    order = allocated_order()
    cancel_order(order_id=order.pk, actor=SYSTEM)
    with pytest.raises(Refusal, match="already_ended"):
        cancel_order(order_id=order.pk, actor=SYSTEM)


def test_the_second_wave_picks_only_what_came_later(
    cantina: SmallSet, django_capture_on_commit_callbacks: Any
) -> None:
    stock_piece(cantina.red, 1)
    order = allocated_order(RED)
    wave = _wave(order)
    _pick(wave, "P:3001:4", 1)
    shipment = Shipment.objects.get()
    Shipment.objects.filter(pk=shipment.pk).update(status="packed", packed_at=wave.created_at)
    stock_piece(cantina.red, 5)
    allocate_order(order.pk)
    second = _wave(order)
    assert second.picks.get().quantity == 1
