"""When a parcel can be expected: from the stock, the queue in front of it and what the house really manages.

Days are working days, Monday to Friday. Nothing is promised that nobody knows: what waits for stock has no date, and
the way to the customer has one only where parcels to that country have been seen to arrive.
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

# How far back the house's pace and the ways of parcels are measured.
PACE_DAYS = 14
ARRIVAL_DAYS = 90
# With fewer parcels seen, neither pace nor median says anything.
FEWEST_SENT = 10
FEWEST_ARRIVALS = 3

BEFORE_THE_DOOR = (Shipment.Status.PICKING, Shipment.Status.PACKED)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What may be said about when.

    `leaves_on`: the working day by which the next parcel leaves the house, none while that cannot be known.
    `arrives_on`: the day it should be with the customer, where the way is known. `waits`: something of the order
    waits for stock, and has no date. `left`: it has left already, on `leaves_on`.
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
    before = [parcel for parcel in shipments if parcel.status in BEFORE_THE_DOOR]
    waits = any(line.backordered for line in lines)
    if not before:
        under_way = [parcel for parcel in shipments if parcel.status == Shipment.Status.SHIPPED]
        if under_way and under_way[-1].shipped_at is not None:
            left_on = timezone.localdate(under_way[-1].shipped_at)
            arrives_on = days_later(left_on, days_under_way(order.country))
            return Expectation(left_on, arrives_on, waits, left=True)
        if order.state == Order.State.CLOSED:
            return Expectation()
        if order.state == Order.State.RECEIVED:
            if not _stock_is_there(lines):
                return Expectation()
        elif not any(line.reserved for line in lines):
            return Expectation(waits=waits)
    leaves_on = leaves_next(order, before)
    return Expectation(leaves_on, days_later(leaves_on, days_under_way(order.country)), waits)


def leaves_next(order: Order, before: Sequence[Shipment]) -> date:
    """The working day by which the next parcel leaves: the first of these in the house, or one still to be made."""
    return add_working_days(timezone.localdate(), _days_of_work(order, before))


def add_working_days(day: date, days: int) -> date:
    """So many working days later."""
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def parcels_per_day() -> float:
    """How many parcels leave on a working day, measured over the last two weeks; until then what a setting says."""
    today = timezone.localdate()
    since = today - timedelta(days=PACE_DAYS)
    # Today is not over, so it says nothing about a whole day.
    left = Shipment.objects.filter(shipped_at__date__gte=since, shipped_at__date__lt=today)
    count = left.count()
    first = left.aggregate(first=Min("shipped_at"))["first"]
    if first is None or count < FEWEST_SENT:
        return float(max(settings.PARCELS_PER_DAY, 1))
    days = (timezone.localdate(first) + timedelta(days=n) for n in range(PACE_DAYS + 1))
    working_days = sum(1 for day in days if day < today and day.weekday() < 5)
    return count / max(working_days, 1)


def _days_of_work(order: Order, before: Sequence[Shipment]) -> int:
    """How many working days until everything in front of this order has left, and it too."""
    packed = any(parcel.status == Shipment.Status.PACKED for parcel in before)
    in_house = Shipment.objects.filter(status__in=["packed"] if packed else BEFORE_THE_DOOR)
    if before:
        ahead = in_house.filter(pk__lt=before[0].pk).count()
    else:
        picked = Shipment.objects.filter(order=OuterRef("pk"), status__in=BEFORE_THE_DOOR)
        reserved = OrderLine.objects.filter(order=OuterRef("pk"), reserved__gt=0, found_at=None)
        to_pick = Order.objects.filter(
            state__in=["allocated", "backordered"], created_at__lt=order.created_at
        )
        ahead = in_house.count() + to_pick.filter(Exists(reserved), ~Exists(picked)).count()
    return max(1, math.ceil((ahead + 1) / parcels_per_day()))


def days_under_way(country: str) -> int | None:
    """How many days a parcel to this country takes: the median of the last ones, none where too few were seen."""
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
    """So many days after a day, where both are known."""
    return None if day is None or days is None else day + timedelta(days=days)


def _stock_is_there(lines: Iterable[OrderLine]) -> bool:
    """Whether the shelves hold all of lines that no job has looked at yet, and nobody older waits for it."""
    lines = list(lines)
    bags = [line.bag_id for line in lines if line.bag_id is not None]
    contents = bag_contents(bags)
    needed: Counter[int] = Counter()
    for line in lines:
        if line.piece_id is not None:
            needed[line.piece_id] += line.open_quantity
    pieces = {*needed, *(piece for rows in contents.values() for piece, _ in rows)}
    free_bags, free_pieces = _free(bags, pieces)
    for line in lines:
        if line.piece_id is not None or (line.bag_id is not None and free_bags.get(line.bag_id, 0) > 0):
            continue
        rows = contents.get(line.bag_id, []) if line.bag_id is not None else []
        if not rows:
            return False
        for piece, quantity in rows:
            needed[piece] += quantity
    return all(free_pieces.get(piece, 0) >= quantity for piece, quantity in needed.items())


def _free(bags: Iterable[int], pieces: Iterable[int]) -> tuple[dict[int, int], dict[int, int]]:
    """What of these is promised to nobody and waited for by nobody: bag id -> how many, piece id -> how many."""
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
