"""Home: what waits, how old, what is short."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.charts import day_picture, stacked_bar
from dashboard.days import two_days
from dashboard.waiting import short_items, waiting_orders, waiting_shipments
from orders.floor.picking import create_wave
from orders.intake.order_request import LineRequest
from orders.models import Order
from tests.cast import SmallSet, allocated_order, order_for, stock_piece

pytestmark = pytest.mark.django_db

RED = LineRequest(part_num="3001", color_id=4, quantity=2)


def _age(order: Order, **age: int) -> None:
    Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - timedelta(**age))


def test_open_orders_are_counted_by_state_and_age(cantina: SmallSet) -> None:
    for age in ({"hours": 2}, {"days": 2}, {"days": 2, "hours": 5}, {"days": 5}, {"days": 30}):
        _age(allocated_order(), **age)
    order_for()
    by_state = {row.state: row for row in waiting_orders()}
    assert by_state["backordered"].by_age == (1, 2, 1, 1)
    assert by_state["backordered"].is_late
    assert by_state["received"].by_age == (1, 0, 0, 0)
    assert not by_state["received"].is_late
    assert by_state["in_review"].total == 0


def test_an_order_that_is_being_picked_is_counted_as_a_parcel(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 4)
    picking, ready = allocated_order(RED), allocated_order(RED)
    create_wave(numbers=[picking.number], by=None)
    assert {row.state: row.total for row in waiting_orders()}["allocated"] == 1
    assert {row.state: row.total for row in waiting_shipments()} == {"picking": 1, "packed": 0}
    assert ready.state == "allocated"


def test_ended_orders_wait_for_nothing(cantina: SmallSet) -> None:
    order_for()
    Order.objects.update(state="cancelled")
    assert sum(row.total for row in waiting_orders()) == 0


def test_a_short_item_is_shown_with_its_quantity_and_since_when(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 1)
    allocated_order(RED)
    allocated_order(RED)
    (red,) = short_items()
    assert (red.item.sku, red.quantity, red.lines) == ("P:3001:4", 3, 2)


def test_today_is_compared_with_yesterday_hour_by_hour(cantina: SmallSet) -> None:
    noon = timezone.localtime().replace(hour=12, minute=30, second=0, microsecond=0)
    ages = [timedelta(0), timedelta(minutes=40), timedelta(days=1, hours=2), timedelta(days=1, hours=-5)]
    for age in (*ages, timedelta(days=2)):
        Order.objects.filter(pk=order_for().pk).update(created_at=noon - age)
    asked, packed, handed_over = two_days(noon)
    assert (asked.total, asked.all_of_yesterday, asked.so_far) == (2, 2, 1)
    assert asked.rows == [(10, 0, 1), (11, 1, 0), (12, 1, 0), (17, 0, 1)]
    assert packed.total == handed_over.total == 0


def test_the_current_hour_of_yesterday_counts_in_part(cantina: SmallSet) -> None:
    half_past = timezone.localtime().replace(hour=9, minute=30, second=0, microsecond=0)
    for _ in range(4):
        Order.objects.filter(pk=order_for().pk).update(created_at=half_past - timedelta(days=1))
    assert two_days(half_past)[0].so_far == 2


def test_a_day_is_drawn_without_styles_and_its_largest_hour_has_the_full_height() -> None:
    picture = day_picture([0] * 23 + [50], [1] * 24, hour=5)
    assert "style" not in picture
    assert picture.count('class="now"') == 1
    assert picture.count('class="before"') == 24
    assert 'height="60.0"' in picture
    assert 'x1="60.0"' in picture
    assert 'class="now"' not in day_picture([0] * 24, [0] * 24, hour=0)


def test_a_bar_keeps_within_its_box_and_shows_the_smallest_count() -> None:
    segments = stacked_bar((1, 0, 999, 3), largest=1003)
    assert [segment.shade for segment in segments] == [0, 2, 3]
    assert all(segment.width >= 1 for segment in segments)
    assert segments[-1].x + segments[-1].width <= 100
    assert stacked_bar((0, 0), largest=0) == []


def test_the_page_shows_the_figures_and_links_to_the_queue(
    paula: Client, quinn: Client, cantina: SmallSet
) -> None:
    stock_piece(cantina.red, 1)
    allocated_order(RED)
    page = paula.get("/dashboard/").content.decode()
    assert 'href="/dashboard/orders/?view=waiting"' in page
    assert "Brick 2 x 4, Red" in page
    # Quality may not see the queue.
    assert "/dashboard/orders/" not in quinn.get("/dashboard/").content.decode()
