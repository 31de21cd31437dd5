"""The problems of a source: errors that end the import, and rows that are left out and reported."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

KEPT = 20_000
GIVEN_UP_AT = 10_000


class CatalogError(Exception):
    """The source cannot be imported, and the catalogue has not changed. `code` is stable."""

    def __init__(self, code: str, detail: str, *, file: str = "", line: int = 0, column: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.file = file
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return _place(self.file, self.line, self.column) + self.detail


class Cancelled(CatalogError):
    """A member of staff cancelled the import."""

    def __init__(self) -> None:
        super().__init__("cancelled", "the import was cancelled.")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out (`severity` error), or that staff should know of (`severity` note)."""

    severity: str
    file: str
    line: int
    column: str
    code: str
    detail: str

    def __str__(self) -> str:
        return _place(self.file, self.line, self.column) + self.detail


@dataclass(slots=True)
class Problems:
    """All problems of the rows: all are counted, but only a limited number is kept.

    `tolerated` is the share of a table's rows that may be bad: 0.001 means one in a thousand may be left out.
    """

    tolerated: float = 0.0
    rows: list[BadRow] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)

    def error(self, file: str, line: int, column: str, code: str, detail: str) -> None:
        """Add a row that is left out of the import."""
        self.errors[file] += 1
        self._keep(BadRow("error", file, line, column, code, detail))
        if self.errors[file] >= GIVEN_UP_AT:
            raise self._too_many(file, "")

    def note(self, file: str, line: int, column: str, code: str, detail: str) -> None:
        """Add a peculiarity of real data: the row is kept, but staff may want to correct it."""
        self.notes[code] += 1
        self._keep(BadRow("note", file, line, column, code, detail))

    def check(self, file: str, count: int) -> None:
        """Raises CatalogError if more of a file's `count` rows are bad than is tolerated."""
        if self.errors[file] > count * self.tolerated:
            raise self._too_many(file, f" of {count:,}")

    def _too_many(self, file: str, out_of: str) -> CatalogError:
        first = next(row for row in self.rows if row.severity == "error" and row.file == file)
        bad = self.errors[file]
        if bad == 1:
            return CatalogError(first.code, first.detail, file=file, line=first.line, column=first.column)
        detail = f"{bad:,}{out_of} rows are bad; the first: {first.detail}"
        return CatalogError("too_many_bad_rows", detail, file=file, line=first.line, column=first.column)

    def _keep(self, row: BadRow) -> None:
        if len(self.rows) < KEPT or row.severity == "error":
            self.rows.append(row)

    def write(self, path: Path) -> None:
        """Write the report as CSV: severity, file, line, column, code, detail."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["severity", "file", "line", "column", "code", "detail"])
            for row in self.rows:
                writer.writerow([row.severity, row.file, row.line, row.column, row.code, _inert(row.detail)])


def shown(value: str) -> str:
    """A value from a file for use in a sentence: short, and without characters that would garble a terminal."""
    cut = value if len(value) <= 40 else value[:40] + "…"
    return "".join(letter if letter.isprintable() else "�" for letter in cut)


def _inert(text: str) -> str:
    """A spreadsheet takes a cell that begins like a formula for a formula; a leading apostrophe prevents that."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _place(file: str, line: int, column: str) -> str:
    parts = [
        part for part in (file, f"line {line}" if line else "", f"column {column}" if column else "") if part
    ]
    return ", ".join(parts) + ": " if parts else ""
