"""Bars drawn on the server: numbers to lengths. The table behind each says the same in figures."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 100.0
GAP = 0.4
SMALLEST = 1.2  # a one beside a thousand is still to be seen


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a bar: where it begins, how long it is, and which shade it has, from 0 on."""

    x: float
    width: float
    shade: int


def stacked_bar(counts: Sequence[int], *, largest: int) -> list[Segment]:
    """Stretches for the counts, left to right, on a bar of which the largest sum takes the whole width."""
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
