"""Erasing a customer: all personal data of an order goes, numbers and codes stay. What goes, the registry says."""

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from orders.actors import SYSTEM, Actor
from orders.allocation.fulfilment import settle_state, wake_behind
from orders.floor.unpicking import free_lines, stop_picking
from orders.lifecycle import ENDED, move_order, record_event
from orders.locks import lock_lines, lock_order, lock_orders
from orders.models import Backorder, Order, OrderLine, Shipment, ShipmentLine
from orders.parcels.returning import give_up_rest
from orders.privacy.registry import REGISTRY, Personal, PersonalRows
from warehouse.reserving import release


def erase_order(*, order_id: int, actor: Actor) -> Order:
    """Erase all personal data of an order, and of those that follow it or that it follows. Again, it changes nothing.

    We copied name and addresses from one to the next: the same customer would still be known by the others.

    An order with no packed parcel is cancelled first, without a mail; where a parcel was packed or handed over, the
    rest is given up instead: nothing more could be sent without an address. Older links stop working.
    """
    with transaction.atomic():
        # A later follower is locked after these, and has a greater key.
        orders = lock_orders(chain_of(order_id)) + lock_orders(chain_of(order_id))
        open_orders = {order.pk: order for order in orders if order.erased_at is None}
        lock_lines(open_orders)
        for order in open_orders.values():
            _give_up_open(order, actor)
            forget_orders([order.pk])
            Order.objects.filter(pk=order.pk).update(
                erased_at=timezone.now(), link_version=F("link_version") + 1
            )
            record_event(order, "erased", actor)
        if open_orders:
            transaction.on_commit(forget_freed_pages)
    return Order.objects.get(pk=order_id)


def chain_of(order_id: int) -> set[int]:
    """An order, those that it follows, and those that follow any of these."""
    chain: set[int] = set()
    found = {order_id}
    while found:
        chain |= found
        follows = Order.objects.filter(pk__in=found, follows__isnull=False).values_list(
            "follows_id", flat=True
        )
        followers = Order.objects.filter(follows__in=found).values_list("pk", flat=True)
        found = {*follows, *followers} - chain
    return chain


def give_up_erased(order_id: int) -> None:
    """Give up what is still open of an order that is erased: an older version left it so."""
    with transaction.atomic():
        order = lock_order(order_id)
        if order.erased_at is not None:
            _give_up_open(order, SYSTEM)


def forget_orders(order_ids: Collection[int]) -> int:
    """Erase what the registry lists for these orders, in the caller's transaction. Returns how many rows changed.

    Doing it again finds what has come since.
    """
    changed = 0
    for rows in REGISTRY:
        if rows.before is not None:
            rows.before(order_ids)
        found = rows.of_orders(order_ids)
        changed += found.delete()[0] if rows.deleted else _blank(rows, found)
    return changed


def _blank(rows: PersonalRows, found: QuerySet[Any]) -> int:
    """Blank or reduce the columns of rows that stay."""
    changed = 0
    blanked = {column.name: column.blank for column in rows.columns if column.reduce is None}
    if blanked:
        filled = Q()
        for name, blank in blanked.items():
            filled |= Q(**{f"{name}__isnull": False}) if blank is None else ~Q(**{name: blank})
        changed += found.filter(filled).update(**blanked, **rows.marks)
    reduced = [column for column in rows.columns if column.reduce is not None]
    if reduced:
        changed += sum(_reduce(reduced, row) for row in found)
    return changed


def _reduce(columns: list[Personal], row: Any) -> int:
    kept = {column.name: column.reduce(row) for column in columns if column.reduce is not None}
    if all(getattr(row, name) == value for name, value in kept.items()):
        return 0
    changed: int = type(row)._default_manager.filter(pk=row.pk).update(**kept)
    return changed


def _give_up_open(order: Order, actor: Actor) -> None:
    """End a locked order that lives, or give up what lies in no packed parcel of it."""
    lines = lock_lines([order.pk])
    if order.state in ENDED:
        return
    statuses = set(Shipment.objects.filter(order=order).values_list("status", flat=True))
    if statuses <= {Shipment.Status.PICKING}:
        free_lines(order, lines, actor)
        move_order(order, Order.State.CANCELLED, actor, reason="erased")
        Order.objects.filter(pk=order.pk).update(end_reason="erased")
    elif Shipment.Status.PACKED in statuses:
        _give_up_beside_packed(order, lines, actor)
    else:
        give_up_rest(order, lines, actor, reason="erased")


def _give_up_beside_packed(order: Order, lines: list[OrderLine], actor: Actor) -> None:
    """Give up what lies in no packed parcel: no stock may come to an order that has no address.

    The packed parcel keeps its contents, which are picked: its stock is no longer reserved in the books.
    """
    packed = dict(
        ShipmentLine.objects.filter(shipment__order=order, shipment__status=Shipment.Status.PACKED)
        .values_list("line_id")
        .annotate(inside=Sum("quantity"))
    )
    stop_picking(order, lines, actor)
    freed = release(line.reference for line in lines)
    waited_for = set(Backorder.objects.filter(line__in=lines).values_list("item_id", flat=True))
    Backorder.objects.filter(line__in=lines).delete()
    for line in lines:
        line.reserved, line.backordered = packed.get(line.pk, 0), 0
        line.waived += line.open_quantity
        line.save(update_fields=["reserved", "backordered", "waived"])
    wake_behind(freed | waited_for)
    settle_state(order)


def forget_freed_pages() -> None:
    """On SQLite, write the write-ahead log into the file and empty it: the log still holds the erased data."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
