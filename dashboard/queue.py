"""Orders as they stand in line: each view of the queue is a query with a name."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Role
from orders.models import Order, OrderLine, Shipment, ShipmentLine

BY_AGE, ONE_LINE = "age", "one-line"


@dataclass(frozen=True, slots=True)
class View:
    """A part of the queue: its name in the address, its title, and what it says when nothing waits."""

    name: str
    title: str
    empty: str
    query: Callable[[], QuerySet[Order]]


def ready_to_pick() -> QuerySet[Order]:
    """Stock is reserved that lies in no parcel yet, and nobody picks for the order now. Oldest first."""
    return (
        Order.objects.filter(state__in=[Order.State.ALLOCATED, Order.State.BACKORDERED])
        .filter(~Exists(Shipment.objects.filter(order=OuterRef("pk"), status=Shipment.Status.PICKING)))
        .annotate(
            reserved=_sum_of(OrderLine.objects.filter(order=OuterRef("pk")), "order", "reserved"),
            packed=_sum_of(
                ShipmentLine.objects.filter(
                    shipment__order=OuterRef("pk"), shipment__status=Shipment.Status.PACKED
                ),
                "shipment__order",
                "quantity",
            ),
        )
        .filter(reserved__gt=F("packed"))
        .order_by("created_at", "pk")
    )


def ready_by_rule(rule: str) -> QuerySet[Order]:
    """The orders that a rule puts into a wave, first ones first: by age, or those of one line only, by age too.

    Orders of one line are one grip each: together they make the quickest walk.
    """
    ready = ready_to_pick()
    if rule == ONE_LINE:
        second = OrderLine.objects.filter(order=OuterRef("pk"), position__gt=1)
        ready = ready.filter(~Exists(second))
    return ready


def _sum_of(rows: QuerySet[OrderLine] | QuerySet[ShipmentLine], group: str, field: str) -> Coalesce:
    total = rows.order_by().values(group).annotate(total=Sum(field)).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)


def in_state(state: str) -> Callable[[], QuerySet[Order]]:
    return lambda: Order.objects.filter(state=state).order_by("created_at", "pk")


VIEWS = (
    View("ready", "Ready to pick", "Nothing waits to be picked.", ready_to_pick),
    View("review", "In review", "Nothing waits for a decision.", in_state(Order.State.IN_REVIEW)),
    View("waiting", "Waiting for stock", "Nobody waits for stock.", in_state(Order.State.BACKORDERED)),
    View("new", "New", "Every order has been looked through.", in_state(Order.State.RECEIVED)),
    View("all", "All", "No orders yet.", lambda: Order.objects.order_by("-created_at", "-pk")),
)


def view_named(name: str, role: str) -> View:
    """The view of that name; without one, where this role's work lies."""
    usual = "review" if role == Role.SERVICE else "ready"
    by_name = {view.name: view for view in VIEWS}
    return by_name.get(name, by_name[usual])


def with_lines(orders: QuerySet[Order]) -> QuerySet[Order]:
    """What a row of the queue shows, in three queries however many rows there are."""
    return orders.select_related("set").prefetch_related(
        "lines__piece__part", "lines__piece__color", "shipments"
    )
