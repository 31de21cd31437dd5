"""Locks for work on shelves that may take reservations from orders: orders first, then lines, then items."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import transaction

from core.refusals import Refusal
from orders.allocation.options import items_around
from orders.locks import lock_lines, lock_orders
from orders.models import OrderLine
from warehouse.locks import lock_items

TRIES = 8
Result = TypeVar("Result")


def line_of(reference: str) -> int:
    """The id of the line that a reservation belongs to."""
    return int(reference.removeprefix("line:"))


class _MoreLines(Exception):
    """Under the locks, the work touches more lines than are locked."""


def with_lines_locked(
    item_ids: Iterable[int],
    find_lines: Callable[[], set[int]],
    work: Callable[[dict[int, OrderLine]], Result],
) -> Result:
    """Do `work` on items and on the lines it touches, with orders, lines and items locked in this order.

    Only under the items' locks is it certain which lines these are. Where `find_lines` finds more by then, the locks
    are released and taken again, with these lines too. Raises Refusal 409 `busy` after too many tries.
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
