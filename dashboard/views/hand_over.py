"""The list for the driver: the shipments that each carrier got on a day. Only the labels have the addresses."""

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
    shipments = list(handed_over_on(day)[:MOST_SHIPMENTS])
    lists = [(carrier, list(rows)) for carrier, rows in groupby(shipments, key=lambda each: each.carrier)]
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
    """The day that the URL names; today if it is no day, or an impossible one."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()
    return day if 2020 <= day.year < 2200 else timezone.localdate()
