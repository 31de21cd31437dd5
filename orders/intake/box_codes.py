"""Reading the code that is printed on a box: `45R0`, `032S0`. It says when the box was packed.

Two digits for the week, sometimes one more, a letter for the place, and the last digit of the year. A code that cannot
be read is kept as it was typed, and stops no request.
"""

import re
from dataclasses import dataclass

from django.utils import timezone

from core.text import ascii_digits

_CODE = re.compile(r"(?P<week>\d\d)\d?(?P<place>[A-Z])(?P<year>\d)")
_WITH_O = re.compile(r"(?P<before>[\dO]{2,3})(?P<place>[A-Z])(?P<year>[\dO])")
# A set is packed from the year before it is in the shops, and for some years more.
YEARS_BEFORE, YEARS_AFTER = 1, 8


@dataclass(frozen=True, slots=True)
class BoxCode:
    """What a code says: the code as it was printed, the week, and the year where the set's year is known."""

    code: str
    week: int
    year: int | None


def read_box_code(typed: str, *, set_year: int | None = None) -> BoxCode | None:
    """The week and year when a box was packed, or None where the text does not show them.

    A letter O is read as zero where a digit must be.
    """
    text = re.sub(r"[\W_]+", "", ascii_digits(typed)).upper()
    shape = _WITH_O.fullmatch(text)
    if shape is None:
        return None
    code = shape["before"].replace("O", "0") + shape["place"] + shape["year"].replace("O", "0")
    found = _CODE.fullmatch(code)
    if found is None or not 1 <= int(found["week"]) <= 53:
        return None
    return BoxCode(code, int(found["week"]), _year(int(found["year"]), set_year))


def _year(last_digit: int, set_year: int | None) -> int | None:
    """The year with this last digit among those when the set was packed; never a future year."""
    if not set_year:
        return None
    latest = min(set_year + YEARS_AFTER, timezone.localdate().year)
    years = range(set_year - YEARS_BEFORE, latest + 1)
    return next((year for year in years if year % 10 == last_digit), None)


def plain_code(typed: str) -> str:
    """The code in what was typed, and nothing beside it: empty where it shows none."""
    read = read_box_code(typed)
    return read.code if read is not None else ""
