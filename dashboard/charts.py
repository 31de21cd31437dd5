"""Small charts, drawn on the server. The page's style sheet gives the shapes their colours, dark or light.

svg.py gives the elements classes and no styles, as the page's security policy demands. The table beside or behind each
chart has the same figures, so a screen reader skips the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import svg
from django.utils.safestring import SafeString, mark_safe

WIDTH = 100.0
GAP = 0.4
SMALLEST = 1.2  # a count of 1 beside 1,000 can still be seen
BAR_HEIGHT = 8

HOURS = 24
COLUMN = 10.0  # the width of an hour; each of the two days has half of it
DAY_HEIGHT = 60.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar: where it begins, how long it is, and its shade, counted from 0."""

    x: float
    width: float
    shade: int


def stacked_bar(counts: Sequence[int], *, largest: int) -> list[Segment]:
    """Segments for the counts, left to right. A bar whose sum is `largest` takes the whole width."""
    if largest <= 0:
        return []
    drawn = [(shade, count) for shade, count in enumerate(counts) if count > 0]
    room = WIDTH - len(drawn) * (SMALLEST + GAP)
    segments = []
    x = 0.0
    for shade, count in drawn:
        width = SMALLEST + room * count / largest
        segments.append(Segment(round(x, 2), round(width, 2), shade))
        x += width + GAP
    return segments


def bar_picture(counts: Sequence[int], *, largest: int) -> SafeString:
    """The stacked bar as SVG."""
    rectangles: list[svg.Element] = [
        svg.Rect(class_=[f"shade-{each.shade}"], x=each.x, y=0, width=each.width, height=BAR_HEIGHT)
        for each in stacked_bar(counts, largest=largest)
    ]
    return _picture("bar", WIDTH, BAR_HEIGHT, rectangles, stretched=True)


def day_picture(today: Sequence[int], yesterday: Sequence[int], *, hour: int) -> SafeString:
    """Two days hour by hour, yesterday pale behind today; a line after the current hour."""
    largest = max(1, *today, *yesterday)
    elements: list[svg.Element] = [
        svg.Line(class_=["ground"], x1=0, y1=DAY_HEIGHT, x2=HOURS * COLUMN, y2=DAY_HEIGHT)
    ]
    for counts, shade, width, indent in ((yesterday, "before", 8.0, 1.0), (today, "now", 4.0, 3.0)):
        for at, count in enumerate(counts):
            height = round(DAY_HEIGHT * count / largest, 1)
            if height:
                elements.append(
                    svg.Rect(
                        class_=[shade],
                        x=at * COLUMN + indent,
                        y=round(DAY_HEIGHT - max(height, 1), 1),
                        width=width,
                        height=max(height, 1),
                    )
                )
    edge = (hour + 1) * COLUMN
    elements.append(svg.Line(class_=["here"], x1=edge, y1=0, x2=edge, y2=DAY_HEIGHT))
    return _picture("day", HOURS * COLUMN, DAY_HEIGHT + 1, elements, stretched=False)


def _picture(
    name: str, width: float, height: float, elements: list[svg.Element], *, stretched: bool
) -> SafeString:
    drawn = svg.SVG(
        class_=[name],
        viewBox=svg.ViewBoxSpec(0, 0, width, height),
        elements=elements,
        extra={"aria-hidden": "true", "focusable": "false"}
        | ({"preserveAspectRatio": "none"} if stretched else {}),
    )
    # Shapes made of numbers: no user's text is in them.
    return mark_safe(str(drawn))  # noqa: S308
