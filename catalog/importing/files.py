"""Reads a file, plain or gzipped, as rows of a table: streamed, within limits, and with a name for every damage.

A file is read in blocks that end at a line's end, and `csv` splits the rows of a block, so that no Python code runs
for each line. The limits hold while reading: the length of a line and of a row, which may take many lines, the number
of columns, the unpacked size, how far a file may unpack, and the number of its gzip members. So neither an endless row
nor a small file that unpacks to a huge one can fill the memory or hold a thread.
"""

import csv
import io
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, cast

from catalog.importing.problems import CatalogError, Problems, shown
from catalog.importing.tables import Table

BLOCK = 1 << 19
LONGEST_LINE = 1 << 16
# A row may take many lines, where its fields hold line breaks. Counted in whole blocks, between two rows.
LONGEST_ROW = 1 << 20
MOST_COLUMNS = 200
LARGEST_TABLE = 1 << 30
# Real tables unpack to 3 to 8 times their size; deflate cannot reach more than 1,032.
UNPACKS_AT_MOST = 60
UNPACKED_FREELY = 1 << 22
# Tools that pack in parallel write a member for each 64 KiB or more.
MOST_MEMBERS = LARGEST_TABLE >> 16

Row = tuple[str, ...]
# Small enough that a batch's columns stay in the processor's cache.
BATCH = 500
LARGEST_BATCH = 1 << 23
PACKED_BLOCK = 1 << 16
# The window's bits, and 16 for gzip's header and checksum.
_GZIP = 31
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a table as columns, in the order of the table's; a missing column has the value "" everywhere.

    `rows` are all rows of the file, also those with too few or too many fields; `kept` lists those that are in here.
    """

    columns: Sequence[Sequence[str]]
    rows: Sequence[Sequence[str]]
    kept: Sequence[int]
    lines_before: int

    def line(self, index: int) -> int:
        """The line that a row ends in. Computed on demand, since only bad rows need it."""
        return self.lines_before + sum(map(lines_of, self.rows[: self.kept[index] + 1]))


def lines_of(row: Sequence[str]) -> int:
    """How many lines of the file a row takes: quoted fields may contain line breaks."""
    return 1 + len(_LINE_END.findall(",".join(row)))


def find_table(directory: Path, name: str) -> Path | None:
    """`name.csv` or `name.csv.gz` in a folder. Refused if both exist, since either could be meant."""
    found = [path for path in (directory / f"{name}.csv", directory / f"{name}.csv.gz") if path.is_file()]
    if len(found) > 1:
        raise CatalogError(
            "ambiguous_table", f"{found[0].name} and {found[1].name} are both there: remove one."
        )
    return found[0] if found else None


class TableFile:
    """A table's file. `rows` yields tuples of values in the order of the table's columns; `line` is its position.

    An optional column that the file lacks has the value "". A row with more or fewer fields than the header is
    reported as a problem and left out. `count` is the number of rows, after all were read.
    """

    def __init__(
        self, path: Path, table: Table, problems: Problems, on_bytes: Callable[[int], None] | None = None
    ) -> None:
        self.path = path
        self.name = path.name
        self.table = table
        self.problems = problems
        self.count = 0
        self._on_bytes = on_bytes
        self._lines_before = 0
        self._since_row = 0
        self._largest_step = LONGEST_ROW
        self._reader: csv._reader | None = None  # type: ignore[name-defined]

    @property
    def line(self) -> int:
        """The line that the last row ends in."""
        return self._reader.line_num if self._reader else 0

    def check_header(self) -> list[str]:
        """Read only the header. Raises CatalogError for a missing column; returns the unknown columns."""
        with self.path.open("rb") as raw:
            header = self._header(csv.reader(chain.from_iterable(self._blocks(raw)), strict=True))
        return [name for name in header if name not in self.table.known]

    def rows(self) -> Iterator[Row]:
        with self.path.open("rb") as raw:
            # `strict`: a quote that is never closed is an error, not the rest of the file as one field.
            reader = csv.reader(chain.from_iterable(self._blocks(raw)), strict=True)
            self._reader = reader
            header = self._header(reader)
            width = len(header)
            positions = {name: position for position, name in enumerate(header)}
            # Missing optional columns read from one more field, which is added to every row.
            pick = cast(
                Callable[[list[str]], Row],
                itemgetter(*(positions.get(name, width) for name in self.table.columns)),
            )
            lacks_any = any(name not in positions for name in self.table.columns)
            count = 0
            try:
                for row in reader:
                    self._since_row = 0
                    if len(row) == width:
                        if lacks_any:
                            row.append("")
                        yield pick(row)
                    elif row:
                        self._misshapen(reader.line_num, len(row), width)
                    else:
                        continue
                    count += 1
                self.count = count
            except csv.Error as error:
                raise self._damaged("not_csv", f"this is not CSV ({error}).", reader.line_num) from error

    def batches(self) -> Iterator[Batch]:
        """The rows as columns, a few hundred at a time: for the large table, where no row may cost much."""
        with self.path.open("rb") as raw:
            reader = csv.reader(chain.from_iterable(self._blocks(raw)), strict=True)
            self._reader = reader
            header = self._header(reader)
            width = len(header)
            positions = {name: position for position, name in enumerate(header)}
            wanted = [positions.get(name) for name in self.table.columns]
            self._largest_step = LARGEST_BATCH
            while True:
                self._since_row = 0
                lines_before = reader.line_num
                try:
                    rows = list(islice(reader, BATCH))
                except csv.Error as error:
                    raise self._damaged("not_csv", f"this is not CSV ({error}).", reader.line_num) from error
                if not rows:
                    return
                kept: Sequence[int] = range(len(rows))
                shaped = rows
                if set(map(len, rows)) != {width}:
                    kept = [index for index, row in enumerate(rows) if len(row) == width]
                    shaped = [rows[index] for index in kept]
                    self._report_misshapen(rows, lines_before, width)
                self.count += sum(1 for row in rows if row)
                by_position = list(zip(*shaped, strict=True)) or [()] * width
                nothing = ("",) * len(shaped)
                columns = [nothing if position is None else by_position[position] for position in wanted]
                yield Batch(columns, rows, kept, lines_before)

    def _report_misshapen(self, rows: list[list[str]], line: int, width: int) -> None:
        """Report the rows that have more or fewer fields than the header, except blank lines."""
        for row in rows:
            line += lines_of(row)
            if row and len(row) != width:
                self._misshapen(line, len(row), width)

    def _header(self, reader: "csv._reader") -> list[str]:  # type: ignore[name-defined]
        try:
            header = [name.strip() for name in next(reader, [])]
        except csv.Error as error:
            raise self._damaged("not_csv", f"this is not CSV ({error}).", 1) from error
        if not header:
            raise self._damaged("empty_table", "the file is empty; a header is expected.")
        if len(header) > MOST_COLUMNS:
            detail = f"{len(header):,} columns; at most {MOST_COLUMNS} are read."
            raise self._damaged("too_many_columns", detail, 1)
        twice = sorted(
            name for name, times in Counter(header).items() if times > 1 and name in self.table.known
        )
        if twice:
            raise self._damaged("duplicate_column", f"the column {twice[0]} is there twice.", 1)
        missing = [
            " or ".join(names) for names in self.table.needed if not any(name in header for name in names)
        ]
        if missing:
            columns = "column" if len(missing) == 1 else "columns"
            raise self._damaged("missing_column", f"missing: the {columns} {', '.join(missing)}.", 1)
        return [self.table.formerly.get(name, name) for name in header]

    def _misshapen(self, line: int, fields: int, width: int) -> None:
        detail = f"{fields} fields, where the header has {width}."
        self.problems.error(self.name, line, "", "field_count", detail)

    def _blocks(self, raw: BinaryIO) -> Iterator[io.StringIO]:
        """The text in parts that end at a line's end, each as an iterator over its lines."""
        rest = b""
        first = True
        for block in self._unpacked(raw):
            whole = rest + block
            cut = whole.rfind(b"\n") + 1
            whole, rest = whole[:cut], whole[cut:]
            if len(rest) > LONGEST_LINE:
                raise self._endless(whole)
            if whole:
                self._since_row += len(whole)
                if self._since_row > self._largest_step:
                    detail = f"a row of more than {LONGEST_ROW >> 20} MB, or a quote that is never closed."
                    raise self._damaged("row_too_long", detail, self._lines_before + 1)
                yield io.StringIO(self._text(whole, first), newline="")
                first = False
        if rest:
            yield io.StringIO(self._text(rest, first), newline="")

    def _text(self, block: bytes, first: bool) -> str:
        if b"\0" in block:
            line = self._lines_before + block.count(b"\n", 0, block.index(b"\0")) + 1
            raise self._damaged(
                "control_character", "a NUL character; the file is damaged, or not text.", line
            )
        if (overlong := _overlong_line(block)) is not None:
            raise self._endless(block[:overlong])
        try:
            text = block.decode("utf-8-sig" if first else "utf-8")
        except UnicodeDecodeError as error:
            line = self._lines_before + block.count(b"\n", 0, error.start) + 1
            raise self._damaged("not_utf8", "this is not UTF-8; save the file as UTF-8.", line) from error
        self._lines_before += block.count(b"\n")
        return text

    def _unpacked(self, raw: BinaryIO) -> Iterator[bytes]:
        packed = self.path.suffix == ".gz"
        total = told = 0
        for block in self._gunzipped(raw) if packed else iter(partial(raw.read, BLOCK), b""):
            total += len(block)
            if total > LARGEST_TABLE:
                raise self._damaged("too_large", f"more than {LARGEST_TABLE >> 20} MB unpacked.")
            if packed and total > UNPACKED_FREELY and total > UNPACKS_AT_MOST * raw.tell():
                raise self._damaged("unpacks_too_far", f"{raw.tell():,} bytes unpack to {total:,}.")
            if self._on_bytes:
                self._on_bytes(raw.tell() - told)
                told = raw.tell()
            yield block

    def _gunzipped(self, raw: BinaryIO) -> Iterator[bytes]:
        """The unpacked members of a gzip file. `gzip` itself reads any number of empty ones, and zeros after them."""
        unpacker = zlib.decompressobj(wbits=_GZIP)
        members = 1
        for packed in iter(partial(raw.read, PACKED_BLOCK), b""):
            rest = packed
            while rest:
                if unpacker.eof:
                    rest = rest.lstrip(b"\0")
                    if not rest:
                        break
                    members += 1
                    if members > MOST_MEMBERS:
                        raise self._damaged("not_gzip", f"more than {MOST_MEMBERS:,} gzip files in one.")
                    unpacker = zlib.decompressobj(wbits=_GZIP)
                block = rest
                while block or rest:
                    try:
                        block = unpacker.decompress(rest, BLOCK)
                    except zlib.error as error:
                        raise self._damaged("not_gzip", f"this is not gzip, or damaged ({error}).") from error
                    if block:
                        yield block
                    rest = unpacker.unconsumed_tail
                    if unpacker.eof:
                        break
                rest = unpacker.unused_data
        if not unpacker.eof and raw.tell():
            raise self._damaged("truncated", "the file ends in the middle; copy it again.")

    def _endless(self, whole: bytes) -> CatalogError:
        line = self._lines_before + whole.count(b"\n") + 1
        return self._damaged("line_too_long", f"a line of more than {LONGEST_LINE >> 10} KiB.", line)

    def _damaged(self, code: str, detail: str, line: int = 0) -> CatalogError:
        return CatalogError(code, detail, file=self.name, line=line)


def _overlong_line(block: bytes) -> int | None:
    """Where a line longer than allowed begins. Jumps from line end to line end instead of reading every line."""
    start = 0
    while len(block) - start > LONGEST_LINE:
        end = block.rfind(b"\n", start, start + LONGEST_LINE + 1)
        if end < 0:
            return start
        start = end + 1
    return None


def bad_value(problems: Problems, file: str, line: int, column: str, value: str, expected: str) -> None:
    """Report a value that does not fit its column."""
    problems.error(file, line, column, "bad_value", f"“{shown(value)}” is not {expected}.")
