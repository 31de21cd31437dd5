"""The order of the sets that have a piece, kept in each process.

A common brick is in a thousand sets. An index alone gives their ids; but ordering them in the database would mean to
look up a thousand sets for every typed letter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from catalog.models import Content, Set


@dataclass(frozen=True, slots=True)
class SetOrder:
    """The ids of the live sets, newest first and then largest; and for each inventory the place of its set there."""

    ids: Sequence[int]
    places: Mapping[int, int]

    @classmethod
    def read(cls) -> "SetOrder":
        rows = Set.objects.filter(retired_at__isnull=True, inventory__isnull=False)
        ordered = list(rows.order_by("-year", "-num_parts", "set_num").values_list("inventory", "pk"))
        places = {inventory: place for place, (inventory, _pk) in enumerate(ordered)}
        return cls([pk for _inventory, pk in ordered], places)

    def sets_with(self, pieces: Iterable[int]) -> list[int]:
        """The ids of the live sets that have one of these pieces, in that order; one query."""
        found = {self.places[each] for each in _inventories_with(list(pieces)) if each in self.places}
        return [self.ids[place] for place in sorted(found)]


def _inventories_with(pieces: list[int]) -> Iterable[int]:
    """All inventories that have one of the pieces, some repeated; read as one value, not as thousands of rows."""
    table = Content._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT array_agg(inventory_id) FROM {table} WHERE piece_id = ANY(%s)", [pieces])  # noqa: S608
            return cursor.fetchone()[0] or ()
        marks = ", ".join(["%s"] * len(pieces))
        cursor.execute(f"SELECT group_concat(inventory_id) FROM {table} WHERE piece_id IN ({marks})", pieces)  # noqa: S608
        listed: str | None = cursor.fetchone()[0]
        return map(int, listed.split(",")) if listed else ()
