"""A picture of a piece: the operator's file, or a drawing in its colour."""

import re

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.models import Piece
from catalog.pictures import picture_of
from catalog.templatetags.swatches import color_paint

register = template.Library()

SIDE = 56
MARGIN = 4
LARGEST_STUD = 18.0
MOST_ROWS = 16  # of studs; more would only look grey
_MEASURED = re.compile(r"(?P<kind>[A-Za-z]+)\b.*?\b(?P<rows>[0-9]{1,2}) x (?P<columns>[0-9]{1,2})\b")
_STUDDED = {"Brick", "Plate", "Baseplate", "Duplo"}
_FROM_THE_SIDE = "M8 22h8v-6h12v6h0v-6h12v6h8v24H8z"
_FIGURE = "M24 8h8v4h4v12h-4v4h6l6 16h-7l-1-6v14H20V38l-1 6h-7l6-16h6v-4h-4V12h4z"


@register.simple_tag
def picture(piece: Piece) -> SafeString:
    """The picture, or a drawing in its place. The piece's name stands beside it, so it needs no text of its own."""
    if path := picture_of(piece):
        return format_html(
            '<img class="piece-picture" src="{}" alt="" width="{}" height="{}" loading="lazy" decoding="async">',
            path,
            SIDE,
            SIDE,
        )
    paint = color_paint(piece.color)
    shape, studs, size = _drawing(piece.part.name, piece.part.category)
    return format_html(
        '<svg class="piece-picture" viewBox="0 0 56 56" aria-hidden="true" focusable="false"><path d="{}" fill="#{}"'
        ' fill-opacity="{}" stroke="var(--line-strong)" stroke-linejoin="round"/><path d="{}" fill="none" stroke="{}"'
        ' stroke-opacity=".3" stroke-width="{}" stroke-linecap="round" stroke-dasharray="0 {}"/></svg>',
        shape,
        paint.rgb,
        paint.opacity,
        studs,
        paint.mark,
        _short(size * 0.6),
        _short(size),
    )


def _drawing(name: str, category: str) -> tuple[str, str, float]:
    """The outline, the lines of studs on it, and the size of a stud: seen from above if the name gives the measures."""
    measured = _MEASURED.match(name)
    if measured is None or measured["rows"] == "0" or measured["columns"] == "0":
        return (_FIGURE if category.startswith("Minifig") else _FROM_THE_SIDE), "", 0
    rows, columns = int(measured["rows"]), int(measured["columns"])
    size = min((SIDE - 2 * MARGIN) / max(rows, columns), LARGEST_STUD)
    width, height = size * columns, size * rows
    left, top = (SIDE - width) / 2, (SIDE - height) / 2
    outline = f"M{_short(left)} {_short(top)}h{_short(width)}v{_short(height)}h{_short(-width)}z"
    if measured["kind"] not in _STUDDED or rows > MOST_ROWS:
        return outline, "", size
    # A dot is a dash of length zero. The line is a little longer, so that its last dot is drawn.
    line = f"h{_short(size * (columns - 1) + 0.1)}"
    studs = "".join(
        f"M{_short(left + size / 2)} {_short(top + size * (row + 0.5))}{line}" for row in range(rows)
    )
    return outline, studs, size


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
