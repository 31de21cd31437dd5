"""Staff correct the catalogue. Each correction records who changed what, and when, and no import undoes it.

A corrected field keeps the staff's value through every import, until a member of staff takes the correction back. The
source's value is stored meanwhile, so that it can be restored.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from catalog.bounds import HEAVIEST_MG, MOST_PARTS_OF_A_SET, YEARS
from catalog.models import Correction, Piece, Set, Theme
from catalog.revising import raise_revision
from core.refusals import NotFound, Problem, Refusal
from core.text import has_control_characters, is_blank

Field = Correction.Field
MAX_REASON = 200
# The attribute of a set for each field.
OF_SETS: dict[str, str] = {
    Field.NAME: "name",
    Field.YEAR: "year",
    Field.THEME: "theme_id",
    Field.NUM_PARTS: "num_parts",
    Field.BAGS_KNOWN: "bags_known",
}
FOUND_BY = {Field.NAME, Field.YEAR, Field.THEME, Field.NUM_PARTS}


def correct_set(
    *, set_id: int, changes: Mapping[str, Any], by: User | None, reason: str = ""
) -> list[Correction]:
    """Change fields of a set: `name`, `year`, `theme` (its id), `num_parts`, `bags_known`.

    A value that the set has already is no correction. Returns the corrections made. Raises NotFound, or Refusal
    `invalid` with pointers `/<field>`.
    """
    problems = [problem for name, value in changes.items() if (problem := _problem_of(name, value))]
    _refuse(problems, reason)
    with transaction.atomic():
        raise_revision(names_changed=not FOUND_BY.isdisjoint(changes))
        set_ = Set.objects.select_for_update(of=("self",)).filter(pk=set_id).first()
        if set_ is None:
            raise NotFound("There is no such set.")
        made = []
        for name, value in changes.items():
            before = getattr(set_, OF_SETS[name])
            if before != value:
                Set.objects.filter(pk=set_.pk).update(**{OF_SETS[name]: value})
                made.append(
                    record_correction(
                        set_=set_, field=Field(name), before=before, after=value, by=by, reason=reason
                    )
                )
        if not made:
            transaction.set_rollback(True)
    return made


def correct_weight(*, piece_id: int, weight_mg: int, by: User | None, reason: str = "") -> Correction | None:
    """Set the weight of a piece that was weighed, as measured. Returns None if it had that weight already.

    Raises NotFound, or Refusal `invalid` with pointer `/weight_mg`.
    """
    problems = []
    if not 0 < weight_mg <= HEAVIEST_MG:
        detail = f"Give a weight above 0 and up to {HEAVIEST_MG // 1000:,} g."
        problems.append(Problem("/weight_mg", "out_of_range", detail))
    _refuse(problems, reason)
    with transaction.atomic():
        raise_revision()
        piece = Piece.objects.select_for_update(of=("self",)).filter(pk=piece_id).first()
        if piece is None:
            raise NotFound("There is no such piece.")
        before, after = [piece.weight_mg, piece.weight_kind], [weight_mg, Piece.WeightKind.MEASURED.value]
        if before == after:
            transaction.set_rollback(True)
            return None
        set_weight(piece.pk, after)
        return record_correction(
            piece=piece, field=Field.WEIGHT, before=before, after=after, by=by, reason=reason
        )


def take_back(*, correction_id: int, by: User | None, reason: str = "") -> Correction:
    """Restore the source's value, and let imports change the field again. Returns the row that records it.

    Raises NotFound, and 409 `not_in_force` if a later correction replaced it, or `bag_is_entered`: staff enter a bag's
    pieces again instead, since no source has them.
    """
    _refuse([], reason)
    with transaction.atomic():
        found = Correction.objects.filter(pk=correction_id).first()
        if found is None:
            raise NotFound("There is no such correction.")
        if found.field == Field.BAG:
            raise Refusal("bag_is_entered", "Enter what lies in the bag instead.", status=409)
        raise_revision(names_changed=found.field in FOUND_BY)
        if not Correction.objects.filter(pk=found.pk, holds=True).update(holds=False):
            raise Refusal("not_in_force", "This correction is not in force any more.", status=409)
        if found.piece_id:
            set_weight(found.piece_id, found.source)
        else:
            Set.objects.filter(pk=found.set_id or 0).update(**{OF_SETS[found.field]: found.source})
        return Correction.objects.create(
            set_id=found.set_id,
            piece_id=found.piece_id,
            field=found.field,
            before=found.after,
            after=found.source,
            source=found.source,
            reason=reason.strip(),
            by=by,
            at=timezone.now(),
            holds=False,
        )


def corrections_of_set(set_: Set) -> "QuerySet[Correction]":
    """The corrections of a set, the newest first."""
    return Correction.objects.filter(set=set_).select_related("by").order_by("-pk")


def corrections_of_piece(piece: Piece) -> "QuerySet[Correction]":
    """The corrections of a piece, the newest first."""
    return Correction.objects.filter(piece=piece).select_related("by").order_by("-pk")


def record_correction(
    *,
    field: Correction.Field,
    before: Any,
    after: Any,
    by: User | None,
    reason: str = "",
    set_: Set | None = None,
    piece: Piece | None = None,
    bag_label: str = "",
) -> Correction:
    """Record a correction as the one that holds, inside the transaction that makes it."""
    older = Correction.objects.filter(set=set_, piece=piece, field=field, bag_label=bag_label, holds=True)
    replaced = older.first()
    older.update(holds=False)
    return Correction.objects.create(
        set=set_,
        piece=piece,
        field=field,
        bag_label=bag_label,
        before=before,
        after=after,
        source=replaced.source if replaced else before,
        reason=reason.strip(),
        by=by,
        at=timezone.now(),
    )


def set_weight(piece_id: int, weight: Any) -> None:
    """Give a piece a weight in the form of a correction: mg, and how well it is known."""
    Piece.objects.filter(pk=piece_id).update(weight_mg=weight[0], weight_kind=weight[1])


def check_reason(reason: str) -> Problem | None:
    """The problem with the reason of a correction, if there is one."""
    if len(reason) > MAX_REASON or has_control_characters(reason):
        return Problem(
            "/reason", "bad_value", f"At most {MAX_REASON} characters, and none that cannot be typed."
        )
    return None


def _refuse(problems: list[Problem], reason: str) -> None:
    if problem := check_reason(reason):
        problems.append(problem)
    if problems:
        raise Refusal("invalid", problems=problems)


def _problem_of(name: str, value: Any) -> Problem | None:
    longest = Set._meta.get_field("name").max_length or 0
    match name, value:
        case Field.NAME, str():
            if (
                value.strip() == value
                and len(value) <= longest
                and not (is_blank(value) or has_control_characters(value))
            ):
                return None
            return Problem("/name", "bad_value", f"Give a name of up to {longest} characters.")
        case Field.YEAR, int():
            if value in YEARS:
                return None
            return Problem("/year", "out_of_range", f"Give a year between {YEARS[0]} and {YEARS[-1]}.")
        case Field.THEME, int():
            if Theme.objects.filter(pk=value).exists():
                return None
            return Problem("/theme", "unknown_theme", "There is no such theme.")
        case Field.NUM_PARTS, int():
            if 0 <= value <= MOST_PARTS_OF_A_SET:
                return None
            return Problem("/num_parts", "out_of_range", f"Give 0 to {MOST_PARTS_OF_A_SET:,}.")
        case Field.BAGS_KNOWN, bool():
            return None
    return Problem(f"/{name}", "bad_value", "This cannot be corrected like that.")
