"""E-mail addresses that people type: as they are kept, and whether a mail can be sent to one.

A domain in other letters is kept as servers know it, by IDNA 2008. The older rules, which Python and Django follow,
send straße.de to strasse.de, another server.
"""

import re
import unicodedata
from email.errors import MessageError

import idna
from django.core.exceptions import ValidationError
from django.core.mail.message import sanitize_address
from django.core.validators import validate_email

LONGEST = 254
# Marks of writing direction and width, which come along when an address is copied. They are part of no address.
_MARKS = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_SCHEME = re.compile(r"\s*mailto:", re.IGNORECASE)
# Old mail servers run what follows these.
_COMMANDS = "|`"


class UnusableAddress(ValueError):
    """No mail can be sent to this address. Never holds the address."""


def plain_address(typed: str) -> str:
    """The address in the form in which it is kept and compared, its domain in ASCII. Raises UnusableAddress."""
    address = _SCHEME.sub("", _MARKS.sub("", typed), count=1).strip()
    local, at, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(unicodedata.normalize("NFC", domain), uts46=True).decode("ascii")
        except UnicodeError as error:
            raise UnusableAddress("domain") from error
    return f"{local}{at}{domain}"


def usable_address(typed: str) -> str:
    """The plain address, where mail can reach it from the net. Raises UnusableAddress."""
    address = plain_address(typed)
    local, _, domain = address.rpartition("@")
    if (
        len(address) > LONGEST
        or "." not in domain
        or domain.startswith("[")
        or local.startswith(tuple(_COMMANDS))
    ):
        raise UnusableAddress("form")
    try:
        validate_email(address)
    except ValidationError as error:
        raise UnusableAddress("form") from error
    return sendable_address(address)


def sendable_address(kept: str) -> str:
    """The plain address, where a mail can be written to it at all. Raises UnusableAddress."""
    address = plain_address(kept)
    if not address.isascii():
        raise UnusableAddress("letters")
    try:
        sanitize_address(address, "ascii")  # as Django does it when it sends the mail
    except (ValueError, MessageError) as error:
        raise UnusableAddress("encoding") from error
    return address


def comparable_address(typed: str) -> str:
    """What two ways to type one address have in common; also for what is no address."""
    try:
        return plain_address(typed).casefold()
    except UnusableAddress:
        return typed.strip().casefold()
