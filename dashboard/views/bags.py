"""Entering what lies in a bag that somebody asked for and nobody has entered yet."""

import re

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from catalog.bag_entry import BagRowEntry, enter_bag
from core.refusals import NotFound, Refusal
from core.text import ascii_digits
from dashboard.access import SERVICE, StaffRequest, staff_page
from dashboard.forms import BagForm
from dashboard.refusing import add_refusal
from orders.links import find_order

_ROW = re.compile(
    r"(?P<first>[^\s,;]{1,60})[\s,;]+(?:(?P<color>-?[0-9]{1,9})[\s,;]+)?(?P<quantity>[0-9]{1,9})"
)


@require_http_methods(["GET", "POST"])
@staff_page(SERVICE)
def bag(request: StaffRequest, number: str, label: str) -> HttpResponse:
    """One row for each kind of piece, as typed or pasted."""
    order = find_order(number)
    line = order.lines.filter(bag_label=label).first() if order else None
    if order is None or line is None:
        raise NotFound("Nobody asked for this bag.")
    form = BagForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = _enter(form, order.set_id, label)
        if status == 302:
            messages.success(
                request, f"Bag {label} of {order.set.set_num} is entered, for all who come after."
            )
            return redirect("dashboard:order", order.number)
    return render(
        request, "dashboard/bag.html", {"order": order, "label": label, "form": form}, status=status
    )


def _enter(form: BagForm, set_id: int, label: str) -> int:
    """302 when it is done; otherwise the form says what is wrong, row by row, and the status is returned."""
    if not form.is_valid():
        return 400
    rows, lines = [], []
    for line_number, text in enumerate(ascii_digits(form.cleaned_data["rows"]).splitlines(), start=1):
        if not text.strip():
            continue
        found = _ROW.fullmatch(text.strip())
        if found is None:
            form.add_error(
                "rows", f"Row {line_number}: give an element id and how many, or part, colour, how many."
            )
            continue
        rows.append(_entry(found))
        lines.append(line_number)
    if form.errors:
        return 400
    try:
        enter_bag(set_id=set_id, label=label, rows=rows)
    except Refusal as refusal:
        if refusal.code != "invalid":
            return add_refusal(form, refusal, {})
        for problem in refusal.problems:
            index = problem.pointer.removeprefix("/rows/")
            place = f"Row {lines[int(index)]}: " if index.isdigit() else ""
            form.add_error("rows", f"{place}{problem.detail}")
        return refusal.status
    return 302


def _entry(found: re.Match[str]) -> BagRowEntry:
    quantity = int(found["quantity"])
    if found["color"] is None:
        return BagRowEntry(element_id=found["first"], quantity=quantity)
    return BagRowEntry(part_num=found["first"], color_id=int(found["color"]), quantity=quantity)
