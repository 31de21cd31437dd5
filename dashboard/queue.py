"""The queue of orders: each of its views is a query with a name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import Role
from core.web_addresses import find_web_address
from orders.models import Order, OrderContact, OrderLine
from orders.queries import ready_to_pick
from orders.web_addresses import REASON, suspicious_fields_of


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


def suspicious_of(orders: Iterable[Order]) -> dict[int, list[str]]:
    """The fields, and labels of bags, in which these orders have what looks like an address in the net."""
    named = {order.pk: order for order in orders if REASON in order.review_reasons}
    if not named:
        return {}
    found = {
        contact.order_id: suspicious_fields_of(contact)
        for contact in OrderContact.objects.filter(order__in=named)
    }
    for line in OrderLine.objects.filter(order__in=named, bag=None).exclude(bag_label=""):
        if find_web_address(line.bag_label):
            found.setdefault(line.order_id, []).append("a bag's label")
    return found


def with_lines(orders: QuerySet[Order]) -> QuerySet[Order]:
    """The orders with all that a row of the queue shows, in three queries however many rows there are."""
    return orders.select_related("set").prefetch_related(
        "lines__piece__part", "lines__piece__color", "shipments"
    )
