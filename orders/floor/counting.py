"""Counting what really lies on the shelves: one item, or a whole bin by scanning. A count is true.

Where a count finds less than is reserved, the newest reservations of the item give way in the same transaction: their
lines wait again, and their orders say so.
"""

from collections import defaultdict
from collections.abc import Mapping

from django.db import transaction
from django.db.models import F, Prefetch
from django.utils import timezone

from accounts.models import User
from core.refusals import NotFound, Problem, Refusal
from orders.actors import staff
from orders.allocation.fulfilment import allocate_order, wake_behind
from orders.floor.line_locks import line_of, with_lines_locked
from orders.floor.unpicking import take_back
from orders.lifecycle import record_event
from orders.models import OrderLine
from warehouse.items import find_scanned
from warehouse.models import BinCount, CountedItem, Reservation, StockLevel, StockMovement
from warehouse.scan_keys import enter_once
from warehouse.shelves import bin_named, check_bin_code
from warehouse.stocking import MAX_DELTA, change_level, item_by_sku

MAX_SCANNED = 100_000
# line id -> level id -> the quantity reserved there
Reserved = dict[int, dict[int, int]]


def count_stock(
    *, sku: str, bin_code: str, counted: int, key: str = "", by: User | None
) -> StockMovement | None:
    """Enter how many of an item lie in a bin, even where more is reserved. The same `key` counts once.

    Returns the movement, or None where the books agree already. Raises NotFound, or Refusal `invalid`.
    """
    problems = check_bin_code(bin_code)
    if not 0 <= counted <= MAX_DELTA:
        problems.append(Problem("/counted", "out_of_range", f"Give 0 to {MAX_DELTA}."))
    if problems:
        raise Refusal("invalid", problems=problems)
    item = item_by_sku(sku)
    with transaction.atomic():
        if key and enter_once(key) is None:
            return None
        movements = _set_levels(bin_named(bin_code).pk, {item.pk: counted}, by=by, reference="")
    return movements[0] if movements else None


def start_count(*, bin_code: str, by: User | None) -> BinCount:
    """Begin to count a bin, or go on with its open count. Raises Refusal `invalid`."""
    if problems := check_bin_code(bin_code):
        raise Refusal("invalid", problems=problems)
    with transaction.atomic():
        count, _ = BinCount.objects.get_or_create(
            bin=bin_named(bin_code), finished_at=None, defaults={"by": by}
        )
    return count


def scan_into_count(*, count_id: int, scanned: str, key: str, quantity: int = 1) -> CountedItem:
    """Add a scan to a count: `quantity` more of an item, by SKU, element id or part number. The same `key` counts once.

    Raises NotFound, Refusal `invalid`, 409 `count_finished`, or 409 `which_one` where the number fits several items.
    """
    if not key or not 0 < quantity <= MAX_SCANNED:
        field = "/quantity" if key else "/key"
        raise Refusal("invalid", problems=[Problem(field, "invalid", "Give a key and a number above 0.")])
    with transaction.atomic():
        entry = enter_once(key)
        count = BinCount.objects.select_for_update().filter(pk=count_id).first()
        if count is None:
            raise NotFound("There is no such count.")
        item = find_scanned(scanned, bin_id=count.bin_id)
        counted, _ = CountedItem.objects.get_or_create(count=count, item=item)
        if entry is None:
            return counted
        if count.finished_at is not None:
            raise Refusal("count_finished", "This count is finished. Begin another.", status=409)
        CountedItem.objects.filter(pk=counted.pk).update(quantity=F("quantity") + quantity)
        counted.refresh_from_db()
    return counted


def read_count_with_items(count_id: int) -> BinCount:
    """A count with what was scanned in it, the last first. Raises NotFound."""
    items = CountedItem.objects.select_related(
        "item__piece__part", "item__piece__color", "item__bag__set"
    ).order_by("-pk")
    found = (
        BinCount.objects.select_related("bin", "by")
        .prefetch_related(Prefetch("counted", queryset=items))
        .filter(pk=count_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such count.")
    return found


def finish_count(*, count_id: int, whole_bin: bool = False, by: User | None) -> list[StockMovement]:
    """Write what was scanned into the books. With `whole_bin`, an item that was not scanned is not there.

    Finishing again changes nothing. Raises NotFound.
    """
    with transaction.atomic():
        count = BinCount.objects.select_for_update().filter(pk=count_id).first()
        if count is None:
            raise NotFound("There is no such count.")
        if count.finished_at is not None:
            return []
        counts = dict(count.counted.values_list("item_id", "quantity"))
        if whole_bin:
            lying = StockLevel.objects.filter(bin=count.bin_id, on_hand__gt=0)
            counts = dict.fromkeys(lying.values_list("item_id", flat=True), 0) | counts
        movements = _set_levels(count.bin_id, counts, by=by, reference=f"count:{count.pk}")
        BinCount.objects.filter(pk=count.pk).update(finished_at=timezone.now())
    return movements


def _set_levels(
    bin_id: int, counts: Mapping[int, int], *, by: User | None, reference: str
) -> list[StockMovement]:
    """Make the levels of a bin what was counted, inside the caller's transaction."""
    return with_lines_locked(
        counts,
        lambda: set(_too_many(bin_id, counts)),
        lambda lines: _count(bin_id, counts, lines, by, reference),
    )


def _count(
    bin_id: int, counts: Mapping[int, int], lines: dict[int, OrderLine], by: User | None, reference: str
) -> list[StockMovement]:
    """Under the locks: take the newest reservations back, correct the books, serve the lines again, oldest first."""
    actor = staff(by)
    taken = sorted(_too_many(bin_id, counts).items())
    for line_id, quantities in taken:
        line = lines[line_id]
        take_back(line, quantities, actor)
        lost = line.quantity if line.bag_label else sum(quantities.values())
        record_event(line.order, "reservation_lost", actor, line=line.position, quantity=lost)
    on_hand = dict(StockLevel.objects.filter(bin=bin_id, item__in=counts).values_list("item_id", "on_hand"))
    movements = [
        change_level(
            item_id=item_id,
            bin_id=bin_id,
            delta=counted - on_hand.get(item_id, 0),
            reason=StockMovement.Reason.COUNTED,
            by=by,
            reference=reference,
        )
        for item_id, counted in sorted(counts.items())
        if counted != on_hand.get(item_id, 0)
    ]
    for order_id in dict.fromkeys(lines[line_id].order_id for line_id, _ in taken):
        allocate_order(order_id)
    if taken:
        wake_behind(counts)
    return movements


def _too_many(bin_id: int, counts: Mapping[int, int]) -> Reserved:
    """The reservations that a count leaves no stock for.

    The newest lines lose what the item lacks in all bins together, wherever it is reserved. What this bin still has
    reserved beyond the count is taken back too, to be reserved in another bin.
    """
    lost: Reserved = defaultdict(lambda: defaultdict(int))
    for item_id, counted in counts.items():
        levels = list(StockLevel.objects.filter(item=item_id))
        here = next((level for level in levels if level.bin_id == bin_id), None)
        if here is None or here.reserved <= counted:
            continue
        reserved = sum(level.reserved for level in levels)
        missing = reserved - (sum(level.on_hand for level in levels) - here.on_hand + counted)
        by_line = _reserved_by_line(item_id)
        newest_first = sorted(by_line, reverse=True)
        bags = set(
            OrderLine.objects.filter(pk__in=by_line).exclude(bag_label="").values_list("pk", flat=True)
        )
        for line_id in newest_first:
            if missing > 0:
                # A bag loses everything, so that there is nothing to share out.
                most = sum(by_line[line_id].values()) if line_id in bags else missing
                missing -= _lose(lost[line_id], by_line[line_id], most, first=here.pk)
        for line_id in newest_first:
            over = here.reserved - counted - sum(levels_lost.get(here.pk, 0) for levels_lost in lost.values())
            at_here = {here.pk: by_line[line_id].get(here.pk, 0)}
            if over > 0 and at_here[here.pk]:
                whole = line_id in bags
                rows = by_line[line_id] if whole else at_here
                _lose(lost[line_id], rows, sum(rows.values()) if whole else over, first=here.pk)
    return {line_id: dict(quantities) for line_id, quantities in lost.items() if quantities}


def _lose(lost: dict[int, int], reserved: Mapping[int, int], most: int, *, first: int) -> int:
    """Add to what a line loses, level by level, this one first. Returns how many."""
    total = 0
    for level_id in sorted(reserved, key=lambda level_id: (level_id != first, level_id)):
        quantity = min(reserved[level_id] - lost.get(level_id, 0), most - total)
        if quantity > 0:
            lost[level_id] = lost.get(level_id, 0) + quantity
            total += quantity
    return total


def _reserved_by_line(item_id: int) -> Reserved:
    """What each line has reserved of an item, by level."""
    reserved: Reserved = defaultdict(dict)
    for reservation in Reservation.objects.filter(level__item=item_id):
        reserved[line_of(reservation.reference)][reservation.level_id] = reservation.quantity
    return reserved
