"""The expected day comes from queue, stock and measured pace; an unknown day is not stated."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders.allocation.estimates import Expectation, add_working_days, expect, parcels_per_day
from orders.floor.picking import create_wave
from orders.intake.order_request import LineRequest
from orders.models import Order, Shipment, Wave
from tests.cast import SmallSet, allocated_order, order_for, staff_user, stock_bag, stock_piece

pytestmark = pytest.mark.django_db

WEDNESDAY = datetime(2026, 11, 18, 12, tzinfo=UTC)
PLATE = LineRequest(part_num="3024", color_id=71)


@pytest.fixture(autouse=True)
def _it_is_wednesday(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(timezone, "now", lambda: WEDNESDAY)
    settings.PARCELS_PER_DAY = 2


def _sent(order: Order, *, days_ago: int, took: int | None = None) -> Shipment:
    """A parcel of this order that left some days ago, and took so many days if it has arrived."""
    left = WEDNESDAY - timedelta(days=days_ago)
    return Shipment.objects.create(
        order=order,
        wave=Wave.objects.create(created_at=left),
        slot=1,
        status="shipped" if took is None else "delivered",
        created_at=left,
        packed_at=left,
        shipped_at=left,
        delivered_at=None if took is None else left + timedelta(days=took),
    )


@pytest.mark.parametrize(
    ("days", "expected"), [(0, 18), (1, 19), (2, 20), (3, 23), (5, 25)], ids=["0", "1", "2", "3", "5"]
)
def test_weekends_are_no_working_days(days: int, expected: int) -> None:
    assert add_working_days(date(2026, 11, 18), days) == date(2026, 11, expected)


def test_what_is_there_leaves_on_the_next_working_day(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    assert expect(allocated_order()).leaves_on == date(2026, 11, 19)


def test_who_stands_in_front_is_counted(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 9)
    orders = [allocated_order() for _ in range(5)]
    for at, order in enumerate(orders):
        Order.objects.filter(pk=order.pk).update(created_at=WEDNESDAY + timedelta(seconds=at))
    days = [expect(Order.objects.get(pk=order.pk)).leaves_on for order in orders]
    assert days == [date(2026, 11, day) for day in (19, 19, 20, 20, 23)]


def test_parcels_in_the_house_are_in_front_of_an_order_that_is_not_picked(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 9)
    first, second, third = (allocated_order() for _ in range(3))
    create_wave(numbers=[first.number, second.number], by=staff_user())
    assert expect(third).leaves_on == date(2026, 11, 20)
    assert expect(first).leaves_on == date(2026, 11, 19)


def test_a_new_request_is_told_by_what_lies_on_the_shelves(cantina: SmallSet) -> None:
    assert expect(order_for()) == Expectation()
    stock_bag(cantina.bag14, 1)
    assert expect(order_for()).leaves_on == date(2026, 11, 19)
    stock_piece(cantina.grey, 1)
    assert expect(order_for(PLATE)).leaves_on == date(2026, 11, 19)
    assert expect(order_for(LineRequest(bag="13"))).leaves_on is None
    stock_piece(cantina.red, 4, "A-02-1-01")
    assert expect(order_for(LineRequest(bag="13"))).leaves_on == date(2026, 11, 19)


def test_nothing_is_promised_that_an_older_order_waits_for(cantina: SmallSet) -> None:
    allocated_order(PLATE)
    stock_piece(cantina.grey, 1)
    assert expect(order_for(PLATE)) == Expectation()


def test_what_waits_for_stock_has_no_day(cantina: SmallSet) -> None:
    assert expect(allocated_order()) == Expectation(waits=True)


def test_what_is_there_has_a_day_while_the_rest_waits(cantina: SmallSet) -> None:
    stock_piece(cantina.grey, 1)
    found = expect(allocated_order(PLATE, LineRequest(bag="14")))
    assert (found.leaves_on, found.waits) == (date(2026, 11, 19), True)


@pytest.mark.parametrize("state", ["in_review", "cancelled", "declined"])
def test_no_day_for_what_may_not_be_sent(cantina: SmallSet, state: str) -> None:
    order = order_for()
    Order.objects.filter(pk=order.pk).update(state=state)
    assert expect(Order.objects.get(pk=order.pk)) == Expectation()


def test_the_house_s_pace_is_measured(cantina: SmallSet) -> None:
    order = order_for()
    for days_ago in (5, 5, 5, 2, 1, 1, 0, 0, 0, 0):
        _sent(order, days_ago=days_ago)
    assert parcels_per_day() == 2.0, "too few seen, since today is not over: what the setting says"
    for _ in range(6):
        _sent(order, days_ago=1)
    # Friday, Monday, Tuesday: twelve parcels in three days.
    assert parcels_per_day() == 4.0


def test_the_arrival_is_known_where_parcels_were_seen_to_arrive(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    order = allocated_order()
    other = order_for()
    for took in (2, 3):
        _sent(other, days_ago=10, took=took)
    assert expect(order).arrives_on is None
    _sent(other, days_ago=12, took=9)
    assert expect(order).arrives_on == date(2026, 11, 22)


def test_a_parcel_on_its_way_is_expected_from_the_day_it_left(cantina: SmallSet) -> None:
    other = order_for()
    for _ in range(3):
        _sent(other, days_ago=10, took=4)
    order = allocated_order()
    _sent(order, days_ago=1)
    Order.objects.filter(pk=order.pk).update(state="closed")
    found = expect(Order.objects.get(pk=order.pk))
    assert (found.left, found.leaves_on, found.arrives_on) == (True, date(2026, 11, 17), date(2026, 11, 21))


def test_it_costs_few_queries(cantina: SmallSet, django_assert_max_num_queries: Any) -> None:
    stock_bag(cantina.bag14, 1)
    order = allocated_order(LineRequest(bag="14"), PLATE)
    with django_assert_max_num_queries(7):
        expect(order)
