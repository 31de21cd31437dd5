"""The numbers of the staff's first page by REST: what waits, since when, and which items are short."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsStaffMember
from core.api.schema import operation
from core.api.views import ApiView, moment
from dashboard.waiting import AGE_NAMES as SHOWN_AGES
from dashboard.waiting import ShortItem, Waiting, short_items, waiting_orders, waiting_shipments

# The page has a hyphen that does not break; programs get the one on the keyboard.
AGE_NAMES = tuple(name.replace("\u2011", "-") for name in SHOWN_AGES)


class WaitingSerializer(serializers.Serializer[Any]):
    status = serializers.CharField()
    total = serializers.IntegerField()
    by_age = serializers.DictField(
        child=serializers.IntegerField(), help_text=f"By age: {', '.join(AGE_NAMES)}."
    )
    oldest = serializers.DateTimeField(allow_null=True)


class ShortSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    quantity = serializers.IntegerField(help_text="The quantity that lines wait for.")
    lines = serializers.IntegerField(help_text="The number of waiting lines.")
    since = serializers.DateTimeField()


class WorkSerializer(serializers.Serializer[Any]):
    orders = WaitingSerializer(many=True)
    parcels = WaitingSerializer(many=True)
    short = ShortSerializer(many=True, help_text="The items with the longest wait, at most ten.")


EXAMPLE = {
    "orders": [
        {
            "status": "in_review",
            "total": 3,
            "by_age": dict(zip(AGE_NAMES, (2, 1, 0, 0), strict=True)),
            "oldest": "2026-11-20T08:00:00.123456Z",
        }
    ],
    "parcels": [
        {
            "status": "picking",
            "total": 0,
            "by_age": dict.fromkeys(AGE_NAMES, 0),
            "oldest": None,
        }
    ],
    "short": [{"sku": "P:3001:4", "quantity": 6, "lines": 2, "since": "2026-11-20T08:00:00.123456Z"}],
}


class WorkView(ApiView):
    permission_classes = (IsStaffMember,)

    @operation(
        "getWork",
        tag="warehouse",
        summary="Get what waits, since when, and which items are short",
        answers={200: WorkSerializer},
        scope="orders:read",
        answered=EXAMPLE,
    )
    def get(self, request: Request) -> Response:
        return Response(
            {
                "orders": [_waiting(row) for row in waiting_orders()],
                "parcels": [_waiting(row) for row in waiting_shipments()],
                "short": [_short(each) for each in short_items()],
            }
        )


def _short(item: ShortItem) -> dict[str, Any]:
    return {
        "sku": item.item.sku,
        "quantity": item.quantity,
        "lines": item.lines,
        "since": moment(item.since),
    }


def _waiting(row: Waiting) -> dict[str, Any]:
    return {
        "status": row.state,
        "total": row.total,
        "by_age": dict(zip(AGE_NAMES, row.by_age, strict=True)),
        "oldest": moment(row.oldest),
    }
