"""Makes what strangers type safe to print: no control characters, no direction overrides, no endless lines."""

import unicodedata

from notifications.wording import ISOLATES, with_single_signs, without_isolates

#: Joiners shape Persian words and emoji, so they stay; all other format characters go.
_KEPT_FORMAT = {"\u200c", "\u200d"}
NAME_LIMIT = 200
NOTE_LIMIT = 2_000


def clean_line(text: str, limit: int = NAME_LIMIT) -> str:
    """`text` on one line: control, bidi and tag characters removed, white space single, cut at `limit`."""
    return _cut(" ".join(_printable(text).split()), limit)


def clean_note(text: str, limit: int = NOTE_LIMIT) -> str:
    """As `clean_line`, but line breaks stay, with at most one empty line between two paragraphs."""
    lines = [" ".join(_printable(line).split()) for line in text.replace("\r\n", "\n").splitlines()]
    joined = "\n".join(lines).strip()
    while "\n\n\n" in joined:
        joined = joined.replace("\n\n\n", "\n\n")
    return _cut(joined, limit)


def clean_edited(text: str) -> str:
    """A composed paragraph after a person edited it: on one line, with the isolating marks around names.

    A mark without its partner would reverse the direction of the rest of the letter. Then all marks are removed.
    """
    kept = "".join(each if each in ISOLATES else _printable(each) for each in text)
    depth = 0
    for each in kept:
        depth += {"\u2066": 1, "\u2068": 1, "\u2069": -1}.get(each, 0)
        if depth not in (0, 1):
            break
    if depth:
        kept = without_isolates(kept)
    return _cut(" ".join(kept.split()), NOTE_LIMIT)


def _printable(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return with_single_signs("".join(_printable_character(character) for character in text))


def _printable_character(character: str) -> str:
    if character in _KEPT_FORMAT:
        return character
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category in {"Cf", "Cs"} else character


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
