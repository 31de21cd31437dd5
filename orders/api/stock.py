"""Counting and carrying stock by REST. Above the warehouse, since a count may take back what was promised to orders."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsWarehouse, caller_of, user_of
from core.api.parsing import Text, Whole, read_body
from core.api.schema import STAFF, operation
from core.api.views import ApiView, answer_once
from core.idempotency import Answer
from orders.floor.counting import count_stock, move_between_bins
from warehouse.stocking import MAX_DELTA

ROLES = "For the roles warehouse and lead."
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
        description=f"{ROLES} A count is true: what was promised and is not there is promised anew from elsewhere, or "
        "waits.",
        body=CountRequestSerializer,
        answers={201: CountSerializer},
        who=STAFF,
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
        description=f"{ROLES} What is promised of it moves along.",
        body=MoveRequestSerializer,
        answers={201: MoveRequestSerializer},
        who=STAFF,
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
