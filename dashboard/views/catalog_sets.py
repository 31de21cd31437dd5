"""Finding a set and correcting it: its facts, its bags, a piece's weight; and the earlier corrections."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.bag_entry import correct_bag, find_bag
from catalog.correcting import (
    correct_set,
    correct_weight,
    corrections_of_piece,
    corrections_of_set,
    take_back,
)
from catalog.models import Bag, Content, Correction, Piece, Set
from catalog.queries import find_element, find_piece
from catalog.search.sets import numbered_like, search_sets
from catalog.text import clean_identifier
from core.refusals import NotFound, Refusal
from dashboard.access import SERVICE, StaffRequest, staff_page
from dashboard.bag_rows import enter_rows
from dashboard.corrections import in_words
from dashboard.form_errors import add_refusal
from dashboard.forms.catalog import KnownBagForm, PieceWeightForm, SetForm, theme_choices

MOST_FOUND = 30


@require_safe
@staff_page(SERVICE)
def catalog(request: StaffRequest) -> HttpResponse:
    """Find a set, or a piece by its element id or part."""
    typed = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    context = {
        "typed": typed,
        "sets": _find_sets(typed) if typed else [],
        "pieces": _find_pieces(typed) if typed else [],
        "corrections": in_words(
            Correction.objects.select_related("set", "piece__part", "piece__color", "by").order_by("-pk")[:10]
        ),
    }
    return render(request, "dashboard/catalog.html", context)


def _find_sets(typed: str) -> list[Set]:
    """The sets that customers find, and the retired sets with this number: they may have open orders."""
    number = clean_identifier(typed)
    retired = Set.objects.filter(retired_at__isnull=False).select_related("theme").order_by("set_num")
    gone = list(retired.filter(Q(set_num=number) | numbered_like(number))[:MOST_FOUND])
    return (gone + search_sets(typed))[:MOST_FOUND]


def _find_pieces(typed: str) -> list[Piece]:
    element = find_element(typed)
    if element is not None:
        return [element]
    return list(
        Piece.objects.filter(part__part_num__iexact=typed)
        .select_related("part", "color")
        .order_by("color__name")[:MOST_FOUND]
    )


@require_http_methods(["GET", "POST"])
@staff_page(SERVICE)
def catalog_set(request: StaffRequest, set_num: str) -> HttpResponse:
    """A set, and a form to correct it."""
    set_ = _set(set_num)
    if request.method != "POST":
        return _show_set(request, set_, SetForm.of(set_))
    form = SetForm(request.POST)
    if not form.is_valid():
        return _show_set(request, set_, form, status=400)
    try:
        made = correct_set(
            set_id=set_.pk, changes=form.changes(), by=request.user, reason=form.cleaned_data["reason"]
        )
    except Refusal as refusal:
        fields = {problem.pointer: problem.pointer.removeprefix("/") for problem in refusal.problems}
        return _show_set(request, set_, form, status=add_refusal(form, refusal, fields))
    messages.success(request, "Corrected." if made else "Nothing to correct: it was so already.")
    return redirect("dashboard:catalog_set", set_.set_num)


@require_POST
@staff_page(SERVICE)
def catalog_take_back(request: StaffRequest, correction_id: int) -> HttpResponse:
    """Go back to the value of the source."""
    found = Correction.objects.filter(pk=correction_id).select_related("set", "piece__part").first()
    if found is None:
        raise NotFound("There is no such correction.")
    try:
        take_back(correction_id=correction_id, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.detail))
    else:
        messages.success(request, "Taken back.")
    if found.piece is not None:
        return redirect("dashboard:catalog_piece", found.piece.part.part_num, found.piece.color_id)
    return redirect("dashboard:catalog_set", found.set.set_num if found.set else "")


@require_http_methods(["GET", "POST"])
@staff_page(SERVICE)
def catalog_bag(request: StaffRequest, set_num: str, label: str) -> HttpResponse:
    """A bag whose contents are entered, and a form to correct them."""
    set_ = _set(set_num)
    bag = find_bag(set_, clean_identifier(label))
    contents = _contents(set_, bag) if bag else []
    if bag is None or not contents:
        raise NotFound("The contents of this bag are not entered yet.")
    if request.method == "POST":
        form = KnownBagForm(request.POST)
        status = enter_rows(
            form,
            lambda rows: correct_bag(
                set_id=set_.pk,
                label=bag.label,
                rows=rows,
                by=request.user,
                reason=form.cleaned_data["reason"],
            ),
        )
        if status == 302:
            messages.success(request, f"Bag {bag.label} is corrected.")
            return redirect("dashboard:catalog_set", set_.set_num)
    else:
        typed = "\n".join(
            f"{row['piece__part__part_num']} {row['piece__color']} {row['total']}" for row in contents
        )
        form, status = KnownBagForm(initial={"rows": typed}), 200
    context = {"set": set_, "bag": bag, "form": form, "contents": contents}
    return render(request, "dashboard/catalog_bag.html", context, status=status)


@require_http_methods(["GET", "POST"])
@staff_page(SERVICE)
def catalog_piece(request: StaffRequest, part_num: str, color_id: int) -> HttpResponse:
    """A piece, and a form to correct its weight."""
    piece = find_piece(part_num=part_num, color_id=color_id)
    if piece is None:
        raise NotFound("There is no such piece.")
    form = PieceWeightForm(request.POST) if request.method == "POST" else PieceWeightForm.of(piece)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                correct_weight(
                    piece_id=piece.pk,
                    weight_mg=form.cleaned_data["weight"],
                    by=request.user,
                    reason=form.cleaned_data["reason"],
                )
            except Refusal as refusal:
                status = add_refusal(form, refusal, {"/weight_mg": "weight", "/reason": "reason"})
            else:
                messages.success(request, "Corrected. The scale uses this weight from now on.")
                return redirect("dashboard:catalog_piece", part_num, color_id)
    context = {
        "piece": piece,
        "form": form,
        "sets": Set.objects.filter(inventory__contents__piece=piece, retired_at__isnull=True)
        .distinct()
        .count(),
        "corrections": in_words(corrections_of_piece(piece)),
    }
    return render(request, "dashboard/catalog_piece.html", context, status=status)


def _set(set_num: str) -> Set:
    """The set with exactly this number, since staff correct the set that they looked up."""
    found = Set.objects.select_related("theme").filter(set_num=clean_identifier(set_num)).first()
    if found is None:
        raise NotFound("There is no such set.")
    return found


def _show_set(request: StaffRequest, set_: Set, form: SetForm, status: int = 200) -> HttpResponse:
    pieces = Content.objects.filter(inventory=set_.inventory_id).aggregate(
        own=Sum("quantity", filter=Q(is_spare=False, beyond_inventory=False)),
        spare=Sum("quantity", filter=Q(is_spare=True)),
        loose=Sum("quantity", filter=Q(bag=None, beyond_inventory=False)),
        beyond=Sum("quantity", filter=Q(beyond_inventory=True)),
    )
    context = {
        "set": set_,
        "form": form,
        "pieces": pieces,
        "bags": _known_bags(set_),
        "corrections": in_words(corrections_of_set(set_), dict(theme_choices())),
    }
    return render(request, "dashboard/catalog_set.html", context, status=status)


def _known_bags(set_: Set) -> list[Bag]:
    """The bags in use, with the number of pieces and of kinds in each."""
    return list(
        Bag.objects.filter(set=set_, retired_at__isnull=True)
        .annotate(
            total=Sum("contents__quantity", filter=Q(contents__inventory=set_.inventory_id)),
            kinds=Count("contents__piece", filter=Q(contents__inventory=set_.inventory_id), distinct=True),
        )
        .order_by("position", "label")
    )


def _contents(set_: Set, bag: Bag) -> list[Any]:
    return list(
        Content.objects.filter(inventory=set_.inventory_id, bag=bag)
        .values(
            "piece__part__part_num",
            "piece__part__name",
            "piece__color",
            "piece__color__name",
        )
        .annotate(total=Sum("quantity"))
        .order_by("piece__part__part_num", "piece__color")
    )
