"""The HTML page of a mail, made from its plain text: styles inlined, everything escaped, in the language's direction.

An address with its token fills four lines of a phone and is hard to read. So the words that lead to it become the
link; if they are too long for that, the link's text is the address without its token.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from notifications.mail.frame import framed

_LINK = re.compile(r"https?://[^\s\u2066-\u2069]*[^\s\u2066-\u2069.,;:!?)،؛؟]")
#: Longer words lead to a link, but do not become the link.
LONGEST_LINK = 70


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line. With an `href` it is a link; `is_address` says whether its text is an address."""

    text: str
    href: str = ""
    is_address: bool = False


def mail_page(*, subject: str, body: str, language: str) -> str:
    """The whole HTML document of a plain text, whose paragraphs are separated by blank lines."""
    paragraphs = [_lines(paragraph) for paragraph in body.strip().split("\n\n") if paragraph]
    return framed("mail", subject=subject, language=language, paragraphs=paragraphs)


def leading_words(line: str) -> str:
    """The words of a line that leads to a link below it, without the colon; empty for any other line."""
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
    """A line cut into text and links. The isolating marks around a link go, since the link has its own direction."""
    pieces, end = [], 0
    for match in _LINK.finditer(line):
        link = match.group()
        pieces += [Piece(line[end : match.start()].rstrip("\u2066")), Piece(link, link, is_address=True)]
        end = match.end()
    return [*pieces, Piece(line[end:].lstrip("\u2069") if pieces else line)]


def _address(link: str) -> str:
    """The address of a link without its token."""
    parts = urlsplit(link)
    return f"{parts.netloc}{parts.path}".rstrip("/")
