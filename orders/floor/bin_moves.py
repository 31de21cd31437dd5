"""Carrying stock from one bin to another. What is reserved of it moves along."""

from django.db import transaction

from accounts.models import User
from core.refusals import Problem, Refusal
from orders.floor.line_locks import line_of, with_lines_locked
from orders.models import PickShare
from warehouse.models import Reservation, StockLevel, StockMovement
from warehouse.reserving import move_reservation
from warehouse.scan_keys import enter_once
from warehouse.shelves import bin_named, check_bin_code, find_bin
from warehouse.stocking import MAX_DELTA, change_level, item_by_sku


def move_between_bins(
    *, sku: str, from_bin: str, to_bin: str, quantity: int, key: str = "", by: User | None
) -> None:
    """Carry a quantity of an item to another bin. Its reservations move along, except those a picker is about to take.

    The same `key` again changes nothing. Raises NotFound, Refusal `invalid`, or 409 `not_enough`, `in_picking`.
    """
    problems = check_bin_code(from_bin, "/from_bin") + check_bin_code(to_bin, "/to_bin")
    if from_bin.strip().casefold() == to_bin.strip().casefold():
        problems.append(Problem("/to_bin", "same_bin", "Name another bin."))
    if not 0 < quantity <= MAX_DELTA:
        problems.append(Problem("/quantity", "out_of_range", f"Give 1 to {MAX_DELTA}."))
    if problems:
        raise Refusal("invalid", problems=problems)
    item = item_by_sku(sku)
    with transaction.atomic():
        if key and enter_once(key) is None:
            return
        source = StockLevel.objects.filter(item=item, bin=find_bin(from_bin)).first()
        if source is None:
            raise _not_enough(0, quantity)
        target, _ = StockLevel.objects.get_or_create(item=item, bin=bin_named(to_bin))
        with_lines_locked(
            [item.pk],
            lambda: {line_id for line_id, _ in _reserved_at(source.pk)},
            lambda lines: _move(source.pk, target.pk, quantity, by),
        )


def _move(source_id: int, target_id: int, quantity: int, by: User | None) -> None:
    """Under the locks: carry what is free first, then what is reserved, the newest lines first."""
    source = StockLevel.objects.get(pk=source_id)
    target = StockLevel.objects.get(pk=target_id)
    if source.on_hand < quantity:
        raise _not_enough(source.on_hand, quantity)
    change_level(
        item_id=target.item_id,
        bin_id=target.bin_id,
        delta=quantity,
        reason=StockMovement.Reason.MOVED,
        by=by,
    )
    along = quantity - source.available
    for line_id, reserved in _reserved_at(source_id):
        held = PickShare.objects.filter(line=line_id, pick__level=source_id, pick__picked_at=None)
        moving = min(along, reserved - sum(held.values_list("quantity", flat=True)))
        if moving > 0:
            move_reservation(
                reference=f"line:{line_id}", from_level=source_id, to_level=target_id, quantity=moving
            )
            along -= moving
    if along > 0:
        detail = f"{along} of these are about to be picked here. Move them afterwards."
        raise Refusal("in_picking", detail, problems=[Problem("/quantity", "in_picking", detail)], status=409)
    change_level(
        item_id=source.item_id,
        bin_id=source.bin_id,
        delta=-quantity,
        reason=StockMovement.Reason.MOVED,
        by=by,
    )


def _reserved_at(level_id: int) -> list[tuple[int, int]]:
    """`(line id, quantity)` of what is reserved at a level, newest line first."""
    rows = Reservation.objects.filter(level=level_id).values_list("reference", "quantity")
    return sorted(((line_of(reference), quantity) for reference, quantity in rows), reverse=True)


def _not_enough(there: int, quantity: int) -> Refusal:
    detail = f"{there} lie there, so {quantity} cannot be moved."
    return Refusal("not_enough", detail, problems=[Problem("/quantity", "not_enough", detail)], status=409)
