"""The helpers that lock orders. Everywhere in one order: orders, lines, households, then stock, each by its key."""

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

    A household has no row to lock, so PostgreSQL locks a number made from each key. On SQLite a transaction that
    writes is alone anyway.
    """
    if connection.vendor != "postgresql":
        return
    numbers = sorted(
        int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True) for key in set(keys)
    )
    with connection.cursor() as cursor:
        # PostgreSQL takes these locks one after another, in the order of the numbers.
        cursor.execute("SELECT " + ", ".join(["pg_advisory_xact_lock(%s)"] * len(numbers)), numbers)
