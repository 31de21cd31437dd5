"""When the customer may expect a parcel: from the stock, the queue in front of it and the pace of the warehouse.

Days are working days, Monday to Friday. We name no day that we do not know: what waits for stock has none, and an
arrival has one only for a country where enough parcels have arrived.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from django.conf import settings
from django.db.models import Exists, F, Min, OuterRef, Q, Sum
from django.utils import timezone

from catalog.queries import bag_contents
from orders.models import Backorder, Order, OrderLine, Shipment
from warehouse.models import StockLevel

# How far back the warehouse's pace and the journeys of parcels are measured.
PACE_DAYS = 14
ARRIVAL_DAYS = 90
# With fewer parcels than these, neither pace nor median means anything.
FEWEST_SENT = 10
FEWEST_ARRIVALS = 3

NOT_HANDED_OVER = (Shipment.Status.PICKING, Shipment.Status.PACKED)


@dataclass(frozen=True, slots=True)
class Expectation:
    """The days that a customer may expect.

    `leaves_on`: the working day by which the next parcel leaves the warehouse, None while that is not known.
    `arrives_on`: the day it should reach the customer, where we know how long the journey takes. `waits`: something of
    the order waits for stock, and has no date. `left`: the parcel has left already, on `leaves_on`.
    """

    leaves_on: date | None = None
    arrives_on: date | None = None
    waits: bool = False
    left: bool = False


def expect(order: Order) -> Expectation:
    """When the order's next parcel leaves and arrives. Few queries; writes and locks nothing."""
    if order.state in (Order.State.CANCELLED, Order.State.DECLINED, Order.State.IN_REVIEW):
        return Expectation()
    lines = [line for line in OrderLine.objects.filter(order=order) if line.found_at is None]
    shipments = list(Shipment.objects.filter(order=order).order_by("pk"))
    unshipped = [shipment for shipment in shipments if shipment.status in NOT_HANDED_OVER]
    waits = any(line.backordered for line in lines)
    if not unshipped:
        under_way = [shipment for shipment in shipments if shipment.status == Shipment.Status.SHIPPED]
        if under_way and under_way[-1].shipped_at is not None:
            left_on = timezone.localdate(under_way[-1].shipped_at)
            arrives_on = days_later(left_on, days_under_way(order.country))
            return Expectation(left_on, arrives_on, waits, left=True)
        if order.state == Order.State.CLOSED:
            return Expectation()
        if order.state == Order.State.RECEIVED:
            if not _is_in_stock(lines):
                return Expectation()
        elif not any(line.reserved for line in lines):
            return Expectation(waits=waits)
    leaves_on = leaves_next(order, unshipped)
    return Expectation(leaves_on, days_later(leaves_on, days_under_way(order.country)), waits)


def leaves_next(order: Order, unshipped: Sequence[Shipment]) -> date:
    """The working day by which the order's next parcel leaves: the first unshipped one, or one still to be made."""
    return add_working_days(timezone.localdate(), _days_of_work(order, unshipped))


def add_working_days(day: date, days: int) -> date:
    """The day that is this many working days later."""
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def parcels_per_day() -> float:
    """How many parcels leave on a working day, over the last two weeks; with too few, the setting PARCELS_PER_DAY."""
    today = timezone.localdate()
    since = today - timedelta(days=PACE_DAYS)
    # Today is not over, so it is no measure of a whole day.
    left = Shipment.objects.filter(shipped_at__date__gte=since, shipped_at__date__lt=today)
    count = left.count()
    first = left.aggregate(first=Min("shipped_at"))["first"]
    if first is None or count < FEWEST_SENT:
        return float(max(settings.PARCELS_PER_DAY, 1))
    days = (timezone.localdate(first) + timedelta(days=n) for n in range(PACE_DAYS + 1))
    working_days = sum(1 for day in days if day < today and day.weekday() < 5)
    return count / max(working_days, 1)


def _days_of_work(order: Order, unshipped: Sequence[Shipment]) -> int:
    """How many working days until everything ahead of this order, and its own parcel, has left."""
    packed = any(shipment.status == Shipment.Status.PACKED for shipment in unshipped)
    in_warehouse = Shipment.objects.filter(status__in=["packed"] if packed else NOT_HANDED_OVER)
    if unshipped:
        ahead = in_warehouse.filter(pk__lt=unshipped[0].pk).count()
    else:
        picked = Shipment.objects.filter(order=OuterRef("pk"), status__in=NOT_HANDED_OVER)
        reserved = OrderLine.objects.filter(order=OuterRef("pk"), reserved__gt=0, found_at=None)
        to_pick = Order.objects.filter(
            state__in=["allocated", "backordered"], created_at__lt=order.created_at
        )
        ahead = in_warehouse.count() + to_pick.filter(Exists(reserved), ~Exists(picked)).count()
    return max(1, math.ceil((ahead + 1) / parcels_per_day()))


def days_under_way(country: str) -> int | None:
    """How many days a parcel to this country takes: the median of recent parcels, None where there are too few."""
    since = timezone.now() - timedelta(days=ARRIVAL_DAYS)
    known = Shipment.objects.filter(
        order__country=country, shipped_at__gte=since, delivered_at__isnull=False
    ).values_list("shipped_at", "delivered_at")[:500]
    days = [
        (timezone.localdate(delivered) - timezone.localdate(shipped)).days
        for shipped, delivered in known
        if shipped is not None and delivered is not None
    ]
    if len(days) < FEWEST_ARRIVALS:
        return None
    return max(1, math.ceil(median(days)))


def days_later(day: date | None, days: int | None) -> date | None:
    """The day that is this many days later, where both are known."""
    return None if day is None or days is None else day + timedelta(days=days)


def _is_in_stock(lines: Iterable[OrderLine]) -> bool:
    """Whether free stock covers these lines, which no job has served yet. What any line waits for counts as taken."""
    lines = list(lines)
    bags = [line.bag_id for line in lines if line.bag_id is not None]
    contents = bag_contents(bags)
    needed: Counter[int] = Counter()
    for line in lines:
        if line.piece_id is not None:
            needed[line.piece_id] += line.open_quantity
    pieces = {*needed, *(piece for rows in contents.values() for piece, _ in rows)}
    free_bags, free_pieces = _free_stock(bags, pieces)
    for line in lines:
        if line.piece_id is not None or (line.bag_id is not None and free_bags.get(line.bag_id, 0) > 0):
            continue
        rows = contents.get(line.bag_id, []) if line.bag_id is not None else []
        if not rows:
            return False
        for piece, quantity in rows:
            needed[piece] += quantity
    return all(free_pieces.get(piece, 0) >= quantity for piece, quantity in needed.items())


def _free_stock(bags: Iterable[int], pieces: Iterable[int]) -> tuple[dict[int, int], dict[int, int]]:
    """What is not reserved, of items that no line waits for: bag id -> quantity, piece id -> quantity."""
    waited_for = Backorder.objects.filter(item=OuterRef("item"))
    rows = (
        StockLevel.objects.filter(Q(item__bag__in=list(bags)) | Q(item__piece__in=list(pieces)))
        .exclude(Exists(waited_for))
        .values_list("item__bag", "item__piece")
        .annotate(free=Sum(F("on_hand") - F("reserved")))
    )
    free_bags: dict[int, int] = {}
    free_pieces: dict[int, int] = {}
    for bag, piece, free in rows:
        if bag is not None:
            free_bags[bag] = free
        else:
            free_pieces[piece] = free
    return free_bags, free_pieces
