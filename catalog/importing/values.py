"""Converts the text of a field to a value, or None if it has no valid one."""

import re

BOOLEANS = {
    "t": True, "f": False, "true": True, "false": False, "True": True, "False": False, "TRUE": True, "FALSE": False,
    "1": True, "0": False,
}  # fmt: skip
MOST_OF_A_ROW = 100_000
SMALLEST_ID, LARGEST_ID = -(2**31), 2**31 - 1

_INTEGER = re.compile(r"-?[0-9]{1,10}")
QUANTITIES = {str(number): number for number in range(1, 2000)}


def parse_integer(value: str) -> int | None:
    """A whole number that fits a database column, or None."""
    text = value.strip()
    if not _INTEGER.fullmatch(text):
        return None
    number = int(text)
    return number if SMALLEST_ID <= number <= LARGEST_ID else None


def parse_quantity(value: str) -> int | None:
    """A quantity of at least one, and no more than any box could hold; or None."""
    number = parse_integer(value)
    return number if number is not None and 0 < number <= MOST_OF_A_ROW else None


def web_address(value: str) -> str:
    """The address of a picture that may be passed on, or nothing."""
    text = value.strip()
    return (
        text if text.startswith(("https://", "http://")) and len(text) <= 500 and text.isprintable() else ""
    )


def parse_boolean(value: str) -> bool | None:
    """`t`, `True`, `1` and the like; or None."""
    return BOOLEANS.get(value.strip())
