"""Corrections of the catalogue in words: what was changed, from what, to what."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.models import Correction

MOST_SAID = 8
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
    """`may_take_back`: it is in force, and a source has something to go back to."""

    row: Correction
    what: str
    before: str
    after: str
    may_take_back: bool


def told(corrections: Iterable[Correction], themes: Mapping[int, str] | None = None) -> list[ShownCorrection]:
    """Each correction in words; `themes` names them by id."""
    return [
        ShownCorrection(
            row=one,
            what=f"Bag {one.bag_label}" if one.field == "bag" else FIELDS[one.field],
            before=_words(one.field, one.before, themes or {}),
            after=_words(one.field, one.after, themes or {})
            + (_bag_difference(one.before, one.after) if one.field == "bag" else ""),
            may_take_back=one.holds and one.field != "bag",
        )
        for one in corrections
    ]


def _bag_difference(before: Any, after: Any) -> str:
    """Which pieces a corrected bag has more or fewer of: the count alone may be the same."""
    if not before or not after:
        return ""
    more = Counter[tuple[str, int]]()
    for sign, rows in ((1, after), (-1, before)):
        for part_num, color, quantity in rows:
            more[part_num, color] += sign * quantity
    said = [
        f"{count:+d} of {part_num} / {color}" for (part_num, color), count in sorted(more.items()) if count
    ]
    rest = f" and {len(said) - MOST_SAID} kinds more" if len(said) > MOST_SAID else ""
    return ": " + ", ".join(said[:MOST_SAID]) + rest


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
