"""The list that goes with the driver: what was handed to which carrier on a day. Addresses are on the labels only."""

from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.access import WAREHOUSE, StaffRequest, staff_page
from orders.models import Shipment

MOST_PARCELS = 2_000


@require_safe
@staff_page(WAREHOUSE)
def hand_over(request: StaffRequest) -> HttpResponse:
    day = _day(request.GET.get("day", ""))
    begins = timezone.make_aware(datetime.combine(day, time.min))
    parcels = list(
        Shipment.objects.filter(shipped_at__gte=begins, shipped_at__lt=begins + timedelta(days=1))
        .select_related("order")
        .only(
            "carrier",
            "tracking_number",
            "measured_weight_mg",
            "shipped_at",
            "order__number",
            "order__country",
        )
        .order_by("carrier", "shipped_at", "pk")[:MOST_PARCELS]
    )
    lists = [(carrier, list(rows)) for carrier, rows in groupby(parcels, key=lambda each: each.carrier)]
    return render(
        request,
        "dashboard/hand_over.html",
        {
            "day": day,
            "before": day - timedelta(days=1),
            "after": day + timedelta(days=1) if day < timezone.localdate() else None,
            "lists": [
                (carrier, rows, sum(row.measured_weight_mg or 0 for row in rows)) for carrier, rows in lists
            ],
        },
    )


def _day(text: str) -> date:
    """The day that is asked for; today for what is none, or too far from any that could be."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()
    return day if 2020 <= day.year < 2200 else timezone.localdate()
