"""What strangers type, made safe to print: no control characters, no direction overrides, no endless lines."""

import unicodedata

#: Joiners shape Persian words and emoji: they stay, all other format characters go.
_KEPT_FORMAT = {"\u200c", "\u200d"}
NAME_LIMIT = 200
NOTE_LIMIT = 2_000


def clean_line(text: str, limit: int = NAME_LIMIT) -> str:
    """`text` on one line: characters that steer (control, bidi, tags) taken out, white space single, cut at `limit`."""
    return _cut(" ".join(_printable(text).split()), limit)


def clean_note(text: str, limit: int = NOTE_LIMIT) -> str:
    """As `clean_line`, but line breaks stay, at most one empty line between two paragraphs."""
    lines = [" ".join(_printable(line).split()) for line in text.replace("\r\n", "\n").splitlines()]
    joined = "\n".join(lines).strip()
    while "\n\n\n" in joined:
        joined = joined.replace("\n\n\n", "\n\n")
    return _cut(joined, limit)


def _printable(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(_printable_character(character) for character in text)


def _printable_character(character: str) -> str:
    if character in _KEPT_FORMAT:
        return character
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category in {"Cf", "Cs"} else character


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
