"""What is really on the shelves: counts, and moves between bins, that are true whatever was promised.

Where a count finds less than what is promised, the newest promises of the item go back to waiting in the same
transaction, and their orders say so.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.refusals import NotFound, Problem, Refusal
from orders.actors import staff
from orders.allocation.fulfilment import allocate_order, wake_behind
from orders.allocation.options import items_around
from orders.floor.unpicking import take_back
from orders.lifecycle import record_event
from orders.locks import lock_lines, lock_orders
from orders.models import OrderLine, PickShare
from warehouse.locks import lock_items
from warehouse.models import BinCount, Reservation, StockLevel, StockMovement
from warehouse.reserving import move_reservation
from warehouse.scan_keys import enter_once
from warehouse.shelves import bin_named, find_bin
from warehouse.stocking import MAX_DELTA, change_level, item_by_sku

TRIES = 8
Result = TypeVar("Result")
# line id -> level id -> how many of its promise
Reserved = dict[int, dict[int, int]]


def count_stock(
    *, sku: str, bin_code: str, counted: int, key: str = "", by: User | None
) -> StockMovement | None:
    """Say how many of an item lie in a bin. It is true, also where more was promised. The same `key` counts once.

    Returns the movement, or none where the books said so already. Raises NotFound, or Refusal `invalid`.
    """
    problems = _problems_of_bin("/bin", bin_code)
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


def finish_count(*, count_id: int, whole_bin: bool = False, by: User | None) -> list[StockMovement]:
    """Write what was scanned into the books. With `whole_bin`, what was not scanned at all is not there.

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


def move_between_bins(
    *, sku: str, from_bin: str, to_bin: str, quantity: int, key: str = "", by: User | None
) -> None:
    """Carry so many of an item to another bin. What is promised of it moves along, save what a walk is about to take.

    The same `key` again changes nothing. Raises NotFound, Refusal `invalid`, or 409 `not_enough`, `in_picking`.
    """
    problems = _problems_of_bin("/from_bin", from_bin) + _problems_of_bin("/to_bin", to_bin)
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
        _with_locks(
            [item.pk],
            lambda: {line_id for line_id, _ in _reserved_at(source.pk)},
            lambda lines: _move(source.pk, target.pk, quantity, by),
        )


def _set_levels(
    bin_id: int, counts: Mapping[int, int], *, by: User | None, reference: str
) -> list[StockMovement]:
    """Make the levels of a bin what was counted, inside the caller's transaction."""
    return _with_locks(
        counts,
        lambda: set(_too_many(bin_id, counts)),
        lambda lines: _count(bin_id, counts, lines, by, reference),
    )


def _count(
    bin_id: int, counts: Mapping[int, int], lines: dict[int, OrderLine], by: User | None, reference: str
) -> list[StockMovement]:
    """Under the locks: take the newest promises back, correct the books, serve the lines anew, oldest first."""
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
    """The promises that a count leaves nothing for.

    Of the whole item, the newest lines lose what is no longer there, wherever it was promised from. What is then
    still promised from this bin beyond the count is taken back too, to be promised from another.
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
    """What is promised of an item to each line, by level."""
    reserved: Reserved = defaultdict(dict)
    for reservation in Reservation.objects.filter(level__item=item_id):
        reserved[line_of(reservation.reference)][reservation.level_id] = reservation.quantity
    return reserved


def line_of(reference: str) -> int:
    """The id of the line that a promise is made to."""
    return int(reference.removeprefix("line:"))


def _move(source_id: int, target_id: int, quantity: int, by: User | None) -> None:
    """Under the locks: carry the free ones first, then promises with theirs, newest first."""
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
    """`(line id, quantity)` of what is promised from a level, newest line first."""
    rows = Reservation.objects.filter(level=level_id).values_list("reference", "quantity")
    return sorted(((line_of(reference), quantity) for reference, quantity in rows), reverse=True)


class _MoreLines(Exception):
    """Under the locks it turned out that more lines are touched than were locked."""


def _with_locks(
    item_ids: Iterable[int],
    find_lines: Callable[[], set[int]],
    work: Callable[[dict[int, OrderLine]], Result],
) -> Result:
    """Do something to items and to the lines it touches, with orders, lines and items locked in this order.

    Which lines those are is known for sure only once the items are locked: where there are more by then, begin anew.
    """
    items = set(item_ids)
    known = find_lines()
    for _try in range(TRIES):
        try:
            with transaction.atomic():
                order_ids = set(OrderLine.objects.filter(pk__in=known).values_list("order_id", flat=True))
                orders = {order.pk: order for order in lock_orders(order_ids)}
                lines = {line.pk: line for line in lock_lines(order_ids)}
                for line in lines.values():
                    line.order = orders[line.order_id]
                lock_items(items | items_around(list(lines.values())))
                found = find_lines()
                if not found <= lines.keys():
                    raise _MoreLines
                return work(lines)
        except _MoreLines:
            known |= found
    raise Refusal("busy", "Too much happens on this shelf right now. Try again.", status=409)


def _problems_of_bin(pointer: str, code: str) -> list[Problem]:
    if code.strip() and len(code.strip()) <= 20:
        return []
    return [Problem(pointer, "invalid", "Give a bin's code, such as A-03-2-14.")]


def _not_enough(there: int, quantity: int) -> Refusal:
    detail = f"{there} lie there, so {quantity} cannot be moved."
    return Refusal("not_enough", detail, problems=[Problem("/quantity", "not_enough", detail)], status=409)
