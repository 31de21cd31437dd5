"""The pages on which a customer finds the set and chooses what is missing from it."""

from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from accounts.models import Role, User
from catalog.caching import catalogue_page, is_part
from catalog.choosing import count_keys, find_chosen
from catalog.grouping import groups_of, heading_for
from catalog.models import Content, Set
from catalog.pictures import CONTENT_TYPES, picture_path
from catalog.queries import bags_of, contents_of, facets_of, find_set, sets_sharing_number, theme_names
from catalog.search.matching import CANDIDATES
from catalog.search.sets import find_sets, load_sets
from catalog.suggestions import minifig_names, minifigs_of
from core.text import ascii_digits

SETS_ON_A_PAGE = 12
PIECES_ON_A_PAGE = 48
LONGEST_QUERY = 100
CHANGES = ("add", "drop", "figure")
FILTERS = ("in", "color", "category", "q")
LOOSE = "-"  # the bag filter's value for pieces that lie in no bag
PICTURE_SECONDS = 24 * 3600


@require_safe
@catalogue_page
def home(request: HttpRequest) -> HttpResponse:
    """The start page. It asks the customer which set it is."""
    return render(request, "catalog/home.html")


@require_safe
@catalogue_page
def sets(request: HttpRequest) -> HttpResponse:
    """The sets that match the typed text: a number, words of the name, a theme, or a piece."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    found = find_sets(query)
    page = Paginator(found.ids, SETS_ON_A_PAGE).get_page(_page_number(request))
    context = {
        "query": query,
        "found": found,
        "is_cut": len(found.ids) == CANDIDATES,
        "page": page,
        "sets": load_sets(list(page)),
    }
    # While the customer types, only the results travel; the page's own address holds the whole page.
    return render(request, "catalog/_found.html" if is_part(request) else "catalog/sets.html", context)


@require_safe
@catalogue_page
def set_page(request: HttpRequest, set_num: str) -> HttpResponse:
    """A set: its bags, its pieces by filter, and the list of chosen pieces, which the address holds.

    When htmx adds, filters or turns a page, only the list of pieces travels.
    """
    set_ = known_set(set_num)
    if set_.set_num != set_num:
        return redirect_with_query(request, reverse("catalog:set", args=[set_.set_num]))
    if any(name in request.GET for name in CHANGES):
        return _change_choice(request, set_)
    label = request.GET.get("in", "")[:12]
    color = _whole_number(request.GET.get("color", ""))
    category = request.GET.get("category", "").replace("\x00", "")[:100]
    search = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    bag = None if not label else "" if label == LOOSE else label
    rows = contents_of(set_, bag=bag, color_id=color, category=category or None, search=search)
    page: Page[Content] = Paginator(rows, PIECES_ON_A_PAGE).get_page(_page_number(request))
    chosen = [each for each in find_chosen(set_, count_keys(request.GET.getlist("piece"))) if each.most]
    has_bags = set_.bags_known or any(row.bag_id for row in page)
    context = {
        "set": set_,
        "chosen": chosen,
        "chosen_total": sum(each.quantity for each in chosen),
        "list_is_open": request.GET.get("list") == "open",
        "chosen_counts": {each.key: each.quantity for each in chosen},
        "page": page,
        "groups": groups_of(page, heading_for(has_bags=has_bags, bag=bag, color_id=color)),
        "page_query": _query_without(request, "page"),
    }
    if is_part(request):
        return render(request, "catalog/_piece_list.html", context | {"part": True})
    bags = bags_of(set_)
    context |= {
        "themes": theme_names(set_),
        "others": list(sets_sharing_number(set_)),
        "bags": bags,
        "chosen_bags": [row.label for row in bags if row.label in request.GET.getlist("bag")],
        "minifigs": minifig_names(set_),
        "facets": facets_of(set_),
        "filter": {"in": label, "color": color, "category": category, "q": search},
        "loose": LOOSE,
        "enters_bags": _enters_bags(request),
    }
    return render(request, "catalog/set.html", context)


@require_safe
def piece_picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """A piece's picture that the operator has provided."""
    path = picture_path(name)
    if path is None:
        raise Http404("no such picture")
    try:
        response = FileResponse(path.open("rb"), content_type=CONTENT_TYPES[path.suffix])
    except OSError as error:
        raise Http404("no such picture") from error
    patch_cache_control(response, public=True, max_age=PICTURE_SECONDS)
    return response


def known_set(set_num: str) -> Set:
    """The live set of this number. Raises Http404."""
    set_ = find_set(set_num)
    if set_ is None or set_.retired_at is not None:
        raise Http404("no such set")
    return set_


def redirect_with_query(request: HttpRequest, path: str) -> HttpResponseRedirect:
    """Redirect to the same page under its proper address, with its query kept."""
    query = request.GET.urlencode()
    return HttpResponseRedirect(f"{path}?{query}" if query else path)


def _change_choice(request: HttpRequest, set_: Set) -> HttpResponse:
    """Add a piece to the list or drop one, and redirect to the page with the new list in its address."""
    query = request.GET.copy()
    keys = query.getlist("piece") + query.getlist("add")[:1]
    if wanted := query.get("figure"):
        keys += next((figure.keys for figure in minifigs_of(set_) if figure.name == wanted), ())
    dropped = query.get("drop")
    query.setlist("piece", [key for key in keys if key != dropped])
    if page := query.get("at"):
        query["page"] = page
    for name in (*CHANGES, "at", "list"):
        query.pop(name, None)
    if dropped:
        query["list"] = "open"  # the customer who drops one piece may drop the next
    for name in (*FILTERS, "page"):
        if not query.get(name):
            query.pop(name, None)
    return redirect(f"{reverse('catalog:set', args=[set_.set_num])}?{query.urlencode()}")


def _enters_bags(request: HttpRequest) -> bool:
    """Whether a member of service looks at the page. A visitor without a session costs no query."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return isinstance(request.user, User) and request.user.has_role(Role.SERVICE)


def _query_without(request: HttpRequest, name: str) -> str:
    return urlencode([(key, each) for key, values in request.GET.lists() if key != name for each in values])


def _page_number(request: HttpRequest) -> str:
    return ascii_digits(request.GET.get("page", "1")[:6])


def _whole_number(text: str) -> int | None:
    """A number that a database column can hold, or None."""
    text = ascii_digits(text.strip())
    return int(text) if text.lstrip("-").isdecimal() and len(text) <= 9 and text.rfind("-") <= 0 else None
