"""Stock by REST: the levels, and the ledger of movements."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsWarehouse, caller_of, user_of
from catalog.models import Bag
from catalog.queries import find_piece, find_set
from core.api.pagination import paged_rows
from core.api.parsing import Text, TypedWhole, Whole, read_body
from core.api.schema import PAGING, operation, page_example, page_of
from core.api.views import ApiView, moment, read_query, respond_once
from core.idempotency import Answer
from core.text import ascii_digits
from warehouse.api import examples
from warehouse.items import items_of_bags, items_of_pieces
from warehouse.models import StockItem, StockLevel, StockMovement
from warehouse.shelves import LONGEST_BIN_CODE
from warehouse.stocking import MANUAL_REASONS, MAX_DELTA, move_stock


class StockQuery(serializers.Serializer[Any]):
    part_num = Text(required=False, max_length=60)
    color_id = TypedWhole(required=False)
    set_num = Text(required=False, max_length=40, help_text="Only packed bags of this set.")
    bag = Text(required=False, max_length=12, help_text="Only packed bags with this label.")
    bin = Text(required=False, max_length=LONGEST_BIN_CODE, help_text="Only items in this bin.")


class LevelSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField(help_text="Opaque: look it up here, and do not parse it.")
    bin = serializers.CharField(allow_null=True, help_text="Null for an item that was never in a bin.")
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    available = serializers.IntegerField()


class MovementRequestSerializer(serializers.Serializer[Any]):
    sku = Text(max_length=120)
    bin = Text(max_length=LONGEST_BIN_CODE, help_text="An unknown bin is created.")
    delta = Whole(
        min_value=-MAX_DELTA,
        max_value=MAX_DELTA,
        help_text="The quantity that came in; negative for one that went out.",
    )
    reason = Text(help_text=f"One of {', '.join(MANUAL_REASONS)}.")


class MovementSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    bin = serializers.CharField()
    delta = serializers.IntegerField()
    reason = serializers.CharField()
    at = serializers.DateTimeField()


class StockView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "listStock",
        tag="warehouse",
        summary="List stock by SKU and bin",
        description=examples.ABOUT_STOCK,
        answers={200: page_of(LevelSerializer, "StockPage")},
        parameters=[StockQuery, *PAGING],
        scope="stock:read",
        answered=page_example(examples.LEVEL),
    )
    def get(self, request: Request) -> Response:
        query = read_query(StockQuery, request)
        rows = StockLevel.objects.filter(**_filters(**query)).select_related("item", "bin")
        found, links = paged_rows(request, rows, "item__sku", "bin__code")
        results = [_level(level) for level in found]
        if not results and "bin" not in query and "cursor" not in request.query_params:
            results = _never_stocked(**query)
        return Response({**links, "results": results})


class MovementsQuery(serializers.Serializer[Any]):
    sku = Text(required=False, max_length=120, help_text="Only movements of this item.")
    bin = Text(required=False, max_length=LONGEST_BIN_CODE, help_text="Only movements in this bin.")


class MovementsView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "listMovements",
        tag="warehouse",
        summary="List the ledger's movements, newest first",
        answers={200: page_of(MovementSerializer, "MovementPage")},
        parameters=[MovementsQuery, *PAGING],
        scope="stock:read",
        answered=page_example(examples.MOVEMENT),
    )
    def get(self, request: Request) -> Response:
        query = read_query(MovementsQuery, request)
        rows = StockMovement.objects.select_related("item", "bin")
        if query.get("sku"):
            rows = rows.filter(item__sku=query["sku"])
        if query.get("bin"):
            rows = rows.filter(bin__code=query["bin"])
        found, links = paged_rows(request, rows, "-pk")
        return Response({**links, "results": [_movement(row) for row in found]})

    @operation(
        "createMovement",
        tag="warehouse",
        summary="Enter stock that came in or went out",
        body=MovementRequestSerializer,
        answers={201: MovementSerializer},
        conflicts=["below_reserved"],
        idempotent=True,
        scope="stock:write",
        asked=examples.MOVED,
        answered=examples.MOVEMENT,
    )
    def post(self, request: Request) -> Response:
        values = read_body(MovementRequestSerializer, request.data)
        values["bin_code"] = values.pop("bin").strip()

        def work() -> Answer:
            movement = move_stock(by=user_of(request), **values)
            return Answer(status=201, body=_movement(movement))

        return respond_once(request, callers=[caller_of(request)], work=work)


def _filters(
    *, part_num: str = "", color_id: int | None = None, set_num: str = "", bag: str = "", bin: str = ""
) -> dict[str, Any]:
    filters: dict[str, Any] = {}
    if part_num:
        filters["item__piece__part__part_num"] = ascii_digits(part_num).strip()
    if color_id is not None:
        filters["item__piece__color"] = color_id
    if set_num:
        set_ = find_set(set_num)
        filters["item__bag__set__in"] = [set_.pk] if set_ else []
    if bag:
        filters["item__bag__label__iexact"] = ascii_digits(bag).strip()
    if bin:
        filters["bin__code"] = bin.strip()
    return filters


def _never_stocked(
    *, part_num: str = "", color_id: int | None = None, set_num: str = "", bag: str = ""
) -> list[dict[str, Any]]:
    """The item that the query names exactly, though it was never stocked: a program can look up its SKU only here."""
    items: list[int] = []
    if part_num and color_id is not None and not set_num and not bag:
        piece = find_piece(part_num=part_num, color_id=color_id)
        items = list(items_of_pieces([piece.pk]).values()) if piece else []
    elif set_num and bag and not part_num and color_id is None:
        set_ = find_set(set_num)
        wanted = Bag.objects.filter(
            set=set_, label__iexact=ascii_digits(bag).strip(), retired_at=None
        ).first()
        items = list(items_of_bags([wanted.pk]).values()) if wanted else []
    skus = StockItem.objects.filter(pk__in=items).values_list("sku", flat=True)
    return [{"sku": sku, "bin": None, "on_hand": 0, "reserved": 0, "available": 0} for sku in skus]


def _movement(movement: StockMovement) -> dict[str, Any]:
    return {
        "id": movement.pk,
        "sku": movement.item.sku,
        "bin": movement.bin.code,
        "delta": movement.delta,
        "reason": movement.reason,
        "at": moment(movement.at),
    }


def _level(level: StockLevel) -> dict[str, Any]:
    return {
        "sku": level.item.sku,
        "bin": level.bin.code,
        "on_hand": level.on_hand,
        "reserved": level.reserved,
        "available": level.available,
    }
