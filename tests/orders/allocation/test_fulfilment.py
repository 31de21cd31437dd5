"""Finding stock: a bag whole or not at all, pieces as far as they go, and no line overtakes an older one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.jobs import claim_job, request_job
from core.models import Job
from orders.actors import CUSTOMER
from orders.allocation import fulfilment
from orders.allocation.fulfilment import allocate_order
from orders.intake.cancelling import cancel_order
from orders.intake.order_request import LineRequest
from orders.models import Backorder, Order, OrderLine
from tests.cast import SmallSet, allocated_order, levels, order_for, stock_bag, stock_piece
from tests.orders.crowd import waiting_crowd
from warehouse.models import Reservation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cantina")]

RED = LineRequest(part_num="3001", color_id=4, quantity=2)


def _serve(item_id: int) -> None:
    """Run the job that stock on this item has made due, piece after piece."""
    job = Job.objects.get(kind="serve_waiting", subject=str(item_id))
    assert job.state == "pending"
    while claim := claim_job(job.pk):
        fulfilment.serve_waiting(claim)


def _line(order: Order) -> OrderLine:
    return order.lines.get()


def _shares(order: Order) -> tuple[str, int, int]:
    order.refresh_from_db()
    line = _line(order)
    return order.state, line.reserved, line.backordered


def test_a_packed_bag_is_promised(cantina: SmallSet) -> None:
    item = stock_bag(cantina.bag14, 3)
    assert _shares(allocated_order()) == ("allocated", 1, 0)
    assert levels(item) == {"B-01-1-01": (3, 1)}


def test_without_a_packed_bag_all_its_pieces_are_promised(cantina: SmallSet) -> None:
    red, grey = stock_piece(cantina.red, 2), stock_piece(cantina.grey, 1)
    assert _shares(allocated_order()) == ("allocated", 1, 0)
    assert (levels(red), levels(grey)) == ({"A-01-1-01": (2, 2)}, {"A-01-1-01": (1, 1)})


def test_a_bag_that_lacks_one_piece_waits_and_holds_nothing(cantina: SmallSet) -> None:
    red = stock_piece(cantina.red, 2)
    order = allocated_order()
    assert _shares(order) == ("backordered", 0, 1)
    assert levels(red) == {"A-01-1-01": (2, 0)}
    waits_for = {b.item.sku: b.quantity for b in Backorder.objects.select_related("item")}
    assert waits_for == {"B:75290-1:14": 1, "P:3024:71": 1}


def test_a_piece_line_is_served_in_part(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 1)
    order = allocated_order(RED)
    assert _shares(order) == ("backordered", 1, 1)
    assert Backorder.objects.get().quantity == 1


def test_a_promise_is_spread_over_bins_in_their_order(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 1, "C-01")
    item = stock_piece(cantina.red, 1, "A-01")
    allocated_order(RED)
    assert levels(item) == {"A-01": (1, 1), "C-01": (1, 1)}


def test_running_again_changes_nothing(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 5)
    order = allocated_order(RED)
    allocate_order(order.pk)
    assert levels(item) == {"A-01-1-01": (5, 2)}
    assert Reservation.objects.count() == 1
    assert [event.type for event in order.events.all()] == ["received", "allocated"]


def test_no_line_overtakes_an_older_one(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 1)
    older = allocated_order(LineRequest(part_num="3001", color_id=4, quantity=3))
    stock_piece(cantina.red, 1)
    newer = allocated_order(LineRequest(part_num="3001", color_id=4, quantity=1))
    assert _shares(newer) == ("backordered", 0, 1)
    _serve(item.pk)
    assert _shares(older) == ("backordered", 2, 1)
    assert _shares(newer) == ("backordered", 0, 1)


def test_a_newer_line_for_what_the_older_bag_does_not_wait_for_is_served(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    waiting = allocated_order()
    assert _shares(waiting)[0] == "backordered"
    assert _shares(allocated_order(RED)) == ("allocated", 2, 0)


def test_stock_that_arrives_serves_the_waiting_oldest_first(cantina: SmallSet) -> None:
    first, second = allocated_order(RED), allocated_order(RED)
    item = stock_piece(cantina.red, 3)
    _serve(item.pk)
    assert _shares(first) == ("allocated", 2, 0)
    assert _shares(second) == ("backordered", 1, 1)


def test_the_last_missing_piece_completes_a_waiting_bag(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    order = allocated_order()
    grey = stock_piece(cantina.grey, 1)
    _serve(grey.pk)
    assert _shares(order) == ("allocated", 1, 0)
    assert not Backorder.objects.exists()


def test_when_the_line_in_front_leaves_the_next_is_woken(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 2)
    front = allocated_order(LineRequest(part_num="3001", color_id=4, quantity=4))
    behind = allocated_order(RED)
    Job.objects.filter(kind="serve_waiting").delete()
    cancel_order(order_id=front.pk, actor=CUSTOMER)
    _serve(item.pk)
    assert _shares(behind) == ("allocated", 2, 0)


def test_a_line_served_otherwise_wakes_the_lines_behind_it(cantina: SmallSet) -> None:
    red = stock_piece(cantina.red, 1)
    bag_order = allocated_order()
    behind = allocated_order(LineRequest(part_num="3001", color_id=4, quantity=1))
    assert _shares(behind) == ("backordered", 0, 1), "the bag waits for a second red brick in front of it"
    Job.objects.filter(kind="serve_waiting").delete()
    packed = stock_bag(cantina.bag14, 1)
    _serve(packed.pk)
    assert _shares(bag_order) == ("allocated", 1, 0)
    _serve(red.pk)
    assert _shares(behind) == ("allocated", 1, 0)


def test_what_the_oldest_cannot_use_is_not_looked_at_for_everybody_behind(cantina: SmallSet) -> None:
    """A bag short of two bricks holds up every line that wants a brick; one free brick is no work for all."""
    red = stock_piece(cantina.red, 1)
    allocated_order()
    costs = []
    for _ in range(2):
        for _ in range(4):
            assert _shares(allocated_order(RED))[0] == "backordered"
        Job.objects.filter(kind="fulfil_order").update(state="done")
        request_job("serve_waiting", red.pk)
        with CaptureQueriesContext(connection) as queries:
            _serve(red.pk)
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("state", ["cancelled", "in_review", "declined", "closed"])
def test_an_order_that_is_not_open_gets_no_stock(cantina: SmallSet, state: str) -> None:
    item = stock_bag(cantina.bag14, 1)
    order = order_for()
    Order.objects.filter(pk=order.pk).update(state=state)
    allocate_order(order.pk)
    assert levels(item) == {"B-01-1-01": (1, 0)}


def test_the_job_is_done_together_with_its_promises(cantina: SmallSet, monkeypatch: Any) -> None:
    item = stock_bag(cantina.bag14, 1)
    order = order_for()
    job = Job.objects.get(kind="fulfil_order", subject=str(order.pk))
    claim = claim_job(job.pk)
    assert claim is not None
    with monkeypatch.context() as patch:
        patch.setattr(fulfilment, "settle_state", lambda order: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fulfilment.fulfil_order(claim)
    job.refresh_from_db()
    assert (job.state, levels(item)) == ("pending", {"B-01-1-01": (1, 0)})
    fulfilment.fulfil_order(claim)
    job.refresh_from_db()
    assert (job.state, levels(item)) == ("done", {"B-01-1-01": (1, 1)})


def test_two_lines_of_one_order_share_what_there_is(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 3)
    order = allocated_order(RED, LineRequest(element_id="300121", quantity=2, reason="lost"))
    assert [(line.reserved, line.backordered) for line in order.lines.all()] == [(2, 0), (1, 1)]


def test_a_delivery_is_served_in_pieces_that_give_way(cantina: SmallSet, monkeypatch: Any) -> None:
    monkeypatch.setattr(fulfilment, "SECONDS_AT_ONCE", 0.0)
    waiting_crowd(cantina.set, cantina.red, 3)
    item = stock_piece(cantina.red, 3)
    job = Job.objects.get(kind="serve_waiting", subject=str(item.pk))
    left = []
    while claim := claim_job(job.pk):
        fulfilment.serve_waiting(claim)
        left.append(Backorder.objects.count())
    assert left == [2, 1, 0, 0]
    job.refresh_from_db()
    assert (job.state, levels(item)) == ("done", {"A-01-1-01": (3, 3)})


def test_an_order_placed_during_a_delivery_is_fulfilled_before_the_next_that_waits(cantina: SmallSet) -> None:
    stock_piece(cantina.tan, 1)
    waiting_crowd(cantina.set, cantina.red, 3)
    item = stock_piece(cantina.red, 3)
    placed = order_for(LineRequest(part_num="3070b", color_id=19, quantity=1))
    _serve(item.pk)
    assert _shares(placed) == ("allocated", 1, 0)
    reserved = Reservation.objects.order_by("pk").values_list("reference", flat=True)
    assert reserved[0] == placed.lines.get().reference, "it went first"
    assert Job.objects.get(kind="fulfil_order", subject=placed.pk).state == "done"
