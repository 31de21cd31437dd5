"""How a language writes: direction, digits, dates, lists, and names of the other direction kept in their place."""

import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import jdatetime
from babel import Locale
from babel.dates import format_date
from babel.lists import format_list

RTL_LANGUAGES = frozenset({"fa"})
_DIGITS = {"fa": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")}

_FIRST_STRONG, _LEFT_TO_RIGHT, _POP = "\u2068", "\u2066", "\u2069"
ISOLATES = _FIRST_STRONG + _LEFT_TO_RIGHT + _POP


def direction_of(language: str) -> str:
    """`rtl` or `ltr`, as HTML and Typst call it."""
    return "rtl" if language in RTL_LANGUAGES else "ltr"


def isolate_name(text: str, language: str) -> str:
    """A name, set apart where its direction could disturb the sentence's: always in Persian, else when it has such."""
    if language in RTL_LANGUAGES or any(
        unicodedata.bidirectional(each) in {"R", "AL", "AN"} for each in text
    ):
        return f"{_FIRST_STRONG}{text}{_POP}"
    return text


def isolate_code(text: str, language: str) -> str:
    """A set number, label or link: read left to right in every language."""
    return f"{_LEFT_TO_RIGHT}{text}{_POP}" if language in RTL_LANGUAGES else text


def without_isolates(text: str) -> str:
    """`text` as it was before names and codes were set apart."""
    return text.translate(_DROP_ISOLATES)


_DROP_ISOLATES = dict.fromkeys(map(ord, ISOLATES))


def write_number(number: int, language: str) -> str:
    """A whole number in the language's own digits."""
    return str(number).translate(_DIGITS.get(language, {}))


def write_date(day: date, language: str) -> str:
    """A date in words; Persian counts by the Solar Hijri calendar, which Babel has not."""
    if language == "fa":
        solar = jdatetime.date.fromgregorian(date=day)
        month = jdatetime.date.j_months_fa[solar.month - 1]
        return f"{write_number(solar.day, 'fa')} {month} {write_number(solar.year, 'fa')}"
    return format_date(day, "long", locale=language)


def write_list(parts: Sequence[str], language: str) -> str:
    """“a”, “a and b”, “a, b, and c”."""
    return format_list(list(parts), style="standard", locale=language)


def plural_category(number: int, language: str) -> str:
    """`one`, `other`, ... as the language counts."""
    return str(_locale(language).plural_form(number))


@lru_cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)
