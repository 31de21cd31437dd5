"""The only door to locks on orders. Everywhere in one order: orders, lines, households, then stock, each by its key."""

from collections.abc import Iterable
from hashlib import blake2b

from django.db import connection

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

    A household has no row of its own to lock, and need not have one: PostgreSQL locks a number. On SQLite a
    transaction that writes is alone anyway.
    """
    if connection.vendor != "postgresql":
        return
    numbers = sorted(
        int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True) for key in set(keys)
    )
    with connection.cursor() as cursor:
        # One after the other, in the order of their numbers, as they stand here.
        cursor.execute("SELECT " + ", ".join(["pg_advisory_xact_lock(%s)"] * len(numbers)), numbers)
