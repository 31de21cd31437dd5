"""What waits."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.access import EVERYBODY, StaffRequest, staff_page
from dashboard.charts import stacked_bar
from dashboard.waiting import AGE_NAMES, placed_today_and_before, short_items, waiting_orders, waiting_parcels

# The view of the queue, or of the parcels, that a count leads to.
QUEUE_VIEWS = {"in_review": "review", "received": "new", "allocated": "ready", "backordered": "waiting"}


@require_safe
@staff_page(*EVERYBODY)
def home(request: StaffRequest) -> HttpResponse:
    orders, parcels = waiting_orders(), waiting_parcels()
    largest = max(row.total for row in (*orders, *parcels))
    today, before = placed_today_and_before()
    return render(
        request,
        "dashboard/home.html",
        {
            "orders": [
                (row, stacked_bar(row.by_age, largest=largest), QUEUE_VIEWS[row.state]) for row in orders
            ],
            "parcels": [(row, stacked_bar(row.by_age, largest=largest), row.state) for row in parcels],
            "age_names": AGE_NAMES,
            "short_items": short_items(),
            "placed_today": today,
            "placed_before": before,
        },
    )
