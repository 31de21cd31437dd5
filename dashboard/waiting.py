"""What waits, and how long: the figures of the home page. Each is one query on an index of open rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils import timezone

from notifications.models import Message
from orders.models import Backorder, Order, Shipment
from warehouse.models import StockItem

# The ages: younger than this number of days, and their names.
AGES: tuple[tuple[int, str], ...] = (
    (1, "today"),
    (3, "1\N{NON-BREAKING HYPHEN}2 days"),
    (7, "3\N{NON-BREAKING HYPHEN}6 days"),
)
OLDEST = "7+ days"
AGE_NAMES = (*(name for _, name in AGES), OLDEST)
OVERDUE_AFTER = timedelta(days=3)

OPEN_STATES = (Order.State.IN_REVIEW, Order.State.RECEIVED, Order.State.ALLOCATED, Order.State.BACKORDERED)
OPEN_SHIPMENTS = (Shipment.Status.PICKING, Shipment.Status.PACKED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many rows of a state wait, by age, the youngest first; and since when the oldest waits."""

    state: str
    by_age: tuple[int, ...]
    oldest: datetime | None

    @property
    def total(self) -> int:
        return sum(self.by_age)

    @property
    def is_late(self) -> bool:
        return self.oldest is not None and timezone.now() - self.oldest > OVERDUE_AFTER


@dataclass(frozen=True, slots=True)
class ShortItem:
    """An item that orders wait for: the quantity, the number of lines, and since when."""

    item: StockItem
    quantity: int
    lines: int
    since: datetime


def waiting_orders() -> list[Waiting]:
    """The open orders, without those that have a shipment under way: these count as shipments."""
    orders = Order.objects.filter(state__in=OPEN_STATES)
    under_way = Q(shipments__status__in=["picking", "packed", "shipped", "delivered"])
    return _by_age(orders.exclude(Q(state="allocated") & under_way), "state", OPEN_STATES)


def waiting_shipments() -> list[Waiting]:
    """The shipments that have not been handed over."""
    return _by_age(Shipment.objects.filter(status__in=OPEN_SHIPMENTS), "status", OPEN_SHIPMENTS)


def _by_age(rows: "QuerySet[Order] | QuerySet[Shipment]", field: str, states: Sequence[str]) -> list[Waiting]:
    now = timezone.now()
    edges = [now - timedelta(days=days) for days, _ in AGES]
    counts = {
        f"age_{index}": Count("pk", filter=condition)
        for index, condition in enumerate(
            [
                Q(created_at__gt=edges[0]),
                *(Q(created_at__lte=younger, created_at__gt=older) for younger, older in pairwise(edges)),
                Q(created_at__lte=edges[-1]),
            ]
        )
    }
    found = {
        row[field]: row for row in rows.order_by().values(field).annotate(oldest=Min("created_at"), **counts)
    }
    return [
        Waiting(
            state=state,
            by_age=tuple(found[state][name] if state in found else 0 for name in counts),
            oldest=found[state]["oldest"] if state in found else None,
        )
        for state in states
    ]


def count_held_mails() -> int:
    """The mails that service has to read before they go out."""
    return Message.objects.filter(state=Message.State.HELD).count()


def short_items(limit: int = 10) -> list[ShortItem]:
    """The items that orders wait for, the longest wait first."""
    rows = list(
        Backorder.objects.order_by()
        .values("item_id")
        .annotate(quantity=Sum("quantity"), lines=Count("line", distinct=True), since=Min("since"))
        .order_by("since", "item_id")[:limit]
    )
    items = StockItem.objects.select_related("piece__part", "piece__color", "bag__set").in_bulk(
        [row["item_id"] for row in rows]
    )
    return [ShortItem(items[row["item_id"]], row["quantity"], row["lines"], row["since"]) for row in rows]
