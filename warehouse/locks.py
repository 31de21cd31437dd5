"""The only helper that locks rows of stock. An item's row is the lock of all its levels and reservations.

Order of locking in the whole system: orders, their lines, then items, each by primary key.
"""

from collections.abc import Iterable

from warehouse.models import StockItem


def lock_items(item_ids: Iterable[int]) -> list[StockItem]:
    """Lock these items until the transaction ends."""
    return list(StockItem.objects.select_for_update().filter(pk__in=set(item_ids)).order_by("pk"))
