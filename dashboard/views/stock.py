"""Stock: what lies in which bin, what came and went, and entering both."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Bag
from catalog.queries import find_piece, find_set
from core.refusals import NotFound, Refusal
from dashboard.access import WAREHOUSE, StaffRequest, staff_page
from dashboard.form_errors import add_refusal
from dashboard.forms.counting import BeginCountForm
from dashboard.forms.fields import KeyedForm
from dashboard.forms.stock import AdjustForm, CarryForm, CountForm, NewItemForm
from dashboard.paging import page_of
from dashboard.shelves import (
    MOST_FOUND,
    bin_codes,
    find_bin,
    find_items,
    ledger_of,
    levels_in,
    waiting_for,
    with_levels,
)
from orders.floor.bin_moves import move_between_bins
from orders.floor.counting import count_stock
from warehouse.items import items_of_bags, items_of_pieces
from warehouse.models import StockItem
from warehouse.shelves import list_bins
from warehouse.stocking import move_stock

FIELDS = {
    f"/{name}": name for name in ("delta", "bin", "reason", "counted", "quantity", "from_bin", "to_bin")
}


@require_safe
@staff_page(WAREHOUSE)
def stock(request: StaffRequest) -> HttpResponse:
    return _show_stock(request)


@require_safe
@staff_page(WAREHOUSE)
def bins(request: StaffRequest) -> HttpResponse:
    """The bins in the order of the walk, or those whose code begins with the typed text."""
    typed = request.GET.get("bin", "").strip()
    exact = find_bin(typed) if typed else None
    if exact is not None:
        return redirect("dashboard:bin", exact.pk)
    return render(
        request,
        "dashboard/bins.html",
        {"page": page_of(list_bins(typed), request, size=100), "typed": typed},
    )


@require_safe
@staff_page(WAREHOUSE)
def bin_(request: StaffRequest, bin_id: int) -> HttpResponse:
    """What lies in one bin."""
    found = find_bin(bin_id)
    if found is None:
        raise NotFound("There is no such bin.")
    return render(
        request,
        "dashboard/bin.html",
        {
            "bin": found,
            "page": page_of(levels_in(found), request),
            "form": BeginCountForm(initial={"bin": found.code}),
        },
    )


@require_POST
@staff_page(WAREHOUSE)
def new_item(request: StaffRequest) -> HttpResponse:
    """Open the page of an item that may have no bin yet: a piece, or a packed bag."""
    form = NewItemForm(request.POST)
    if not form.is_valid():
        return _show_stock(request, form, status=400)
    item_id = _find_or_make(form)
    if item_id is None:
        return _show_stock(request, form, status=400)
    return redirect("dashboard:item", item_id)


@require_safe
@staff_page(WAREHOUSE)
def item(request: StaffRequest, item_id: int) -> HttpResponse:
    return _show_item(request, _item(item_id))


@require_POST
@staff_page(WAREHOUSE)
def adjust(request: StaffRequest, item_id: int) -> HttpResponse:
    """Enter what came or went, with its reason."""

    def enter(found: StockItem, typed: dict[str, Any]) -> str:
        move_stock(
            sku=found.sku,
            bin_code=typed["bin"].strip(),
            delta=typed["delta"],
            reason=typed["reason"],
            by=request.user,
            key=typed["key"],
        )
        return f"{typed['delta']:+d} in {typed['bin']}."

    return _enter(request, item_id, AdjustForm, "adjust", enter)


@require_POST
@staff_page(WAREHOUSE)
def count(request: StaffRequest, item_id: int) -> HttpResponse:
    """Enter how many lie in a bin. The count is true whatever is reserved."""

    def enter(found: StockItem, typed: dict[str, Any]) -> str:
        movement = count_stock(
            sku=found.sku,
            bin_code=typed["bin"],
            counted=typed["counted"],
            key=typed["key"],
            by=request.user,
        )
        if movement is None:
            return f"{typed['counted']} in {typed['bin']}, as the books had it."
        return f"{typed['counted']} in {typed['bin']}: {movement.delta:+d} against the books."

    return _enter(request, item_id, CountForm, "count", enter)


@require_POST
@staff_page(WAREHOUSE)
def carry(request: StaffRequest, item_id: int) -> HttpResponse:
    """Move a quantity to another bin."""

    def enter(found: StockItem, typed: dict[str, Any]) -> str:
        move_between_bins(
            sku=found.sku,
            from_bin=typed["from_bin"],
            to_bin=typed["to_bin"],
            quantity=typed["quantity"],
            key=typed["key"],
            by=request.user,
        )
        return f"{typed['quantity']} carried from {typed['from_bin']} to {typed['to_bin']}."

    return _enter(request, item_id, CarryForm, "carry", enter)


def _enter(
    request: StaffRequest,
    item_id: int,
    form_class: type[KeyedForm],
    name: str,
    enter: Callable[[StockItem, dict[str, Any]], str],
) -> HttpResponse:
    """Read a form, enter it, and show the item with a message about it."""
    found = _item(item_id)
    form = form_class(request.POST)
    if not form.is_valid():
        return _show_item(request, found, {name: form}, status=400)
    try:
        message = enter(found, form.cleaned_data)
    except Refusal as refusal:
        status = add_refusal(form, refusal, FIELDS)
        form.renew_key()
        return _show_item(request, _item(item_id), {name: form}, status=status)
    messages.success(request, message)
    return redirect("dashboard:item", item_id)


def _item(item_id: int) -> StockItem:
    found = with_levels(StockItem.objects.filter(pk=item_id)).first()
    if found is None:
        raise NotFound("There is no such item.")
    return found


def _find_or_make(form: NewItemForm) -> int | None:
    """The id of the item that the form names; None if there is none, with errors on the form."""
    typed = form.cleaned_data
    if bool(typed["part_num"]) == bool(typed["bag"]):
        form.add_error(None, "Type a part and its colour, or a set and its bag.")
        return None
    if typed["bag"]:
        set_ = find_set(typed["set_num"])
        bag = set_ and Bag.objects.filter(set=set_, label__iexact=typed["bag"]).first()
        if not bag:
            form.add_error("bag", "We know no such bag of this set.")
            return None
        return items_of_bags([bag.pk])[bag.pk]
    piece = None
    if typed["color_id"] is not None:
        piece = find_piece(part_num=typed["part_num"], color_id=typed["color_id"])
    if piece is None:
        form.add_error("part_num", "We do not know this part in this colour.")
        return None
    return items_of_pieces([piece.pk])[piece.pk]


def _show_stock(request: StaffRequest, form: NewItemForm | None = None, *, status: int = 200) -> HttpResponse:
    typed = request.GET.get("q", "")
    found = list(find_items(typed)[: MOST_FOUND + 1]) if typed.strip() else []
    return render(
        request,
        "dashboard/stock.html",
        {
            "typed": typed,
            "items": found[:MOST_FOUND],
            "more": len(found) > MOST_FOUND,
            "most": MOST_FOUND,
            "form": form or NewItemForm(),
        },
        status=status,
    )


def _show_item(
    request: StaffRequest, item: StockItem, forms: dict[str, KeyedForm] | None = None, *, status: int = 200
) -> HttpResponse:
    levels = sorted(item.levels.all(), key=lambda level: level.bin.code)
    first_bin = levels[0].bin.code if levels else ""
    shown: dict[str, KeyedForm] = {
        "count": CountForm(initial={"bin": first_bin}, auto_id="count_%s"),
        "carry": CarryForm(initial={"from_bin": first_bin}, auto_id="carry_%s"),
        "adjust": AdjustForm(initial={"bin": first_bin, "reason": "received"}, auto_id="adjust_%s"),
    }
    for name, form in (forms or {}).items():
        form.auto_id = f"{name}_%s"
        shown[name] = form
    return render(
        request,
        "dashboard/item.html",
        {
            "item": item,
            "levels": levels,
            "page": page_of(ledger_of(item), request, size=25),
            "waiting": waiting_for(item)[:25],
            "forms": shown,
            "bins": bin_codes(),
        },
        status=status,
    )
