"""The queue of orders, and making a wave of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.refusals import Refusal
from dashboard.access import SERVICE, WAREHOUSE, StaffRequest, staff_page
from dashboard.forms.fields import read_count
from dashboard.paging import page_of
from dashboard.queue import VIEWS, suspicious_of, view_named, with_lines
from orders.floor.picking import MAX_ORDERS_PER_WAVE, create_wave
from orders.lifecycle import shown_status
from orders.links import find_order
from orders.models import Order
from orders.queries import BY_AGE, ONE_LINE, ready_by_rule


@dataclass(frozen=True, slots=True)
class Row:
    order: Order
    status: str
    reserved: int
    backordered: int
    refusal: str = ""
    suspicious: Sequence[str] = ()


@require_safe
@staff_page(SERVICE, WAREHOUSE)
def queue(request: StaffRequest) -> HttpResponse:
    typed = request.GET.get("number", "").strip()
    if typed:
        order = find_order(typed)
        if order is not None:
            return redirect("dashboard:order", order.number)
    return _show(request, not_found=typed, chosen=request.GET.getlist("orders"))


@require_POST
@staff_page(WAREHOUSE)
def make_wave(request: StaffRequest) -> HttpResponse:
    """Make a wave of the ticked orders, or of a number of orders by a rule."""
    rule = request.POST.get("by", "")
    if rule in (BY_AGE, ONE_LINE):
        most = read_count(request.POST.get("most", ""))
        rows = ready_by_rule(rule)[: min(most, MAX_ORDERS_PER_WAVE)]
        numbers = list(rows.values_list("number", flat=True))
    else:
        numbers = request.POST.getlist("orders")
    try:
        wave = create_wave(numbers=numbers, by=request.user)
    except Refusal as refusal:
        return _show(request, refusal=refusal, chosen=numbers)
    messages.success(
        request, f"Wave {wave.pk} is made: {len(numbers)} {'order' if len(numbers) == 1 else 'orders'}."
    )
    return redirect("dashboard:wave", wave.pk)


def _show(
    request: StaffRequest,
    *,
    not_found: str = "",
    refusal: Refusal | None = None,
    chosen: Sequence[str] = (),
) -> HttpResponse:
    view = view_named(request.GET.get("view", ""), request.user.role)
    page = page_of(with_lines(view.query()), request)
    by_number, general = _problems_by_number(refusal, chosen)
    rows = []
    suspicious = suspicious_of(page.rows) if view.name == "review" else {}
    for order in page.rows:
        lines = order.lines.all()
        rows.append(
            Row(
                order=order,
                status=shown_status(order, lines, order.shipments.all()),
                reserved=sum(line.reserved for line in lines),
                backordered=sum(line.backordered for line in lines),
                refusal=by_number.get(order.number, ""),
                suspicious=suspicious.get(order.pk, ()),
            )
        )
    shown = {row.order.number for row in rows}
    general += [
        detail if number in detail else f"{number}: {detail}"
        for number, detail in by_number.items()
        if number not in shown
    ]
    return render(
        request,
        "dashboard/queue.html",
        {
            "views": VIEWS,
            "view": view,
            "page": page,
            "rows": rows,
            "chosen": set(chosen),
            "problems": general,
            "refused": refusal is not None,
            "most": MAX_ORDERS_PER_WAVE,
            "not_found": not_found,
            "may_pick": request.user.has_role(WAREHOUSE) and view.name == "ready",
        },
        status=refusal.status if refusal else 200,
    )


def _problems_by_number(refusal: Refusal | None, numbers: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The refusal's problems by order number, and those that are about no order."""
    if refusal is None:
        return {}, []
    by_number: dict[str, str] = {}
    general: list[str] = []
    for problem in refusal.problems:
        index = problem.pointer.removeprefix("/orders/")
        if index.isdigit() and int(index) < len(numbers):
            by_number[numbers[int(index)]] = str(problem.detail)
        else:
            general.append(str(problem.detail))
    if not refusal.problems:
        general.append(str(refusal.detail))
    return by_number, general
