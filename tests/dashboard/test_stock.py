"""Stock on the pages: finding, the ledger, and entering what comes or goes."""

import pytest
from django.test import Client

from core.models import Job
from orders.intake.order_request import LineRequest
from tests.cast import SmallSet, allocated_order, levels, stock_bag, stock_piece
from warehouse.models import StockItem, StockMovement

pytestmark = pytest.mark.django_db

RED = LineRequest(part_num="3001", color_id=4, quantity=2)


@pytest.mark.parametrize(
    "typed", ["P:3001:4", "3001", "brick red", "300121", "A-01-1-01", "a-01-1-01", "RED 3001", " 3001 "]
)
def test_a_piece_is_found_by_each_of_its_names_and_numbers(
    paula: Client, cantina: SmallSet, typed: str
) -> None:
    item = stock_piece(cantina.red, 5)
    stock_piece(cantina.grey, 5, "C-01-1-01")
    page = paula.get("/dashboard/stock/", {"q": typed}).content.decode()
    assert f'href="/dashboard/stock/{item.pk}/"' in page
    assert "3024" not in page


@pytest.mark.parametrize("typed", ["75290-1", "cantina 14", "B:75290-1:14", "B-01-1-01"])
def test_a_bag_is_found_by_its_set(paula: Client, cantina: SmallSet, typed: str) -> None:
    stock_bag(cantina.bag14, 2)
    assert "Bag 14 of 75290-1, packed" in paula.get("/dashboard/stock/", {"q": typed}).content.decode()


def test_an_empty_search_says_so(paula: Client, cantina: SmallSet) -> None:
    assert "fits &ldquo;unicorn&rdquo;" in paula.get("/dashboard/stock/?q=unicorn").content.decode()


def test_a_delivery_is_in_the_ledger_and_serves_a_waiting_order(paula: Client, cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 1)
    allocated_order(RED)
    Job.objects.filter(kind="serve_waiting").update(state="done")
    response = paula.post(
        f"/dashboard/stock/{item.pk}/adjust/",
        {"delta": "5", "bin": "A-09-1-01", "reason": "received", "key": "a"},
        follow=True,
    )
    assert "+5 in A-09-1-01." in response.content.decode()
    assert levels(item) == {"A-01-1-01": (1, 1), "A-09-1-01": (5, 0)}
    assert StockMovement.objects.get(delta=5).by.username == "paula"  # type: ignore[union-attr]
    assert Job.objects.get(kind="serve_waiting").state == "pending"


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"delta": "-2"}, "1 on hand, 1 of them reserved: -2 is not possible."),
        ({"delta": "0"}, "Give a number other than 0"),
        ({"delta": "9999999"}, "Give a number other than 0"),
        ({"delta": "some"}, "Type a whole number."),
        ({"delta": ""}, "This field is required."),
        ({"bin": ""}, "This field is required."),
        ({"bin": "x" * 21}, "at most 20 characters"),
        ({"bin": "A\x00"}, "Null characters are not allowed."),
        ({"reason": "picked"}, "not one of the available choices"),
        ({"reason": "stolen"}, "not one of the available choices"),
    ],
)
def test_a_wrong_value_has_its_error_beside_the_field_and_stays(
    paula: Client, cantina: SmallSet, typed: dict[str, str], error: str
) -> None:
    item = stock_piece(cantina.red, 1)
    allocated_order(RED)
    response = paula.post(
        f"/dashboard/stock/{item.pk}/adjust/",
        {"delta": "1", "bin": "A-01-1-01", "reason": "adjusted", "key": "a", **typed},
    )
    page = response.content.decode()
    assert response.status_code in (400, 409)
    assert error in page
    assert '<option value="adjusted" selected>' in page or "reason" in typed
    assert levels(item) == {"A-01-1-01": (1, 1)}


def test_the_ledger_has_pages_newest_first(paula: Client, cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 1000)
    for number in range(1, 31):
        stock_piece(cantina.red, number)
    first = paula.get(f"/dashboard/stock/{item.pk}/").content.decode()
    second = paula.get(f"/dashboard/stock/{item.pk}/?page=2").content.decode()
    assert "+30<" in first
    assert "+1000<" not in first
    assert "+1000<" in second
    assert 'rel="next"' not in second


def test_the_page_of_an_item_shows_who_waits_for_it(paula: Client, cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 1)
    order = allocated_order(RED)
    assert order.number in paula.get(f"/dashboard/stock/{item.pk}/").content.decode()


@pytest.mark.parametrize(
    ("typed", "sku"),
    [
        ({"part_num": "3070b", "color_id": "19"}, "P:3070b:19"),
        ({"set_num": "75290", "bag": "13"}, "B:75290-1:13"),
    ],
)
def test_an_item_without_a_bin_gets_its_page(
    paula: Client, cantina: SmallSet, typed: dict[str, str], sku: str
) -> None:
    response = paula.post("/dashboard/stock/new/", typed)
    assert response["Location"] == f"/dashboard/stock/{StockItem.objects.get(sku=sku).pk}/"


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"part_num": "3001"},
        {"part_num": "3001", "color_id": "x"},
        {"part_num": "3001", "color_id": "999999999"},
        {"part_num": "nothing", "color_id": "4"},
        {"bag": "14"},
        {"bag": "99", "set_num": "75290-1"},
        {"bag": "14", "set_num": "75290-1", "part_num": "3001", "color_id": "4"},
        {"part_num": "x" * 100, "color_id": "4"},
    ],
)
def test_an_unknown_item_is_refused(paula: Client, cantina: SmallSet, typed: dict[str, str]) -> None:
    response = paula.post("/dashboard/stock/new/", typed)
    assert response.status_code == 400
    assert "note bad" in response.content.decode() or 'class="error"' in response.content.decode()
    assert not StockItem.objects.exists()
