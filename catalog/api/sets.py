"""The catalogue by REST: sets, their pieces, and the sets with a piece. Read only, open to anyone."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Count
from django.http import HttpResponseBase, HttpResponseNotModified
from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import Anyone
from catalog.api import examples
from catalog.api.serializers import (
    PieceInSetSerializer,
    SetDetailSerializer,
    SetSerializer,
    set_summary,
    set_with_bags,
)
from catalog.caching import catalogue_etag, is_known
from catalog.models import Bag, Element, Set
from catalog.pictures import pictures_version
from catalog.queries import contents_of, find_element, find_set, search_sets, sets_with
from catalog.revising import one_state
from catalog.search.sets import themes_below
from core.api.pagination import MAX_RANKED, paged_ranking, paged_rows
from core.api.parsing import Text, TypedWhole
from core.api.schema import PAGING, operation, page_example, page_of
from core.api.views import ApiView, read_query
from core.refusals import NotFound


class SetsQuery(serializers.Serializer[Any]):
    search = Text(
        required=False,
        max_length=200,
        help_text="Number, name, theme or element id; best match first, at most 200.",
    )
    theme = TypedWhole(required=False, help_text="A theme's id; includes the themes below it.")
    year = TypedWhole(required=False)


class PiecesQuery(serializers.Serializer[Any]):
    bag = Text(required=False, max_length=40, help_text="A bag's label.")
    color = TypedWhole(required=False, help_text="A colour's id.")
    search = Text(
        required=False, max_length=200, help_text="Name, part number, colour or element id; at most 200."
    )


SET_NUM = OpenApiParameter(
    "set_num", str, OpenApiParameter.PATH, description="`75290-1`; a number without a suffix means `-1`."
)
ELEMENT_ID = OpenApiParameter(
    "element_id", str, OpenApiParameter.PATH, description="As printed on the last pages of the instructions."
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag of an earlier answer."
)
NOT_MODIFIED = {304: None}


class CatalogView(ApiView):
    """Its answers are the same for all callers and change only with the catalogue, so its revision is their ETag."""

    permission_classes = (Anyone,)
    cache_control = "no-cache"

    @method_decorator(gzip_page)
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs)

    def fresh(self, request: Request, make: Callable[[], dict[str, Any]]) -> HttpResponseBase:
        """The answer that `make` returns, or 304 if the caller has it already."""
        # The ETag contains the address: a caller that sends it had an answer here before, so nothing is checked again.
        with one_state():
            etag = catalogue_etag("api", pictures_version(), request.get_full_path())
            if is_known(request._request, etag):
                return HttpResponseNotModified(headers={"ETag": etag})
            return Response(make(), headers={"ETag": etag})


class SetsView(CatalogView):
    @operation(
        "listSets",
        tag="catalogue",
        summary="List sets by number; with `search`, best match first",
        answers={200: page_of(SetSerializer, "SetPage"), **NOT_MODIFIED},
        parameters=[SetsQuery, *PAGING, IF_NONE_MATCH],
        links={name: {"set_num": "$response.body#/results/0/set_num"} for name in ("getSet", "listPieces")},
        answered=page_example(examples.SET),
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = read_query(SetsQuery, request)
        return self.fresh(request, lambda: _page_of_sets(request, **query))


class SetView(CatalogView):
    @operation(
        "getSet",
        tag="catalogue",
        summary="Get a set and its bags",
        answers={200: SetDetailSerializer, **NOT_MODIFIED},
        refusals=[404],
        parameters=[SET_NUM, IF_NONE_MATCH],
        links={"listPieces": {"set_num": "$response.body#/set_num"}, "createOrder": {}},
        answered=examples.SET_WITH_BAGS,
    )
    def get(self, request: Request, set_num: str) -> HttpResponseBase:
        return self.fresh(request, lambda: set_with_bags(live_set(set_num)))


class PiecesView(CatalogView):
    @operation(
        "listPieces",
        tag="catalogue",
        summary="List the pieces of a set; with `search`, at most 200",
        answers={200: page_of(PieceInSetSerializer, "PieceInSetPage"), **NOT_MODIFIED},
        refusals=[404],
        parameters=[SET_NUM, PiecesQuery, *PAGING, IF_NONE_MATCH],
        links={"listSetsWithElement": {"element_id": "$response.body#/results/0/element_ids/0"}},
        answered=page_example(examples.PIECE),
    )
    def get(self, request: Request, set_num: str) -> HttpResponseBase:
        query = read_query(PiecesQuery, request)
        return self.fresh(request, lambda: _page_of_pieces(request, live_set(set_num), **query))


class SetsWithPieceView(CatalogView):
    @operation(
        "listSetsWithElement",
        tag="catalogue",
        summary="List the sets that contain an element, newest first",
        answers={200: page_of(SetSerializer, "SetPage"), **NOT_MODIFIED},
        refusals=[404],
        parameters=[ELEMENT_ID, *PAGING, IF_NONE_MATCH],
        answered=page_example(examples.SET),
    )
    def get(self, request: Request, element_id: str) -> HttpResponseBase:
        return self.fresh(request, lambda: _page_of_sets_with(request, element_id))


def live_set(set_num: str) -> Set:
    """The set with that number, if customers can ask for it now. Raises NotFound."""
    set_ = find_set(set_num, along=("theme",))
    if set_ is None or set_.retired_at is not None:
        raise NotFound
    return set_


def _page_of_sets(
    request: Request, *, search: str = "", theme: int | None = None, year: int | None = None
) -> dict[str, Any]:
    if search.strip():
        found, links = paged_ranking(request, search_sets(search, theme=theme, year=year, limit=MAX_RANKED))
        return {**links, "results": _sets(found)}
    rows = Set.objects.filter(retired_at__isnull=True).select_related("theme")
    if theme is not None:
        rows = rows.filter(theme__in=themes_below(theme))
    if year is not None:
        rows = rows.filter(year=year)
    found, links = paged_rows(request, rows, "set_num")
    return {**links, "results": _sets(found)}


def _page_of_sets_with(request: Request, element_id: str) -> dict[str, Any]:
    piece = find_element(element_id)
    if piece is None:
        raise NotFound
    found, links = paged_rows(request, sets_with(piece), "-year", "set_num")
    return {**links, "results": _sets(found)}


def _page_of_pieces(
    request: Request, set_: Set, *, bag: str | None = None, color: int | None = None, search: str = ""
) -> dict[str, Any]:
    rows = contents_of(set_, bag=bag, color_id=color, search=search).prefetch_related(None).values(*ROW)
    if search.strip():
        found, links = paged_ranking(request, list(rows[:MAX_RANKED]))
    else:
        found, links = paged_rows(request, rows, "pk")
    element_ids = defaultdict(list)
    of_these = Element.objects.filter(piece__in={row["piece_id"] for row in found})
    for piece_id, element_id in of_these.order_by("element_id").values_list("piece_id", "element_id"):
        element_ids[piece_id].append(element_id)
    return {**links, "results": [_piece_in_set(row, element_ids[row["piece_id"]]) for row in found]}


def _sets(sets: Iterable[Set]) -> list[dict[str, Any]]:
    shown = list(sets)
    rows = Bag.objects.filter(set__in=shown, retired_at__isnull=True).values_list("set")
    bags = dict(rows.annotate(Count("pk")).order_by())
    return [{**set_summary(set_), "num_bags": bags.get(set_.pk, 0)} for set_ in shown]


# The columns of a piece in a set, read without models: programs read pages of pieces most.
ROW = (
    "pk",
    "piece_id",
    "quantity",
    "is_spare",
    "minifig",
    "bag__label",
    "piece__weight_mg",
    "piece__image_url",
    "piece__part__part_num",
    "piece__part__name",
    "piece__part__category",
    "piece__color_id",
    "piece__color__name",
    "piece__color__rgb",
)


def _piece_in_set(row: dict[str, Any], element_ids: list[str]) -> dict[str, Any]:
    color = {"id": row["piece__color_id"], "name": row["piece__color__name"], "rgb": row["piece__color__rgb"]}
    return {
        "part_num": row["piece__part__part_num"],
        "color": color,
        "element_ids": element_ids,
        "name": row["piece__part__name"],
        "category": row["piece__part__category"],
        "quantity": row["quantity"],
        "bag": row["bag__label"],
        "is_spare": row["is_spare"],
        "minifig": row["minifig"] or None,
        "image_url": row["piece__image_url"] or None,
        "weight_mg": row["piece__weight_mg"],
    }
