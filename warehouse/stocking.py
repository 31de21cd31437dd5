"""Moving stock: every change of a level is a line of the ledger."""

from django.db import transaction
from django.db.models import F

from accounts.models import User
from core.jobs import request_job
from core.refusals import NotFound, Problem, Refusal
from warehouse.locks import lock_items
from warehouse.models import Entry, StockItem, StockLevel, StockMovement
from warehouse.scan_keys import enter_once, entered_before
from warehouse.shelves import bin_named, check_bin_code

# What may be entered by hand; the other reasons belong to picking.
MANUAL_REASONS = ("received", "counted", "moved", "adjusted", "damaged", "returned")
MAX_DELTA = 1_000_000


def move_stock(
    *,
    sku: str,
    bin_code: str,
    delta: int,
    reason: str,
    by: User | None = None,
    reference: str = "",
    key: str = "",
) -> StockMovement:
    """Enter what came or went by hand. The same `key` again is the same entry, and changes nothing.

    Raises Refusal `invalid`, or 409 `below_reserved`.
    """
    problems = []
    if delta == 0 or abs(delta) > MAX_DELTA:
        problems.append(Problem("/delta", "out_of_range", f"Give a number other than 0, up to {MAX_DELTA}."))
    if reason not in MANUAL_REASONS:
        problems.append(Problem("/reason", "unknown_reason", f"Give one of {', '.join(MANUAL_REASONS)}."))
    problems += check_bin_code(bin_code)
    item_id = StockItem.objects.filter(sku=sku).values_list("pk", flat=True).first()
    if item_id is None:
        problems.append(Problem("/sku", "unknown_sku", "No item has this SKU."))
    if problems or item_id is None:
        raise Refusal("invalid", problems=problems)
    with transaction.atomic():
        entry = enter_once(key) if key else None
        if key and entry is None:
            return entered_before(key)
        lock_items([item_id])
        movement = change_level(
            item_id=item_id,
            bin_id=bin_named(bin_code).pk,
            delta=delta,
            reason=reason,
            by=by,
            reference=reference,
        )
        if entry is not None:
            Entry.objects.filter(pk=entry.pk).update(movement=movement)
    return movement


def change_level(
    *, item_id: int, bin_id: int, delta: int, reason: str, by: User | None = None, reference: str = ""
) -> StockMovement:
    """Change one level and write the ledger, inside a transaction that holds the item's lock.

    Stock that arrives requests the job that serves the waiting lines. Raises Refusal `below_reserved` (409).
    """
    level, _ = StockLevel.objects.get_or_create(item_id=item_id, bin_id=bin_id)
    if level.on_hand + delta < level.reserved:
        detail = f"{level.on_hand} on hand, {level.reserved} of them reserved: {delta:+d} is not possible."
        raise Refusal(
            "below_reserved", detail, problems=[Problem("/delta", "below_reserved", detail)], status=409
        )
    StockLevel.objects.filter(pk=level.pk).update(on_hand=F("on_hand") + delta)
    movement = StockMovement.objects.create(
        item_id=item_id, bin_id=bin_id, delta=delta, reason=reason, reference=reference, by=by
    )
    if delta > 0:
        request_job("serve_waiting", item_id)
    return movement


def item_by_sku(sku: str) -> StockItem:
    """The item with this SKU. Raises NotFound."""
    item = StockItem.objects.filter(sku=sku).first()
    if item is None:
        raise NotFound(problems=[Problem("/sku", "unknown_sku", "No item has this SKU.")])
    return item
