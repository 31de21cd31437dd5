"""For all readers of rows: values from fields, and a report for a field without a valid value."""

from collections.abc import Callable, Collection, Hashable
from pathlib import Path

from django.db.models import Field

from catalog.importing.files import Row, TableFile
from catalog.importing.problems import Problems, shown
from catalog.importing.source import Dump, SourcePiece
from catalog.importing.tables import Table
from catalog.importing.values import MOST_OF_A_ROW, parse_boolean, parse_integer, parse_quantity
from catalog.models import Color, Element, Part, Set, Theme


class RowChecker:
    """Reads tables row by row; `counts` has the number of rows of each. A check that returns None has reported why."""

    def __init__(
        self, paths: dict[str, Path], problems: Problems, on_bytes: Callable[[int], None] | None = None
    ) -> None:
        self.counts: dict[str, int] = {}
        self._paths = paths
        self._problems = problems
        self._on_bytes = on_bytes
        self._file = ""

    def _open(self, table: Table) -> TableFile:
        file = TableFile(self._paths[table.name], table, self._problems, self._on_bytes)
        self._file = file.name
        return file

    def _close(self, file: TableFile) -> None:
        """Stop here if too much of the table is bad: the tables that refer to it would only repeat its errors."""
        self.counts[file.table.name] = file.count
        self._problems.check(file.name, file.count)

    def _each(self, table: Table, take: Callable[[int, Row], None]) -> None:
        file = self._open(table)
        for row in file.rows():
            take(file.line, row)
        self._close(file)

    def _piece(self, dump: Dump, line: int, part_num: str, color: str) -> SourcePiece | None:
        color_id = self._integer(line, "color_id", color)
        if part_num not in dump.parts:
            self._unknown(line, "part_num", "part", part_num)
            return None
        if color_id is None:
            return None
        if color_id not in dump.colors:
            self._unknown(line, "color_id", "colour", color)
            return None
        return dump.piece(part_num, color_id)

    def _quantity(self, line: int, value: str) -> int | None:
        quantity = parse_quantity(value)
        if quantity is None:
            self._bad(line, "quantity", value, f"a quantity (1 to {MOST_OF_A_ROW:,})")
        return quantity

    def _integer(self, line: int, column: str, value: str) -> int | None:
        number = parse_integer(value)
        if number is None:
            self._bad(line, column, value, "a whole number")
        return number

    def _boolean(self, line: int, column: str, value: str) -> bool | None:
        truth = parse_boolean(value)
        if truth is None:
            self._bad(line, column, value, "t or f")
        return truth

    def _text(
        self,
        line: int,
        column: str,
        value: str,
        model: type[Theme | Color | Part | Element | Set],
        field_name: str,
        *,
        empty: bool = False,
    ) -> str | None:
        """The text without surrounding blanks, or None after a report: it is empty, or longer than the field."""
        text = value.strip()
        stored = model._meta.get_field(field_name)
        longest = stored.max_length if isinstance(stored, Field) else None
        if not text and not empty:
            self._bad(line, column, value, "a text")
            return None
        if longest is not None and len(text) > longest:
            self.problem(line, column, "too_long", f"{len(text)} characters, where {longest} are allowed.")
            return None
        return text

    def _is_new(self, line: int, column: str, key: Hashable, known: Collection[Hashable]) -> bool:
        if key not in known:
            return True
        named = " ".join(map(str, key)) if isinstance(key, tuple) else str(key)
        self.problem(line, column, "duplicate_key", f"“{shown(named)}” is there already.")
        return False

    def _bad(self, line: int, column: str, value: str, expected: str) -> None:
        self.problem(line, column, "bad_value", f"“{shown(value)}” is not {expected}.")

    def _unknown(self, line: int, column: str, what: str, value: str) -> None:
        self.problem(line, column, "unknown_reference", f"there is no {what} “{shown(value)}”.")

    def problem(self, line: int, column: str, code: str, detail: str) -> None:
        self._problems.error(self._file, line, column, code, detail)
