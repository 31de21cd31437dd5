"""What staff put right, kept through an import: the source is read, and their word stands.

What was corrected before the import began is worked in while it is planned. What is corrected while it runs is
found in its last transaction, which corrections wait for, and made again on the new catalogue.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from catalog.bag_entry import lay_bag
from catalog.correcting import OF_SETS, set_weight
from catalog.importing.extras import SourceBags
from catalog.importing.problems import Problems, shown
from catalog.importing.source import Dump
from catalog.models import Correction, Set

Field = Correction.Field
BagRows = list[tuple[str, int, int]]


@dataclass(slots=True)
class Kept:
    """The corrections in force when they were read; `last` is the newest of all then. Labels are case-folded keys."""

    last: int = 0
    of_sets: dict[str, list[Correction]] = field(default_factory=dict)
    bags: dict[str, dict[str, tuple[str, BagRows]]] = field(default_factory=dict)
    weights: dict[tuple[str, int], Correction] = field(default_factory=dict)
    sources: dict[int, Any] = field(default_factory=dict)

    def weight_of(self, key: tuple[str, int]) -> tuple[int | None, str] | None:
        """The weight that staff gave a piece, or None."""
        found = self.weights.get(key)
        return (found.after[0], found.after[1]) if found is not None and found.after else None


def read_corrections() -> Kept:
    """All that hold now."""
    kept = Kept(last=Correction.objects.order_by("-pk").values_list("pk", flat=True).first() or 0)
    holding = Correction.objects.filter(holds=True, pk__lte=kept.last).select_related("set", "piece__part")
    for one in holding.order_by("pk"):
        if one.piece is not None:
            kept.weights[one.piece.part.part_num, one.piece.color_id] = one
        elif one.set is not None and one.field == Field.BAG:
            rows = [(part_num, color, quantity) for part_num, color, quantity in one.after or ()]
            kept.bags.setdefault(one.set.set_num, {})[one.bag_label.casefold()] = (one.bag_label, rows)
        elif one.set is not None:
            kept.of_sets.setdefault(one.set.set_num, []).append(one)
    return kept


def keep_corrections(kept: Kept, dump: Dump, weights: dict[str, tuple[int, str]], problems: Problems) -> None:
    """Put the staff's values over the source's, and note where the two do not agree.

    `kept.sources` gets what the source says of each, where that is new.
    """
    for set_num, corrections in kept.of_sets.items():
        source = dump.sets.get(set_num)
        for one in corrections if source is not None else ():
            name = OF_SETS[one.field]
            if name == "bags_known":
                continue
            said = getattr(source, name)
            _remember(kept, one, said)
            if said != one.after:
                detail = f"{set_num}: the source says {shown(str(said))}, staff {shown(str(one.after))}."
                problems.note("sets", 0, name, "correction_kept", detail)
                setattr(source, name, one.after)
    for (part_num, color), one in kept.weights.items():
        if part_num in weights:
            said, ours = list(weights[part_num]), kept.weight_of((part_num, color))
            _remember(kept, one, said)
            if ours is not None and said[0] != ours[0]:
                detail = f"{part_num} in colour {color}: the source says {said[0]} mg, staff {ours[0]} mg."
                problems.note("weights", 0, "weight_g", "correction_kept", detail)


def _remember(kept: Kept, one: Correction, said: Any) -> None:
    if one.source != said:
        kept.sources[one.pk] = said


def with_entered_bags(
    bags: SourceBags | None, entered: dict[str, tuple[str, BagRows]] | None, dump: Dump
) -> SourceBags | None:
    """The bags of a set with those that staff entered in place of the source's of the same label."""
    if not entered:
        return bags
    merged = SourceBags()
    for item in bags.items() if bags else ():
        if item.label.casefold() not in entered:
            merged.add(item.label, item.piece, item.quantity, item.line, 0)
    for label, rows in entered.values():
        for part_num, color, quantity in rows:
            merged.add(label, dump.piece(part_num, color).index, quantity, 0, 0)
    return merged


def note_entered_bags(kept: Kept, bags: dict[str, SourceBags], file: str, problems: Problems) -> None:
    """Say which bags of the file are left aside, since staff entered them."""
    for set_num in kept.bags.keys() & bags.keys():
        for label in bags[set_num].bag_labels():
            if label.casefold() in kept.bags[set_num]:
                detail = f"bag {label} of {set_num} stays as staff entered it."
                problems.note(file, 0, "bag", "correction_kept", detail)


def keep_late_corrections(kept: Kept, has_new_box: Callable[[str], bool]) -> int:
    """Make again, on the new catalogue, what was corrected since `kept` was read. Returns how many there were.

    Called in the import's last transaction, with the revision's row locked: nobody corrects anything meanwhile.
    """
    late = list(Correction.objects.filter(pk__gt=kept.last).select_related("set", "piece").order_by("pk"))
    for one in late:
        if one.piece_id:
            set_weight(one.piece_id, one.after)
        elif one.set is not None and one.field == Field.BAG:
            if one.holds and has_new_box(one.set.set_num):
                one.set.refresh_from_db()
                lay_bag(one.set, one.bag_label, one.after or [])
        else:
            Set.objects.filter(pk=one.set_id or 0).update(**{OF_SETS[one.field]: one.after})
    return len(late)


def remember_sources(kept: Kept) -> None:
    """Write down what the source says now of what staff corrected, to go back to."""
    for key, said in kept.sources.items():
        Correction.objects.filter(pk=key).update(source=said)
