"""A mail's HTML page, made from its plain text: styles inlined, everything escaped, in the language's direction."""

import re

from notifications.mail_frame import framed

_LINK = re.compile(r"https?://[^\s\u2066-\u2069]+")


def mail_page(*, subject: str, body: str, language: str) -> str:
    """The whole HTML document of a plain text, whose paragraphs are separated by blank lines."""
    paragraphs = [
        [_pieces(line) for line in paragraph.splitlines()]
        for paragraph in body.strip().split("\n\n")
        if paragraph
    ]
    return framed("mail", subject=subject, language=language, paragraphs=paragraphs)


def _pieces(line: str) -> list[tuple[str, bool]]:
    """A line cut into text and links: (text, is a link). The isolating marks around a link go: it has a direction."""
    pieces, end = [], 0
    for match in _LINK.finditer(line):
        pieces += [(line[end : match.start()].rstrip("\u2066"), False), (match.group(), True)]
        end = match.end()
    return [*pieces, (line[end:].lstrip("\u2069") if pieces else line, False)]
