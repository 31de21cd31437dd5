"""Staff enter the contents of a bag, once and for every later order: no dump of the world's data has them.

The pieces are taken from the loose pieces of the box, so that the set keeps its count. Pieces that the box lacks are
marked as beyond the inventory. An entry is a correction: every import keeps it, even against the bag rows of a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from accounts.models import User
from catalog.correcting import check_reason, record_correction
from catalog.models import Bag, Content, Correction, Piece, Set
from catalog.queries import find_element, find_piece
from catalog.revising import contents_changed, raise_revision
from core.refusals import NotFound, Problem, Refusal

MAX_ROWS = 500
MAX_QUANTITY = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BagRowEntry:
    """A quantity of a piece, which is named by its element id, or by part and colour."""

    quantity: int
    element_id: str = ""
    part_num: str = ""
    color_id: int | None = None


def enter_bag(
    *, set_id: int, label: str, rows: Sequence[BagRowEntry], by: User | None = None, reason: str = ""
) -> Bag:
    """Enter the contents of a bag of a set, of which nothing was known.

    1. Look every piece up; refuse with every problem at once.
    2. Raise the catalogue's revision, whose row an import's last step locks too. Refuse a bag of known contents.
    3. Move the pieces from loose into the bag, and record who entered them.

    Raises NotFound, Refusal `invalid` with pointers `/rows/<index>`, or 409 `bag_contents_known`.
    """
    counts = _read_entry(rows, label, reason)
    with transaction.atomic():
        raise_revision()
        set_ = _the_set(set_id)
        bag = find_bag(set_, label)
        if bag is not None and bag.contents.filter(inventory=set_.inventory_id).exists():
            detail = f"What lies in bag {bag.label} is known already."
            raise Refusal("bag_contents_known", detail, status=409)
        return _change(set_, bag, label, counts, None, by, reason)


def correct_bag(
    *, set_id: int, label: str, rows: Sequence[BagRowEntry], by: User | None, reason: str = ""
) -> Bag:
    """Replace the contents of a bag. Without rows there is no such bag: its pieces become loose, and it is retired.

    Raises as `enter_bag` does, and NotFound if nothing is known of the bag yet.
    """
    counts = _read_entry(rows, label, reason, empty=True)
    with transaction.atomic():
        raise_revision()
        set_ = _the_set(set_id)
        bag = find_bag(set_, label)
        before = _rows_of(set_, bag) if bag else []
        if bag is None or not before:
            raise NotFound("Nothing is known of this bag yet.")
        return _change(set_, bag, label, counts, before, by, reason)


def lay_bag(set_: Set, label: str, rows: Sequence[tuple[str, int, int]]) -> None:
    """Give the bag of a set's current inventory the contents that staff entered: (part_num, color_id, quantity) each.

    For an import that finds in its last transaction that staff entered the bag while it ran.
    """
    counts = {}
    for part_num, color_id, quantity in rows:
        piece = Piece.objects.get(part__part_num=part_num, color=color_id)
        counts[piece.pk] = quantity
    _replace_contents(set_, find_bag(set_, label) or _new_bag(set_, label), counts)


def find_bag(set_: Set, label: str) -> Bag | None:
    """The bag of that label in upper or lower case, retired or not."""
    return Bag.objects.filter(set=set_, label__iexact=label).first()


def _the_set(set_id: int) -> Set:
    set_ = Set.objects.filter(pk=set_id, inventory__isnull=False).first()
    if set_ is None:
        raise NotFound("There is no such set.")
    return set_


def _new_bag(set_: Set, label: str) -> Bag:
    position = int(label) if label.isdecimal() and len(label) < 5 else 0
    return Bag.objects.create(set=set_, label=label, position=position)


def _change(
    set_: Set,
    bag: Bag | None,
    label: str,
    counts: dict[int, int],
    before: list[list[object]] | None,
    by: User | None,
    reason: str,
) -> Bag:
    bag = bag or _new_bag(set_, label)
    _replace_contents(set_, bag, counts)
    record_correction(
        set_=set_,
        field=Correction.Field.BAG,
        bag_label=bag.label,
        before=before,
        after=_rows_of(set_, bag),
        by=by,
        reason=reason,
    )
    contents_changed()
    return bag


def _replace_contents(set_: Set, bag: Bag, counts: dict[int, int]) -> None:
    """Move the bag's pieces to the loose ones, then move `counts` into the bag. An empty bag is retired."""
    _empty(set_, bag)
    for piece_id, quantity in counts.items():
        _fill(set_, bag, piece_id, quantity)
    Bag.objects.filter(pk=bag.pk).update(retired_at=None if counts else timezone.now())


def _rows_of(set_: Set, bag: Bag) -> list[list[object]]:
    """The contents of a bag in the form of a correction: a row for each piece."""
    rows = (
        Content.objects.filter(inventory=set_.inventory_id, bag=bag)
        .values_list("piece__part__part_num", "piece__color")
        .annotate(Sum("quantity"))
        .order_by("piece__part__part_num", "piece__color")
    )
    return [list(row) for row in rows]


def _empty(set_: Set, bag: Bag) -> None:
    """Move the bag's pieces to the loose ones of their kind. Pieces beyond the inventory are deleted."""
    held = Content.objects.filter(inventory=set_.inventory_id, bag=bag)
    held.filter(beyond_inventory=True).delete()
    for row in held.select_for_update():
        joined = (
            Content.objects.filter(
                inventory=set_.inventory_id,
                piece=row.piece_id,
                bag=None,
                is_spare=row.is_spare,
                beyond_inventory=False,
                minifig=row.minifig,
                sub_set=row.sub_set,
            )
            .order_by("pk")
            .values_list("pk", flat=True)
            .first()
        )
        if joined is None:
            Content.objects.filter(pk=row.pk).update(bag=None)
        else:
            Content.objects.filter(pk=joined).update(quantity=F("quantity") + row.quantity)
            Content.objects.filter(pk=row.pk).delete()


def _read_entry(
    rows: Sequence[BagRowEntry], label: str, reason: str, *, empty: bool = False
) -> dict[int, int]:
    """The quantity of each piece. Raises Refusal `invalid` with every problem of rows, label and reason."""
    problems = []
    longest = Bag._meta.get_field("label").max_length or 0
    if not 0 < len(label) <= longest or label.strip() != label or not label.isprintable():
        problems.append(Problem("/label", "bad_value", f"Give the bag's label, up to {longest} characters."))
    if problem := check_reason(reason):
        problems.append(problem)
    counts = _read_rows(rows, problems, empty=empty)
    if problems:
        raise Refusal("invalid", problems=problems)
    return counts


def _read_rows(rows: Sequence[BagRowEntry], problems: list[Problem], *, empty: bool) -> dict[int, int]:
    """The quantity of each piece; problems are added to `problems`."""
    if not rows and not empty:
        problems.append(Problem("/rows", "required", "Enter at least one piece."))
    if len(rows) > MAX_ROWS:
        raise Refusal("invalid", problems=[Problem("/rows", "too_many", f"At most {MAX_ROWS} rows.")])
    counts: dict[int, int] = {}
    for index, row in enumerate(rows):
        piece = _find(row)
        if piece is None:
            name = row.element_id or f"{row.part_num} in colour {row.color_id}"
            problems.append(Problem(f"/rows/{index}", "unknown_piece", f"We do not know {name}."))
        elif not 1 <= row.quantity <= MAX_QUANTITY:
            problems.append(Problem(f"/rows/{index}", "out_of_range", f"Give 1 to {MAX_QUANTITY}."))
        else:
            counts[piece.pk] = counts.get(piece.pk, 0) + row.quantity
    return counts


def _find(row: BagRowEntry) -> Piece | None:
    if row.element_id:
        return find_element(row.element_id)
    return find_piece(part_num=row.part_num, color_id=row.color_id) if row.color_id is not None else None


def _fill(set_: Set, bag: Bag, piece_id: int, quantity: int) -> None:
    """Move a quantity of a piece from the loose rows into the bag, spare ones last."""
    loose = Content.objects.filter(
        inventory=set_.inventory_id, piece=piece_id, bag=None, beyond_inventory=False
    ).order_by("is_spare", "pk")
    for row in loose.select_for_update():
        taken = min(quantity, row.quantity)
        quantity -= taken
        if taken == row.quantity:
            Content.objects.filter(pk=row.pk).update(bag=bag)
        elif taken:
            Content.objects.filter(pk=row.pk).update(quantity=row.quantity - taken)
            Content.objects.create(
                inventory_id=row.inventory_id,
                bag=bag,
                piece_id=piece_id,
                quantity=taken,
                is_spare=row.is_spare,
                minifig=row.minifig,
                sub_set=row.sub_set,
            )
        if not quantity:
            return
    Content.objects.create(
        inventory_id=set_.inventory_id or 0,
        bag=bag,
        piece_id=piece_id,
        quantity=quantity,
        beyond_inventory=True,
    )
