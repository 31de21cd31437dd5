"""Brings what people type and the catalogue's names to one form, so that they can be compared."""

import re
import unicodedata

# "2 x 4", "2X4" and "2 × 4" are one word. Measures of three sides ("1 x 2 x 5") become one word too.
_TIMES = re.compile(r"(?<=[0-9])\s*[x×]\s*(?=[0-9])")
_WORD = re.compile(r"[^\W_]+")
# "X-Wing", "R2-D2" and "WALL•E" are also typed as one word.
_COMPOUND = re.compile(r"[^\W_]+(?:[-•·][^\W_]+)+")
_LABEL_PART = re.compile(r"[0-9]+|[^0-9]+")


def western_digits(text: str) -> str:
    """The same text with the digits of every script written 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in text)


def folded(text: str) -> str:
    """Small letters without accents, digits 0 to 9: `"Père Noël ۷"` becomes `"pere noel 7"`."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", western_digits(text).casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The words of a text in order, folded; `"Brick 2 x 4"` has two."""
    # An apostrophe joins: people type "lukes" for "Luke's".
    plain = folded(text).replace("'", "").replace("’", "")
    return _WORD.findall(_TIMES.sub("x", plain) if "x" in plain or "×" in plain else plain)


def compounds(text: str) -> list[str]:
    """Words that are written in parts and often typed as one: `"X-Wing Fighter"` has `xwing`."""
    if "-" not in text and text.isascii():
        return []
    found = _COMPOUND.findall(folded(text))
    return ["".join(letter for letter in each if letter.isalnum()) for each in found]


def clean_identifier(text: str) -> str:
    """An identifier as typed or pasted, without surrounding blanks and null characters, its digits 0 to 9."""
    return western_digits(text.replace("\x00", "").strip())


def natural_key(label: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts labels as people count: 2 before 10, 3A before 3B."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part.casefold())
        for part in _LABEL_PART.findall(label)
    )
