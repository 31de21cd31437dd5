"""Counting and carrying stock by REST. Above the warehouse, since a count may take back what was promised to orders."""

import re
import secrets
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsWarehouse, caller_of, user_of
from core.api.parsing import Choice, Flag, Text, Whole, read_body
from core.api.schema import operation
from core.api.views import ApiView, answer_once, id_parameter
from core.idempotency import Answer
from core.refusals import Problem, Refusal
from orders.api import examples
from orders.api.serializers import moment
from orders.floor.bin_moves import move_between_bins
from orders.floor.counting import (
    MAX_SCANNED,
    count_stock,
    finish_count,
    read_count_with_items,
    scan_into_count,
    start_count,
)
from orders.floor.stock_files import MAX_LINES, MODES, StockLine, load_stock
from warehouse.stocking import MAX_DELTA

CARRIED = {"sku": "P:3001:4", "from_bin": "A-01-1-01", "to_bin": "A-01-1-02", "quantity": 10}


class CountRequestSerializer(serializers.Serializer[Any]):
    sku = Text(max_length=120)
    bin = Text(max_length=20, help_text="A new one is made.")
    counted = Whole(min_value=0, max_value=MAX_DELTA, help_text="How many lie there.")


class CountSerializer(CountRequestSerializer):
    delta = serializers.IntegerField(help_text="By how many the books were wrong; 0 where they were right.")


class MoveRequestSerializer(serializers.Serializer[Any]):
    sku = Text(max_length=120)
    from_bin = Text(max_length=20)
    to_bin = Text(max_length=20, help_text="A new one is made.")
    quantity = Whole(min_value=1, max_value=MAX_DELTA)


class CountsView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "createCount",
        tag="warehouse",
        summary="Say how many of an item lie in a bin",
        description="A count is true: what was promised and is not there is promised anew from elsewhere, or "
        "waits.",
        body=CountRequestSerializer,
        answers={201: CountSerializer},
        refusals=[404],
        idempotent=True,
        scope="stock:write",
        asked={"sku": "P:3001:4", "bin": "A-01-1-01", "counted": 38},
        answered={"sku": "P:3001:4", "bin": "A-01-1-01", "counted": 38, "delta": -2},
    )
    def post(self, request: Request) -> Response:
        values = read_body(CountRequestSerializer, request.data)

        def work() -> Answer:
            movement = count_stock(
                sku=values["sku"], bin_code=values["bin"], counted=values["counted"], by=user_of(request)
            )
            return Answer(status=201, body={**values, "delta": movement.delta if movement else 0})

        answer = answer_once(request, callers=[caller_of(request)], work=work)
        return Response(answer.body, status=answer.status)


class MovesView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "createMove",
        tag="warehouse",
        summary="Carry some of an item to another bin",
        description="What is promised of it moves along.",
        body=MoveRequestSerializer,
        answers={201: MoveRequestSerializer},
        refusals=[404],
        conflicts=["not_enough", "in_picking"],
        idempotent=True,
        scope="stock:write",
        asked=CARRIED,
        answered=CARRIED,
    )
    def post(self, request: Request) -> Response:
        values = read_body(MoveRequestSerializer, request.data)

        def work() -> Answer:
            move_between_bins(by=user_of(request), **values)
            return Answer(status=201, body=values)

        answer = answer_once(request, callers=[caller_of(request)], work=work)
        return Response(answer.body, status=answer.status)


SCOPE = "stock:write"


COUNT_ID = id_parameter("count_id")


OF_THIS_COUNT = {
    name: {"count_id": "$response.body#/id"} for name in ("getBinCount", "scanIntoCount", "finishBinCount")
}


class StartCountSerializer(serializers.Serializer[Any]):
    bin = Text(max_length=20, help_text="A new one is made.")


class ScanSerializer(serializers.Serializer[Any]):
    code = Text(max_length=120, help_text="What was scanned: a SKU, an element id, or a part number.")
    quantity = Whole(default=1, min_value=1, max_value=MAX_SCANNED)


class FinishCountSerializer(serializers.Serializer[Any]):
    whole_bin = Flag(default=False, help_text="What was not scanned at all is not there.")


class CountedItemSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


class BinCountSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    bin = serializers.CharField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    counted = CountedItemSerializer(many=True, help_text="The last scanned first.")


class FinishedCountSerializer(BinCountSerializer):
    changed = serializers.IntegerField(help_text="How many items differed from the books.")


class BatchLineSerializer(serializers.Serializer[Any]):
    sku = Text(max_length=120)
    bin = Text(max_length=20, help_text="A new one is made.")
    quantity = Whole(min_value=0, max_value=MAX_DELTA)


class BatchSerializer(serializers.Serializer[Any]):
    mode = Choice(
        MODES, help_text="received: so many came. counted: so many lie there, whatever was promised."
    )
    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=BatchLineSerializer(), max_length=MAX_LINES
    )


class BatchAnswerSerializer(serializers.Serializer[Any]):
    entered = serializers.IntegerField(help_text="How many lines it was.")


class StartCountView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "startBinCount",
        tag="warehouse",
        summary="Begin to count a bin, or go on with the count that is open",
        description="The books change when it is finished.",
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
        summary="What was scanned in a bin so far",
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
        summary="So many more of what was scanned",
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
                # The Idempotency-Key is what makes a scan that is sent again the same one.
                key=secrets.token_urlsafe(16),
                quantity=values["quantity"],
            )
            return Answer(status=201, body={"sku": counted.item.sku, "quantity": counted.quantity})

        answer = answer_once(request, callers=[caller_of(request)], work=work)
        return Response(answer.body, status=answer.status)


class FinishCountView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "finishBinCount",
        tag="warehouse",
        summary="Write what was scanned into the books",
        description="A count is true: what was promised and is not there is promised anew, or waits. "
        "Finishing again changes nothing.",
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


class BatchesView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "enterStock",
        tag="warehouse",
        summary="Enter a whole delivery or stocktaking: all of it or nothing",
        description="Every line that cannot be entered is named.",
        body=BatchSerializer,
        answers={201: BatchAnswerSerializer},
        conflicts=["busy"],
        idempotent=True,
        scope=SCOPE,
        asked={"mode": "received", "lines": [{"sku": "P:3001:4", "bin": "A-01-1-01", "quantity": 40}]},
        answered={"entered": 1},
    )
    def post(self, request: Request) -> Response:
        values = read_body(BatchSerializer, request.data)
        lines = _lines(values["lines"])

        def work() -> Answer:
            key = secrets.token_urlsafe(16)
            try:
                entered = load_stock(lines, mode=values["mode"], key=key, by=user_of(request))
            except Refusal as refusal:
                raise _without_numbers(refusal) from refusal
            return Answer(status=201, body={"entered": entered})

        answer = answer_once(request, callers=[caller_of(request)], work=work)
        return Response(answer.body, status=answer.status)


def _lines(typed: list[dict[str, Any]]) -> list[StockLine]:
    """Raises Refusal `invalid`."""
    problems = [] if typed else [Problem("/lines", "required", _("Give a list."))]
    places = [(line["sku"], line["bin"].strip()) for line in typed]
    for index, place in enumerate(places):
        if places.index(place) < index:
            detail = f"The same item and bin stand at {places.index(place)} already."
            problems.append(Problem(f"/lines/{index}", "line_twice", detail))
    if problems:
        raise Refusal("invalid", problems=problems)
    return [
        StockLine(index, line["sku"], line["bin"].strip(), line["quantity"])
        for index, line in enumerate(typed)
    ]


def _without_numbers(refusal: Refusal) -> Refusal:
    """The same without the numbers of lines in its sentences: those of a file count from one, pointers from zero."""
    problems = [
        Problem(each.pointer, each.code, re.sub(r"^Line \d+: ", "", str(each.detail)))
        for each in refusal.problems
    ]
    return Refusal(refusal.code, "" if problems else refusal.detail, problems=problems, status=refusal.status)


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
