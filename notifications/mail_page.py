"""A mail's HTML page, made from its plain text: styles inlined, everything escaped, in the language's direction."""

import re

from django.template.loader import render_to_string
from django.utils import translation

_LINK = re.compile(r"https?://\S+")


def mail_page(*, subject: str, body: str, language: str) -> str:
    """The whole HTML document of a plain text, whose paragraphs are separated by blank lines."""
    paragraphs = [
        [_pieces(line) for line in paragraph.splitlines()]
        for paragraph in body.strip().split("\n\n")
        if paragraph
    ]
    with translation.override(language):
        return render_to_string(
            "notifications/mail.html",
            {
                "subject": subject,
                "paragraphs": paragraphs,
                "language": language,
                "direction": "rtl" if translation.get_language_bidi() else "ltr",
            },
        )


def _pieces(line: str) -> list[tuple[str, bool]]:
    """A line cut into text and links: (text, is a link)."""
    pieces, end = [], 0
    for match in _LINK.finditer(line):
        pieces += [(line[end : match.start()], False), (match.group().rstrip("\u2069"), True)]
        end = match.end()
    return [*pieces, (line[end:], False)]
