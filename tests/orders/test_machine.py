"""Random days in the warehouse: see tests/orders/machine.py. And the proof that the machine notices what is broken."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from orders.allocation import fulfilment, substitutes
from orders.floor import counting, picking, unpicking
from orders.models import PutBack
from orders.parcels import returning, shipping
from tests.item_locks import ItemLockWatch
from tests.orders.machine import Shop
from warehouse import reserving, stocking
from warehouse.models import StockMovement

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

COMMON: dict[str, Any] = {
    "database": None,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": False,
}
Break = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(autouse=True)
def _without_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a letter says is tested elsewhere, and takes longer than all the rest. Mails are watched: see the watch."""
    monkeypatch.setattr(shipping, "shipment_version", lambda order, shipment: None)
    ItemLockWatch(monkeypatch)


def _run(*, examples: int, steps: int, number: int, shrink: bool = True) -> None:
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    chosen = settings(**COMMON, max_examples=examples, stateful_step_count=steps, phases=phases)
    run_state_machine_as_test(seed(number)(Shop), settings=chosen)


def test_the_books_stay_true_whatever_is_done() -> None:
    _run(examples=15, steps=40, number=14)


@pytest.mark.long
@pytest.mark.parametrize("number", range(10))
def test_the_books_stay_true_whatever_is_done_for_long(number: int) -> None:
    _run(examples=200, steps=40, number=number)


def _older_lines_are_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fulfilment, "_older_waiting", lambda wanted: {})


def _no_line_is_woken(patch: pytest.MonkeyPatch) -> None:
    for module in (fulfilment, unpicking, counting, substitutes):
        patch.setattr(module, "wake_behind", lambda item_ids: None)


def _what_arrives_wakes_no_line(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(stocking, "request_job", lambda kind, subject: None)


def _nothing_is_put_back(patch: pytest.MonkeyPatch) -> None:
    change = stocking.change_level

    def forget(*, reason: str, **more: Any) -> Any:
        return None if reason == "put_back" else change(reason=reason, **more)

    patch.setattr(unpicking, "change_level", forget)


def _no_put_back_is_noted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PutBack.objects, "create", lambda **fields: None)


def _picks_leave_no_line_in_the_ledger(patch: pytest.MonkeyPatch) -> None:
    def erase(**arguments: Any) -> None:
        reserving.take(**arguments)
        StockMovement.objects.filter(reason="picked").order_by("-pk")[0].delete()

    patch.setattr(picking, "take", erase)


def _bags_are_served_by_halves(patch: pytest.MonkeyPatch) -> None:
    def serve(line: Any, options: Any, shelves: Any, blocked: set[int]) -> dict[int, int]:
        missing: Counter[int] = Counter()
        for item, quantity in options[-1].items():
            there = 0 if item in blocked else min(quantity, shelves.available(item))
            if there:
                shelves.reserve(reference=line.reference, item_id=item, quantity=there)
            missing[item] = quantity - there
        line.reserved = 0 if +missing else 1
        return dict(+missing)

    patch.setattr(fulfilment, "_serve_bag", serve)


def _a_short_pick_loses_its_line(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(picking, "allocate_order", lambda order_id, *, last_from: None)


def _what_is_sent_again_was_never_sent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(returning, "F", lambda name: 0 if name == "shipped" else name)
    patch.setattr(returning, "_returned", lambda order: list(order.shipments.filter(status="returned")))


def _a_count_takes_one_too_few_back(patch: pytest.MonkeyPatch) -> None:
    lose = counting._lose

    def less(lost: dict[int, int], promised: Any, most: int, *, first: int) -> int:
        return lose(lost, promised, most - 1, first=first) + 1

    patch.setattr(counting, "_lose", less)


@pytest.mark.long
@pytest.mark.parametrize(
    "broken",
    [
        _older_lines_are_not_looked_at,
        _no_line_is_woken,
        _what_arrives_wakes_no_line,
        _nothing_is_put_back,
        _no_put_back_is_noted,
        _picks_leave_no_line_in_the_ledger,
        _bags_are_served_by_halves,
        _a_short_pick_loses_its_line,
        _what_is_sent_again_was_never_sent,
        _a_count_takes_one_too_few_back,
    ],
)
def test_the_machine_notices_when(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    with pytest.raises(Exception) as noticed:  # noqa: PT011 (an invariant, or the database's own constraint)
        _run(examples=150, steps=50, number=1, shrink=False)
    assert not isinstance(noticed.value, AttributeError | NameError), "the break itself is broken"
