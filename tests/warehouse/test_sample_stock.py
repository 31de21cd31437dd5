"""Filling empty shelves with the sample's stock."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from tests.cast import small_set, stock_piece
from warehouse.models import StockLevel, StockMovement

pytestmark = pytest.mark.django_db

HEADER = "bin,set_num,bag,part_num,color_id,quantity\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    small_set()
    path = tmp_path / "stock.csv"
    path.write_text(
        HEADER
        + "A-01-1-01,,,3001,4,90\nA-01-1-01,,,3024,71,7\nA-01-1-02,,,3001,4,0\nB-01-1-01,75290-1,14,,,2\n"
    )
    return path


def test_every_level_has_its_line_in_the_ledger(file: Path) -> None:
    call_command("load_sample_stock", str(file), stdout=StringIO())
    levels = StockLevel.objects.values_list("item__sku", "bin__code", "on_hand").order_by("pk")
    assert list(levels) == [
        ("P:3001:4", "A-01-1-01", 90),
        ("P:3024:71", "A-01-1-01", 7),
        ("P:3001:4", "A-01-1-02", 0),
        ("B:75290-1:14", "B-01-1-01", 2),
    ]
    assert set(StockMovement.objects.values_list("reason", flat=True)) == {"received"}
    ledger = StockMovement.objects.aggregate(total=Sum("delta"))["total"]
    assert ledger == StockLevel.objects.aggregate(total=Sum("on_hand"))["total"] == 99


def test_it_does_nothing_when_there_is_stock(file: Path) -> None:
    stock_piece(small_set("10255-1").red, 3)
    said = StringIO()
    call_command("load_sample_stock", str(file), stdout=said)
    assert "already" in said.getvalue()
    assert StockLevel.objects.count() == 1


def test_what_the_catalogue_does_not_know_is_left_out_and_said(file: Path) -> None:
    with file.open("a") as rows:
        rows.write("A-01-1-03,,,9999,4,5\n")
    said = StringIO()
    call_command("load_sample_stock", str(file), stdout=StringIO(), stderr=said)
    assert "1 rows left out" in said.getvalue()
    assert StockLevel.objects.count() == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bin,part\nA,1\n", "columns"),
        (HEADER + "A,,,3001,4,many\n", "line 2"),
        (HEADER + "A,,,3001,4,-1\n", "line 2: a quantity"),
        (HEADER + "A,75290-1,14,3001,4,1\n", "line 2: give either"),
    ],
)
def test_a_file_that_is_wrong_is_refused_before_anything_is_written(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(CommandError, match=said):
        call_command("load_sample_stock", str(file), stdout=StringIO())
    assert not StockLevel.objects.exists()
