"""A list of pieces as people keep it: `element_id,quantity` a line, or the part list that Rebrickable exports.

Each line is matched against the set. A line that does not match is returned with its reason.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from catalog.choosing import piece_key
from catalog.models import Piece, Set
from catalog.queries import quantities_in_set
from catalog.text import clean_identifier
from core.text import ascii_digits
from core.writing import write_number

MAX_ROWS = 500
MAX_CHARACTERS = 40_000

_SEPARATORS = ",;\t،؛"
_NUMBER = re.compile(r"[0-9]{1,6}")
_COLOR = re.compile(r"-?[0-9]{1,9}")
# The names that a column may have in a header, without blanks, hyphens and underscores.
_COLUMNS = {
    "element": {"elementid", "element", "id"},
    "part": {"part", "partnum", "partnumber", "design", "designid"},
    "color": {"color", "colorid", "colour", "colourid"},
    "quantity": {"quantity", "qty", "count"},
}


@dataclass(frozen=True, slots=True)
class ListRow:
    """A line of the list: its number from 1, its text, and what it names."""

    number: int
    text: str
    element_id: str = ""
    part_num: str = ""
    color_id: int = 0
    quantity: int = 0
    problem: str | Promise = ""


@dataclass(frozen=True, slots=True)
class MatchedRow:
    """A line of the list that the set has: its number, text, piece, the piece's key (`catalog.choosing`), quantity."""

    number: int
    text: str
    piece: Piece
    key: str
    quantity: int


@dataclass(frozen=True, slots=True)
class MatchedList:
    """The lines of a list that the set has, and the other lines, each with its reason."""

    matched: tuple[MatchedRow, ...]
    others: tuple[ListRow, ...]


def match_list(text: str, set_: Set, *, taken: Counter[str] | None = None) -> MatchedList:
    """Match a list against a set, in four queries. `taken`: how many of each key are asked for already."""
    rows = read_list(text)
    pieces = _find_pieces(rows)
    in_set = quantities_in_set(set_, {piece.pk for piece in pieces.values()})
    asked = Counter(taken)
    matched: list[MatchedRow] = []
    others: list[ListRow] = []
    for row in rows:
        piece = pieces.get(row.number)
        problem = row.problem or _mismatch(row, piece, in_set, asked)
        if problem or piece is None:
            others.append(_with_problem(row, problem))
            continue
        key = piece_key(piece)
        asked[key] += row.quantity
        matched.append(MatchedRow(row.number, row.text, piece, key, row.quantity))
    return MatchedList(tuple(matched), tuple(others))


def read_list(text: str) -> list[ListRow]:
    """The lines of a list without its headers and empty lines. A line that cannot be read has a `problem`."""
    rows: list[ListRow] = []
    columns: list[str] = []
    characters = 0
    for number, line in enumerate(_lines(text), start=1):
        characters += len(line) + 1
        if not line.strip():
            continue
        # Before the line is looked at: a list may be nothing but headers.
        if len(rows) == MAX_ROWS or characters > MAX_CHARACTERS:
            rows.append(ListRow(number, line.strip()[:200], problem=_("The list ends here: it is too long.")))
            break
        cells = _cells(line)
        if not any(cells):
            continue
        if header := _header(cells):
            columns = header
            continue
        rows.append(_row(number, line.strip()[:200], cells, columns))
    return rows


def keep_lines(text: str, numbers: Iterable[int], *, after: int) -> list[tuple[int, str]]:
    """The lines of a list with these numbers, and all lines after the number `after`, the last that was read.

    Each comes with its number. A header comes with 0, before the lines that mean something else without it.
    """
    wanted = set(numbers)
    kept: list[tuple[int, str]] = []
    header = ""
    for number, line in enumerate(_lines(text), start=1):
        if number in wanted or (number > after and line.strip()):
            kept += [(0, header)] if header else []
            kept.append((number, line.strip()))
            header = ""
        elif line.strip() and _header(_cells(line[:MAX_CHARACTERS])):
            header = line.strip()
    return kept


def _lines(text: str) -> list[str]:
    return text.lstrip("\ufeff").splitlines()


def _cells(line: str) -> list[str]:
    """The cells of a line, split at the separator that it has most often, else at blanks."""
    used = max(_SEPARATORS, key=line.count)
    if not line.count(used):
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line.replace("\0", "")], delimiter=used), [])]


def _header(cells: Sequence[str]) -> list[str]:
    """The names of the columns, if this line is a header."""
    names = []
    for cell in cells:
        plain = re.sub(r"[\W_]+", "", cell).lower()
        names.append(next((name for name, known in _COLUMNS.items() if plain in known), ""))
    return names if "quantity" in names else []


def _row(number: int, text: str, cells: Sequence[str], columns: Sequence[str]) -> ListRow:
    filled = sum(1 for cell in cells if cell)
    # A line with more cells than its header names is in the other format.
    if not columns or (len(columns) == 2 and filled == 3):
        columns = ("element", "quantity") if filled == 2 else ("part", "color", "quantity")
    named = {name: ascii_digits(cell) for name, cell in zip(columns, cells, strict=False) if name and cell}
    quantity = named.get("quantity", "")
    if not _NUMBER.fullmatch(quantity):
        return ListRow(number, text, problem=_("We cannot read how many."))
    if named.get("element"):
        return ListRow(number, text, element_id=named["element"][:20], quantity=int(quantity))
    color = named.get("color", "")
    if not named.get("part") or not _COLOR.fullmatch(color):
        return ListRow(number, text, problem=_("We cannot read which piece this is."))
    return ListRow(number, text, part_num=named["part"][:60], color_id=int(color), quantity=int(quantity))


def _find_pieces(rows: Iterable[ListRow]) -> dict[int, Piece]:
    """The piece each line names, by the line's number."""
    elements = {row.number: clean_identifier(row.element_id) for row in rows if row.element_id}
    parts = {row.number: (clean_identifier(row.part_num), row.color_id) for row in rows if row.part_num}
    known = Piece.objects.select_related("part", "color")
    by_element: dict[str, Piece] = {}
    if elements:
        for piece in known.filter(elements__element_id__in=set(elements.values())).prefetch_related(
            "elements"
        ):
            by_element.update({element.element_id: piece for element in piece.elements.all()})
    by_part: dict[tuple[str, int], Piece] = {}
    if parts:
        colors = {color for _part, color in parts.values()}
        named = Q(part__part_num__in={part for part, _color in parts.values()}, color__in=colors)
        by_part = {(piece.part.part_num, piece.color_id): piece for piece in known.filter(named)}
    found = {number: by_element[name] for number, name in elements.items() if name in by_element}
    return found | {number: by_part[name] for number, name in parts.items() if name in by_part}


def _mismatch(
    row: ListRow, piece: Piece | None, in_set: dict[int, int], asked: Counter[str]
) -> str | Promise:
    if piece is None:
        return _("We do not know this piece.")
    has = in_set.get(piece.pk, 0)
    if not has:
        return _("This piece is not in this set.")
    if row.quantity < 1:
        return _("Enter a number from 1 on.")
    if asked[piece_key(piece)] + row.quantity > has:
        return ngettext_lazy(
            "This set has only %(has)s of this piece.", "This set has only %(has)s of this piece.", has
        ) % {"has": write_number(has)}
    return ""


def _with_problem(row: ListRow, problem: str | Promise) -> ListRow:
    return ListRow(row.number, row.text, problem=problem)
