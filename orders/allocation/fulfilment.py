"""Finding stock for an order's lines, and serving the lines that wait when stock arrives.

A bag line is served whole: one packed bag, else all its pieces, else it waits and holds nothing. A piece line may be
served in part, and with another piece where the customer agreed to one. No line overtakes: while an older line waits
for an item, a newer one waits behind it.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Min
from django.utils import timezone

from core.jobs import Claim, recording, request_job
from orders.actors import SYSTEM
from orders.allocation.options import Options, options_of
from orders.lifecycle import move_order
from orders.locks import lock_lines, lock_order
from orders.models import Backorder, Order, OrderLine
from warehouse.models import StockLevel
from warehouse.reserving import Shelves

OPEN_STATES = (Order.State.RECEIVED, Order.State.ALLOCATED, Order.State.BACKORDERED)


def fulfil_order(claim: Claim) -> None:
    """The fulfilment job of one order: reserve stock for what is open, in one transaction with the job's record."""
    with recording(claim):
        allocate_order(int(claim.subject))


def serve_waiting(claim: Claim) -> None:
    """The job of one item that became available: serve the lines that wait for it, oldest first.

    1. Find the orders that wait.
    2. Serve one order at a time, each in a transaction of its own, until the item is used up, or until a line goes on
       waiting for it: no line behind that one may have it first.
    3. Record. Stock that arrived meanwhile made the job due again.
    """
    item_id = int(claim.subject)
    waiting = (
        Order.objects.filter(lines__backorders__item_id=item_id)
        .annotate(oldest=Min("lines__id"))
        .order_by("oldest")
        .values_list("pk", "oldest")
    )
    for order_id, line_id in list(waiting):
        if not available_anywhere(item_id):
            break
        with transaction.atomic():
            allocate_order(order_id)
        if Backorder.objects.filter(item=item_id, line=line_id).exists():
            break
    with recording(claim):
        pass


def find_waiting_work() -> int:
    """Request the job of each item that is there and waited for, in case a wake-up was lost. Returns how many items."""
    items = (
        Backorder.objects.filter(item__levels__on_hand__gt=F("item__levels__reserved"))
        .values_list("item_id", flat=True)
        .distinct()
    )
    count = 0
    for item_id in list(items[:200]):
        with transaction.atomic():
            request_job("serve_waiting", item_id)
        count += 1
    return count


def available_anywhere(item_id: int) -> bool:
    """Whether any bin has some of the item that is not reserved."""
    return StockLevel.objects.filter(item_id=item_id, on_hand__gt=F("reserved")).exists()


def allocate_order(order_id: int, *, last_from: int | None = None) -> None:
    """Reserve stock for the open lines of an order, inside the caller's transaction.

    `last_from` is a level where the picker has just looked in vain: any other bin goes before it.

    1. Lock order, lines, then every item that could serve them.
    2. Serve line by line; what cannot be served is written down as waiting.
    3. Set the order's state from its lines.
    """
    order = lock_order(order_id)
    if order.state not in OPEN_STATES:
        return
    lines = [line for line in lock_lines([order.pk]) if line.open_quantity]
    if not lines:
        return
    wanted = options_of(lines)
    items = {item for needs in wanted.values() for option in needs for item in option}
    shelves = Shelves(items, last=last_from)
    older = _older_waiting(wanted)
    waited_for = set(Backorder.objects.filter(line__in=lines).values_list("item_id", flat=True))
    Backorder.objects.filter(line__in=lines).delete()
    waits: list[Backorder] = []
    for line in lines:
        blocked = {item for item, line_id in older.items() if line_id < line.pk}
        if line.bag_label:
            missing = _serve_bag(line, wanted[line.pk], shelves, blocked)
        else:
            missing = _serve_piece(line, wanted[line.pk], shelves, blocked)
        for item_id, quantity in missing.items():
            waits.append(Backorder(line=line, item_id=item_id, quantity=quantity, since=timezone.now()))
            older[item_id] = min(older.get(item_id, line.pk), line.pk)
        line.backordered = line.open_quantity
        line.save(update_fields=["reserved", "backordered"])
    shelves.save()
    Backorder.objects.bulk_create(waits)
    wake_behind(waited_for - {wait.item_id for wait in waits})
    settle_state(order)


def settle_state(order: Order) -> None:
    """Set a locked order's state from its lines: backordered while one waits, allocated when all are reserved."""
    lines = [line for line in order.lines.all() if not line.found_at]
    if any(line.backordered for line in lines):
        target = Order.State.BACKORDERED
    elif all(line.open_quantity == 0 for line in lines):
        target = Order.State.ALLOCATED
    else:
        return
    if order.state != target:
        move_order(order, target, SYSTEM)
        if target == Order.State.BACKORDERED:
            # A job: the caller holds the locks of items, and a mail and its dates take their time.
            request_job("mail_waiting", order.pk)


def _older_waiting(wanted: dict[int, Options]) -> dict[int, int]:
    """For each item, the oldest line outside these that waits for it."""
    items = {item for options in wanted.values() for option in options for item in option}
    rows = (
        Backorder.objects.filter(item_id__in=items)
        .exclude(line_id__in=wanted)
        .values("item_id")
        .annotate(oldest=Min("line_id"))
    )
    return {row["item_id"]: row["oldest"] for row in rows}


def _serve_bag(line: OrderLine, options: Options, shelves: Shelves, blocked: set[int]) -> dict[int, int]:
    """Serve a bag whole, or not at all. Returns what it waits for."""
    missing: dict[int, int] = {}
    for option in options:
        short = {
            item: quantity
            for item, quantity in option.items()
            if item in blocked or shelves.available(item) < quantity
        }
        if not short:
            for item, quantity in option.items():
                shelves.reserve(reference=line.reference, item_id=item, quantity=quantity)
            line.reserved = line.quantity
            return {}
        missing.update(short)
    return missing


def _serve_piece(line: OrderLine, options: Options, shelves: Shelves, blocked: set[int]) -> dict[int, int]:
    """Serve a piece line as far as the stock goes. Returns what it still waits for: any of its options."""
    left = line.open_quantity
    for item in (item for option in options for item in option):
        served = 0 if item in blocked else min(left, shelves.available(item))
        if served:
            shelves.reserve(reference=line.reference, item_id=item, quantity=served)
            line.reserved += served
            left -= served
    return {item: left for option in options for item in option} if left else {}


def wake_behind(item_ids: Iterable[int]) -> None:
    """Request the jobs of these items where a line waits for them, after a line in front has left."""
    waited_for = (
        Backorder.objects.filter(item_id__in=list(item_ids)).values_list("item_id", flat=True).distinct()
    )
    for item_id in sorted(waited_for):
        request_job("serve_waiting", item_id)
