"""What waits, which items are short, and today against yesterday."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.access import EVERYBODY, SERVICE, StaffRequest, staff_page
from dashboard.charts import bar_picture, day_picture
from dashboard.days import two_days
from dashboard.waiting import AGE_NAMES, count_held_mails, short_items, waiting_orders, waiting_shipments
from notifications.alarms import lasting_parts
from notifications.failed_work import MOST_COUNTED, count_undone
from notifications.models import Alarm

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
            "undone": _undone(request),
            "unwell": _unwell(request),
            "most_counted": MOST_COUNTED,
            "age_names": AGE_NAMES,
            "short_items": short_items(),
            "days": [(each, day_picture(each.today, each.yesterday, hour=each.hour)) for each in days],
        },
    )


def _undone(request: StaffRequest) -> tuple[int, int] | None:
    """How many jobs failed and how many mails are lost, for those who can do something about it."""
    return count_undone() if request.user.has_role(SERVICE) else None


def _unwell(request: StaffRequest) -> list[Alarm]:
    """The parts of the system that are not well, for the same."""
    return lasting_parts() if request.user.has_role(SERVICE) else []
