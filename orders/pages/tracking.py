"""The parts of a request that travel separately: each parcel, what lies ready for the next, and what still waits.

An order's single status says how far its least advanced parcel is, or that a line waits. That suits a queue. The
customer at home needs more: the first parcel has arrived, and the rest is still to come.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone

from orders.allocation.differences import Swap
from orders.allocation.estimates import NOT_HANDED_OVER, days_later, days_under_way, leaves_next
from orders.models import Event, Order, OrderLine, Shipment
from orders.pages.timeline import Step, dates_of, steps_of

GOING = (Order.State.ALLOCATED, Order.State.BACKORDERED, Order.State.CLOSED)


@dataclass(frozen=True, slots=True)
class Inside:
    """A quantity of a line."""

    line: OrderLine
    quantity: int


@dataclass(frozen=True, slots=True)
class OrderPart:
    """A part of a request: its lines, its progress, and the days it leaves and arrives, where we know them.

    `status` is the parcel's; without a parcel it is `allocated` (lies ready), `backordered` (waits for stock) or
    `received` (not looked for yet). `number` counts the parcels from one.
    """

    status: str
    inside: list[Inside]
    steps: list[Step]
    shipment: Shipment | None = None
    number: int = 0
    leaves_on: date | None = None
    arrives_on: date | None = None
    swaps: list[Swap] = field(default_factory=list)

    @property
    def arrived(self) -> bool:
        """Whether this part is complete: it was delivered, or it came back and its content was sent again."""
        return self.status == "delivered" or (
            self.shipment is not None and self.shipment.resent_at is not None
        )


def parts_of(
    order: Order,
    lines: Sequence[OrderLine],
    shipments: Sequence[Shipment],
    events: Sequence[Event],
    swaps: Mapping[int, list[Swap]],
) -> list[OrderPart]:
    """The parts of an order, parcels first; none for an order that travels whole or has ended.

    The caller has fetched the parcels' lines already. `swaps` holds, by parcel, what differs from the request. Queries
    the database only for an order of several parts.
    """
    rests = _rests(lines, shipments)
    if order.state not in GOING or len(shipments) + len(rests) < 2:
        return []
    before = [shipment for shipment in shipments if shipment.status in NOT_HANDED_OVER]
    next_day = leaves_next(order, before) if before or "allocated" in rests else None
    days = days_under_way(order.country)
    known = {line.pk: line for line in lines}
    parts = []
    for number, shipment in enumerate(shipments, start=1):
        # Of several parcels not shipped yet only the first has a day: how much later the others leave is unknown.
        leaves_on = next_day if before and shipment == before[0] else None
        inside = [Inside(known[each.line_id], each.quantity) for each in shipment.lines.all()]
        steps = steps_of(shipment.status, _dates_of_shipment(order, shipment, events))
        arrives_on = _arrival(shipment, leaves_on, days)
        other = swaps.get(shipment.pk, [])
        parts.append(
            OrderPart(shipment.status, inside, steps, shipment, number, leaves_on, arrives_on, other)
        )
    when = {**dates_of(events), "received": order.created_at}
    for status, inside in rests.items():
        leaves_on = next_day if status == "allocated" and not before else None
        arrives_on = days_later(leaves_on, days)
        parts.append(
            OrderPart(status, inside, steps_of(status, when), leaves_on=leaves_on, arrives_on=arrives_on)
        )
    return parts


def _rests(lines: Sequence[OrderLine], shipments: Sequence[Shipment]) -> dict[str, list[Inside]]:
    """What is in no parcel yet, by status: ready, not looked for yet, waiting. A status without lines is left out."""
    not_shipped: Counter[int] = Counter()
    for shipment in shipments:
        if shipment.status in NOT_HANDED_OVER:
            for each in shipment.lines.all():
                not_shipped[each.line_id] += each.quantity
    quantities: dict[str, Callable[[OrderLine], int]] = {
        "allocated": lambda line: line.reserved - not_shipped[line.pk],
        "received": lambda line: line.open_quantity - line.backordered,
        "backordered": lambda line: line.backordered,
    }
    open_lines = [line for line in lines if line.found_at is None]
    rests = {}
    for status, quantity in quantities.items():
        inside = [Inside(line, quantity(line)) for line in open_lines if quantity(line) > 0]
        if inside:
            rests[status] = inside
    return rests


def _dates_of_shipment(
    order: Order, shipment: Shipment, events: Sequence[Event]
) -> dict[str, datetime | None]:
    """When this parcel reached each step."""
    found = [event.at for event in events if event.type == "allocated" and event.at <= shipment.created_at]
    return {
        "received": order.created_at,
        "ready": found[-1] if found else None,
        "packed": shipment.packed_at,
        "shipped": shipment.shipped_at,
        "delivered": shipment.delivered_at,
        "returned": shipment.returned_at,
    }


def _arrival(shipment: Shipment, leaves_on: date | None, days: int | None) -> date | None:
    """The day a parcel should arrive, counted from the day it left or will leave."""
    if shipment.status == Shipment.Status.SHIPPED and shipment.shipped_at is not None:
        return days_later(timezone.localdate(shipment.shipped_at), days)
    return days_later(leaves_on, days)
