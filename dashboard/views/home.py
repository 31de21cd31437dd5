"""What waits, which items are short, and today against yesterday."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.access import EVERYBODY, StaffRequest, staff_page
from dashboard.charts import bar_picture, day_picture
from dashboard.days import two_days
from dashboard.waiting import AGE_NAMES, count_held_mails, short_items, waiting_orders, waiting_shipments

# The view of the queue that a count links to, by state.
QUEUE_VIEWS = {"in_review": "review", "received": "new", "allocated": "ready", "backordered": "waiting"}


@require_safe
@staff_page(*EVERYBODY)
def home(request: StaffRequest) -> HttpResponse:
    orders, shipments = waiting_orders(), waiting_shipments()
    largest = max(row.total for row in (*orders, *shipments))
    days = two_days()
    return render(
        request,
        "dashboard/home.html",
        {
            "orders": [
                (row, bar_picture(row.by_age, largest=largest), QUEUE_VIEWS[row.state]) for row in orders
            ],
            "shipments": [(row, bar_picture(row.by_age, largest=largest), row.state) for row in shipments],
            "late": sum(row.total - sum(row.by_age[:2]) for row in (*orders, *shipments)),
            "held_mails": count_held_mails(),
            "age_names": AGE_NAMES,
            "short_items": short_items(),
            "days": [(each, day_picture(each.today, each.yesterday, hour=each.hour)) for each in days],
        },
    )
