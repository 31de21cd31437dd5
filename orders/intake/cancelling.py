"""Ending an order before its parcel is packed: the customer cancels it, or has found every line again."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.refusals import Problem, Refusal
from orders import mails
from orders.actors import Actor
from orders.allocation.fulfilment import settle_state
from orders.floor.unpicking import free_lines
from orders.lifecycle import move_order, record_event
from orders.locks import lock_lines, lock_order
from orders.models import Order, Shipment

ENDED = (Order.State.CANCELLED, Order.State.DECLINED, Order.State.CLOSED)


def cancel_order(*, order_id: int, actor: Actor, reason: str = "asked") -> Order:
    """Cancel an order. Raises Refusal 409 `already_packed`, `already_ended`."""
    with transaction.atomic():
        order = lock_order(order_id)
        lines = lock_lines([order.pk])
        _refuse_unless_cancellable(order)
        # A mail is written before free_lines locks the items: others wait for these.
        mails.queue_mail(order, "cancelled")
        free_lines(order, lines, actor)
        move_order(order, Order.State.CANCELLED, actor, reason=reason)
        Order.objects.filter(pk=order.pk).update(end_reason=reason)
        order.end_reason = reason
    return order


def mark_line_found(*, order_id: int, line_id: int, actor: Actor) -> Order:
    """The customer found it: free the line and mark its report as found; the last such line ends the order as `found`.

    Raises Refusal 409 `already_packed`, `already_ended`, `already_found`, or 404.
    """
    with transaction.atomic():
        order = lock_order(order_id)
        lines = lock_lines([order.pk])
        _refuse_unless_cancellable(order)
        line = next((line for line in lines if line.pk == line_id), None)
        if line is None:
            raise Refusal("not_found", _("This order has no such line."), status=404)
        if line.found_at is not None:
            raise Refusal("already_found", _("This line is marked as found already."), status=409)
        line.found_at = timezone.now()
        nothing_left = all(other.found_at is not None or other.waived == other.quantity for other in lines)
        if nothing_left:
            mails.queue_mail(order, "found", reported=any(each.reason != "lost" for each in lines))
        free_lines(order, [line], actor)
        line.save(update_fields=["found_at"])
        record_event(order, "found", actor, line=line.position)
        if nothing_left:
            move_order(order, Order.State.CANCELLED, actor, reason="found")
            Order.objects.filter(pk=order.pk).update(end_reason="found")
            order.end_reason = "found"
        elif order.state in (Order.State.ALLOCATED, Order.State.BACKORDERED):
            settle_state(order)
    return order


def why_not_cancellable(order: Order, shipments: Iterable[Shipment]) -> Refusal | None:
    """The Refusal 409 where a shipment is packed or the order has ended; None while the order can be cancelled."""
    if any(shipment.status != Shipment.Status.PICKING for shipment in shipments):
        detail = _("A parcel of this order is packed already.")
        return Refusal("already_packed", detail, problems=[Problem("", "already_packed", detail)], status=409)
    if order.state in ENDED:
        return Refusal("already_ended", _("This order has ended already."), status=409)
    return None


def _refuse_unless_cancellable(order: Order) -> None:
    refusal = why_not_cancellable(order, order.shipments.all())
    if refusal is not None:
        raise refusal
