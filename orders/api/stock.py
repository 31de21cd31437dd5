"""Counting and carrying stock by REST. Above the warehouse, since a count may take back what was promised to orders."""

import re
import secrets
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsWarehouse, caller_of, user_of
from core.api.parsing import Choice, Text, Whole, read_body
from core.api.schema import operation
from core.api.views import ApiView, respond_once
from core.idempotency import Answer
from core.refusals import Problem, Refusal
from orders.floor.bin_moves import move_between_bins
from orders.floor.counting import count_stock
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

        return respond_once(request, callers=[caller_of(request)], work=work)


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

        return respond_once(request, callers=[caller_of(request)], work=work)


SCOPE = "stock:write"


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

        return respond_once(request, callers=[caller_of(request)], work=work)


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
