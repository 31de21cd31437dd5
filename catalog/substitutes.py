"""What may replace a piece: another mould of the same design in the same colour."""

from django.db.models import Q

from catalog.models import PartRelation, Piece

# Mould variants and alternates. Prints, pairs and sub-parts do not count, even if they look alike.
ALIKE = (PartRelation.Kind.MOLD, PartRelation.Kind.ALTERNATE)


def substitutes_of(piece: Piece) -> list[Piece]:
    """The pieces that may replace this one: mould variants before alternates, then by part number.

    Relations hold in both directions, and two variants of one mould are variants of each other.
    """
    kinds = _related_parts(piece.part_id)
    if not kinds:
        return []
    pieces = Piece.objects.filter(part__in=kinds, color=piece.color_id).select_related("part", "color")
    return sorted(
        pieces, key=lambda found: (kinds[found.part_id] != PartRelation.Kind.MOLD, found.part.part_num)
    )


def _related_parts(part_id: int) -> dict[int, str]:
    """Part id -> kind of relation, without the part itself."""
    related: dict[int, str] = {}
    for kind in ALIKE:
        rows = PartRelation.objects.filter(kind=kind)
        beside = rows.filter(Q(child=part_id) | Q(parent=part_id)).values_list("child", "parent")
        found = {part for pair in beside for part in pair}
        parents = rows.filter(child=part_id).values("parent")
        found |= set(rows.filter(parent__in=parents).values_list("child", flat=True))
        for part in found - {part_id}:
            related.setdefault(part, kind)
    return related
