"""Entering the contents of a bag for the first time: one that a customer asked for, or any bag of a set."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from catalog.bag_entry import enter_bag
from catalog.models import Set
from catalog.queries import bags_of, find_set
from core.refusals import NotFound
from dashboard.access import SERVICE, StaffRequest, staff_page
from dashboard.bag_rows import enter_rows
from dashboard.forms.bags import BagForm, LabelledBagForm
from orders.links import find_order


@require_http_methods(["GET", "POST"])
@staff_page(SERVICE)
def bag(request: StaffRequest, number: str, label: str) -> HttpResponse:
    """A bag that a customer asked for: one row for each kind of piece, typed or pasted."""
    order = find_order(number)
    line = order.lines.filter(bag_label=label).first() if order else None
    if order is None or line is None:
        raise NotFound("No customer asked for this bag.")
    form = BagForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = _enter(request, form, order.set, label)
        if status == 302:
            return redirect("dashboard:order", order.number)
    return render(
        request, "dashboard/bag.html", {"order": order, "label": label, "form": form}, status=status
    )


@require_http_methods(["GET", "POST"])
@staff_page(SERVICE)
def set_bag(request: StaffRequest, set_num: str) -> HttpResponse:
    """The same from the set's page, for any bag of the set."""
    set_ = find_set(set_num)
    if set_ is None or set_.retired_at is not None:
        raise NotFound("There is no such set.")
    form = LabelledBagForm(request.POST or None)
    status = 200
    if request.method == "POST":
        label = form.cleaned_data["label"] if form.is_valid() else ""
        status = _enter(request, form, set_, label)
        if status == 302:
            return redirect("catalog:set", set_.set_num)
    context = {"set": set_, "bags": bags_of(set_), "form": form}
    return render(request, "dashboard/set_bag.html", context, status=status)


def _enter(request: StaffRequest, form: BagForm, set_: Set, label: str) -> int:
    """Returns 302, or a status of refusal with each row's errors on the form."""
    status = enter_rows(form, lambda rows: enter_bag(set_id=set_.pk, label=label, rows=rows, by=request.user))
    if status == 302:
        messages.success(request, f"Bag {label} of {set_.set_num} is entered.")
    return status
