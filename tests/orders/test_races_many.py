"""Fifty at once want the last twenty of a piece; and two packers stand at one parcel."""

import contextlib
import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from core.jobs import claim_job
from core.models import Job
from core.refusals import Refusal
from orders import lifecycle
from orders.allocation.fulfilment import allocate_order, serve_waiting
from orders.floor.counting import count_stock
from orders.floor.picking import confirm_pick, create_wave
from orders.intake.order_request import LineRequest
from orders.models import Order, OrderLine, Shipment
from orders.parcels import shipping
from orders.parcels.shipping import pack_shipment
from orders.parcels.weighing import expected_weight
from tests.cast import SmallSet, levels, order_for, stock_piece
from tests.orders.together import at_once
from warehouse import reserving
from warehouse.drift import find_drift
from warehouse.stocking import move_stock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CLIENTS, LAST_ONES, MORE = 50, 20, 12
ONE_RED = LineRequest(part_num="3001", color_id=4)


def _ask() -> None:
    """One client: places an order, and its job comes at once."""
    order = order_for(ONE_RED)
    with transaction.atomic():
        allocate_order(order.pk)


def _served(item_id: int) -> None:
    job = Job.objects.get(kind="serve_waiting", subject=str(item_id))
    while claim := claim_job(job.pk):  # in pieces
        serve_waiting(claim)


def test_of_fifty_at_once_twenty_get_the_last_twenty_and_thirty_wait_in_their_order(
    cantina: SmallSet,
) -> None:
    item = stock_piece(cantina.red, LAST_ONES)
    results = at_once([_ask] * CLIENTS)
    assert results == [None] * CLIENTS
    assert levels(item) == {"A-01-1-01": (LAST_ONES, LAST_ONES)}
    waiting = list(OrderLine.objects.filter(backordered=1).order_by("pk").values_list("pk", flat=True))
    assert (OrderLine.objects.filter(reserved=1).count(), len(waiting)) == (LAST_ONES, CLIENTS - LAST_ONES)
    move_stock(sku=item.sku, bin_code="A-01-1-01", delta=MORE, reason="received")
    _served(item.pk)
    still = list(OrderLine.objects.filter(backordered=1).order_by("pk").values_list("pk", flat=True))
    assert still == waiting[MORE:], "the line that waited longest is served first"
    move_stock(sku=item.sku, bin_code="A-01-1-01", delta=CLIENTS, reason="received")
    _served(item.pk)
    assert not OrderLine.objects.exclude(reserved=1).exists()
    assert levels(item) == {"A-01-1-01": (LAST_ONES + MORE + CLIENTS, CLIENTS)}
    assert find_drift() == []


def test_control_without_the_lock_some_of_the_fifty_fail(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip(
            "SQLite's immediate transactions serialise every writer: nothing to see with the lock off"
        )
    stock_piece(cantina.red, LAST_ONES)
    monkeypatch.setattr(reserving, "lock_items", lambda ids: None)
    results = at_once([_ask] * CLIENTS)
    promised, waiting = OrderLine.objects.filter(reserved=1), OrderLine.objects.filter(backordered=1)
    failed = [result for result in results if isinstance(result, DatabaseError)]
    right = (LAST_ONES, CLIENTS - LAST_ONES)
    assert failed or (promised.count(), waiting.count()) != right, (
        "without the lock it went right all the same"
    )


def test_a_scan_sent_twice_at_once_counts_once(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 1)

    def scan() -> int:
        return move_stock(sku=item.sku, bin_code="A-01-1-01", delta=5, reason="received", key="scan-1").pk

    results = at_once([scan] * 4)
    assert len(set(results)) == 1, "each is answered with the one movement"
    assert levels(item) == {"A-01-1-01": (6, 0)}


def test_a_count_and_an_order_for_the_last_ones_leave_the_books_true(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, LAST_ONES)
    count = lambda: count_stock(sku=item.sku, bin_code="A-01-1-01", counted=5, by=None)  # noqa: E731
    results = at_once([*([_ask] * 10), count])
    assert not any(isinstance(result, Exception) for result in results)
    promised = OrderLine.objects.filter(reserved=1).count()
    assert (promised, OrderLine.objects.filter(backordered=1).count()) == (5, 5)
    assert levels(item) == {"A-01-1-01": (5, 5)}
    assert find_drift() == []


def _picked(cantina: SmallSet) -> Shipment:
    stock_piece(cantina.red, 1)
    order = order_for(ONE_RED)
    with transaction.atomic():
        allocate_order(order.pk)
    wave = create_wave(numbers=[order.number], by=None)
    confirm_pick(wave_id=wave.pk, pick_id=wave.picks.get().pk, quantity=1, by=None)
    return wave.shipments.get()


def _two_packers(cantina: SmallSet, monkeypatch: pytest.MonkeyPatch) -> tuple[Shipment, list[Any]]:
    """Both have the right parcel before them, and press the button at the same moment."""
    monkeypatch.setattr(shipping, "shipment_version", lambda order, shipment: None)
    shipment = _picked(cantina)
    weight = expected_weight(shipment).weight_mg
    both = threading.Barrier(2)
    original = expected_weight

    def meet(parcel: Shipment) -> Any:
        found = original(parcel)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(1.5)
        return found

    monkeypatch.setattr(shipping, "expected_weight", meet)
    return shipment, at_once([lambda: pack_shipment(shipment_id=shipment.pk, weight_mg=weight, by=None)] * 2)


def test_of_two_packers_at_one_parcel_one_is_told(cantina: SmallSet, monkeypatch: pytest.MonkeyPatch) -> None:
    shipment, results = _two_packers(cantina, monkeypatch)
    refused = [result for result in results if isinstance(result, Refusal)]
    assert [refusal.code for refusal in refused] == ["wrong_status"]
    assert shipment.order.events.filter(type="packed").count() == 1


def test_control_without_lock_and_guard_the_parcel_is_packed_twice(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip(
            "SQLite's immediate transactions serialise every writer: nothing to see with the lock off"
        )

    def unguarded(shipment: Shipment, status: str, actor: Any, **fields: Any) -> None:
        Shipment.objects.filter(pk=shipment.pk).update(status=status, **fields)
        lifecycle.record_event(shipment.order, status, actor, shipment=shipment.pk)

    monkeypatch.setattr(shipping, "lock_order", lambda order_id: Order.objects.get(pk=order_id))
    monkeypatch.setattr(shipping, "move_shipment", unguarded)
    shipment, results = _two_packers(cantina, monkeypatch)
    assert not any(isinstance(result, Exception) for result in results), "both packers think they packed it"
    assert shipment.order.events.filter(type="packed").count() == 2
