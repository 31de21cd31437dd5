"""Finding stock for an order's lines, and serving the lines that wait when stock arrives.

A bag line is served whole: one packed bag, else all its pieces, else it waits and holds nothing. A piece line may be
served in part, and with another piece where the customer agreed to one. No line overtakes: while an older line waits
for an item, a newer one waits behind it.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from core.jobs import Claim, recording, request_job, request_jobs, run_job
from core.models import Job
from orders.actors import SYSTEM
from orders.allocation.options import Options, options_of
from orders.lifecycle import move_order
from orders.locks import lock_lines, lock_order
from orders.models import Backorder, Order, OrderLine
from orders.rounds import SECONDS_AT_ONCE
from warehouse.models import StockItem, StockLevel
from warehouse.reserving import Shelves

OPEN_STATES = (Order.State.RECEIVED, Order.State.ALLOCATED, Order.State.BACKORDERED)
#: How many new orders come in between two orders that wait.
PLACED_AT_ONCE = 5


class Stock(Protocol):
    """What lines are served from: the shelves, or the shelves on paper."""

    def available(self, item_id: int) -> int: ...

    def reserve(self, *, reference: str, item_id: int, quantity: int) -> None: ...


def fulfil_order(claim: Claim) -> None:
    """The fulfilment job of one order: reserve stock for what is open, in one transaction with the job's record."""
    with recording(claim):
        allocate_order(int(claim.subject))


def serve_waiting(claim: Claim) -> None:
    """The job of one item that became available: serve the lines that wait for it, oldest first, for a second.

    1. Serve the order whose line waits longest, in a transaction of its own, and so on, until the item is used up, or
       until a line goes on waiting for it: no line behind that one may have it first.
    2. Before each of them, fulfil the orders that were placed meanwhile: their messages lie behind a whole delivery.
    3. Record. With lines left, and where stock arrived meanwhile, the job is due again, at the back of the queue.
    """
    item_id = int(claim.subject)
    until = time.monotonic() + SECONDS_AT_ONCE
    while more := _serve_oldest(item_id):
        if time.monotonic() >= until:
            break
    with recording(claim):
        if more:
            request_job("serve_waiting", item_id)


def _serve_oldest(item_id: int) -> bool:
    """Serve the order whose line waits longest for an item. Returns whether the line behind it may get some too."""
    _fulfil_placed()
    oldest = Backorder.objects.filter(item_id=item_id).order_by("line_id").select_related("line").first()
    if oldest is None or not available_anywhere(item_id):
        return False
    with transaction.atomic():
        allocate_order(oldest.line.order_id)
    return not Backorder.objects.filter(item_id=item_id, line_id=oldest.line_id).exists()


def _fulfil_placed() -> None:
    """Do the fulfilment jobs that are due and that no worker has. Their own messages find them done."""
    due = Job.objects.filter(
        kind="fulfil_order", state=Job.State.PENDING, due_at__lte=timezone.now(), leased_until=None
    )
    for job_id in list(due.order_by("due_at").values_list("pk", flat=True)[:PLACED_AT_ONCE]):
        run_job(job_id, fulfil_order)


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
    if order.state not in OPEN_STATES or order.erased_at is not None:
        return
    lines = [line for line in lock_lines([order.pk]) if line.open_quantity]
    if not lines:
        return
    wanted = options_of(lines)
    items = {item for needs in wanted.values() for option in needs for item in option}
    shelves = Shelves(items, last=last_from)
    waited = {(wait.line_id, wait.item_id): wait.since for wait in Backorder.objects.filter(line__in=lines)}
    Backorder.objects.filter(line__in=lines).delete()
    missing = serve_lines(lines, wanted, shelves, oldest_waiting(items))
    for line in lines:
        line.save(update_fields=["reserved", "backordered"])
    now = timezone.now()
    waits = [
        Backorder(line_id=line_id, item_id=item, quantity=quantity, since=waited.get((line_id, item), now))
        for line_id, short in missing.items()
        for item, quantity in short.items()
    ]
    shelves.save()
    Backorder.objects.bulk_create(waits)
    wake_behind({item for _line, item in waited} - {wait.item_id for wait in waits})
    settle_state(order)


def serve_lines(
    lines: Sequence[OrderLine], wanted: Mapping[int, Options], stock: Stock, older: dict[int, int]
) -> dict[int, dict[int, int]]:
    """Serve the lines of one order from this stock; saves nothing. Returns what each waits for, by line id.

    `older`: for each item the oldest line of other orders that waits for it.
    """
    missing: dict[int, dict[int, int]] = {}
    for line in lines:
        blocked = {item for item, line_id in older.items() if line_id < line.pk}
        serve = _serve_bag if line.bag_label else _serve_piece
        missing[line.pk] = serve(line, wanted[line.pk], stock, blocked)
        for item_id in missing[line.pk]:
            older[item_id] = min(older.get(item_id, line.pk), line.pk)
        line.backordered = line.open_quantity
    return missing


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


def oldest_waiting(item_ids: Iterable[int]) -> dict[int, int]:
    """For each item the oldest line that waits for it."""
    # The first of the index for each item: thousands may wait for one.
    waits = Backorder.objects.filter(item=OuterRef("pk")).order_by("line_id").values("line_id")
    items = StockItem.objects.filter(pk__in=set(item_ids)).annotate(oldest=Subquery(waits[:1]))
    return {item: oldest for item, oldest in items.values_list("pk", "oldest") if oldest is not None}


def _serve_bag(line: OrderLine, options: Options, stock: Stock, blocked: set[int]) -> dict[int, int]:
    """Serve a bag whole, or not at all. Returns what it waits for."""
    missing: dict[int, int] = {}
    for option in options:
        short = {
            item: quantity
            for item, quantity in option.items()
            if item in blocked or stock.available(item) < quantity
        }
        if not short:
            for item, quantity in option.items():
                stock.reserve(reference=line.reference, item_id=item, quantity=quantity)
            line.reserved = line.quantity
            return {}
        missing.update(short)
    return missing


def _serve_piece(line: OrderLine, options: Options, stock: Stock, blocked: set[int]) -> dict[int, int]:
    """Serve a piece line as far as the stock goes. Returns what it still waits for: any of its options."""
    left = line.open_quantity
    for item in (item for option in options for item in option):
        served = 0 if item in blocked else min(left, stock.available(item))
        if served:
            stock.reserve(reference=line.reference, item_id=item, quantity=served)
            line.reserved += served
            left -= served
    return {item: left for option in options for item in option} if left else {}


def wake_behind(item_ids: Iterable[int]) -> None:
    """Request the jobs of these items where a line waits for them, after a line in front has left."""
    request_jobs(("serve_waiting", item_id) for item_id in oldest_waiting(item_ids))
