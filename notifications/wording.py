"""How a language writes: direction, lists, plural, and names of the other direction, isolated.

Numbers and dates are written by `core.writing`.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from babel import Locale
from babel.lists import format_list

RTL_LANGUAGES = frozenset({"fa"})

_FIRST_STRONG, _LEFT_TO_RIGHT, _POP = "\u2068", "\u2066", "\u2069"
ISOLATES = _FIRST_STRONG + _LEFT_TO_RIGHT + _POP


def direction_of(language: str) -> str:
    """`rtl` or `ltr`, as HTML and Typst call it."""
    return "rtl" if language in RTL_LANGUAGES else "ltr"


def isolate_name(text: str, language: str) -> str:
    """A name, isolated if its direction could disturb the sentence: in Persian always, else if it has letters of that
    kind.
    """
    if language in RTL_LANGUAGES or any(
        unicodedata.bidirectional(each) in {"R", "AL", "AN"} for each in text
    ):
        return f"{_FIRST_STRONG}{text}{_POP}"
    return text


def isolate_code(text: str, language: str) -> str:
    """A set number, label or link: read left to right in every language."""
    return f"{_LEFT_TO_RIGHT}{text}{_POP}" if language in RTL_LANGUAGES else text


def without_isolates(text: str) -> str:
    """`text` without the marks that isolate names and codes."""
    return text.translate(_DROP_ISOLATES)


def with_single_signs(text: str) -> str:
    """“هٔ” as one character: a page has one glyph for each character, so that its text can be copied."""
    return text.replace("\u0647\u0654", "\u06c0")


_DROP_ISOLATES = dict.fromkeys(map(ord, ISOLATES))


def write_list(parts: Sequence[str], language: str) -> str:
    """“a”, “a and b”, “a, b, and c”. In Persian there is no comma before the last item, whatever Babel's data say."""
    if language == "fa" and len(parts) > 1:
        return f"{'، '.join(parts[:-1])} و {parts[-1]}"
    return format_list(list(parts), style="standard", locale=language)


def plural_category(number: int, language: str) -> str:
    """`one`, `other`, ... as the language counts."""
    return str(_locale(language).plural_form(number))


@lru_cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)
