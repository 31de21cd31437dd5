"""Lists of shipments by REST: all of them, and those that went to carriers on a day."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsWarehouse
from core.api.pagination import paged_rows
from core.api.parsing import Choice, Text
from core.api.schema import PAGING, operation, page_example, page_of
from core.api.views import ApiView, moment, read_query
from orders.api import floor_examples as examples
from orders.links import find_order
from orders.models import Shipment
from orders.queries import handed_over_on

SCOPE = "picking"


class ShipmentInListSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    order = serializers.CharField(help_text="Its number.")
    wave = serializers.IntegerField()
    slot = serializers.IntegerField()
    status = serializers.ChoiceField(Shipment.Status.values)
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    shipped_at = serializers.DateTimeField(allow_null=True)


class HandedOverSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    order = serializers.CharField(help_text="Its number.")
    country = serializers.CharField()
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    measured_weight_mg = serializers.IntegerField(allow_null=True)
    shipped_at = serializers.DateTimeField()


class ShipmentsQuery(serializers.Serializer[Any]):
    status = Choice(Shipment.Status.values, required=False)
    order = Text(required=False, max_length=40, help_text="Only parcels of this order, by its number.")


class HandOverQuery(serializers.Serializer[Any]):
    day = serializers.DateField(required=False, help_text="By default today.")


class ShipmentsView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "listShipments",
        tag="warehouse",
        summary="List parcels, newest first",
        answers={200: page_of(ShipmentInListSerializer, "ShipmentPage")},
        parameters=[ShipmentsQuery, *PAGING],
        scope=SCOPE,
        answered=page_example(examples.SHIPMENT_IN_LIST),
        links={"getShipment": {"shipment_id": "$response.body#/results/0/id"}},
    )
    def get(self, request: Request) -> Response:
        query = read_query(ShipmentsQuery, request)
        rows = Shipment.objects.select_related("order")
        if query.get("status"):
            rows = rows.filter(status=query["status"])
        if query.get("order"):
            order = find_order(query["order"])
            rows = rows.filter(order=order) if order else rows.none()
        found, links = paged_rows(request, rows, "-pk")
        return Response({**links, "results": [_in_list(row) for row in found]})


class HandOverView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "listHandOver",
        tag="warehouse",
        summary="List the parcels that went to carriers on a day, by carrier",
        description="Addresses are only on the labels.",
        answers={200: page_of(HandedOverSerializer, "HandOverPage")},
        parameters=[HandOverQuery, *PAGING],
        scope=SCOPE,
        answered=page_example(examples.HANDED_OVER),
        links={"getShipment": {"shipment_id": "$response.body#/results/0/id"}},
    )
    def get(self, request: Request) -> Response:
        day = read_query(HandOverQuery, request).get("day") or timezone.localdate()
        found, links = paged_rows(request, handed_over_on(day), "carrier", "shipped_at", "pk")
        return Response({**links, "results": [_handed_over(row) for row in found]})


def _in_list(row: Shipment) -> dict[str, Any]:
    return {
        "id": row.pk,
        "order": row.order.number,
        "wave": row.wave_id,
        "slot": row.slot,
        "status": row.status,
        "carrier": row.carrier,
        "tracking_number": row.tracking_number,
        "shipped_at": moment(row.shipped_at),
    }


def _handed_over(row: Shipment) -> dict[str, Any]:
    return {
        "id": row.pk,
        "order": row.order.number,
        "country": row.order.country,
        "carrier": row.carrier,
        "tracking_number": row.tracking_number,
        "measured_weight_mg": row.measured_weight_mg,
        "shipped_at": moment(row.shipped_at),
    }
