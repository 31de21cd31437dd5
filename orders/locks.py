"""The only door to row locks on orders. Everywhere in one order: orders, lines, then stock, each by primary key."""

from collections.abc import Iterable

from orders.models import Order, OrderLine


def lock_order(order_id: int) -> Order:
    """Lock one order until the transaction ends. Raises Order.DoesNotExist."""
    return Order.objects.select_for_update().get(pk=order_id)


def lock_orders(order_ids: Iterable[int]) -> list[Order]:
    """Lock these orders, in the order of their ids."""
    return list(Order.objects.select_for_update().filter(pk__in=set(order_ids)).order_by("pk"))


def lock_lines(order_ids: Iterable[int]) -> list[OrderLine]:
    """Lock the lines of these orders, which the caller has locked."""
    return list(OrderLine.objects.select_for_update().filter(order_id__in=set(order_ids)).order_by("pk"))
