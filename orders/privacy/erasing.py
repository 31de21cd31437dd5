"""Erasing a customer: all personal data of an order goes, numbers and codes stay."""

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from core.models import IdempotencyKey
from notifications.mail.outbox import erase_messages
from orders.actors import Actor
from orders.floor.unpicking import free_lines
from orders.lifecycle import move_order, record_event
from orders.locks import lock_lines, lock_order
from orders.mails import order_reference
from orders.models import Letter, Order, OrderContact, Shipment
from orders.parcels.printing import forget_prints
from orders.parcels.returning import give_up_rest

# The list of where an order's personal data lies; tests/orders/privacy/test_erasing.py compares it with every table.
PERSONAL = ("contact", "letters", "messages", "kept answers", "override reasons", "printed waves", "link")


def erase_order(*, order_id: int, actor: Actor) -> Order:
    """Erase all personal data of an order. Erasing it again changes nothing.

    An order with no packed parcel is cancelled first, without a mail; where a parcel was handed over, the rest is given
    up instead. Older links stop working.
    """
    with transaction.atomic():
        order = lock_order(order_id)
        if order.erased_at is not None:
            return order
        lines = lock_lines([order.pk])
        statuses = set(Shipment.objects.filter(order=order).values_list("status", flat=True))
        if order.state in ("received", "in_review", "allocated", "backordered"):
            if statuses <= {Shipment.Status.PICKING}:
                free_lines(order, lines, actor)
                move_order(order, Order.State.CANCELLED, actor, reason="erased")
                Order.objects.filter(pk=order.pk).update(end_reason="erased")
            elif Shipment.Status.PACKED not in statuses:
                give_up_rest(order, lines, actor, reason="erased")
        erase_messages(reference=order_reference(order))
        Letter.objects.filter(order=order).delete()
        IdempotencyKey.objects.filter(reference=order_reference(order)).delete()
        Shipment.objects.filter(order=order).update(override_reason="")
        forget_prints(order.pk)
        OrderContact.objects.filter(order=order).delete()
        Order.objects.filter(pk=order.pk).update(erased_at=timezone.now(), link_version=F("link_version") + 1)
        record_event(order, "erased", actor)
        transaction.on_commit(forget_freed_pages)
    order.refresh_from_db()
    return order


def forget_freed_pages() -> None:
    """On SQLite, write the write-ahead log into the file and empty it: the log still holds the erased data."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
