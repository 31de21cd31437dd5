"""A worker killed at any instruction costs time and nothing else."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.jobs import request_job
from orders.intake.order_request import LineRequest
from orders.models import Order, OrderLine
from tests.cast import order_for
from tests.faults.conftest import INJECT, QUICK, all_is_quiet, assert_each_was_done_once, restarting
from tests.stack import Stack
from warehouse.models import StockItem
from warehouse.stocking import move_stock

pytestmark = [pytest.mark.stack]

KINDS = ("fulfil_order", "serve_waiting", "write_letter", "send_message")


def _faulty(
    point: str, fault_dir: Path, kinds: tuple[str, ...] = KINDS, scope: str = "worker"
) -> dict[str, str]:
    return {
        "PYTHONPATH": f"{INJECT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        "FAULT_POINT": point,
        "FAULT_KINDS": ",".join(kinds),
        "FAULT_DIR": str(fault_dir),
        "FAULT_SCOPE": scope,
    }


@pytest.mark.parametrize("point", ["before_claim", "after_claim", "before_record", "after_record"])
def test_a_worker_killed_at_each_job(make_stack: Callable[..., Stack], fault_dir: Path, point: str) -> None:
    """John's bag lies packed; another's waits until its missing pieces arrive."""
    stack = make_stack(**QUICK, **_faulty(point, fault_dir))
    stack.start_beat(env={"PYTHONPATH": ""})
    john = order_for()
    waiting = order_for(LineRequest(bag="12"))
    with restarting(stack):
        stack.wait_until(lambda: _state(waiting) == "backordered", "the second order waits", timeout=90)
        for backorder in list(waiting.lines.get().backorders.select_related("item")):
            if backorder.item.piece_id is not None:
                move_stock(sku=backorder.item.sku, bin_code="Z-01-1-01", delta=50, reason="received")
        stack.wait_until(
            lambda: all_is_quiet() and len(list(fault_dir.iterdir())) == len(KINDS),
            f"every kind of job was killed {point} and done",
            timeout=120,
        )
    assert sorted(path.name for path in fault_dir.iterdir()) == sorted(KINDS)
    assert _state(waiting) == "allocated"
    # Between the mail server's acceptance and our record lies the one gap.
    gap = 2 if point == "before_record" else 1
    assert_each_was_done_once(stack, [john.number, waiting.number], mails_at_most=gap)


def test_a_pool_process_killed_alone_is_replaced_and_its_job_done(
    make_stack: Callable[..., Stack], fault_dir: Path
) -> None:
    stack = make_stack(**QUICK, **_faulty("before_record", fault_dir, ("write_letter",), scope="child"))
    stack.start_beat(env={"PYTHONPATH": ""})
    stack.start_worker("worker")
    pid = stack.pid("worker")
    order = order_for()
    stack.wait_until(lambda: (fault_dir / "write_letter").exists(), "the process was killed")
    stack.wait_until(lambda: all_is_quiet(), "its job was done", timeout=60)
    assert stack.pid("worker") == pid
    assert "worker" in stack.alive()
    assert_each_was_done_once(stack, [order.number])


def test_control_without_the_sweep_a_killed_workers_job_stays_undone(
    make_stack: Callable[..., Stack], fault_dir: Path
) -> None:
    """The sweep is what finds the job again: with beat left out it lies there, its lease long over."""
    stack = make_stack(**QUICK, **_faulty("after_claim", fault_dir, ("fulfil_order",)))
    order = order_for()
    with restarting(stack):
        stack.wait_until(lambda: (fault_dir / "fulfil_order").exists(), "the worker was killed")
        with pytest.raises(AssertionError, match="in vain"):
            stack.wait_until(lambda: _state(order) == "allocated", "no worker does it", timeout=8)
        stack.start_beat(env={"PYTHONPATH": ""})
        stack.wait_until(lambda: _state(order) == "allocated", "the sweep finds it", timeout=60)
        stack.wait_until(all_is_quiet, "all is done", timeout=60)
    assert_each_was_done_once(stack, [order.number])


def test_stock_that_arrives_while_no_worker_runs_serves_the_waiting_line(
    make_stack: Callable[..., Stack],
) -> None:
    stack = make_stack(**QUICK)
    stack.start_beat()
    stack.start_worker("worker")
    order = order_for(LineRequest(bag="12"))
    stack.wait_until(lambda: _state(order) == "backordered", "the order waits", timeout=60)
    stack.kill("beat")
    stack.kill("worker")
    missing = [b for b in order.lines.get().backorders.select_related("item") if b.item.piece_id is not None]
    for backorder in missing:
        move_stock(sku=backorder.item.sku, bin_code="Z-01-1-01", delta=50, reason="received")
    stack.broker.ensure_empty()
    stack.start_beat()
    stack.start_worker("worker")
    stack.wait_until(lambda: _state(order) == "allocated", "the stock reaches it", timeout=60)
    line = OrderLine.objects.get(order=order)
    assert (line.reserved, line.backordered) == (1, 0)
    assert StockItem.objects.filter(backorders__line=line).count() == 0
    request_job("fulfil_order", order.pk)


def _state(order: Order) -> str:
    return Order.objects.values_list("state", flat=True).get(pk=order.pk)
