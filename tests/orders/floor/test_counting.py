"""Counts are true, whatever is reserved: the newest reservations give way, and no line is overtaken."""

import pytest

from core.refusals import NotFound, Refusal
from orders.allocation.fulfilment import allocate_order
from orders.floor import line_locks
from orders.floor.bin_moves import move_between_bins
from orders.floor.counting import count_stock, finish_count, scan_into_count, start_count
from orders.floor.picking import confirm_pick, create_wave
from orders.intake.order_request import LineRequest
from orders.models import Order, Pick, ShipmentLine
from tests.cast import (
    SmallSet,
    allocated_order,
    levels,
    order_for,
    staff_user,
    stock_bag,
    stock_piece,
)
from warehouse.drift import find_drift
from warehouse.models import Reservation, StockMovement

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cantina")]

RED = LineRequest(part_num="3001", color_id=4, quantity=2)


def _shares(order: Order) -> tuple[str, int, int]:
    line = order.lines.get()
    return (Order.objects.get(pk=order.pk).state, line.reserved, line.backordered)


def _count(sku: str, counted: int, bin_code: str = "A-01-1-01", key: str = "") -> StockMovement | None:
    return count_stock(sku=sku, bin_code=bin_code, counted=counted, key=key, by=staff_user())


def test_a_count_below_what_is_promised_is_true_and_the_newest_waits(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 4)
    older, newer = allocated_order(RED), allocated_order(RED)
    _count(item.sku, 3)
    assert levels(item) == {"A-01-1-01": (3, 3)}
    assert (_shares(older), _shares(newer)) == (("allocated", 2, 0), ("backordered", 1, 1))
    assert [event.type for event in newer.events.all()][-2:] == ["reservation_lost", "backordered"]
    assert not older.events.filter(type="reservation_lost").exists()
    assert find_drift() == []


def test_of_the_whole_item_the_newest_gives_way_wherever_it_was_promised_from(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 2, "A-01")
    older = allocated_order(RED)
    stock_piece(cantina.red, 2, "B-01")
    newer = allocated_order(RED)
    _count(item.sku, 0, "A-01")
    assert levels(item) == {"A-01": (0, 0), "B-01": (2, 2)}
    assert (_shares(older), _shares(newer)) == (("allocated", 2, 0), ("backordered", 0, 2))


def test_what_a_count_takes_away_is_promised_from_another_bin_where_there_is_one(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 2, "A-01")
    order = allocated_order(RED)
    stock_piece(cantina.red, 9, "B-01")
    _count(item.sku, 1, "A-01")
    assert levels(item) == {"A-01": (1, 1), "B-01": (9, 1)}
    assert _shares(order) == ("allocated", 2, 0)


def test_a_bag_made_of_pieces_loses_all_of_them_and_sets_those_behind_it_in_motion(cantina: SmallSet) -> None:
    red, grey = stock_piece(cantina.red, 2), stock_piece(cantina.grey, 1, "B-01")
    order = allocated_order()
    _count(grey.sku, 0, "B-01")
    assert _shares(order) == ("backordered", 0, 1)
    assert (levels(red), levels(grey)) == ({"A-01-1-01": (2, 0)}, {"B-01": (0, 0)})
    assert not Reservation.objects.exists()


def test_a_count_during_the_walk_takes_the_stop_back_to_what_is_there(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 4)
    older, newer = allocated_order(RED), allocated_order(RED)
    wave = create_wave(numbers=[older.number, newer.number], by=None)
    _count(item.sku, 3)
    pick = wave.picks.get()
    assert pick.quantity == 3
    confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=3, by=None)
    inside = dict(ShipmentLine.objects.values_list("shipment__order_id", "quantity"))
    assert inside == {older.pk: 2, newer.pk: 1}
    assert levels(item) == {"A-01-1-01": (0, 0)}


def test_a_stop_that_a_count_leaves_nothing_of_vanishes(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    create_wave(numbers=[order.number], by=None)
    _count(item.sku, 0)
    assert not Pick.objects.exists()
    assert not order.shipments.exists(), "an empty parcel is none"
    assert _shares(order) == ("backordered", 0, 2)


def test_a_promise_made_since_the_walk_began_gives_way_before_the_walk_does(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 1)
    order = allocated_order(RED)
    wave = create_wave(numbers=[order.number], by=None)
    stock_piece(cantina.red, 1)
    allocate_order(order.pk)
    assert levels(item) == {"A-01-1-01": (2, 2)}
    _count(item.sku, 1)
    assert wave.picks.get().quantity == 1
    assert _shares(order) == ("backordered", 1, 1)


def test_a_stop_made_short_gives_up_what_it_lacks_and_nothing_promised_since(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 3)
    order = allocated_order(LineRequest(part_num="3001", color_id=4, quantity=5))
    wave = create_wave(numbers=[order.number], by=None)
    stock_piece(cantina.red, 2)
    allocate_order(order.pk)
    pick = wave.picks.get()
    confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=1, short_reason="damaged", by=None)
    assert ShipmentLine.objects.get().quantity == 1
    assert levels(item) == {"A-01-1-01": (2, 2)}
    assert _shares(order) == ("backordered", 3, 2)


def test_a_count_after_a_done_stop_leaves_the_shipment_alone(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 1)
    order = allocated_order(RED)
    wave = create_wave(numbers=[order.number], by=None)
    confirm_pick(wave_id=wave.pk, pick_id=wave.picks.get().pk, quantity=1, by=None)
    stock_piece(cantina.red, 1)
    allocate_order(order.pk)
    _count(item.sku, 0)
    assert ShipmentLine.objects.get().quantity == 1
    assert levels(item) == {"A-01-1-01": (0, 0)}
    assert _shares(order) == ("backordered", 1, 1)
    assert find_drift() == []


def test_a_count_above_the_books_wakes_the_waiting_lines(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 1)
    order = allocated_order(RED)
    movement = _count(item.sku, 5)
    assert movement is not None
    assert (movement.delta, movement.reason) == (4, "counted")
    allocate_order(order.pk)
    assert _shares(order) == ("allocated", 2, 0)


def test_a_count_that_agrees_is_no_movement(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 5)
    assert _count(item.sku, 5) is None
    assert StockMovement.objects.count() == 1


def test_the_same_count_sent_again_counts_once(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 5)
    _count(item.sku, 5, key="scan-1")
    order = allocated_order(RED)
    wave = create_wave(numbers=[order.number], by=None)
    confirm_pick(wave_id=wave.pk, pick_id=wave.picks.get().pk, quantity=2, by=None)
    _count(item.sku, 5, key="scan-1")
    assert levels(item) == {"A-01-1-01": (3, 0)}


@pytest.mark.parametrize(
    ("counted", "bin_code", "pointer"), [(-1, "A", "/counted"), (1, " ", "/bin"), (1, "x" * 21, "/bin")]
)
def test_a_count_that_cannot_be_is_refused(
    cantina: SmallSet, counted: int, bin_code: str, pointer: str
) -> None:
    item = stock_piece(cantina.red, 5)
    with pytest.raises(Refusal) as refused:
        _count(item.sku, counted, bin_code)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]
    with pytest.raises(NotFound):
        _count("P:nothing", 1)


def test_scanning_a_bin_piece_by_piece_makes_its_books_true(cantina: SmallSet) -> None:
    red, grey = stock_piece(cantina.red, 5), stock_piece(cantina.grey, 2)
    tan = stock_piece(cantina.tan, 1)
    count = start_count(bin_code="A-01-1-01", by=staff_user())
    for index, scanned in enumerate(["300121", "300121", red.sku, "3024", "300121"]):
        scan_into_count(count_id=count.pk, scanned=scanned, key=f"scan-{min(index, 3)}")
    assert dict(count.counted.values_list("item_id", "quantity")) == {red.pk: 3, grey.pk: 1}
    assert levels(red) == {"A-01-1-01": (5, 0)}, "the books wait until the count is finished"
    assert start_count(bin_code="A-01-1-01", by=None) == count
    finish_count(count_id=count.pk, whole_bin=True, by=staff_user())
    assert [levels(item)["A-01-1-01"][0] for item in (red, grey, tan)] == [3, 1, 0]
    assert finish_count(count_id=count.pk, by=None) == []
    with pytest.raises(Refusal, match="count_finished"):
        scan_into_count(count_id=count.pk, scanned="300121", key="late")


def test_a_count_of_some_things_leaves_the_others_of_the_bin_alone(cantina: SmallSet) -> None:
    red, grey = stock_piece(cantina.red, 5), stock_piece(cantina.grey, 2)
    count = start_count(bin_code="A-01-1-01", by=None)
    scan_into_count(count_id=count.pk, scanned=red.sku, key="a", quantity=4)
    finish_count(count_id=count.pk, by=None)
    assert (levels(red), levels(grey)) == ({"A-01-1-01": (4, 0)}, {"A-01-1-01": (2, 0)})


def test_a_scan_that_names_nothing_or_two_things_is_refused(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 5)
    count = start_count(bin_code="A-01-1-01", by=None)
    with pytest.raises(NotFound):
        scan_into_count(count_id=count.pk, scanned="nothing", key="a")
    with pytest.raises(Refusal, match="invalid"):
        scan_into_count(count_id=count.pk, scanned="300121", key="")
    assert not count.counted.exists()
    scan_into_count(count_id=count.pk, scanned="300121", key="a")
    assert count.counted.get().quantity == 1, "a scan that was refused can be sent again"


def test_what_is_promised_moves_to_the_other_bin_with_its_pieces(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 5, "A-01")
    order = allocated_order(RED)
    move_between_bins(sku=item.sku, from_bin="A-01", to_bin="B-02", quantity=5, key="m", by=staff_user())
    move_between_bins(sku=item.sku, from_bin="A-01", to_bin="B-02", quantity=5, key="m", by=staff_user())
    assert levels(item) == {"A-01": (0, 0), "B-02": (5, 2)}
    assert list(StockMovement.objects.filter(reason="moved").values_list("delta", flat=True)) == [5, -5]
    wave = create_wave(numbers=[order.number], by=None)
    confirm_pick(wave_id=wave.pk, pick_id=wave.picks.get().pk, quantity=2, by=None)
    assert find_drift() == []


def test_what_a_walk_is_about_to_take_stays_where_it_is(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 5, "A-01")
    order = allocated_order(RED)
    create_wave(numbers=[order.number], by=None)
    move_between_bins(sku=item.sku, from_bin="A-01", to_bin="B-02", quantity=3, by=None)
    with pytest.raises(Refusal, match="in_picking"):
        move_between_bins(sku=item.sku, from_bin="A-01", to_bin="B-02", quantity=1, by=None)
    with pytest.raises(Refusal, match="not_enough"):
        move_between_bins(sku=item.sku, from_bin="B-02", to_bin="C-01", quantity=4, by=None)
    with pytest.raises(Refusal, match="invalid"):
        move_between_bins(sku=item.sku, from_bin="A-01", to_bin="A-01", quantity=0, by=None)
    assert levels(item) == {"A-01": (2, 2), "B-02": (3, 0)}


def test_bins_are_the_same_in_small_letters(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 5, "A-01")
    stock_piece(cantina.red, 1, "B-02")
    move_between_bins(sku=item.sku, from_bin="a-01", to_bin="b-02", quantity=2, by=None)
    count_stock(sku=item.sku, bin_code="a-01", counted=4, by=None)
    assert levels(item) == {"A-01": (4, 0), "B-02": (3, 0)}
    with pytest.raises(Refusal) as refused:
        move_between_bins(sku=item.sku, from_bin="A-01", to_bin="a-01", quantity=1, by=None)
    assert [problem.code for problem in refused.value.problems] == ["same_bin"]


def test_what_lies_in_another_bin_is_booked_there_and_served_from_there(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 2, "A-01")
    order = allocated_order(RED)
    wave = create_wave(numbers=[order.number], by=None)
    pick = wave.picks.get()
    with pytest.raises(Refusal, match="invalid"):
        confirm_pick(
            wave_id=wave.pk,
            pick_id=pick.pk,
            quantity=0,
            short_reason="other_bin",
            other_bin="A-01",
            by=None,
        )
    confirm_pick(
        wave_id=wave.pk, pick_id=pick.pk, quantity=0, short_reason="other_bin", other_bin="B-07", by=None
    )
    assert levels(item) == {"A-01": (0, 0), "B-07": (2, 2)}
    assert _shares(order) == ("allocated", 2, 0)


def test_where_the_other_bin_is_not_named_the_pieces_count_as_not_found(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 2, "A-01")
    order = allocated_order(RED)
    wave = create_wave(numbers=[order.number], by=None)
    confirm_pick(wave_id=wave.pk, pick_id=wave.picks.get().pk, quantity=0, short_reason="other_bin", by=None)
    assert levels(item) == {"A-01": (0, 0)}
    assert StockMovement.objects.latest("pk").reason == "not_found"


def test_a_line_short_on_the_walk_is_not_overtaken_meanwhile(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2, "A-01")
    older = allocated_order(RED)
    wave = create_wave(numbers=[older.number], by=None)
    confirm_pick(wave_id=wave.pk, pick_id=wave.picks.get().pk, quantity=0, short_reason="not_found", by=None)
    newer = order_for(RED)
    stock_piece(cantina.red, 2, "B-01")
    allocate_order(newer.pk)
    assert _shares(newer) == ("backordered", 0, 2), "the older line waits in front of it"


def test_a_whole_bag_that_is_not_there_waits(cantina: SmallSet) -> None:
    item = stock_bag(cantina.bag14, 2)
    first, second = allocated_order(), allocated_order()
    _count(item.sku, 1, "B-01-1-01")
    assert (_shares(first), _shares(second)) == (("allocated", 1, 0), ("backordered", 0, 1))


def test_a_line_that_came_in_while_a_count_locked_the_others_is_locked_too(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = stock_piece(cantina.red, 4)
    allocated_order(RED)
    late = order_for(RED)
    tries: list[int] = []

    def lock(items: set[int]) -> None:
        tries.append(len(items))
        if len(tries) == 1:
            allocate_order(late.pk)

    monkeypatch.setattr(line_locks, "lock_items", lock)
    _count(item.sku, 3)
    assert len(tries) == 2, "the first attempt was rolled back"
    assert levels(item) == {"A-01-1-01": (3, 2)}
    assert find_drift() == []
