"""The queue: which orders wait in which view, and which become a wave."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.codes import new_code
from orders.floor.picking import create_wave
from orders.intake.order_request import LineRequest
from orders.models import Order, Shipment, Wave
from tests.cast import SmallSet, allocated_order, order_for, stock_bag, stock_piece

pytestmark = pytest.mark.django_db

RED = LineRequest(part_num="3001", color_id=4, quantity=2)


def _page(client: Client, query: str) -> str:
    return client.get(f"/dashboard/orders/{query}").content.decode()


def test_each_view_shows_its_orders(paula: Client, cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    ready, waiting, new = allocated_order(RED), allocated_order(), order_for()
    review = order_for(*[LineRequest(part_num="3001", color_id=4)])
    Order.objects.filter(pk=review.pk).update(state="in_review")
    for view, order in (("ready", ready), ("waiting", waiting), ("new", new), ("review", review)):
        page = _page(paula, f"?view={view}")
        assert order.number in page
        assert [o.number for o in (ready, waiting, new, review) if o.number in page] == [order.number]
    assert all(o.number in _page(paula, "?view=all") for o in (ready, waiting, new, review))


def test_service_begins_in_review_and_the_floor_with_orders_to_pick(paula: Client, sandra: Client) -> None:
    assert 'href="?view=ready" aria-current="page"' in _page(paula, "")
    assert 'href="?view=review" aria-current="page"' in _page(sandra, "")


def test_the_oldest_come_first(paula: Client, cantina: SmallSet) -> None:
    stock_piece(cantina.red, 4)
    young, old = allocated_order(RED), allocated_order(RED)
    Order.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=9))
    page = _page(paula, "?view=ready")
    assert page.index(old.number) < page.index(young.number)


def test_an_order_in_a_wave_is_not_offered_again_until_more_of_it_arrives(
    paula: Client, cantina: SmallSet
) -> None:
    stock_bag(cantina.bag14, 1)
    order = allocated_order()
    create_wave(numbers=[order.number], by=None)
    assert order.number not in _page(paula, "?view=ready")
    # A packed order is still reserved, but nothing is left to pick.
    Shipment.objects.update(status="packed", packed_at=timezone.now())
    assert order.number not in _page(paula, "?view=ready")


def test_a_number_opens_its_order_however_it_is_typed(paula: Client, cantina: SmallSet) -> None:
    order = order_for()
    typed = order.number.lower().replace("-", "")
    response = paula.get("/dashboard/orders/", {"number": typed})
    assert response["Location"] == f"/dashboard/orders/{order.number}/"


def test_an_unknown_number_is_refused_and_stays_in_the_field(paula: Client) -> None:
    number = new_code("B14")
    page = _page(paula, f"?number={number}")
    assert f"There is no order {number}." in page
    assert f'value="{number}"' in page


def test_the_ticked_orders_become_a_wave(paula: Client, cantina: SmallSet) -> None:
    stock_piece(cantina.red, 6)
    first, second, _left = (allocated_order(RED) for _ in range(3))
    response = paula.post("/dashboard/waves/make/", {"orders": [second.number, first.number]})
    wave = Wave.objects.get()
    assert response["Location"] == f"/dashboard/waves/{wave.pk}/"
    assert wave.created_by is not None
    assert wave.created_by.username == "paula"
    slots = wave.shipments.order_by("slot").values_list("order__number", flat=True)
    assert list(slots) == [second.number, first.number]


def test_the_oldest_orders_become_a_wave(paula: Client, cantina: SmallSet) -> None:
    stock_piece(cantina.red, 6)
    orders = [allocated_order(RED) for _ in range(3)]
    paula.post("/dashboard/waves/make/", {"by": "age", "most": "2"})
    numbers = Wave.objects.get().shipments.order_by("slot").values_list("order__number", flat=True)
    assert list(numbers) == [order.number for order in orders[:2]]


def test_a_wave_of_no_orders_is_refused(paula: Client) -> None:
    response = paula.post("/dashboard/waves/make/", {})
    assert response.status_code == 400
    assert "Choose at least one order." in response.content.decode()


def test_a_refused_wave_keeps_the_ticks_and_has_the_reason_beside_each_order(
    paula: Client, peter: Client, cantina: SmallSet
) -> None:
    stock_piece(cantina.red, 4)
    mine, taken = allocated_order(RED), allocated_order(RED)
    peter.post("/dashboard/waves/make/", {"orders": [taken.number]})
    response = paula.post("/dashboard/waves/make/?view=ready", {"orders": [mine.number, taken.number]})
    page = response.content.decode()
    assert response.status_code == 409
    assert f"{taken.number} is being picked already." in page
    assert f"{taken.number}: {taken.number}" not in page
    assert f'value="{mine.number}" checked' in page
    assert Wave.objects.count() == 1
