"""Corrections of the catalogue in words: the field, its old value, its new value."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.models import Correction

MOST_LISTED = 8
FIELDS = {
    "name": "Name",
    "year": "Year",
    "theme": "Theme",
    "num_parts": "Pieces",
    "bags_known": "All bags entered",
    "weight": "Weight",
}


@dataclass(frozen=True, slots=True)
class ShownCorrection:
    """`may_take_back`: the correction is in force, and the source has a value to go back to."""

    row: Correction
    what: str
    before: str
    after: str
    may_take_back: bool


def in_words(
    corrections: Iterable[Correction], themes: Mapping[int, str] | None = None
) -> list[ShownCorrection]:
    """Each correction in words; `themes` names them by id."""
    return [
        ShownCorrection(
            row=each,
            what=f"Bag {each.bag_label}" if each.field == "bag" else FIELDS[each.field],
            before=_words(each.field, each.before, themes or {}),
            after=_words(each.field, each.after, themes or {})
            + (_bag_difference(each.before, each.after) if each.field == "bag" else ""),
            may_take_back=each.holds and each.field != "bag",
        )
        for each in corrections
    ]


def _bag_difference(before: Any, after: Any) -> str:
    """The pieces that a corrected bag has more or fewer of: its total may be unchanged."""
    if not before or not after:
        return ""
    more = Counter[tuple[str, int]]()
    for sign, rows in ((1, after), (-1, before)):
        for part_num, color, quantity in rows:
            more[part_num, color] += sign * quantity
    changed = [
        f"{count:+d} of {part_num} / {color}" for (part_num, color), count in sorted(more.items()) if count
    ]
    rest = f" and {len(changed) - MOST_LISTED} more kinds" if len(changed) > MOST_LISTED else ""
    return ": " + ", ".join(changed[:MOST_LISTED]) + rest


def _words(field: str, value: Any, themes: Mapping[int, str]) -> str:
    match field:
        case "bag":
            pieces = sum(quantity for _part, _color, quantity in value or ())
            return f"{pieces} pieces" if value else "nothing known" if value is None else "no such bag"
        case "weight":
            weight, kind = value or (None, "")
            return f"{weight / 1000:g} g ({kind})" if weight else "unknown"
        case "bags_known":
            return "yes" if value else "no"
        case "theme":
            return themes.get(value, f"theme {value}")
    return str(value)
