"""Two at once: what the row locks are for. Each race has its control, in which the lock is off and it goes wrong."""

import contextlib
import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from core.refusals import Refusal
from orders.allocation.fulfilment import allocate_order
from orders.floor import picking
from orders.floor.picking import confirm_pick, create_wave
from orders.intake import placing
from orders.intake.placing import place_order
from orders.models import Order, OrderLine, Shipment, Wave
from orders.parcels import shipping
from orders.parcels.shipping import pack_shipment
from orders.parcels.weighing import expected_weight
from tests.cast import SmallSet, levels, order_for, request_for, stock_bag
from tests.orders.together import at_once
from warehouse import reserving
from warehouse.items import items_of_pieces

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

TOGETHER_SECONDS = 1.5


def _meet(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Let both threads finish this call before either goes on, if the locks let both come that far."""
    original, barrier = getattr(owner, name), threading.Barrier(2)

    def call(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(TOGETHER_SECONDS)
        return result

    monkeypatch.setattr(owner, name, call)


def _allocate(order: Order) -> None:
    with transaction.atomic():
        allocate_order(order.pk)


def _states(*orders: Order) -> list[str]:
    return sorted(Order.objects.filter(pk__in=[order.pk for order in orders]).values_list("state", flat=True))


def _two_want_the_last_bag(cantina: SmallSet, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[Any]]:
    item = stock_bag(cantina.bag14, 1)
    # Else both would make the items of the bag's pieces, and the second wait for the first there already.
    items_of_pieces([cantina.red.pk, cantina.grey.pk])
    john, maria = order_for(), order_for()
    _meet(monkeypatch, reserving.Shelves, "__init__")
    results = at_once([lambda: _allocate(john), lambda: _allocate(maria)])
    assert levels(item) == {"B-01-1-01": (1, 1)}, "whatever happens, one bag is promised once"
    return _states(john, maria), results


def test_of_two_who_want_the_last_packed_bag_one_gets_it_and_the_other_waits(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    states, results = _two_want_the_last_bag(cantina, monkeypatch)
    assert (states, results) == (["allocated", "backordered"], [None, None])
    assert sorted(OrderLine.objects.values_list("reserved", "backordered")) == [(0, 1), (1, 0)]


def test_control_without_the_lock_the_second_fails_instead_of_waiting(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip(
            "SQLite's immediate transactions serialise every writer: nothing to see with the lock off"
        )
    monkeypatch.setattr(reserving, "lock_items", lambda ids: None)
    states, results = _two_want_the_last_bag(cantina, monkeypatch)
    assert states == ["allocated", "received"], "the constraint has stopped what the lock would have arranged"
    assert any(isinstance(result, DatabaseError) for result in results)


def _picked(cantina: SmallSet) -> Shipment:
    stock_bag(cantina.bag14, 1)
    order = order_for()
    _allocate(order)
    wave = create_wave(numbers=[order.number], by=None)
    pick = wave.picks.get()
    confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=1, by=None)
    return wave.shipments.get()


def test_of_two_packers_at_one_parcel_the_second_is_told(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipping, "shipment_version", lambda order, shipment: None)
    shipment = _picked(cantina)
    weight = expected_weight(shipment).weight_mg
    _meet(monkeypatch, shipping, "lock_shipment")
    pack = lambda: pack_shipment(shipment_id=shipment.pk, weight_mg=weight, by=None)  # noqa: E731
    results = at_once([pack, pack])
    refused = [result for result in results if isinstance(result, Refusal)]
    assert [refusal.code for refusal in refused] == ["wrong_status"]
    assert shipment.order.events.filter(type="packed").count() == 1


def test_of_two_waves_with_one_order_the_second_is_refused(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock_bag(cantina.bag14, 1)
    order = order_for()
    _allocate(order)
    _meet(monkeypatch, picking, "lock_lines")
    make = lambda: create_wave(numbers=[order.number], by=None)  # noqa: E731
    results = at_once([make, make])
    refused = [result for result in results if isinstance(result, Refusal)]
    assert [refusal.code for refusal in refused] == ["not_pickable"]
    assert Wave.objects.count() == 1


def test_of_two_who_confirm_one_stop_one_counts(cantina: SmallSet, monkeypatch: pytest.MonkeyPatch) -> None:
    item = stock_bag(cantina.bag14, 2)
    order = order_for()
    _allocate(order)
    wave = create_wave(numbers=[order.number], by=None)
    pick = wave.picks.get()
    _meet(monkeypatch, picking, "lock_items")
    confirm = lambda: confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=1, by=None)  # noqa: E731
    results = at_once([confirm, confirm])
    assert all(not isinstance(result, Exception) for result in results)
    assert levels(item) == {"B-01-1-01": (1, 0)}


def _two_requests_of_one_household(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Both ask at once, and the household has one request left."""
    _meet(monkeypatch, placing, "review_reasons")
    place = lambda: place_order(wanted=request_for(), channel="web").order.pk  # noqa: E731
    results = at_once([place, place])
    return sorted(Order.objects.filter(pk__in=results).values_list("state", flat=True))


def test_of_two_requests_of_one_household_the_one_too_many_goes_to_a_person(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.LIMIT_ORDERS_PER_HOUSEHOLD = 1
    assert _two_requests_of_one_household(monkeypatch) == ["in_review", "received"]


def test_control_without_the_household_s_lock_both_pass(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip(
            "SQLite's immediate transactions serialise every writer: nothing to see with the lock off"
        )
    settings.LIMIT_ORDERS_PER_HOUSEHOLD = 1
    monkeypatch.setattr(placing, "lock_household", lambda *keys: None)
    assert _two_requests_of_one_household(monkeypatch) == ["received", "received"]
