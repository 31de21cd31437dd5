"""`manage.py load_sample_stock`: fill an empty warehouse with the stock of the sample catalogue."""

import csv
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from catalog.models import Bag, Piece
from warehouse.items import items_of_bags, items_of_pieces
from warehouse.models import Bin, StockLevel, StockMovement

COLUMNS = ["bin", "set_num", "bag", "part_num", "color_id", "quantity"]
REFERENCE = "sample"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file: a quantity of packed bags, or of pieces, in a bin."""

    bin: str
    bag: tuple[str, str] | None
    piece: tuple[str, int] | None
    quantity: int


class Command(BaseCommand):
    help = "Put the sample's stock on the shelves, each level with its line in the ledger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        default = settings.BASE_DIR / "catalog" / "sample" / "stock.csv"
        parser.add_argument("file", nargs="?", type=Path, default=default)

    def handle(self, *args: Any, **options: Any) -> None:
        """All rows in one transaction: an interrupted run leaves the shelves empty, and the next run fills them."""
        if StockLevel.objects.exists():
            self.stdout.write("There is stock already: nothing to do.")
            return
        rows = read_rows(options["file"])
        with transaction.atomic():
            filled, unknown = fill_shelves(rows)
        self.stdout.write(f"{filled} levels filled.")
        if unknown:
            self.stderr.write(f"{unknown} rows left out: their piece or bag is not in our catalogue.")


def read_rows(path: Path) -> list[Row]:
    """The file's rows. Raises CommandError that names the line."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            raise CommandError(f"{path}: the columns must be {','.join(COLUMNS)}.")
        rows = []
        for row in reader:
            try:
                rows.append(_row(row))
            except ValueError as error:
                raise CommandError(f"{path}, line {reader.line_num}: {error}") from error
    return rows


def _row(row: dict[str, str]) -> Row:
    quantity = int(row["quantity"])
    if quantity < 0:
        raise ValueError("a quantity cannot be negative")
    if bool(row["bag"]) == bool(row["part_num"]):
        raise ValueError("give either set_num and bag, or part_num and color_id")
    bag = (row["set_num"], row["bag"]) if row["bag"] else None
    piece = (row["part_num"], int(row["color_id"])) if row["part_num"] else None
    return Row(row["bin"], bag, piece, quantity)


def fill_shelves(rows: list[Row]) -> tuple[int, int]:
    """Write items, bins, levels and ledger in bulk, inside the caller's transaction. Returns (filled, left out).

    A row of quantity 0 makes the level of an empty bin, which needs no movement.
    """
    items = _items(rows)
    known = [(row, items[row.bag or row.piece]) for row in rows if (row.bag or row.piece) in items]
    codes = sorted({row.bin for row, _ in known})
    Bin.objects.bulk_create([Bin(code=code) for code in codes], ignore_conflicts=True)
    bins = dict(Bin.objects.filter(code__in=codes).values_list("code", "pk"))
    StockLevel.objects.bulk_create(
        [StockLevel(item_id=item, bin_id=bins[row.bin], on_hand=row.quantity) for row, item in known],
        batch_size=500,
    )
    StockMovement.objects.bulk_create(
        [
            StockMovement(
                item_id=item,
                bin_id=bins[row.bin],
                delta=row.quantity,
                reason=StockMovement.Reason.RECEIVED,
                reference=REFERENCE,
            )
            for row, item in known
            if row.quantity
        ],
        batch_size=500,
    )
    return len(known), len(rows) - len(known)


def _items(rows: list[Row]) -> dict[object, int]:
    """The stock item of each row's bag or piece. Bags and pieces that are not in our catalogue are left out."""
    bags = {
        (set_num, label): pk
        for pk, set_num, label in Bag.objects.filter(
            set__set_num__in={row.bag[0] for row in rows if row.bag}
        ).values_list("pk", "set__set_num", "label")
    }
    pieces = {
        (part_num, color_id): pk
        for pk, part_num, color_id in Piece.objects.filter(
            part__part_num__in={row.piece[0] for row in rows if row.piece}
        ).values_list("pk", "part__part_num", "color_id")
    }
    wanted_bags = {row.bag: bags[row.bag] for row in rows if row.bag in bags}
    wanted_pieces = {row.piece: pieces[row.piece] for row in rows if row.piece in pieces}
    bag_items = items_of_bags(wanted_bags.values())
    piece_items = items_of_pieces(wanted_pieces.values())
    found: dict[object, int] = {name: bag_items[pk] for name, pk in wanted_bags.items()}
    found.update({name: piece_items[pk] for name, pk in wanted_pieces.items()})
    return found
