"""A scan at a stop of the walk: whether it names what the picker shall take there."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from core.refusals import Problem, Refusal
from core.text import ascii_digits
from orders.models import Pick
from warehouse.shelves import find_bin


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """The same part in other colours, in the same walk.

    `colors`: their names. `in_same_bin`: one of them lies in the bin of this stop, so that the bin names no item.
    """

    colors: tuple[str, ...] = ()
    in_same_bin: bool = False


def look_alikes(picks: Iterable[Pick]) -> dict[int, LookAlikes]:
    """The look-alikes of each pick among these picks of one wave, by pick id; none for bags and single colours."""
    by_part: dict[int, list[Pick]] = defaultdict(list)
    for pick in picks:
        if pick.level.item.piece is not None:
            by_part[pick.level.item.piece.part_id].append(pick)
    found = {}
    for same_part in by_part.values():
        for pick in same_part:
            others = [each for each in same_part if _color_of(each) != _color_of(pick)]
            found[pick.pk] = LookAlikes(
                tuple(dict.fromkeys(map(_color_of, others))),
                any(each.level.bin_id == pick.level.bin_id for each in others),
            )
    return found


def check_scan(pick: Pick, scanned: str) -> None:
    """Refuse a scan that does not name this stop by its bin, SKU, element id or part number.

    A part number names no stop while its part is in the walk in several colours, and a bin names none while two of
    these colours lie in it. Raises Refusal 409 `wrong_bin` or `wrong_item`.
    """
    typed = ascii_digits(scanned).strip()
    alike = look_alikes(_same_part(pick)).get(pick.pk, LookAlikes())
    if typed.casefold() not in _names(pick, alike):
        code, detail = _what_is_wrong(pick, typed, alike)
        raise Refusal(code, detail, problems=[Problem("/scanned", code, detail)], status=409)


def _names(pick: Pick, alike: LookAlikes) -> set[str]:
    """What names this stop, in lower case."""
    item = pick.level.item
    names = {item.sku}
    if not alike.in_same_bin:
        names.add(pick.level.bin.code)
    if item.piece is not None:
        names.update(item.piece.elements.values_list("element_id", flat=True))
        if not alike.colors:
            names.add(item.piece.part.part_num)
    return {name.casefold() for name in names}


def _what_is_wrong(pick: Pick, typed: str, alike: LookAlikes) -> tuple[str, str]:
    """The code of the refusal, and words that a picker reads out of the corner of an eye."""
    piece, bin_code = pick.level.item.piece, pick.level.bin.code
    if piece is not None and typed.casefold() == piece.part.part_num.casefold():
        names = "the element id or the SKU" if alike.in_same_bin else "the element id, the SKU or the bin"
        return "wrong_item", f"{typed} is in this walk in several colours: scan {names}."
    if typed.casefold() == bin_code.casefold():
        return "wrong_item", f"{typed} holds this part in several colours: scan the element id or the SKU."
    if find_bin(typed) is not None:
        return "wrong_bin", f"Wrong bin: this is {typed}. Go to {bin_code}."
    others = list(_other_stops(pick, typed))
    still_open = next((each for each in others if each.picked_at is None), None)
    if still_open is not None:
        right_bin = still_open.level.bin.code
        return "wrong_item", f"Wrong: {typed} belongs to {right_bin}, not here. Put it back."
    if others:
        return "wrong_item", f"One too many: all of {typed} is taken already. Put it back."
    return "wrong_item", f"Wrong: {typed} is neither this bin nor this item. Put it back."


def _same_part(pick: Pick) -> QuerySet[Pick]:
    """The picks of the wave that take the same part in any colour, this one among them; none for a bag."""
    piece = pick.level.item.piece
    rows = Pick.objects.filter(wave=pick.wave_id).select_related("level__item__piece__color")
    return (
        rows.none() if piece is None else rows.filter(level__item__piece__part=piece.part_id).order_by("pk")
    )


def _other_stops(pick: Pick, typed: str) -> QuerySet[Pick]:
    """The other stops of the walk whose item this names, in walking order."""
    return (
        Pick.objects.filter(wave=pick.wave_id)
        .exclude(pk=pick.pk)
        .filter(
            Q(level__item__sku__iexact=typed)
            | Q(level__item__piece__part__part_num__iexact=typed)
            | Q(level__item__piece__elements__element_id=typed)
        )
        .select_related("level__bin")
        .order_by("level__bin__code", "pk")
        .distinct()
    )


def _color_of(pick: Pick) -> str:
    piece = pick.level.item.piece
    return f"{piece.color.name} ({piece.color_id})" if piece is not None else ""
