"""Finding out what a customer described in words: which set, which bags, which pieces."""

import re

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.refusals import NotFound, Refusal
from dashboard.access import SERVICE, StaffRequest, staff_page
from dashboard.access_notes import Kind, note_seen
from dashboard.form_errors import add_refusal
from orders.actors import staff
from orders.intake.identifying import identify_order
from orders.intake.order_request import LineRequest
from orders.intake.part_lists import read_list
from orders.links import find_order
from orders.models import Order, OrderContact, OrderLine
from orders.unlisted import is_unlisted

_BAG = re.compile(r"bag\s+(\S{1,12})", re.IGNORECASE)


class IdentifyForm(forms.Form):
    """The set by its number, and a row for each bag or kind of piece."""

    set_num = forms.CharField(label="Set number", max_length=40, required=False)
    rows = forms.CharField(
        label="Bags and pieces",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "class": "code"}),
        help_text="One in each row: “bag 14”, or element id and quantity, or part, colour and quantity.",
    )
    reason = forms.ChoiceField(label="Why", choices=OrderLine.Reason.choices, initial="missing")


@require_http_methods(["GET", "POST"])
@staff_page(SERVICE)
def identify(request: StaffRequest, number: str) -> HttpResponse:
    """The customer's words, and the fields for what they mean."""
    order = find_order(number)
    if order is None:
        raise NotFound("There is no order with this number.")
    if not order.to_identify:
        # A colleague looked at the same words, and was faster.
        messages.error(request, "This order is identified already, or needs no identifying.")
        return redirect("dashboard:order", order.number)
    unlisted = is_unlisted(order.set)
    initial = {"set_num": "" if unlisted else order.set.set_num}
    form = IdentifyForm(request.POST or None, initial=initial)
    form.fields["set_num"].disabled = not unlisted
    status = 200
    if request.method == "POST":
        status = _identify(request, order, form)
        if status == 302:
            messages.success(request, f"{order.number} now has its set and pieces. Decide about it here.")
            return redirect("dashboard:order", order.number)
    note_seen(request, Kind.WORDS, order)
    context = {
        "order": order,
        "unlisted": unlisted,
        "contact": OrderContact.objects.filter(order=order).first(),
        "lines": order.lines.select_related("piece__part", "piece__color"),
        "form": form,
    }
    return render(request, "dashboard/identify.html", context, status=status)


def _identify(request: StaffRequest, order: Order, form: IdentifyForm) -> int:
    """Returns 302, or a status of refusal with each row's errors on the form."""
    if not form.is_valid():
        return 400
    lines = _read_rows(form)
    if form.errors:
        return 400
    try:
        identify_order(
            order_id=order.pk,
            set_num=form.cleaned_data["set_num"],
            lines=tuple(line for _number, line in lines),
            actor=staff(request.user),
        )
    except Refusal as refusal:
        if refusal.code != "invalid":
            return add_refusal(form, refusal, {})
        for problem in refusal.problems:
            _, _, index, *_rest = f"{problem.pointer}//".split("/")
            if problem.pointer == "/set_num":
                form.add_error("set_num", str(problem.detail))
            else:
                place = f"Row {lines[int(index)][0]}: " if index.isdigit() else ""
                form.add_error("rows", f"{place}{problem.detail}")
        return refusal.status
    return 302


def _read_rows(form: IdentifyForm) -> list[tuple[int, LineRequest]]:
    """Pairs of row number and line. Rows that cannot be read become errors of the form."""
    text, reason = form.cleaned_data["rows"], form.cleaned_data["reason"]
    found: list[tuple[int, LineRequest]] = []
    others = []
    for number, row in enumerate(text.splitlines(), start=1):
        bag = _BAG.fullmatch(row.strip())
        if bag is not None:
            found.append((number, LineRequest(bag=bag[1], reason=reason)))
        # An empty row takes the place of a bag, so that the later rows keep their numbers.
        others.append("" if bag is not None else row)
    for row in read_list("\n".join(others)):
        if row.problem:
            form.add_error("rows", f"Row {row.number}: {row.problem}")
            continue
        named = (
            {"element_id": row.element_id}
            if row.element_id
            else {"part_num": row.part_num, "color_id": row.color_id}
        )
        found.append((row.number, LineRequest(**named, quantity=row.quantity, reason=reason)))
    return sorted(found, key=lambda each: each[0])
