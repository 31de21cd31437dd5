"""The list that goes with the driver: what was handed to which carrier on a day. Addresses are on the labels only."""

from datetime import date, timedelta
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.access import WAREHOUSE, StaffRequest, staff_page
from orders.queries import handed_over_on

MOST_SHIPMENTS = 2_000


@require_safe
@staff_page(WAREHOUSE)
def hand_over(request: StaffRequest) -> HttpResponse:
    day = _day(request.GET.get("day", ""))
    parcels = list(handed_over_on(day)[:MOST_SHIPMENTS])
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
