"""Today against yesterday, hour by hour: orders, packed parcels and parcels handed over, found by their times."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncHour
from django.utils import timezone

from dashboard.charts import HOURS
from orders.models import Order, Shipment


@dataclass(frozen=True, slots=True)
class TwoDays:
    """How often something happened in each hour of today and of yesterday."""

    name: str
    today: tuple[int, ...]
    yesterday: tuple[int, ...]
    hour: int  # the current one
    so_far: int  # yesterday, up to this time of the day

    @property
    def total(self) -> int:
        return sum(self.today)

    @property
    def all_of_yesterday(self) -> int:
        return sum(self.yesterday)

    @property
    def rows(self) -> list[tuple[int, int, int]]:
        """`(hour, today, yesterday)` for the table behind the chart, without the hours in which nothing happened."""
        both = enumerate(zip(self.today, self.yesterday, strict=True))
        return [(hour, now, before) for hour, (now, before) in both if now or before]


def two_days(now: datetime | None = None) -> list[TwoDays]:
    """Asked for, packed, handed over: one query each, by an index on the time."""
    now = now or timezone.now()
    return [
        _two_days("Asked for", Order.objects.all(), "created_at", now),
        _two_days("Packed", Shipment.objects.all(), "packed_at", now),
        _two_days("Handed over", Shipment.objects.all(), "shipped_at", now),
    ]


def _two_days(name: str, rows: "QuerySet[Any]", field: str, now: datetime) -> TwoDays:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    by_hour = (
        rows.filter(**{f"{field}__gte": midnight - day, f"{field}__lt": midnight + day})
        .order_by()
        .annotate(at=TruncHour(field))
        .values("at")
        .annotate(count=Count("pk"))
    )
    counts = [0] * (2 * HOURS)
    for row in by_hour:
        hours = int((row["at"] - (midnight - day)).total_seconds() // 3600)
        counts[min(hours, 2 * HOURS - 1)] += row["count"]
    hour = timezone.localtime(now).hour
    part = (now - midnight).total_seconds() / 3600 - hour
    so_far = sum(counts[:hour]) + round(counts[hour] * part)
    return TwoDays(name, tuple(counts[HOURS:]), tuple(counts[:HOURS]), hour, so_far)
