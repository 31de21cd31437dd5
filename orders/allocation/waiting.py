"""Which open orders the fulfilment job would change something for: what can be served, or is not written down rightly.

Derived from the data, so that no wake-up that was forgotten makes a line wait for ever.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from django.db.models import F, Sum

from orders.allocation.fulfilment import oldest_waiting, serve_lines
from orders.allocation.options import options_of
from orders.models import Backorder, Order, OrderLine
from warehouse.models import StockLevel


class Paper:
    """The free stock of some items on paper: reserving from it changes nothing on the shelves."""

    def __init__(self, free: dict[int, int]) -> None:
        self._free = Counter(free)

    def available(self, item_id: int) -> int:
        return self._free[item_id]

    def reserve(self, *, reference: str, item_id: int, quantity: int) -> None:
        self._free[item_id] -= quantity


def find_changing(orders: Sequence[Order]) -> list[int]:
    """The ids of those of these open orders whose fulfilment job would change something now. Locks nothing.

    A dozen queries for all of them: it serves their lines on paper, and compares with what is written down.
    """
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order__in=orders).order_by("pk"):
        if line.open_quantity:
            lines[line.order_id].append(line)
    open_lines = [line for each in lines.values() for line in each]
    noted: dict[int, dict[int, int]] = defaultdict(dict)
    for line_id, item_id, quantity in Backorder.objects.filter(line__in=open_lines).values_list(
        "line_id", "item_id", "quantity"
    ):
        noted[line_id][item_id] = quantity
    wanted = options_of(open_lines)
    free = _free_stock({item for options in wanted.values() for option in options for item in option})
    oldest = oldest_waiting(free)
    changing = []
    for order in orders:
        mine = lines[order.pk]
        before = [(line.reserved, line.backordered) for line in mine]
        older = {
            item: line_id for item, line_id in oldest.items() if line_id not in {line.pk for line in mine}
        }
        missing = serve_lines(mine, wanted, Paper(free), older)
        after = [(line.reserved, line.backordered) for line in mine]
        is_noted = all(missing[line.pk] == noted[line.pk] for line in mine)
        if mine and (before != after or not is_noted or order.state != Order.State.BACKORDERED):
            changing.append(order.pk)
    return changing


def _free_stock(item_ids: set[int]) -> dict[int, int]:
    """How many of each item are on the shelves and not reserved; only those of which there are some."""
    levels = StockLevel.objects.filter(item__in=item_ids, on_hand__gt=F("reserved"))
    return dict(levels.order_by().values_list("item_id").annotate(free=Sum(F("on_hand") - F("reserved"))))
