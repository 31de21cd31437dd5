"""Entering what lies in a bag, once, for all who come after: what no dump of the world's data knows.

The pieces come out of what lies loose in the box, so that the set keeps its count; what the box has not is kept as
beyond the inventory. An import keeps what was entered here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog.models import Bag, Content, Piece, Revision, Set
from catalog.reading import find_element, find_piece
from core.refusals import NotFound, Problem, Refusal

MAX_ROWS = 500
MAX_QUANTITY = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BagRowEntry:
    """So many of a piece, by its element id, or by part and colour."""

    quantity: int
    element_id: str = ""
    part_num: str = ""
    color_id: int | None = None


def enter_bag(*, set_id: int, label: str, rows: Sequence[BagRowEntry]) -> Bag:
    """Write down what lies in a bag of a set.

    1. Look every piece up; refuse with every problem at once.
    2. Meet a running import at the catalogue's revision, and refuse a bag whose contents are known.
    3. Lay the pieces from loose into the bag.

    Raises NotFound, Refusal `invalid` with pointers `/rows/<index>`, or 409 `bag_contents_known`.
    """
    counts = _read_rows(rows)
    with transaction.atomic():
        Revision.objects.get_or_create(pk=1)
        Revision.objects.filter(pk=1).update(
            # The index of names stays what it was: no name changes here.
            number=F("number") + 1,
            indexed_number=F("indexed_number") + 1,
            changed_at=timezone.now(),
        )
        set_ = Set.objects.filter(pk=set_id, inventory__isnull=False).first()
        if set_ is None:
            raise NotFound("There is no such set.")
        bag = Bag.objects.filter(set=set_, label__iexact=label).first()
        if bag is None:
            position = int(label) if label.isdecimal() and len(label) < 5 else 0
            bag = Bag.objects.create(set=set_, label=label, position=position)
        if bag.contents.filter(inventory=set_.inventory_id).exists():
            detail = f"What lies in bag {bag.label} is known already."
            raise Refusal("bag_contents_known", detail, status=409)
        for piece_id, quantity in counts.items():
            _lay(set_, bag, piece_id, quantity)
    return bag


def _read_rows(rows: Sequence[BagRowEntry]) -> dict[int, int]:
    """How many of each piece. Raises Refusal `invalid`."""
    problems = []
    if not rows:
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
    if problems:
        raise Refusal("invalid", problems=problems)
    return counts


def _find(row: BagRowEntry) -> Piece | None:
    if row.element_id:
        return find_element(row.element_id)
    return find_piece(part_num=row.part_num, color_id=row.color_id) if row.color_id is not None else None


def _lay(set_: Set, bag: Bag, piece_id: int, quantity: int) -> None:
    """Move so many of a piece from the loose rows into the bag, spare ones last."""
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
