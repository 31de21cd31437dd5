"""The inventory tables of a dump: what is in which set and minifig."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import add, mul
from pathlib import Path
from typing import Any

from catalog.importing import tables
from catalog.importing.files import Batch, Row
from catalog.importing.problems import CatalogError, Problems, shown
from catalog.importing.row_values import RowChecker
from catalog.importing.source import Dump, SourceInventory
from catalog.importing.values import (
    BOOLEANS,
    LARGEST_ID,
    QUANTITIES,
    parse_boolean,
    parse_integer,
    parse_quantity,
    web_address,
)


@dataclass(frozen=True, slots=True)
class Rows:
    """A batch of rows: for each its inventory, its piece's key as if not spare, its quantity, whether it is spare.

    None stands for a value that could not be read; `without` leaves such rows out.
    """

    inventory_ids: Sequence[str]
    pieces: list[Any]
    quantities: list[Any]
    spares: list[Any]

    def without(self, bad: set[int]) -> "Rows":
        if not bad:
            return self
        good = [index for index in range(len(self.pieces)) if index not in bad]
        return Rows(
            [self.inventory_ids[index] for index in good],
            [self.pieces[index] for index in good],
            [self.quantities[index] for index in good],
            [self.spares[index] for index in good],
        )


class InventoryReader(RowChecker):
    """Reads the four inventory tables into a dump that already has all keys."""

    def __init__(
        self,
        dump: Dump,
        paths: dict[str, Path],
        problems: Problems,
        on_bytes: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__(paths, problems, on_bytes)
        self.dump = dump
        self._inventories: dict[str, SourceInventory | None] = {}
        self._met: dict[tuple[str, str], int] = {}  # part and colour as in the file -> the key of a row
        self._pictured: set[int] = set()

    def read(self) -> None:
        self._read_inventories()
        self._each(tables.INVENTORY_SETS, self._inventory_set)
        self._each(tables.INVENTORY_MINIFIGS, self._inventory_minifig)
        self._read_inventory_parts()

    def _read_inventories(self) -> None:
        """Keep the highest version of each. The ids of the others stay known, so that their rows are no errors."""
        best: dict[str, tuple[int, str]] = {}

        def take(line: int, row: Row) -> None:
            version = self._integer(line, "version", row[1])
            owner = row[2]
            if version is None or self._integer(line, "id", row[0]) is None:
                return None
            if not 0 <= version <= LARGEST_ID:
                return self._bad(line, "version", row[1], "a version")
            if owner not in self.dump.sets and owner not in self.dump.minifigs:
                return self._unknown(line, "set_num", "set or minifig", owner)
            if not self._is_new(line, "id", row[0], self._inventories):
                return None
            self._inventories[row[0]] = None
            if owner in best and best[owner][0] == version:
                detail = f"version {version} of “{shown(owner)}” is there twice."
                return self.problem(line, "version", "duplicate_key", detail)
            if owner not in best or best[owner][0] < version:
                best[owner] = (version, row[0])
            return None

        self._each(tables.INVENTORIES, take)
        for owner, (version, key) in best.items():
            self.dump.current[owner] = self._inventories[key] = SourceInventory(owner, version)

    def _inventory_set(self, line: int, row: Row) -> None:
        quantity = self._quantity(line, row[2])
        if quantity is None or not self._knows_inventory(line, row[0]):
            return
        if row[1] not in self.dump.sets:
            self._unknown(line, "set_num", "set", row[1])
        elif inventory := self._inventories[row[0]]:
            if inventory.owner == row[1]:
                raise CatalogError(
                    "set_inside_itself", f"set {shown(row[1])} contains itself.", file=self._file, line=line
                )
            inventory.sets.append((row[1], quantity))

    def _inventory_minifig(self, line: int, row: Row) -> None:
        quantity = self._quantity(line, row[2])
        if quantity is None or not self._knows_inventory(line, row[0]):
            return
        if row[1] not in self.dump.minifigs:
            self._unknown(line, "fig_num", "minifig", row[1])
        elif inventory := self._inventories[row[0]]:
            inventory.minifigs.append((row[1], quantity))

    def _read_inventory_parts(self) -> None:
        """The table with 9 of 10 rows: read by columns, so that a usual row runs no Python code of its own."""
        file = self._open(tables.INVENTORY_PARTS)
        for batch in file.batches():
            inventory_ids, part_nums, colors, amounts, spare_texts, images = batch.columns
            pieces: list[int | None] = list(map(self._met.get, zip(part_nums, colors, strict=True)))
            quantities = list(map(QUANTITIES.get, amounts))
            spares = list(map(BOOLEANS.get, spare_texts))
            unusual = {
                index
                for values in (pieces, quantities, spares)
                if None in values
                for index, value in enumerate(values)
                if value is None
            }
            if not self._inventories.keys() >= set(inventory_ids):
                unusual.update(
                    index for index, key in enumerate(inventory_ids) if key not in self._inventories
                )
            rows = Rows(inventory_ids, pieces, quantities, spares)
            if unusual:
                rows = rows.without(self._look_closer(batch, rows, sorted(unusual)))
            if any(images):
                self._keep_pictures(pieces, images)
            self._add_rows(rows)
        self._close(file)

    def _look_closer(self, batch: Batch, rows: "Rows", unusual: list[int]) -> set[int]:
        """Handle the rows that the three dictionaries did not have. Returns the bad ones, after reporting them."""
        bad = set()
        for index in unusual:
            key, part_num, color, amount, spare_text, _image = (column[index] for column in batch.columns)
            values = (self._find_piece(part_num, color), parse_quantity(amount), parse_boolean(spare_text))
            if None in values or key not in self._inventories:
                self._report(batch.line(index), key, part_num, color, amount, spare_text)
                bad.add(index)
            rows.pieces[index], rows.quantities[index], rows.spares[index] = values
        return bad

    def _find_piece(self, part_num: str, color: str) -> int | None:
        """The key of a piece that may occur here for the first time; None for an unknown part or colour."""
        color_id = parse_integer(color)
        if color_id is None or part_num not in self.dump.parts or color_id not in self.dump.colors:
            return None
        key = self._met[part_num, color] = 2 * self.dump.piece(part_num, color_id).index
        return key

    def _report(self, line: int, key: str, part_num: str, color: str, amount: str, spare_text: str) -> None:
        """Report everything that is wrong with a row."""
        self._piece(self.dump, line, part_num, color)
        self._quantity(line, amount)
        self._boolean(line, "is_spare", spare_text)
        self._knows_inventory(line, key)

    def _add_rows(self, rows: "Rows") -> None:
        """Add the rows to their inventories. Rows of the same inventory mostly follow each other."""
        hash_of = self.dump.key_hashes.__getitem__
        keys = list(map(add, rows.pieces, rows.spares))
        start = 0
        for inventory_id, group in groupby(rows.inventory_ids):
            end = start + len(list(group))
            if inventory := self._inventories[inventory_id]:
                own, quantities = keys[start:end], rows.quantities[start:end]
                inventory.keys.extend(own)
                inventory.quantities.extend(quantities)
                inventory.digest += sum(map(mul, map(hash_of, own), quantities))
            start = end

    def _keep_pictures(self, pieces: list[int | None], images: Sequence[str]) -> None:
        """The first picture given for a piece counts."""
        for piece, image in zip(pieces, images, strict=True):
            if (
                image
                and piece is not None
                and piece not in self._pictured
                and (address := web_address(image))
            ):
                self._pictured.add(piece)
                self.dump.pieces[piece // 2].image_url = address

    def _knows_inventory(self, line: int, key: str) -> bool:
        if key in self._inventories:
            return True
        self._unknown(line, "inventory_id", "inventory", key)
        return False
