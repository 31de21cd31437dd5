"""Undone work is found again from the data, whatever became of the job that should have done it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.bag_entry import BagRowEntry, correct_bag
from catalog.models import Content, Piece
from core.jobs import Claim, run_job
from core.models import Job
from notifications.mail import outbox
from notifications.models import Message
from orders import rounds, undone
from orders.actors import CUSTOMER
from orders.allocation import fulfilment
from orders.allocation.fulfilment import allocate_order
from orders.allocation.waiting import find_changing
from orders.intake.changing import add_lines
from orders.intake.order_request import LineRequest
from orders.letters import writing
from orders.models import Backorder, LetterVersion, Order, Round
from orders.undone import find_undone_work, look_again
from tests.cast import SmallSet, allocated_order, order_for, stock_bag, stock_piece

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cantina")]

RED = LineRequest(part_num="3001", color_id=4, quantity=2)
HANDLERS: dict[str, Callable[[Claim], None]] = {
    "fulfil_order": fulfilment.fulfil_order,
    "serve_waiting": fulfilment.serve_waiting,
    "look_again": look_again,
    "write_letter": writing.write_letter,
    "send_message": outbox.send_message,
}


def _do_jobs(*kinds: str) -> None:
    """Do the due jobs of these kinds, and those that they request, until none is left."""
    while jobs := list(Job.objects.filter(kind__in=kinds, state="pending").order_by("due_at")):
        for job in jobs:
            run_job(job.pk, HANDLERS[job.kind])
            assert Job.objects.get(pk=job.pk).attempts == 0, "it did not fail"


def _forget_jobs() -> None:
    """As if every wake-up was forgotten: what was requested counts as done."""
    Job.objects.update(state="done", leased_until=None)


def _waiting_bag(cantina: SmallSet) -> Order:
    """Bag 14 waits for a grey plate, while its two red bricks lie on the shelf."""
    stock_piece(cantina.red, 2)
    order = allocated_order()
    assert order.state == "backordered"
    _forget_jobs()
    return order


def _state(order: Order) -> str:
    return Order.objects.values_list("state", flat=True).get(pk=order.pk)


def test_a_bag_whose_contents_staff_correct_to_what_is_there_waits_no_longer(cantina: SmallSet) -> None:
    order = _waiting_bag(cantina)
    rows = [BagRowEntry(part_num="3001", color_id=4, quantity=2)]
    correct_bag(set_id=cantina.set.pk, label="14", rows=rows, by=None)
    _do_jobs("look_again", "fulfil_order")
    assert _state(order) == "allocated"
    assert not Backorder.objects.exists()


def test_who_waits_behind_a_bag_that_needs_the_piece_no_longer_is_served_too(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 1)
    bag = allocated_order()
    behind = allocated_order(LineRequest(part_num="3001", color_id=4, quantity=1))
    assert (_state(bag), _state(behind)) == ("backordered", "backordered")
    _forget_jobs()
    rows = [BagRowEntry(part_num="3024", color_id=71, quantity=1)]
    correct_bag(set_id=cantina.set.pk, label="14", rows=rows, by=None)
    _do_jobs("look_again", "fulfil_order", "serve_waiting")
    assert (_state(bag), _state(behind)) == ("backordered", "allocated")


def test_the_slow_round_serves_a_line_that_no_wake_up_came_for(cantina: SmallSet) -> None:
    order = _waiting_bag(cantina)
    Content.objects.filter(bag=cantina.bag14, piece=cantina.grey).delete()
    find_undone_work()
    _do_jobs("fulfil_order")
    assert _state(order) == "allocated"


def test_the_slow_round_finds_stock_that_arrived_unnoticed(cantina: SmallSet) -> None:
    orders = [allocated_order(RED), allocated_order(RED), allocated_order()]
    stock_piece(cantina.red, 6)
    stock_bag(cantina.bag14, 1)
    _forget_jobs()
    for _ in range(2):
        find_undone_work()
        _do_jobs("fulfil_order", "serve_waiting")
    assert [_state(order) for order in orders] == ["allocated"] * 3


def test_what_waits_rightly_costs_no_job_however_often_it_is_looked_at(cantina: SmallSet) -> None:
    """A bag in front that is short, lines behind it, two lines of one order for one piece, a line served in part."""
    stock_piece(cantina.red, 1)
    for lines in ((), (RED,), (RED, LineRequest(element_id="300121", quantity=1, reason="lost"))):
        allocated_order(*lines)
    stock_piece(cantina.tan, 1)
    allocated_order(LineRequest(part_num="3070b", color_id=19, quantity=3))
    _forget_jobs()
    for _ in range(2):
        find_undone_work()
    assert not Job.objects.filter(kind="fulfil_order", state="pending").exists()


def test_an_order_whose_job_was_lost_is_fulfilled_and_written(cantina: SmallSet, voices: None) -> None:
    stock_bag(cantina.bag14, 1)
    order = order_for()
    Job.objects.all().delete()
    assert find_undone_work() == 2
    _do_jobs("fulfil_order", "write_letter")
    assert _state(order) == "allocated"
    assert LetterVersion.objects.filter(letter__order=order).count() == 1
    _forget_jobs()
    Message.objects.update(state="sent", sent_at=order.created_at)
    assert find_undone_work() == 0, "and is left alone from then on"


def test_a_job_that_failed_waits_for_a_person(cantina: SmallSet) -> None:
    order_for()
    Job.objects.update(state="failed")
    assert find_undone_work() == 0


def test_a_job_that_waits_for_its_time_keeps_it(cantina: SmallSet) -> None:
    order = order_for()
    Job.objects.update(attempts=3)
    find_undone_work()
    assert Job.objects.get(kind="fulfil_order", subject=order.pk).attempts == 3


def test_lines_added_after_the_letter_are_written_about(cantina: SmallSet, voices: None) -> None:
    order = order_for()
    _do_jobs("fulfil_order", "write_letter")
    add_lines(order_id=order.pk, lines=(RED,), actor=CUSTOMER)
    _forget_jobs()
    Message.objects.update(state="sent", sent_at=order.created_at)
    assert find_undone_work() == 2
    _do_jobs("write_letter")
    assert LetterVersion.objects.filter(letter__order=order).count() == 2


@pytest.mark.parametrize("state", ["queued", "sending"])
def test_a_mail_whose_job_is_gone_is_sent(cantina: SmallSet, voices: None, state: str) -> None:
    order_for()
    _do_jobs("write_letter")
    Message.objects.update(state=state)
    Job.objects.filter(kind="send_message").delete()
    find_undone_work()
    _do_jobs("send_message")
    assert Message.objects.get().state == "sent"


def test_a_mail_that_waits_for_a_person_is_left_alone(cantina: SmallSet, voices: None) -> None:
    order_for()
    _do_jobs("write_letter")
    Message.objects.update(state="held", hold_reason="many_in_hour")
    Job.objects.filter(kind="send_message").delete()
    find_undone_work()
    assert not Job.objects.filter(kind="send_message").exists()


def _pages(monkeypatch: Any, *, size: int, seconds: float = 0.0) -> None:
    monkeypatch.setattr(undone, "ORDERS_AT_ONCE", size)
    monkeypatch.setattr(rounds, "SECONDS_AT_ONCE", seconds)


def test_the_slow_round_goes_on_where_it_was_and_begins_again(cantina: SmallSet, monkeypatch: Any) -> None:
    _pages(monkeypatch, size=2)
    orders = [order_for() for _ in range(5)]
    Job.objects.all().delete()
    found = [find_undone_work() for _ in range(4)]
    assert found == [4, 4, 2, 0], "two jobs for each order"
    assert Job.objects.filter(kind="fulfil_order").count() == len(orders)
    assert Round.objects.get(name="orders").position > 0, "it has begun again"


def test_a_round_after_a_correction_is_done_in_pieces(cantina: SmallSet, monkeypatch: Any) -> None:
    _pages(monkeypatch, size=2)
    for _ in range(5):
        order_for()
    Job.objects.all().delete()
    _correct(cantina)
    pieces = 0
    while job := Job.objects.filter(kind="look_again", state="pending").first():
        run_job(job.pk, look_again)
        pieces += 1
    assert pieces == 3
    assert Job.objects.filter(kind="fulfil_order").count() == 5


def test_a_correction_in_the_middle_of_a_round_begins_it_again(cantina: SmallSet, monkeypatch: Any) -> None:
    _pages(monkeypatch, size=1)
    for _ in range(3):
        order_for()
    _correct(cantina)
    job = Job.objects.get(kind="look_again")
    looked_at = []
    look = undone.look_at_orders

    def look_at(after: int) -> tuple[int, int]:
        looked_at.append(after)
        if len(looked_at) == 2:
            _correct(cantina)
        return look(after)

    monkeypatch.setattr(undone, "look_at_orders", look_at)
    while Job.objects.get(pk=job.pk).state == "pending":
        run_job(job.pk, look_again)
    first, *rest = looked_at
    assert (first, rest[1]) == (0, 0)
    assert len(looked_at) == 2 + 4


def test_looking_at_more_orders_costs_no_more_queries(cantina: SmallSet) -> None:
    costs = []
    for _ in range(2):
        for _ in range(4):
            allocated_order(RED)
        _forget_jobs()
        with CaptureQueriesContext(connection) as queries:
            find_changing(list(Order.objects.all()))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_line_keeps_the_day_since_which_it_waits(cantina: SmallSet) -> None:
    order = allocated_order(RED)
    since = Backorder.objects.get().since
    with transaction.atomic():
        allocate_order(order.pk)
    assert Backorder.objects.get().since == since


def _correct(cantina: SmallSet) -> None:
    before = Content.objects.filter(bag=cantina.bag14).count()
    grey = Piece.objects.get(pk=cantina.grey.pk)
    rows = [BagRowEntry(part_num=grey.part.part_num, color_id=71, quantity=before + 1)]
    correct_bag(set_id=cantina.set.pk, label="14", rows=rows, by=None)
