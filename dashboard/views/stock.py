"""What lies where, what came and went, and entering what comes or goes."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Bag
from catalog.reading import find_piece, find_set
from core.refusals import NotFound, Refusal
from dashboard.access import WAREHOUSE, StaffRequest, staff_page
from dashboard.forms import MovementForm, NewItemForm
from dashboard.paging import page_of
from dashboard.refusing import add_refusal
from dashboard.shelves import MOST_FOUND, bin_codes, find_items, ledger_of, waiting_for, with_levels
from warehouse.items import items_of_bags, items_of_pieces
from warehouse.models import StockItem
from warehouse.stocking import move_stock

FIELDS = {"/delta": "delta", "/bin": "bin", "/reason": "reason"}


@require_safe
@staff_page(WAREHOUSE)
def stock(request: StaffRequest) -> HttpResponse:
    return _show_stock(request)


@require_POST
@staff_page(WAREHOUSE)
def new_item(request: StaffRequest) -> HttpResponse:
    """The page of an item that may have no shelf yet: a piece, or a packed bag."""
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
def move(request: StaffRequest, item_id: int) -> HttpResponse:
    """Enter what came or went."""
    found = _item(item_id)
    form = MovementForm(request.POST)
    if not form.is_valid():
        return _show_item(request, found, form, status=400)
    delta, bin_code = form.cleaned_data["delta"], form.cleaned_data["bin"]
    try:
        move_stock(
            sku=found.sku,
            bin_code=bin_code,
            delta=delta,
            reason=form.cleaned_data["reason"],
            by=request.user,
        )
    except Refusal as refusal:
        status = add_refusal(form, refusal, FIELDS)
        return _show_item(request, _item(item_id), form, status=status)
    messages.success(request, f"{delta:+d} in {bin_code}.")
    return redirect("dashboard:item", item_id)


def _item(item_id: int) -> StockItem:
    found = with_levels(StockItem.objects.filter(pk=item_id)).first()
    if found is None:
        raise NotFound("There is no such item.")
    return found


def _find_or_make(form: NewItemForm) -> int | None:
    """The item of the piece or bag that the form names; None with the form's errors set."""
    typed = form.cleaned_data
    if bool(typed["part_num"]) == bool(typed["bag"]):
        form.add_error(None, "Give a part and its colour, or a set and its bag.")
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
    request: StaffRequest, item: StockItem, form: MovementForm | None = None, *, status: int = 200
) -> HttpResponse:
    levels = sorted(item.levels.all(), key=lambda level: level.bin.code)
    first_bin = levels[0].bin.code if levels else ""
    return render(
        request,
        "dashboard/item.html",
        {
            "item": item,
            "levels": levels,
            "page": page_of(ledger_of(item), request, size=25),
            "waiting": waiting_for(item)[:25],
            "form": form or MovementForm(initial={"bin": first_bin, "reason": "received"}),
            "bins": bin_codes(),
        },
        status=status,
    )
