"""Orders as they stand in line: each view of the queue is a query with a name."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import Role
from orders.models import Order
from orders.queries import ready_to_pick


@dataclass(frozen=True, slots=True)
class View:
    """A part of the queue: its name in the address, its title, and what it says when nothing waits."""

    name: str
    title: str
    empty: str
    query: Callable[[], QuerySet[Order]]


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
