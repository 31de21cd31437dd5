"""Text that people type, and how it is read."""

import unicodedata


def ascii_digits(text: str) -> str:
    """The same text with the digits of every script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(symbol, symbol)) for symbol in text)


def has_control_characters(text: str, *, lines: bool = False) -> bool:
    """Whether the text holds what no keyboard types: control characters, half surrogates, noncharacters.

    With `lines`, line breaks and tabs are allowed. Marks of writing direction are text and allowed.
    """
    allowed = "\n\r\t" if lines else ""
    return any(
        (unicodedata.category(symbol) in ("Cc", "Cs") and symbol not in allowed)
        or ord(symbol) & 0xFFFE == 0xFFFE
        for symbol in text
    )
