"""The helpers that lock orders. Everywhere in one order: orders, lines, households, then stock, each by its key."""

from collections.abc import Iterable

from core.locks import lock_names
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


def lock_household(*keys: str) -> None:
    """Lock a household by its e-mail and address keys until the transaction ends, so that its requests count in turn.

    A household has no row to lock.
    """
    lock_names("household", *keys)
