"""Counting and moving stock by REST. Above the warehouse, since a count may take stock that is reserved for orders."""

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
from orders.api import floor_examples as examples
from orders.floor.bin_moves import move_between_bins
from orders.floor.counting import count_stock
from orders.floor.stock_files import MAX_LINES, MODES, StockLine, load_stock
from warehouse.shelves import LONGEST_BIN_CODE
from warehouse.stocking import MAX_DELTA


class CountRequestSerializer(serializers.Serializer[Any]):
    sku = Text(max_length=120)
    bin = Text(max_length=LONGEST_BIN_CODE, help_text="An unknown bin is created.")
    counted = Whole(min_value=0, max_value=MAX_DELTA, help_text="The quantity in the bin.")


class CountSerializer(CountRequestSerializer):
    delta = serializers.IntegerField(help_text="The difference to the stored quantity; 0 if it was right.")


class MoveRequestSerializer(serializers.Serializer[Any]):
    sku = Text(max_length=120)
    from_bin = Text(max_length=LONGEST_BIN_CODE)
    to_bin = Text(max_length=LONGEST_BIN_CODE, help_text="An unknown bin is created.")
    quantity = Whole(min_value=1, max_value=MAX_DELTA)


class CountsView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "createCount",
        tag="warehouse",
        summary="Enter how many of an item are in a bin",
        description=examples.ABOUT_COUNTING,
        body=CountRequestSerializer,
        answers={201: CountSerializer},
        refusals=[404],
        idempotent=True,
        scope="stock:write",
        asked=examples.COUNTED,
        answered={**examples.COUNTED, "delta": -2},
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
        summary="Move a quantity of an item to another bin",
        description="Its reserved quantity moves along.",
        body=MoveRequestSerializer,
        answers={201: MoveRequestSerializer},
        refusals=[404],
        conflicts=["not_enough", "in_picking"],
        idempotent=True,
        scope="stock:write",
        asked=examples.MOVED,
        answered=examples.MOVED,
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
    bin = Text(max_length=LONGEST_BIN_CODE, help_text="An unknown bin is created.")
    quantity = Whole(min_value=0, max_value=MAX_DELTA)


class BatchSerializer(serializers.Serializer[Any]):
    mode = Choice(
        MODES,
        help_text="received: the quantity came in. counted: the quantity is there, whatever is reserved.",
    )
    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=BatchLineSerializer(), max_length=MAX_LINES
    )


class BatchAnswerSerializer(serializers.Serializer[Any]):
    entered = serializers.IntegerField(help_text="The number of lines.")


class BatchesView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "enterStock",
        tag="warehouse",
        summary="Enter a whole delivery or stocktaking: all or nothing",
        description="A refusal names every line that cannot be entered.",
        body=BatchSerializer,
        answers={201: BatchAnswerSerializer},
        conflicts=["busy"],
        idempotent=True,
        scope=SCOPE,
        asked=examples.BATCH,
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


def _lines(given: list[dict[str, Any]]) -> list[StockLine]:
    """Raises Refusal `invalid`."""
    problems = [] if given else [Problem("/lines", "required", _("Give a list."))]
    places = [(line["sku"], line["bin"].strip()) for line in given]
    for index, place in enumerate(places):
        if places.index(place) < index:
            detail = f"The same item and bin stand at {places.index(place)} already."
            problems.append(Problem(f"/lines/{index}", "line_twice", detail))
    if problems:
        raise Refusal("invalid", problems=problems)
    return [
        StockLine(index, line["sku"], line["bin"].strip(), line["quantity"])
        for index, line in enumerate(given)
    ]


def _without_numbers(refusal: Refusal) -> Refusal:
    """The same refusal without line numbers in its sentences: a file counts from one, a pointer from zero."""
    problems = [
        Problem(each.pointer, each.code, re.sub(r"^Line \d+: ", "", str(each.detail)))
        for each in refusal.problems
    ]
    return Refusal(refusal.code, "" if problems else refusal.detail, problems=problems, status=refusal.status)
