"""Stock as a file: formulas disarmed, every wrong line named, all of it or nothing."""

import csv
from typing import Any

import pytest

from core.refusals import Refusal
from orders.floor.stock_files import MAX_LINES, disarmed, load_stock, read_stock_file, stock_lines
from tests.cast import SmallSet, levels, stock_piece
from warehouse.models import StockMovement
from warehouse.stocking import move_stock

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("dangerous", ['=HYPERLINK("http://evil")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_is_shown_and_not_computed(cantina: SmallSet, dangerous: str) -> None:
    stock_piece(cantina.red, 2, dangerous[:20])
    cantina.red.part.name = dangerous
    cantina.red.part.save()
    (_, row) = csv.reader(line.rstrip("\r\n") + "\n" for line in stock_lines())
    assert row[1].startswith(f"'{dangerous[0]}")
    assert row[2].startswith(f"'{dangerous[0]}")
    assert disarmed("A-01-1-01") == "A-01-1-01"


def test_a_disarmed_bin_is_the_same_bin_when_it_comes_back(cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 2, "-17")
    load_stock(
        read_stock_file("".join(stock_lines()).replace(",2,0,2", ",5,0,5").encode()),
        mode="counted",
        key="k",
        by=None,
    )
    assert levels(item) == {"-17": (5, 0)}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Line 1: The heading lacks sku, bin, quantity."),
        (b"sku,bin\nP:3001:4,A\n", "lacks quantity"),
        (b"sku,bin,quantity\n", "nothing below the heading"),
        (b"sku,bin,quantity\nP:3001:4,A,-1\n", "Line 2: give a whole number"),
        (b"sku,bin,quantity\nP:3001:4,A,1.5\n", "Line 2: give a whole number"),
        (b"sku,bin,quantity\nP:3001:4,A,99999999\n", "Line 2: give a whole number"),
        (b"sku,bin,quantity\nP:3001:4\n", "Line 2: give a bin's code; give a whole number"),
        (b"sku,bin,quantity\nP:3001:4,A,1\n\nP:3001:4,A,1\n", "Line 4: stands in line 2 already"),
        (b"sku,bin,quantity\n\xff,A,1\n", "Line 2: These are no UTF-8 characters"),
        (b"sku,bin,quantity\nP:3001:4,A\x00,1\n", "Line 2: this is no text"),
        (b"sku,bin,quantity\n" + b"P:3001:4,A,1\n" * (MAX_LINES + 1), "At most 2000 lines"),
        (b"x" * 500_001, "more than 500 kB"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(cantina: SmallSet, content: bytes, said: str) -> None:
    stock_piece(cantina.red, 1)
    with pytest.raises(Refusal) as refused:
        read_stock_file(content)
    assert said in " ".join(str(problem.detail) for problem in refused.value.problems)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_whatever_the_spreadsheet_separates_with_is_read(
    cantina: SmallSet, delimiter: str, mark: str
) -> None:
    stock_piece(cantina.red, 1)
    text = (
        mark + delimiter.join(("Bin", "SKU", "Quantity")) + "\r\n" + delimiter.join(("A-1", "P:3001:4", "۳"))
    )
    (line,) = read_stock_file(text.encode())
    assert (line.number, line.sku, line.bin, line.quantity) == (2, "P:3001:4", "A-1", 3)


def test_one_line_that_cannot_be_entered_takes_all_others_with_it(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = stock_piece(cantina.red, 1)
    lines = read_stock_file(b"sku,bin,quantity\nP:3001:4,A,1\nP:3001:4,B,2\n")

    def refuse_b(**given: Any) -> StockMovement:
        if given["bin_code"] == "B":
            raise Refusal("invalid", "This shelf is full.")
        return move_stock(**given)

    monkeypatch.setattr("orders.floor.stock_files.move_stock", refuse_b)
    with pytest.raises(Refusal) as refused:
        load_stock(lines, mode="received", key="k", by=None)
    assert [str(problem.detail) for problem in refused.value.problems] == ["Line 3: This shelf is full."]
    assert levels(item) == {"A-01-1-01": (1, 0)}
    assert StockMovement.objects.count() == 1
    monkeypatch.undo()
    # Nothing of the key was kept either: sent again, it is entered.
    assert load_stock(lines, mode="received", key="k", by=None) == 2


def test_the_numbers_have_to_mean_something(cantina: SmallSet) -> None:
    with pytest.raises(Refusal):
        load_stock([], mode="guessed", key="k", by=None)
