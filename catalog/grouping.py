"""Pieces under headings: by bag, within one bag by colour, within one colour by category."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from catalog.models import Content

Heading = Literal["bag", "color", "category"]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together, and the part of their first row that the heading shows."""

    heading: Heading
    rows: list[Content]

    @property
    def first(self) -> Content:
        return self.rows[0]


def heading_for(*, has_bags: bool, bag: str | None, color_id: int | None) -> Heading:
    """The first property in which the rows shown still differ; `contents_of` orders them by it."""
    if has_bags and bag is None:
        return "bag"
    return "color" if color_id is None else "category"


def groups_of(rows: Iterable[Content], heading: Heading) -> list[Group]:
    """The rows in their order, divided where the heading changes."""

    def what(row: Content) -> int | str | None:
        if heading == "bag":
            return row.bag_id
        return row.piece.color_id if heading == "color" else row.piece.part.category

    return [Group(heading, list(together)) for _what, together in groupby(rows, key=what)]
