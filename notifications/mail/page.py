"""A mail's HTML page, made from its plain text: styles inlined, everything escaped, in the language's direction.

An address with its token fills four lines of a phone and reads like a machine. So the words that lead to it are the
link; where they are too many for that, the address stands there without what opens it.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from notifications.mail.frame import framed

_LINK = re.compile(r"https?://[^\s\u2066-\u2069]*[^\s\u2066-\u2069.,;:!?)،؛؟]")
#: Words longer than this lead to a link, and are none.
LONGEST_LINK = 70


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line; with an `href` it is a link, and `is_address` tells whether its text is one, too."""

    text: str
    href: str = ""
    is_address: bool = False


def mail_page(*, subject: str, body: str, language: str) -> str:
    """The whole HTML document of a plain text, whose paragraphs are separated by blank lines."""
    paragraphs = [_lines(paragraph) for paragraph in body.strip().split("\n\n") if paragraph]
    return framed("mail", subject=subject, language=language, paragraphs=paragraphs)


def leading_words(line: str) -> str:
    """The words of a line that leads to a link below it, without the colon; nothing if it is no such line."""
    words = line.rstrip()
    return words[:-1] if words.endswith(":") and len(words) <= LONGEST_LINK else ""


def _lines(paragraph: str) -> list[list[Piece]]:
    lines: list[list[Piece]] = []
    for line in paragraph.splitlines():
        if not _LINK.fullmatch(line):
            lines.append(_pieces(line))
        elif lines and len(lines[-1]) == 1 and (words := leading_words(lines[-1][0].text)):
            lines[-1] = [Piece(words, line)]
        else:
            lines.append([Piece(_address(line), line, is_address=True)])
    return lines


def _pieces(line: str) -> list[Piece]:
    """A line cut into text and links. The isolating marks around a link go: it has a direction."""
    pieces, end = [], 0
    for match in _LINK.finditer(line):
        link = match.group()
        pieces += [Piece(line[end : match.start()].rstrip("\u2066")), Piece(link, link, is_address=True)]
        end = match.end()
    return [*pieces, Piece(line[end:].lstrip("\u2069") if pieces else line)]


def _address(link: str) -> str:
    """Where a link leads, without what opens it."""
    parts = urlsplit(link)
    return f"{parts.netloc}{parts.path}".rstrip("/")
