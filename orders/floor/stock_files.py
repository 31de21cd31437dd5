"""Stock as a file: what lies where, for a spreadsheet; and deliveries or counts from a file, all lines or none.

Text that a spreadsheet would take for a formula is disarmed when it is written, and restored when it is read.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import OperationalError, transaction
from django.db.models import F

from accounts.models import User
from core.refusals import Problem, Refusal
from core.text import ascii_digits
from orders.floor.counting import count_stock
from warehouse.models import StockItem, StockLevel
from warehouse.scan_keys import enter_once
from warehouse.shelves import check_bin_code
from warehouse.stocking import MAX_DELTA, move_stock

MAX_LINES = 2_000
MAX_BYTES = 500_000
MODES = ("received", "counted")
IN_A_LINE = {"/sku": "/sku", "/bin": "/bin", "/delta": "/quantity", "/counted": "/quantity"}
COLUMNS = ("sku", "what", "bin", "on_hand", "reserved", "free")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class StockLine:
    """A line of a file: a quantity of an item in a bin. `number` is its place in the file, where the heading is 1."""

    number: int
    sku: str
    bin: str
    quantity: int


class _Echo:
    """A file for csv writers that returns each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def stock_lines() -> Iterator[str]:
    """Every level as a line of CSV, read from the database while the lines are sent."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    levels = (
        StockLevel.objects.order_by("bin__code", "item__sku")
        .values_list(
            "item__sku",
            "item__piece__part__name",
            "item__piece__color__name",
            "item__bag__label",
            "item__bag__set__set_num",
            "bin__code",
            "on_hand",
            "reserved",
            F("on_hand") - F("reserved"),
        )
        .iterator(chunk_size=2_000)
    )
    for sku, part, color, label, set_num, bin_code, *numbers in levels:
        what = f"{part}, {color}" if part else f"Bag {label} of {set_num}"
        yield writer.writerow([*map(disarmed, (sku, what, bin_code)), *numbers])


def disarmed(text: str) -> str:
    """The text in a form that a spreadsheet shows and does not compute."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def read_stock_file(content: bytes) -> list[StockLine]:
    """The lines of a file with the columns sku, bin and quantity (or on_hand), separated as the heading shows.

    Raises Refusal `invalid` that names every line that is wrong.
    """
    rows, heading = _rows(content)
    quantity_column = next((name for name in ("quantity", "counted", "on_hand") if name in heading), None)
    missing = [name for name in ("sku", "bin") if name not in heading]
    missing += [] if quantity_column else ["quantity"]
    if quantity_column is None or missing:
        raise _wrong(1, "missing_columns", f"The heading lacks {', '.join(missing)}.")
    known = set(StockItem.objects.values_list("sku", flat=True))
    lines: list[StockLine] = []
    problems: list[Problem] = []
    seen: dict[tuple[str, str], int] = {}
    for number, row in rows:
        values = dict(zip(heading, (cell.strip() for cell in row), strict=False))
        sku, bin_code = _restored(values.get("sku", "")), _restored(values.get("bin", ""))
        place = sku, bin_code.casefold()
        typed = ascii_digits(values.get(quantity_column, "")).removeprefix("'")
        wrong = [
            detail
            for is_wrong, detail in (
                (sku not in known, f"no item has the SKU {sku[:40] or '(none)'}"),
                (bool(check_bin_code(bin_code)), "give a bin's code"),
                (not typed.isdecimal() or len(typed) > 7 or int(typed) > MAX_DELTA, "give a whole number"),
                (place in seen, f"stands in line {seen.get(place)} already"),
            )
            if is_wrong
        ]
        if wrong:
            problems.append(_problem(number, "invalid", "; ".join(wrong)))
            continue
        seen[place] = number
        lines.append(StockLine(number, sku, bin_code, int(typed)))
    if not rows:
        problems.append(_problem(1, "empty", "there is nothing below the heading"))
    if problems:
        raise Refusal("invalid", problems=problems)
    return lines


def load_stock(lines: Iterable[StockLine], *, mode: str, key: str, by: User | None) -> int:
    """Enter all lines, or none; the same `key` again changes nothing. Returns how many lines were entered.

    Raises Refusal `invalid` that names every line that cannot be entered, or 409 `busy`.
    """
    if mode not in MODES:
        raise Refusal("invalid", problems=[Problem("/mode", "unknown_mode", "Say received or counted.")])
    # Stock is always locked in one order, which a file need not have.
    ordered = sorted(lines, key=lambda line: (line.sku, line.bin))
    try:
        with transaction.atomic():
            if enter_once(key) is None:
                return 0
            problems = [problem for line in ordered for problem in _enter(line, mode, by)]
            if problems:
                raise Refusal("invalid", problems=sorted(problems, key=_number_of))
    except OperationalError as error:
        detail = "Others are at these shelves right now. Nothing was entered: send it again."
        raise Refusal("busy", detail, status=409) from error
    return len(ordered)


def _number_of(problem: Problem) -> int:
    return int(problem.pointer.split("/")[2])


def _enter(line: StockLine, mode: str, by: User | None) -> list[Problem]:
    try:
        with transaction.atomic():
            if mode == "counted":
                count_stock(sku=line.sku, bin_code=line.bin, counted=line.quantity, by=by)
            elif line.quantity:
                move_stock(sku=line.sku, bin_code=line.bin, delta=line.quantity, reason="received", by=by)
    except Refusal as refusal:
        problems = refusal.problems or (Problem("", refusal.code, refusal.detail),)
        return [
            _problem(line.number, each.code, str(each.detail), IN_A_LINE.get(each.pointer, ""))
            for each in problems
        ]
    return []


def _rows(content: bytes) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """The rows below the heading with their line numbers, and the heading in lower case."""
    if len(content) > MAX_BYTES:
        raise _wrong(1, "too_long", f"The file has more than {MAX_BYTES // 1000} kB: send it in parts.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _wrong(line, "encoding", "These are no UTF-8 characters: save it as CSV UTF-8.") from error
    if "\x00" in text:
        raise _wrong(text.count("\n", 0, text.index("\x00")) + 1, "invalid", "this is no text")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        heading = [_restored(cell.strip()).lower() for cell in next(reader, [])]
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, row))
            if len(rows) > MAX_LINES:
                raise _wrong(reader.line_num, "too_long", f"At most {MAX_LINES} lines at a time.")
    except csv.Error as error:
        raise _wrong(reader.line_num, "invalid", "this line cannot be read as CSV") from error
    return rows, heading


def _restored(text: str) -> str:
    """The text as it was before `disarmed`."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


def _problem(number: int, code: str, detail: str, field: str = "") -> Problem:
    return Problem(f"/lines/{number}{field}", code, f"Line {number}: {detail}")


def _wrong(number: int, code: str, detail: str) -> Refusal:
    return Refusal("invalid", problems=[_problem(number, code, detail)])
