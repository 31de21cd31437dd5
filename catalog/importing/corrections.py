"""Keeps the staff's corrections through an import: the source is read, but the staff's values win.

Corrections made before the import began are applied while it is planned. Corrections made while it runs are found in
its last transaction, which later corrections wait for, and are made again on the new catalogue.
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
    """The corrections in force when they were read; `last` is the newest of all at that time. Labels are casefolded
    keys.
    """

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
    """All corrections that hold now."""
    kept = Kept(last=Correction.objects.order_by("-pk").values_list("pk", flat=True).first() or 0)
    holding = Correction.objects.filter(holds=True, pk__lte=kept.last).select_related("set", "piece__part")
    for correction in holding.order_by("pk"):
        if correction.piece is not None:
            kept.weights[correction.piece.part.part_num, correction.piece.color_id] = correction
        elif correction.set is not None and correction.field == Field.BAG:
            rows = [(part_num, color, quantity) for part_num, color, quantity in correction.after or ()]
            kept.bags.setdefault(correction.set.set_num, {})[correction.bag_label.casefold()] = (
                correction.bag_label,
                rows,
            )
        elif correction.set is not None:
            kept.of_sets.setdefault(correction.set.set_num, []).append(correction)
    return kept


def keep_corrections(kept: Kept, dump: Dump, weights: dict[str, tuple[int, str]], problems: Problems) -> None:
    """Put the staff's values over the source's, and note where the two differ.

    `kept.sources` gets the source's value of each correction, if that is new.
    """
    for set_num, corrections in kept.of_sets.items():
        source = dump.sets.get(set_num)
        for correction in corrections if source is not None else ():
            name = OF_SETS[correction.field]
            if name == "bags_known":
                continue
            stated = getattr(source, name)
            _remember(kept, correction, stated)
            if stated != correction.after:
                detail = (
                    f"{set_num}: the source has {shown(str(stated))}, staff {shown(str(correction.after))}."
                )
                problems.note("sets", 0, name, "correction_kept", detail)
                setattr(source, name, correction.after)
    for (part_num, color), correction in kept.weights.items():
        if part_num in weights:
            stated, ours = list(weights[part_num]), kept.weight_of((part_num, color))
            _remember(kept, correction, stated)
            if ours is not None and stated[0] != ours[0]:
                detail = f"{part_num} in colour {color}: the source has {stated[0]} mg, staff {ours[0]} mg."
                problems.note("weights", 0, "weight_g", "correction_kept", detail)


def _remember(kept: Kept, correction: Correction, stated: Any) -> None:
    if correction.source != stated:
        kept.sources[correction.pk] = stated


def with_entered_bags(
    bags: SourceBags | None, entered: dict[str, tuple[str, BagRows]] | None, dump: Dump
) -> SourceBags | None:
    """The bags of a set; those that staff entered replace the source's of the same label."""
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
    """Note the bags of the file that are ignored because staff entered them."""
    for set_num in kept.bags.keys() & bags.keys():
        for label in bags[set_num].bag_labels():
            if label.casefold() in kept.bags[set_num]:
                detail = f"bag {label} of {set_num} stays as staff entered it."
                problems.note(file, 0, "bag", "correction_kept", detail)


def keep_late_corrections(kept: Kept, has_new_box: Callable[[str], bool]) -> int:
    """Repeat, on the new catalogue, the corrections made since `kept` was read. Returns how many there were.

    Runs in the import's last transaction, with the revision's row locked: no correction can come in between.
    """
    late = list(Correction.objects.filter(pk__gt=kept.last).select_related("set", "piece").order_by("pk"))
    for correction in late:
        if correction.piece_id:
            set_weight(correction.piece_id, correction.after)
        elif correction.set is not None and correction.field == Field.BAG:
            if correction.holds and has_new_box(correction.set.set_num):
                correction.set.refresh_from_db()
                lay_bag(correction.set, correction.bag_label, correction.after or [])
        else:
            Set.objects.filter(pk=correction.set_id or 0).update(
                **{OF_SETS[correction.field]: correction.after}
            )
    return len(late)


def remember_sources(kept: Kept) -> None:
    """Store the source's values of the corrected fields, to restore them when a correction is taken back."""
    for key, stated in kept.sources.items():
        Correction.objects.filter(pk=key).update(source=stated)
