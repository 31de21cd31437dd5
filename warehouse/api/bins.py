"""Bins, scans and weighings by REST: what a scanner's program asks before it enters something."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsWarehouse, user_of
from catalog.queries import known_piece
from core.api.pagination import paged_rows
from core.api.parsing import Text, Whole, read_body
from core.api.schema import PAGING, operation, page_example, page_of
from core.api.views import ApiView, read_query
from warehouse.api import examples
from warehouse.items import find_scanned
from warehouse.models import Bin, PieceWeight
from warehouse.shelves import LONGEST_BIN_CODE, list_bins
from warehouse.weights import HEAVIEST_MG, MOST_TOGETHER, weigh_piece


class BinsQuery(serializers.Serializer[Any]):
    beginning = Text(
        required=False, max_length=LONGEST_BIN_CODE, help_text="Only bins whose code begins with this."
    )


class BinSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    kinds = serializers.IntegerField(help_text="The number of different items.")
    things = serializers.IntegerField(help_text="The quantity of all items.")
    promised = serializers.IntegerField(help_text="The quantity reserved for orders.")


class ScanQuery(serializers.Serializer[Any]):
    code = Text(max_length=120, help_text="The scan: a SKU, an element id, or a part number.")
    bin = Text(
        required=False,
        max_length=LONGEST_BIN_CODE,
        help_text="If several items match, take the one in this bin.",
    )


class ScannedSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()


class WeighRequestSerializer(serializers.Serializer[Any]):
    part_num = Text(max_length=60)
    color_id = Whole()
    count = Whole(min_value=1, max_value=MOST_TOGETHER, help_text="The number of pieces weighed together.")
    total_mg = Whole(min_value=1, max_value=HEAVIEST_MG, help_text="The reading of the scale.")


class WeightSerializer(serializers.Serializer[Any]):
    part_num = serializers.CharField()
    color_id = serializers.IntegerField()
    weight_mg = serializers.IntegerField(help_text="The weight of one.")
    error_mg = serializers.IntegerField(help_text="95 of 100 pieces differ by less.")
    weighed_together = serializers.IntegerField()


class BinsView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "listBins",
        tag="warehouse",
        summary="List bins in the order of the walk",
        description="`stock/?bin=` lists the items of a bin.",
        answers={200: page_of(BinSerializer, "BinPage")},
        parameters=[BinsQuery, *PAGING],
        scope="stock:read",
        answered=page_example(examples.BIN),
    )
    def get(self, request: Request) -> Response:
        query = read_query(BinsQuery, request)
        found, links = paged_rows(request, list_bins(query.get("beginning", "")), "code")
        return Response({**links, "results": [_bin(row) for row in found]})


class ScannedView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "findScanned",
        tag="warehouse",
        summary="Find the item that a scan means",
        description="A part number that exists in several colours means none of them, unless one lies in `bin`.",
        answers={200: ScannedSerializer},
        refusals=[404],
        conflicts=["which_one"],
        parameters=[ScanQuery],
        scope="stock:read",
        answered={"sku": "P:3001:4"},
    )
    def get(self, request: Request) -> Response:
        query = read_query(ScanQuery, request)
        bin_ = Bin.objects.filter(code=query.get("bin", "").strip()).first()
        return Response({"sku": find_scanned(query["code"], bin_id=bin_.pk if bin_ else None).sku})


class WeighView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "weighPiece",
        tag="warehouse",
        summary="Weigh a piece: enter the weight of a quantity",
        description="From then on the scale can check parcels with that piece. The last weighing counts.",
        body=WeighRequestSerializer,
        answers={200: WeightSerializer},
        refusals=[404],
        conflicts=["too_few"],
        scope="stock:write",
        asked=examples.WEIGHED,
        answered=examples.WEIGHT,
    )
    def post(self, request: Request) -> Response:
        values = read_body(WeighRequestSerializer, request.data)
        name = {"part_num": values.pop("part_num").strip(), "color_id": values.pop("color_id")}
        weight = weigh_piece(piece_id=known_piece(**name).pk, by=user_of(request), **values)
        return Response({**name, **_weight(weight)})


def _weight(weight: PieceWeight) -> dict[str, Any]:
    return {
        "weight_mg": weight.weight_mg,
        "error_mg": weight.error_mg,
        "weighed_together": weight.weighed_together,
    }


def _bin(row: Any) -> dict[str, Any]:
    """A bin with the counts that `list_bins` adds to it."""
    return {"code": row.code, "kinds": row.kinds, "things": row.things, "promised": row.promised}
