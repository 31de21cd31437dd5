"""For the lead: who of the staff saw whose personal data, and what the retention runs did."""

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.access import LEAD, StaffRequest, staff_page
from dashboard.paging import page_of
from orders.links import find_order
from orders.models import Access, RetentionRun


@require_safe
@staff_page(LEAD)
def privacy(request: StaffRequest) -> HttpResponse:
    """Who saw what, newest first; by order number, and by user or key."""
    number, person = (request.GET.get(name, "").strip()[:80] for name in ("order", "person"))
    rows, unknown = _accesses(number, person)
    context = {"page": page_of(rows, request), "number": number, "person": person, "unknown": unknown}
    return render(request, "dashboard/privacy.html", context)


@require_safe
@staff_page(LEAD)
def retention(request: StaffRequest) -> HttpResponse:
    """The runs, newest first."""
    page = page_of(RetentionRun.objects.order_by("-pk"), request)
    return render(request, "dashboard/retention.html", {"page": page})


def _accesses(number: str, person: str) -> tuple[QuerySet[Access], str]:
    """The rows that are asked for, and the number that no order has."""
    rows = Access.objects.select_related("user", "key", "order").order_by("-pk")
    if person:
        rows = rows.filter(Q(user__username__iexact=person) | Q(key__name__iexact=person))
    if not number:
        return rows, ""
    order = find_order(number)
    if order is None:
        return rows.none(), number
    return rows.filter(order=order), ""
