"""Stock and the defect reports by REST."""

from collections.abc import Callable
from typing import Any

import pytest

from orders.intake.order_request import LineRequest
from orders.models import OrderContact
from tests.api.callers import Caller
from tests.cast import SmallSet, allocated_order, levels, order_for, stock_bag, stock_piece
from warehouse.models import Bin, StockMovement

pytestmark = pytest.mark.django_db


def test_stock_is_listed_by_item_and_bin(cantina: SmallSet, packer: Caller) -> None:
    red = stock_piece(cantina.red, 5, "A-02")
    stock_piece(cantina.red, 3, "A-01")
    bag = stock_bag(cantina.bag14, 1, "B-01")
    allocated_order()
    assert packer.get("stock/").json["results"] == [
        {"sku": bag.sku, "bin": "B-01", "on_hand": 1, "reserved": 1, "available": 0},
        {"sku": red.sku, "bin": "A-01", "on_hand": 3, "reserved": 0, "available": 3},
        {"sku": red.sku, "bin": "A-02", "on_hand": 5, "reserved": 0, "available": 5},
    ]


@pytest.mark.parametrize(
    ("query", "bins"),
    [
        ({"part_num": "3001"}, ["A-01"]),
        ({"color_id": "4"}, ["A-01"]),
        ({"color_id": "71"}, []),
        ({"set_num": "75290-1"}, ["B-13", "B-14"]),
        ({"set_num": "75290", "bag": "14"}, ["B-14"]),
        ({"bag": "13"}, ["B-13"]),
        ({"set_num": "1-1"}, []),
        ({"part_num": "' OR 1=1"}, []),
    ],
)
def test_stock_is_filtered(cantina: SmallSet, packer: Caller, query: dict[str, str], bins: list[str]) -> None:
    stock_piece(cantina.red, 5, "A-01")
    stock_bag(cantina.bag13, 1, "B-13")
    stock_bag(cantina.bag14, 1, "B-14")
    assert [row["bin"] for row in packer.get("stock/", **query).json["results"]] == bins


def test_sku_of_an_item_that_was_never_stocked_can_be_looked_up(cantina: SmallSet, packer: Caller) -> None:
    for query in ({"part_num": "3001", "color_id": 4}, {"set_num": "75290", "bag": "14"}):
        (row,) = packer.get("stock/", **query).json["results"]
        assert row | {"sku": ""} == {"sku": "", "bin": None, "on_hand": 0, "reserved": 0, "available": 0}
        arrived = {"sku": row["sku"], "bin": "N-01", "delta": 2, "reason": "received"}
        assert packer.post("stock/movements/", arrived).status == 201
        (row,) = packer.get("stock/", **query).json["results"]
        assert (row["bin"], row["on_hand"]) == ("N-01", 2)
    assert packer.get("stock/", set_num="75290", bag="99").json["results"] == []
    assert packer.get("stock/", part_num="9", color_id=4).json["results"] == []


def test_movement_is_entered(cantina: SmallSet, packer: Caller) -> None:
    item = stock_piece(cantina.red, 5, "A-01")
    answer = packer.post(
        "stock/movements/", {"sku": item.sku, "bin": "A-01", "delta": -2, "reason": "damaged"}
    )
    assert answer.status == 201
    movement = StockMovement.objects.latest("pk")
    assert answer.json["id"] == movement.pk
    assert {name: answer.json[name] for name in ("sku", "bin", "delta", "reason")} == {
        "sku": item.sku,
        "bin": "A-01",
        "delta": -2,
        "reason": "damaged",
    }
    assert movement.by is not None
    assert movement.by.username == "paula"
    assert levels(item) == {"A-01": (3, 0)}


def test_reserved_stock_cannot_go_out(cantina: SmallSet, packer: Caller) -> None:
    item = stock_piece(cantina.red, 5, "A-01")
    allocated_order(LineRequest(element_id="300121", quantity=4))
    gone = {"sku": item.sku, "bin": "A-01", "delta": -2, "reason": "counted"}
    assert packer.post("stock/movements/", gone).is_refused(409, "below_reserved")
    assert levels(item) == {"A-01": (5, 4)}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"sku": "X"}, "/sku", "unknown_sku"),
        ({"sku": 7}, "/sku", "wrong_type"),
        ({"sku": "a\x00b"}, "/sku", "control_characters"),
        ({"bin": ""}, "/bin", "invalid"),
        ({"bin": "x" * 21}, "/bin", "too_long"),
        ({"bin": "a\nb"}, "/bin", "control_characters"),
        ({"delta": 0}, "/delta", "out_of_range"),
        ({"delta": 10**9}, "/delta", "out_of_range"),
        ({"delta": "1"}, "/delta", "wrong_type"),
        ({"reason": "picked"}, "/reason", "unknown_reason"),
    ],
)
def test_wrong_movements_are_refused(
    cantina: SmallSet, packer: Caller, change: dict[str, Any], pointer: str, code: str
) -> None:
    item = stock_piece(cantina.red, 5, "A-01")
    before, bins = StockMovement.objects.count(), Bin.objects.count()
    body = {"sku": item.sku, "bin": "A-01", "delta": 1, "reason": "received"}
    answer = packer.post("stock/movements/", body | change)
    assert answer.is_refused(400, "invalid")
    assert answer.problems == {(pointer, code)}
    assert (StockMovement.objects.count(), Bin.objects.count()) == (before, bins)


def test_reports_show_what_and_never_who(cantina: SmallSet, works_as: Callable[[str], Caller]) -> None:
    order_for(
        LineRequest(bag="14"), LineRequest(element_id="300121", reason="damaged"),
        LineRequest(part_num="3070b", color_id=19, reason="lost"), box_code="45R0",
    )  # fmt: skip
    answer = works_as("quality").get("reports/")
    piece, bag = answer.json["results"]
    assert piece.items() >= {"bag": None, "reason": "damaged", "quantity": 1, "country": "US"}.items()
    assert piece["piece"]["color"] == {"id": 4, "name": "Red", "rgb": "C91A09"}
    assert piece["set"] == {"set_num": "75290-1", "name": "Mos Eisley Cantina"}
    assert bag.items() >= {"bag": "14", "piece": None, "reason": "missing", "box_code": "45R0"}.items()
    contact = OrderContact.objects.get()
    for secret in (contact.name, contact.email, contact.line1, contact.postal_code):
        assert secret not in answer.response.content.decode()


def test_reports_of_one_set(cantina: SmallSet, works_as: Callable[[str], Caller]) -> None:
    order_for()
    inspector = works_as("quality")
    assert len(inspector.get("reports/", set_num="75290").json["results"]) == 1
    assert inspector.get("reports/", set_num="1-1").json["results"] == []
