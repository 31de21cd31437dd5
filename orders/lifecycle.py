"""The life cycles of an order and a shipment, each a table of transitions; a state changes only in this module.

Every change leaves an event; timeline, audit and mails are made from these.
"""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from core.refusals import Refusal
from orders.actors import Actor
from orders.models import Event, Order, OrderLine, Shipment

ORDER_TRANSITIONS: dict[str, frozenset[str]] = {
    "received": frozenset({"in_review", "allocated", "backordered", "cancelled"}),
    "in_review": frozenset({"received", "declined", "cancelled"}),
    # A customer's later change may exceed the limits: then a person reviews the order again.
    "allocated": frozenset({"in_review", "backordered", "closed", "cancelled"}),
    "backordered": frozenset({"in_review", "allocated", "closed", "cancelled"}),
    # A parcel that came back may have to be sent again.
    "closed": frozenset({"allocated", "backordered"}),
    "cancelled": frozenset(),
    "declined": frozenset(),
}

SHIPMENT_TRANSITIONS: dict[str, frozenset[str]] = {
    "picking": frozenset({"packed"}),
    "packed": frozenset({"shipped"}),
    "shipped": frozenset({"delivered", "returned"}),
    "delivered": frozenset({"returned"}),
    "returned": frozenset(),
}

# An order in one of these has ended; only a parcel that comes back can make it go on.
ENDED = (Order.State.CLOSED, Order.State.CANCELLED, Order.State.DECLINED)

# The statuses of a shipment, least advanced first.
SHIPMENT_ORDER = ("picking", "packed", "shipped", "delivered", "returned")


def record_event(order: Order, type_: str, actor: Actor, **data: Any) -> Event:
    """Write what happened. `data` holds numbers and codes, never names."""
    event = new_event(order, type_, actor, **data)
    event.save()
    return event


def new_event(order: Order, type_: str, actor: Actor, **data: Any) -> Event:
    """An event that is not saved yet, for callers that save many at once."""
    return Event(order=order, at=timezone.now(), type=type_, by=actor.by, actor=actor.user, data=data)


def move_order(order: Order, state: str, actor: Actor, *, event: str = "", **data: Any) -> None:
    """Change a locked order's state, and note when it ended.

    Raises Refusal `wrong_state` (409) for a step that the table lacks.
    """
    if state not in ORDER_TRANSITIONS[order.state]:
        raise Refusal("wrong_state", f"An order that is {order.state} cannot become {state}.", status=409)
    ended_at = timezone.now() if state in ENDED else None
    changed = Order.objects.filter(pk=order.pk, state=order.state).update(state=state, ended_at=ended_at)
    if not changed:
        raise Refusal("wrong_state", "The order has changed meanwhile. Look at it again.", status=409)
    order.state, order.ended_at = state, ended_at
    record_event(order, event or state, actor, **data)


def move_shipment(shipment: Shipment, status: str, actor: Actor, *, event: str = "", **fields: Any) -> None:
    """Change a shipment's status and the fields that go with it, unless another request changed the status first.

    Raises Refusal `wrong_status` (409).
    """
    if status not in SHIPMENT_TRANSITIONS[shipment.status]:
        detail = f"A parcel that is {shipment.status} cannot become {status}."
        if status == shipment.status:
            detail = f"This parcel is {status} already."
        raise Refusal("wrong_status", detail, status=409)
    changed = Shipment.objects.filter(pk=shipment.pk, status=shipment.status).update(status=status, **fields)
    if not changed:
        raise Refusal("wrong_status", "The parcel has changed meanwhile. Look at it again.", status=409)
    shipment.status = status
    for name, value in fields.items():
        setattr(shipment, name, value)
    record_event(shipment.order, event or status, actor, shipment=shipment.pk)


def shown_status(order: Order, lines: Iterable[OrderLine], shipments: Iterable[Shipment]) -> str:
    """The status of an order that customers, staff and programs see.

    `backordered` while any line waits and no parcel is under way; else the least advanced parcel's; else the order's.
    A parcel that came back no longer counts once its contents are sent again.
    """
    if order.state in (Order.State.CANCELLED, Order.State.DECLINED):
        return order.state
    statuses = [shipment.status for shipment in shipments if shipment.resent_at is None]
    under_way = any(status in ("picking", "packed", "shipped") for status in statuses)
    if not under_way and any(line.backordered for line in lines):
        return Order.State.BACKORDERED
    return min(statuses, key=SHIPMENT_ORDER.index) if statuses else order.state


def shown_line_status(order: Order, line: OrderLine) -> str:
    """The status of a line: how its order ended, else what happened to its quantity."""
    if line.found_at is not None:
        return "found"
    if order.state in (Order.State.CANCELLED, Order.State.DECLINED):
        return order.state
    if line.shipped + line.waived == line.quantity:
        return "shipped" if line.shipped else "waived"
    if line.backordered:
        return "backordered"
    return "allocated" if line.open_quantity == 0 else "received"
