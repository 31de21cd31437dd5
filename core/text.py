"""Text that people type, and how it is read."""

import re
import unicodedata

_SECRET = re.compile(
    r"((?:\b|%3F|%26)(?:token|proof)(?:=|%3D)|Authorization: *(?:Order|Api-Key) +|\bb14_[0-9a-f]{8}_)"
    r"(?:(?!%26)[^\s&\"'<>])+",
    re.IGNORECASE,
)


def without_secrets(text: str) -> str:
    """The text without its secrets: an order's token, the proof in a mail, an API key."""
    return _SECRET.sub(r"\1...", text)


def ascii_digits(text: str) -> str:
    """The text with the digits of every script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(symbol, symbol)) for symbol in text)


# Letters and signs that show nothing: the fillers of Hangul, and the empty pattern of Braille.
_FILLERS = "\u115f\u1160\u3164\uffa0\u2800"


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen: blanks, marks without a letter, signs without width."""
    return all(unicodedata.category(symbol)[0] in "ZCM" or symbol in _FILLERS for symbol in text)


def has_control_characters(text: str, *, lines: bool = False) -> bool:
    """Whether the text holds what no keyboard types: control characters, half surrogates, noncharacters.

    With `lines`, line breaks and tabs are allowed. Marks of writing direction are always allowed.
    """
    allowed = "\n\r\t" if lines else ""
    return any(
        (unicodedata.category(symbol) in ("Cc", "Cs") and symbol not in allowed)
        or ord(symbol) & 0xFFFE == 0xFFFE
        for symbol in text
    )
