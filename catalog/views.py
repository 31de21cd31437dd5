"""The pages on which a customer finds the set and chooses what is missing from it."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from catalog.choosing import count_keys, find_chosen
from catalog.looking_again import minifigs_of
from catalog.models import Color, Set
from catalog.reading import bags_of, contents_of, find_element, find_set, search_sets, theme_names
from core.text import ascii_digits

SETS_ON_A_PAGE = 20
PIECES_ON_A_PAGE = 30
LONGEST_QUERY = 100
CHANGES = ("add", "drop", "figure")
LOOSE = "-"  # what the bag filter calls the pieces that lie in no bag


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One question: which set?"""
    return render(request, "catalog/home.html")


@require_safe
def sets(request: HttpRequest) -> HttpResponse:
    """The sets that fit what was typed: number, words of the name, theme, or the id of a piece."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    piece = find_element(ascii_digits(query)) if 4 <= len(query) <= 10 and query.isdecimal() else None
    page = Paginator(search_sets(query), SETS_ON_A_PAGE).get_page(
        ascii_digits(request.GET.get("page", "1")[:6])
    )
    context = {"query": query, "page": page, "piece": piece}
    # As one types, only the results travel; in the page's own address lies the whole page.
    fragment = request.headers.get("HX-Request") == "true"
    response = render(request, "catalog/_found.html" if fragment else "catalog/sets.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def set_page(request: HttpRequest, set_num: str) -> HttpResponse:
    """A set: its bags, its pieces by filter, and the list of what was chosen, which lives in the address."""
    set_ = known_set(set_num)
    if set_.set_num != set_num:
        return redirect_with_query(request, reverse("catalog:set", args=[set_.set_num]))
    if any(name in request.GET for name in CHANGES):
        return _change_choice(request, set_)
    label = request.GET.get("in", "")[:12]
    color = _whole_number(request.GET.get("color", ""))
    search = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    bag = None if not label else "" if label == LOOSE else label
    rows = contents_of(set_, bag=bag, color_id=color, search=search)
    page = Paginator(rows, PIECES_ON_A_PAGE).get_page(ascii_digits(request.GET.get("page", "1")[:6]))
    chosen = [each for each in find_chosen(set_, count_keys(request.GET.getlist("piece"))) if each.most]
    bags = bags_of(set_)
    context = {
        "set": set_,
        "themes": theme_names(set_),
        "bags": bags,
        "chosen_bags": [row.label for row in bags if row.label in request.GET.getlist("bag")],
        "chosen": chosen,
        "chosen_total": sum(each.quantity for each in chosen),
        "chosen_counts": {each.key: each.quantity for each in chosen},
        "colors": Color.objects.filter(pieces__contents__inventory=set_.inventory_id)
        .distinct()
        .order_by("name"),
        "minifigs": minifigs_of(set_),
        "page": page,
        "filter": {"in": label, "color": color, "q": search},
        "loose": LOOSE,
        "page_query": _query_without(request, "page"),
    }
    return render(request, "catalog/set.html", context)


def known_set(set_num: str) -> Set:
    """The live set of this number. Raises Http404."""
    set_ = find_set(set_num)
    if set_ is None or set_.retired_at is not None:
        raise Http404("no such set")
    return set_


def redirect_with_query(request: HttpRequest, path: str) -> HttpResponseRedirect:
    """On to the same page under its proper address, with whatever was asked of it."""
    query = request.GET.urlencode()
    return HttpResponseRedirect(f"{path}?{query}" if query else path)


def _change_choice(request: HttpRequest, set_: Set) -> HttpResponse:
    """Put a piece on the list or take it off, and show the page under the address that says so."""
    query = request.GET.copy()
    keys = query.getlist("piece") + query.getlist("add")[:1]
    if wanted := query.get("figure"):
        keys += next((figure.keys for figure in minifigs_of(set_) if figure.name == wanted), ())
    dropped = query.get("drop")
    query.setlist("piece", [key for key in keys if key != dropped])
    for name in CHANGES:
        query.pop(name, None)
    for name in ("in", "color", "q", "page"):
        if not query.get(name):
            query.pop(name, None)
    return redirect(f"{reverse('catalog:set', args=[set_.set_num])}?{query.urlencode()}")


def _query_without(request: HttpRequest, name: str) -> str:
    return urlencode([(key, each) for key, values in request.GET.lists() if key != name for each in values])


def _whole_number(text: str) -> int | None:
    """A number a column of ours could hold, or None."""
    text = ascii_digits(text.strip())
    return int(text) if text.lstrip("-").isdecimal() and len(text) <= 9 and text.rfind("-") <= 0 else None
