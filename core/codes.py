"""Codes that people read aloud and type: Crockford's 32 symbols with a Luhn check over the same alphabet."""

import secrets

from stdnum import luhn

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code(prefix: str) -> str:
    """A random code such as `B14-7K2M-9QX3`: seven symbols of 32 and their check symbol."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(7))
    return _format(prefix, body + luhn.calc_check_digit(body, ALPHABET))


def read_code(prefix: str, typed: str) -> str | None:
    """The code that was meant: any case, with or without hyphens, O read as 0, I and L as 1. None if it is no code."""
    symbols = "".join(typed.upper().split()).replace("-", "")
    head = prefix.upper()
    if symbols.startswith(head) and len(symbols) == len(head) + 8:
        symbols = symbols[len(head) :]
    symbols = symbols.translate(_READ_AS)
    if len(symbols) != 8 or not luhn.is_valid(symbols, ALPHABET):
        return None
    return _format(prefix, symbols)


def _format(prefix: str, symbols: str) -> str:
    return f"{prefix}-{symbols[:4]}-{symbols[4:]}"
