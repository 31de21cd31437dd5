"""Writes the contents of boxes: nine of ten rows of an import, so each row has to cost little time in Python.

PostgreSQL gets the lines of a COPY. SQLite gets a JSON list of numbers, one for each row; one INSERT ... SELECT
unpacks them and joins the few rows that describe a lot. So no row is bound on its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from django.db import connection

from catalog.importing.contents import Lot
from catalog.importing.problems import CatalogError
from catalog.models import Content

TABLE = Content._meta.db_table
COLUMNS = "inventory_id, bag_id, piece_id, quantity, is_spare, beyond_inventory, minifig, sub_set"

# inventory id, bag id or None, the lot
PlacedLot = tuple[int, int | None, Lot]


class ContentWriter(ABC):
    """Inserts the rows of lots, inside the caller's transaction. `piece_ids` is indexed by a piece's index in the
    source.
    """

    @abstractmethod
    def __init__(self, piece_ids: Sequence[int]) -> None: ...

    @abstractmethod
    def write(self, lots: Sequence[PlacedLot]) -> None: ...


class PostgresWriter(ContentWriter):
    def __init__(self, piece_ids: Sequence[int]) -> None:
        self._pieces = [f"{piece_id}\t" for piece_id in piece_ids for _spare in (False, True)]
        self._spares = ["\tf\t", "\tt\t"]

    def write(self, lots: Sequence[PlacedLot]) -> None:
        pieces, spares = self._pieces, self._spares
        with connection.cursor() as cursor, cursor.copy(f"COPY {TABLE} ({COLUMNS}) FROM STDIN") as copy:
            for inventory_id, bag_id, lot in lots:
                head = f"{inventory_id}\t{chr(92) + 'N' if bag_id is None else bag_id}\t"
                tail = f"{'t' if lot.beyond else 'f'}\t{_escaped(lot.minifig)}\t{_escaped(lot.sub_set)}\n"
                copy.write(
                    "".join(
                        [
                            f"{head}{pieces[key]}{quantity}{spares[key & 1]}{tail}"
                            for key, quantity in zip(lot.keys, lot.quantities, strict=True)
                        ]
                    )
                )


def _escaped(text: str) -> str:
    """A text as a field of COPY: backslashes, tabs and line ends are escaped with a backslash."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if not text.isprintable():
        text = text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return text


class SqliteWriter(ContentWriter):
    """A row is one number of 62 bits: its lot, its piece's id, whether it is spare, its quantity."""

    QUANTITY, SPARE, PIECE, LOT = 24, 1, 20, 17

    def __init__(self, piece_ids: Sequence[int]) -> None:
        if max(piece_ids, default=0) >> self.PIECE:
            raise CatalogError("too_many_pieces", f"more than {1 << self.PIECE:,} pieces.")
        self._known = [
            piece_id << (self.QUANTITY + self.SPARE) | spare << self.QUANTITY
            for piece_id in piece_ids
            for spare in (0, 1)
        ]

    def write(self, lots: Sequence[PlacedLot]) -> None:
        numbers: list[int] = []
        known, above = self._known, self.QUANTITY + self.SPARE + self.PIECE
        for number, (_inventory_id, _bag_id, lot) in enumerate(lots):
            first = number << above
            numbers += [
                first + known[key] + quantity for key, quantity in zip(lot.keys, lot.quantities, strict=True)
            ]
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE lot "
                "(number INTEGER PRIMARY KEY, inventory_id, bag_id, beyond, minifig, sub_set)"
            )
            connection.connection.executemany(
                "INSERT INTO lot VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (number, inventory_id, bag_id, lot.beyond, lot.minifig, lot.sub_set)
                    for number, (inventory_id, bag_id, lot) in enumerate(lots)
                ),
            )
            cursor.execute(
                f"INSERT INTO {TABLE} ({COLUMNS}) "  # noqa: S608
                f"SELECT inventory_id, bag_id, (value >> {self.QUANTITY + self.SPARE}) & {(1 << self.PIECE) - 1}, "
                f"value & {(1 << self.QUANTITY) - 1}, (value >> {self.QUANTITY}) & 1, beyond, minifig, sub_set "
                f"FROM json_each(%s) CROSS JOIN lot ON number = value >> {above}",
                [str(numbers)],
            )
            cursor.execute("DROP TABLE lot")


def content_writer(piece_ids: Sequence[int]) -> ContentWriter:
    return PostgresWriter(piece_ids) if connection.vendor == "postgresql" else SqliteWriter(piece_ids)
