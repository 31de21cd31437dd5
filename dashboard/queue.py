"""The queue of orders: each of its views is a query with a name."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import Role
from orders.models import Order
from orders.queries import ready_to_pick


@dataclass(frozen=True, slots=True)
class View:
    """A part of the queue: its name in the URL, its title, and the sentence for an empty list."""

    name: str
    title: str
    empty: str
    query: Callable[[], QuerySet[Order]]


def in_state(state: str) -> Callable[[], QuerySet[Order]]:
    return lambda: Order.objects.filter(state=state).order_by("created_at", "pk")


VIEWS = (
    View("ready", "Ready to pick", "No order waits to be picked.", ready_to_pick),
    View("review", "In review", "No order waits for a decision.", in_state(Order.State.IN_REVIEW)),
    View("waiting", "Waiting for stock", "No order waits for stock.", in_state(Order.State.BACKORDERED)),
    View("new", "New", "There are no new orders.", in_state(Order.State.RECEIVED)),
    View("all", "All", "There are no orders yet.", lambda: Order.objects.order_by("-created_at", "-pk")),
)


def view_named(name: str, role: str) -> View:
    """The view with this name; if there is none, the view with this role's work."""
    usual = "review" if role == Role.SERVICE else "ready"
    by_name = {view.name: view for view in VIEWS}
    return by_name.get(name, by_name[usual])


def with_lines(orders: QuerySet[Order]) -> QuerySet[Order]:
    """The orders with all that a row of the queue shows, in three queries however many rows there are."""
    return orders.select_related("set").prefetch_related(
        "lines__piece__part", "lines__piece__color", "shipments"
    )
