"""While the locks of items are held no mail and no letter is written and no day is estimated: others wait for these."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction

from core.jobs import run_job
from core.models import Job
from core.refusals import Refusal
from notifications.models import Message
from orders import mails
from orders.actors import CUSTOMER, SYSTEM
from orders.allocation import estimates, late_notices
from orders.allocation.fulfilment import allocate_order
from orders.allocation.late_notices import mail_waiting
from orders.floor.counting import count_stock
from orders.intake.cancelling import cancel_order, mark_line_found
from orders.intake.changing import add_lines
from orders.intake.order_request import LineRequest
from orders.letters import holds
from orders.models import Order
from orders.privacy.erasing import erase_order
from tests.cast import SmallSet, allocated_order, order_for, stock_bag, stock_piece
from tests.item_locks import ItemLockWatch, TextUnderItemLocks
from warehouse.reserving import Shelves

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cantina")]

RED = LineRequest(part_num="3001", color_id=4, quantity=2)


@pytest.fixture(autouse=True)
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[ItemLockWatch]:
    found = ItemLockWatch(monkeypatch)
    yield found
    assert found.locked_once, "this test locks items"


def _kinds(order: Order) -> list[str]:
    return list(Message.objects.filter(reference=mails.order_reference(order)).values_list("kind", flat=True))


def test_an_order_that_has_to_wait(cantina: SmallSet) -> None:
    order = order_for(RED)
    with transaction.atomic():
        allocate_order(order.pk)
    assert _kinds(order) == [], "the customer hears of it from a job"
    run_job(Job.objects.get(kind="mail_waiting").pk, mail_waiting)
    assert _kinds(order) == ["waiting"]


def test_the_job_again_mails_nothing_more(cantina: SmallSet) -> None:
    order = allocated_order(RED)
    for _ in range(2):
        run_job(Job.objects.get(kind="mail_waiting").pk, mail_waiting)
        Job.objects.filter(kind="mail_waiting").update(state=Job.State.PENDING)
    assert _kinds(order) == ["waiting"]


def test_an_order_served_before_the_job_ran_gets_no_mail_about_waiting(cantina: SmallSet) -> None:
    order = allocated_order(RED)
    stock_piece(cantina.red, 2)
    with transaction.atomic():
        allocate_order(order.pk)
    run_job(Job.objects.get(kind="mail_waiting").pk, mail_waiting)
    assert _kinds(order) == []


def test_an_order_that_is_cancelled(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    cancel_order(order_id=order.pk, actor=CUSTOMER)
    assert _kinds(order) == ["cancelled"]


def test_an_order_of_which_all_was_found(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    mark_line_found(order_id=order.pk, line_id=order.lines.get().pk, actor=CUSTOMER)
    assert _kinds(order) == ["found"]


def test_an_order_that_grows_over_the_limits(cantina: SmallSet, settings: Any) -> None:
    settings.LIMIT_PIECES_PER_ORDER = 2
    stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    more = LineRequest(part_num="3024", color_id=71, quantity=1)
    add_lines(order_id=order.pk, lines=(more,), actor=CUSTOMER)
    assert _kinds(order) == ["in_review"]


def test_a_count_that_takes_reservations_back(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    count_stock(sku=item.sku, bin_code="A-01-1-01", counted=0, by=None)
    order.refresh_from_db()
    assert order.state == Order.State.BACKORDERED
    assert Job.objects.filter(kind="mail_waiting", subject=str(order.pk)).exists()


def test_an_order_that_is_erased(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    order = allocated_order()
    erase_order(order_id=order.pk, actor=SYSTEM)
    assert _kinds(order) == []


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        (mails, "queue_mail", {"kind": "cancelled"}),
        (estimates, "expect", {}),
        (late_notices, "expect", {}),
        (holds, "compose_letter", {}),
    ],
)
def test_the_watch_notices(cantina: SmallSet, module: Any, name: str, arguments: dict[str, str]) -> None:
    order = allocated_order(RED)
    with pytest.raises(TextUnderItemLocks):
        _write_under_locks(cantina, lambda: getattr(module, name)(order, **arguments))


def _write_under_locks(cantina: SmallSet, write: Callable[[], object]) -> None:
    with transaction.atomic():
        Shelves(_items(cantina))
        write()


def test_the_watch_lets_go_with_the_transaction(cantina: SmallSet) -> None:
    order = allocated_order(RED)
    with transaction.atomic():
        Shelves(_items(cantina))
    with suppress(Refusal):
        mails.queue_mail(order, "cancelled")
    assert _kinds(order) == ["cancelled"]


def _items(cantina: SmallSet) -> set[int]:
    return {stock_piece(cantina.red, 1).pk}
