"""Counting a bin by REST: begin, scan, finish."""

import secrets
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsWarehouse, caller_of, user_of
from core.api.parsing import Flag, Text, Whole, read_body
from core.api.schema import operation
from core.api.views import ApiView, id_parameter, moment, respond_once
from core.idempotency import Answer
from orders.api import floor_examples as examples
from orders.floor.counting import (
    MAX_SCANNED,
    finish_count,
    read_count_with_items,
    scan_into_count,
    start_count,
)
from warehouse.shelves import LONGEST_BIN_CODE

SCOPE = "stock:write"
COUNT_ID = id_parameter("count_id")


OF_THIS_COUNT = {
    name: {"count_id": "$response.body#/id"} for name in ("getBinCount", "scanIntoCount", "finishBinCount")
}


class StartCountSerializer(serializers.Serializer[Any]):
    bin = Text(max_length=LONGEST_BIN_CODE, help_text="An unknown bin is created.")


class ScanSerializer(serializers.Serializer[Any]):
    code = Text(max_length=120, help_text="The scan: a SKU, an element id, or a part number.")
    quantity = Whole(default=1, min_value=1, max_value=MAX_SCANNED)


class FinishCountSerializer(serializers.Serializer[Any]):
    whole_bin = Flag(default=False, help_text="true: an item that was not scanned is not there.")


class CountedItemSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


class BinCountSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    bin = serializers.CharField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    counted = CountedItemSerializer(many=True, help_text="The latest scan first.")


class FinishedCountSerializer(BinCountSerializer):
    changed = serializers.IntegerField(help_text="The number of items whose stored quantity was wrong.")


class StartCountView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "startBinCount",
        tag="warehouse",
        summary="Start to count a bin, or continue its open count",
        description="Stock changes when the count is finished.",
        body=StartCountSerializer,
        answers={200: BinCountSerializer},
        scope=SCOPE,
        links=OF_THIS_COUNT,
        asked={"bin": "A-01-1-01"},
        answered={**examples.BIN_COUNT, "counted": []},
    )
    def post(self, request: Request) -> Response:
        values = read_body(StartCountSerializer, request.data)
        started = start_count(bin_code=values["bin"], by=user_of(request))
        return Response(_count(started.pk))


class CountView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "getBinCount",
        tag="warehouse",
        summary="Get the scans of a count",
        answers={200: BinCountSerializer},
        refusals=[404],
        parameters=[COUNT_ID],
        scope="stock:read",
        links=OF_THIS_COUNT,
        answered=examples.BIN_COUNT,
    )
    def get(self, request: Request, count_id: int) -> Response:
        return Response(_count(count_id))


class ScanView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "scanIntoCount",
        tag="warehouse",
        summary="Add a quantity of a scanned item to the count",
        body=ScanSerializer,
        answers={201: CountedItemSerializer},
        refusals=[404],
        conflicts=["count_finished", "which_one"],
        parameters=[COUNT_ID],
        idempotent=True,
        scope=SCOPE,
        asked={"code": "300121", "quantity": 38},
        answered=examples.BIN_COUNT["counted"][0],
    )
    def post(self, request: Request, count_id: int) -> Response:
        values = read_body(ScanSerializer, request.data)

        def work() -> Answer:
            counted = scan_into_count(
                count_id=count_id,
                scanned=values["code"],
                # The Idempotency-Key recognises a repeated scan, so this key is always new.
                key=secrets.token_urlsafe(16),
                quantity=values["quantity"],
            )
            return Answer(status=201, body={"sku": counted.item.sku, "quantity": counted.quantity})

        return respond_once(request, callers=[caller_of(request)], work=work)


class FinishCountView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "finishBinCount",
        tag="warehouse",
        summary="Finish a count: stock becomes what was scanned",
        description=f"{examples.ABOUT_COUNTING} Finishing again changes nothing.",
        body=FinishCountSerializer,
        answers={200: FinishedCountSerializer},
        refusals=[404],
        conflicts=["busy"],
        parameters=[COUNT_ID],
        scope=SCOPE,
        asked={"whole_bin": True},
        answered={**examples.BIN_COUNT, "finished_at": "2026-11-22T07:10:00.123456Z", "changed": 1},
    )
    def post(self, request: Request, count_id: int) -> Response:
        values = read_body(FinishCountSerializer, request.data)
        movements = finish_count(count_id=count_id, whole_bin=values["whole_bin"], by=user_of(request))
        return Response({**_count(count_id), "changed": len(movements)})


def _count(count_id: int) -> dict[str, Any]:
    """Raises NotFound."""
    found = read_count_with_items(count_id)
    return {
        "id": found.pk,
        "bin": found.bin.code,
        "started_at": moment(found.started_at),
        "finished_at": moment(found.finished_at),
        "counted": [{"sku": each.item.sku, "quantity": each.quantity} for each in found.counted.all()],
    }
