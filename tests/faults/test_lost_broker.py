"""The broker carries only wake-up calls: emptied, killed or restarted, it costs time and nothing else."""

import time
from collections.abc import Callable

import pytest

from core import waking
from core.models import Job
from orders.intake.order_request import LineRequest
from orders.models import Order
from tests.cast import order_for
from tests.faults.conftest import QUICK, all_is_quiet, assert_each_was_done_once
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.once]

RED = LineRequest(part_num="3001", color_id=4, quantity=1)
ROUNDS = 8


def test_messages_flushed_right_after_an_order_was_accepted(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(**QUICK)
    order = order_for()
    waking.flush()
    stack.broker.ensure_empty()
    stack.start_beat()
    stack.start_worker("worker")
    stack.wait_until(lambda: bool(stack.mail.messages) and all_is_quiet(), "the order is seen to", timeout=60)
    assert_each_was_done_once(stack, [order.number])


def test_control_without_the_sweep_flushed_messages_leave_the_order_lying(
    make_stack: Callable[..., Stack],
) -> None:
    stack = make_stack(**QUICK)
    order = order_for()
    waking.flush()
    stack.broker.ensure_empty()
    stack.start_worker("worker")
    with pytest.raises(AssertionError, match="in vain"):
        stack.wait_until(
            lambda: Order.objects.get(pk=order.pk).state != "received", "a worker takes it", timeout=8
        )
    assert Job.objects.filter(state="pending", subject=str(order.pk)).count() == 2


def test_an_order_placed_while_the_broker_is_away_is_seen_to_when_it_is_back(
    make_stack: Callable[..., Stack],
) -> None:
    stack = make_stack(**QUICK)
    stack.start_beat()
    stack.start_worker("worker")
    stack.broker.kill()
    order = order_for()
    stack.broker.start()
    stack.wait_until(lambda: bool(stack.mail.messages) and all_is_quiet(), "the order is seen to", timeout=90)
    assert_each_was_done_once(stack, [order.number])


def test_a_broker_killed_around_an_acknowledgement_eight_times(make_stack: Callable[..., Stack]) -> None:
    """A worker version that dies of this is known: the worker's process must be the same at the end."""
    stack = make_stack(**QUICK)
    stack.start_beat()
    stack.start_worker("worker")
    pid, orders = stack.pid("worker"), []
    for round_ in range(ROUNDS):
        last = order_for(RED)
        orders += [last, order_for(RED)]
        begun = Job.objects.exclude(attempts=0, state="pending").filter(subject=str(last.pk))
        # Somewhere between the first claim and the last acknowledgement, another place each time.
        stack.wait_until(begun.exists, "a worker has begun", timeout=60)
        time.sleep(round_ * 0.02)
        stack.broker.kill()
        time.sleep(1.0 + round_ * 0.4)
        stack.broker.start()
    stack.wait_until(all_is_quiet, "everything is done", timeout=120)
    assert stack.pid("worker") == pid
    assert "worker" in stack.alive(), "the worker outlived its broker eight times"
    assert_each_was_done_once(stack, [order.number for order in orders])
