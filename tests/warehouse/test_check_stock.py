"""Recomputing the shelves from the ledger: drift is reported and never mended in silence."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from orders.intake.order_request import LineRequest
from tests.cast import SmallSet, allocated_order, stock_piece
from warehouse.drift import find_drift
from warehouse.models import StockLevel, StockMovement

pytestmark = pytest.mark.django_db

RED = LineRequest(part_num="3001", color_id=4, quantity=2)


@pytest.fixture(autouse=True)
def _books(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 5)
    stock_piece(cantina.grey, 3, "A-01-1-02")
    allocated_order(RED)


def test_books_that_agree_are_said_to_agree() -> None:
    said = StringIO()
    call_command("check_stock", stdout=said)
    assert said.getvalue() == "2 levels agree with the ledger and the reservations.\n"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"on_hand": 4}, "P:3001:4 in A-01-1-01: on_hand is 4, its rows add up to 5"),
        ({"reserved": 1}, "P:3001:4 in A-01-1-01: reserved is 1, its rows add up to 2"),
        ({"reserved": 3}, "P:3001:4 in A-01-1-01: reserved is 3, its rows add up to 2"),
    ],
)
def test_a_figure_changed_behind_the_ledger_is_named_and_left_alone(
    changes: dict[str, int], said: str
) -> None:
    levels = StockLevel.objects.filter(item__sku="P:3001:4")
    levels.update(**changes)
    output = StringIO()
    with pytest.raises(CommandError, match="1 figures differ"):
        call_command("check_stock", stdout=output)
    assert output.getvalue().strip() == said
    assert levels.filter(**changes).exists()


def test_a_ledger_line_without_a_level_is_noticed() -> None:
    red = StockLevel.objects.get(item__sku="P:3001:4")
    grey = StockLevel.objects.get(item__sku="P:3024:71")
    StockMovement.objects.create(item=red.item, bin=grey.bin, delta=7, reason="received")
    assert [str(row) for row in find_drift()] == ["P:3001:4 in A-01-1-02: on_hand is 0, its rows add up to 7"]
