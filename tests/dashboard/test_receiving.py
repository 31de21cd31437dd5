"""Deliveries and counts on the pages: by scanner, and as files."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orders.intake.order_request import LineRequest
from orders.models import Event, OrderLine
from tests.cast import SmallSet, allocated_order, levels, stock_piece
from warehouse.models import BinCount, StockItem, StockMovement

pytestmark = pytest.mark.django_db

RED = LineRequest(part_num="3001", color_id=4, quantity=2)


def _key(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_delivery_is_scanned_and_the_bin_stays_for_the_next(paula: Client, cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 1)
    typed = {"scan": "300121", "quantity": "5", "bin": "A-09-1-01", "key": "k"}
    response = paula.post("/dashboard/stock/receive/", typed)
    assert response["Location"] == "/dashboard/stock/receive/?bin=A-09-1-01"
    page = paula.get(response["Location"]).content.decode()
    assert "5 of P:3001:4 into A-09-1-01." in page
    assert 'value="A-09-1-01"' in page
    assert levels(item)["A-09-1-01"] == (5, 0)


def test_a_delivery_sent_twice_is_entered_once(paula: Client, cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 1)
    key = _key(paula.get("/dashboard/stock/receive/").content.decode())
    for _ in range(2):
        paula.post(
            "/dashboard/stock/receive/", {"scan": "300121", "quantity": "5", "bin": "A-09", "key": key}
        )
    assert levels(item)["A-09"] == (5, 0)


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"scan": "unicorn"}, "Nothing on our shelves is called unicorn."),
        ({"quantity": "0"}, "Give a number other than 0"),
        ({"quantity": "x"}, "Type a whole number."),
        ({"bin": "x" * 21}, "at most 20 characters"),
        ({"bin": " "}, "This field is required."),
    ],
)
def test_a_wrong_delivery_is_refused_and_gets_a_new_key(
    paula: Client, cantina: SmallSet, typed: dict[str, str], error: str
) -> None:
    stock_piece(cantina.red, 1)
    sent = {"scan": "300121", "quantity": "5", "bin": "A-09", "key": "k", **typed}
    response = paula.post("/dashboard/stock/receive/", sent)
    page = response.content.decode()
    assert response.status_code == 400
    assert error in page
    assert "is-wrong" in page
    assert StockMovement.objects.count() == 1


def test_a_count_below_what_is_reserved_is_still_true(paula: Client, cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    response = paula.post(
        f"/dashboard/stock/{item.pk}/count/", {"counted": "1", "bin": "A-01-1-01", "key": "k"}, follow=True
    )
    assert "1 in A-01-1-01: -1 against the books." in response.content.decode()
    assert levels(item)["A-01-1-01"][0] == 1
    assert OrderLine.objects.get(order=order).backordered == 1
    assert Event.objects.filter(order=order, type="reservation_lost", actor__username="paula").exists()
    page = paula.get(f"/dashboard/orders/{order.number}/").content.decode()
    assert "Its reserved stock was missing" in page


def test_a_move_to_another_bin_is_in_the_ledger_twice(paula: Client, cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 3)
    address = f"/dashboard/stock/{item.pk}/carry/"
    typed = {"quantity": "2", "from_bin": "A-01-1-01", "to_bin": "C-01", "key": "k"}
    assert paula.post(address, typed).status_code == 302
    assert levels(item) == {"A-01-1-01": (1, 0), "C-01": (2, 0)}
    response = paula.post(address, {**typed, "key": "l", "quantity": "9"})
    assert response.status_code == 409
    assert "cannot be moved" in response.content.decode()


def test_a_worker_counts_a_bin_by_scanning_each_piece(paula: Client, cantina: SmallSet) -> None:
    red = stock_piece(cantina.red, 3)
    grey = stock_piece(cantina.grey, 5)
    address = paula.post("/dashboard/stock/counts/", {"bin": "A-01-1-01"})["Location"]
    for scan in ("300121", "3001"):
        key = _key(paula.get(address).content.decode())
        for _ in range(2):  # the scanner's Enter came twice
            paula.post(f"{address}scan/", {"scan": scan, "quantity": "1", "key": key})
    refused = paula.post(f"{address}scan/", {"scan": "9999", "quantity": "1", "key": "z"})
    assert refused.status_code == 404
    assert "is-wrong" in refused.content.decode()
    page = paula.get(address).content.decode()
    assert "Counted: 2" in page
    assert levels(red)["A-01-1-01"] == (3, 0)  # the books are unchanged until the end
    done = paula.post(f"{address}end/", {"whole_bin": "yes"}, follow=True).content.decode()
    assert "A-01-1-01 is counted: 2 items differed from the books." in done
    assert levels(red)["A-01-1-01"] == (2, 0)
    assert levels(grey)["A-01-1-01"] == (0, 0)
    assert "Finished" in paula.get(address).content.decode()
    assert paula.post(f"{address}scan/", {"scan": "300121", "quantity": "1", "key": "y"}).status_code == 409


def test_without_a_bin_no_count_begins(paula: Client) -> None:
    page = paula.post("/dashboard/stock/counts/", {}, follow=True).content.decode()
    assert "Give a bin&#x27;s code, such as A-03-2-14." in page
    assert not BinCount.objects.exists()


def test_bins_are_listed_found_and_shown(paula: Client, cantina: SmallSet) -> None:
    stock_piece(cantina.red, 3, "A-01-1-01")
    stock_piece(cantina.grey, 2, "B-02-1-01")
    page = paula.get("/dashboard/stock/bins/", {"bin": "b"}).content.decode()
    assert "B-02-1-01" in page
    assert "A-01-1-01" not in page
    page = paula.get("/dashboard/stock/bins/", {"bin": "a-01-1-01"}, follow=True).content.decode()
    assert "Brick 2 x 4" in page
    assert paula.get("/dashboard/stock/bins/999/").status_code == 404


def _send(client: Client, text: str, **more: str) -> tuple[int, str]:
    file = SimpleUploadedFile("stock.csv", text.encode(), content_type="text/csv")
    response = client.post(
        "/dashboard/stock/file/", {"file": file, "mode": "received", "key": "k", **more}, follow=True
    )
    return response.status_code, response.content.decode()


def test_a_file_that_is_sent_twice_is_entered_once(paula: Client, cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 1)
    text = "sku,bin,quantity\nP:3001:4,D-01,7\n"
    assert "1 line entered." in _send(paula, text)[1]
    assert "This file is entered already." in _send(paula, text)[1]
    assert levels(item)["D-01"] == (7, 0)


def test_a_file_with_errors_has_them_listed_by_line_and_nothing_is_entered(
    paula: Client, cantina: SmallSet
) -> None:
    item = stock_piece(cantina.red, 1)
    status, page = _send(paula, "sku;bin;quantity\nP:3001:4;D-01;7\nX;D-01;1\nP:3001:4;;x\n")
    assert status == 400
    assert "Nothing was entered." in page
    assert "Line 3: no item has the SKU X" in page
    assert "Line 4: give a bin&#x27;s code; give a whole number" in page
    assert levels(item) == {"A-01-1-01": (1, 0)}


def test_an_exported_file_can_be_entered_again(paula: Client, cantina: SmallSet) -> None:
    stock_piece(cantina.red, 4)
    response = paula.get("/dashboard/stock/file.csv")
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.splitlines()[1] == 'P:3001:4,"Brick 2 x 4, Red",A-01-1-01,4,0,4'
    assert response["Content-Disposition"].startswith("attachment")
    assert "1 line entered." in _send(paula, text.replace(",4,0,4", ",3,0,3"), mode="counted")[1]
    assert levels(StockItem.objects.get()) == {"A-01-1-01": (3, 0)}
