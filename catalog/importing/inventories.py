"""The inventory tables of a dump: what lies in which set and minifig."""

from collections.abc import Callable
from pathlib import Path

from catalog.importing import tables
from catalog.importing.checking import RowChecker
from catalog.importing.files import Row
from catalog.importing.problems import CatalogError, Problems, shown
from catalog.importing.source import Dump, SourceInventory, SourcePiece
from catalog.importing.values import BOOLEANS, LARGEST_ID, QUANTITIES, web_address


class InventoryReader(RowChecker):
    """Reads the four inventory tables into a dump that has all keys already."""

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

    def read(self) -> None:
        self._read_inventories()
        self._each(tables.INVENTORY_SETS, self._inventory_set)
        self._each(tables.INVENTORY_MINIFIGS, self._inventory_minifig)
        self._read_inventory_parts()

    def _read_inventories(self) -> None:
        """Keep the highest version of each; the ids of the others stay known, so that their rows are no errors."""
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
                    "set_inside_itself", f"set {shown(row[1])} lies in itself.", file=self._file, line=line
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
        """The table that is 9 of 10 rows: what is usual goes the short way through three dictionaries."""
        file = self._open(tables.INVENTORY_PARTS)
        met: dict[tuple[str, str], SourcePiece] = {}
        inventories, piece_of, quantity_of, spare_of = (
            self._inventories,
            met.get,
            QUANTITIES.get,
            BOOLEANS.get,
        )
        last, known, inventory = "", False, None
        for key, part_num, color, amount, spare_text, image in file.rows():
            if key != last:
                last, known, inventory = key, key in inventories, inventories.get(key)
            piece, quantity, spare = piece_of((part_num, color)), quantity_of(amount), spare_of(spare_text)
            if piece is None or quantity is None or spare is None or not known:
                piece = self._piece(self.dump, file.line, part_num, color)
                quantity = self._quantity(file.line, amount)
                spare = self._boolean(file.line, "is_spare", spare_text)
                if (
                    not self._knows_inventory(file.line, key)
                    or piece is None
                    or quantity is None
                    or spare is None
                ):
                    continue
                met[part_num, color] = piece
            if image and not piece.image_url:
                piece.image_url = web_address(image)
            if inventory is None:
                continue
            if spare:
                inventory.rows.extend((piece.index, -quantity))
                inventory.digest += piece.spare_hash * quantity
            else:
                inventory.rows.extend((piece.index, quantity))
                inventory.digest += piece.plain_hash * quantity
        self._close(file)

    def _knows_inventory(self, line: int, key: str) -> bool:
        if key in self._inventories:
            return True
        self._unknown(line, "inventory_id", "inventory", key)
        return False
