"""One shipment by REST: packed against the scale, handed over, delivered or returned."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Role
from accounts.permissions import IsWarehouse, role_of, user_of
from core.api.parsing import Text, Whole, read_body
from core.api.schema import operation
from core.api.views import ApiView, id_parameter, moment
from core.refusals import NotFound
from orders.api import floor_examples as examples
from orders.api.serializers import PieceSerializer, ShipmentLineSerializer, asked_item
from orders.models import Shipment
from orders.parcels.returning import return_shipment
from orders.parcels.shipping import deliver_shipment, pack_shipment, ship_shipment
from orders.parcels.weighing import expected_weight
from warehouse.shelves import LONGEST_BIN_CODE

SCOPE = "picking"
OF_THIS_SHIPMENT = {
    name: {"shipment_id": "$response.body#/id"}
    for name in (
        "packShipment",
        "shipShipment",
        "deliverShipment",
        "returnShipment",
        "getShipment",
        "getParcelPaper",
    )
}


class PackRequestSerializer(serializers.Serializer[Any]):
    weight_mg = Whole(min_value=1, help_text="The reading of the scale, in mg.")
    override_reason = Text(default="", max_length=200, help_text="Why a lead accepts a difference.")


class ShipRequestSerializer(serializers.Serializer[Any]):
    carrier = Text(max_length=40)
    tracking_number = Text(default="", max_length=60)


class ReturnRequestSerializer(serializers.Serializer[Any]):
    damaged = serializers.DictField(
        child=Whole(min_value=0), default=dict, help_text="The quantity damaged, by SKU."
    )
    bin = Text(
        default="",
        max_length=LONGEST_BIN_CODE,
        help_text="The bin for all items; left out, each goes back to its own bin.",
    )


class PackedLineSerializer(ShipmentLineSerializer):
    bag = serializers.CharField(required=False)
    piece = PieceSerializer(required=False)


class ShipmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    order = serializers.CharField(help_text="Its number.")
    slot = serializers.IntegerField()
    status = serializers.ChoiceField(Shipment.Status.values)
    lines = PackedLineSerializer(many=True)
    expected_weight_mg = serializers.IntegerField(
        allow_null=True, help_text="Pieces, letter and envelope; null if a piece's weight is unknown."
    )
    tolerance_mg = serializers.IntegerField(allow_null=True)
    measured_weight_mg = serializers.IntegerField(allow_null=True)
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    packed_at = serializers.DateTimeField(allow_null=True)
    shipped_at = serializers.DateTimeField(allow_null=True)


class ShipmentView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "getShipment",
        tag="warehouse",
        summary="Get a parcel, and what it must weigh",
        answers={200: ShipmentSerializer},
        refusals=[404],
        parameters=[id_parameter("shipment_id")],
        scope=SCOPE,
        links=OF_THIS_SHIPMENT,
        answered=examples.SHIPMENT,
    )
    def get(self, request: Request, shipment_id: int) -> Response:
        return Response(_shipment(shipment_id))


class PackView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "packShipment",
        tag="warehouse",
        summary="Pack a parcel whose weight is right",
        description="Only a lead may accept a difference, and gives a reason.",
        body=PackRequestSerializer,
        answers={200: ShipmentSerializer},
        refusals=[404],
        conflicts=["wrong_status", "not_picked", "weight_mismatch", "letter_waits"],
        parameters=[id_parameter("shipment_id")],
        scope=SCOPE,
        links=OF_THIS_SHIPMENT,
        asked={"weight_mg": 61_500},
        answered=examples.PACKED,
    )
    def post(self, request: Request, shipment_id: int) -> Response:
        values = read_body(PackRequestSerializer, request.data)
        may_override = role_of(request) == Role.LEAD
        pack_shipment(shipment_id=shipment_id, may_override=may_override, by=user_of(request), **values)
        return Response(_shipment(shipment_id))


class ShipView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "shipShipment",
        tag="warehouse",
        summary="Hand a packed parcel to the carrier",
        body=ShipRequestSerializer,
        answers={200: ShipmentSerializer},
        refusals=[404],
        conflicts=["wrong_status"],
        parameters=[id_parameter("shipment_id")],
        scope=SCOPE,
        links=OF_THIS_SHIPMENT,
        asked={"carrier": "Post", "tracking_number": "RR123456785XX"},
        answered=examples.SHIPPED,
    )
    def post(self, request: Request, shipment_id: int) -> Response:
        values = read_body(ShipRequestSerializer, request.data)
        ship_shipment(shipment_id=shipment_id, by=user_of(request), **values)
        return Response(_shipment(shipment_id))


class ReturnView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "returnShipment",
        tag="warehouse",
        summary="Take back a parcel that could not be delivered",
        description="Its items go back into stock, except damaged ones.",
        body=ReturnRequestSerializer,
        answers={200: ShipmentSerializer},
        refusals=[404],
        conflicts=["wrong_status"],
        parameters=[id_parameter("shipment_id")],
        scope=SCOPE,
        links=OF_THIS_SHIPMENT,
        asked={"damaged": {"P:3001:4": 1}, "bin": "R-01"},
        answered={**examples.SHIPPED, "status": "returned"},
    )
    def post(self, request: Request, shipment_id: int) -> Response:
        values = read_body(ReturnRequestSerializer, request.data)
        return_shipment(
            shipment_id=shipment_id,
            damaged=values["damaged"],
            bin_code=values["bin"],
            by=user_of(request),
        )
        return Response(_shipment(shipment_id))


class DeliverView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "deliverShipment",
        tag="warehouse",
        summary="Mark a parcel as delivered",
        answers={200: ShipmentSerializer},
        refusals=[404],
        conflicts=["wrong_status"],
        parameters=[id_parameter("shipment_id")],
        scope=SCOPE,
        links=OF_THIS_SHIPMENT,
        answered={**examples.SHIPPED, "status": "delivered"},
    )
    def post(self, request: Request, shipment_id: int) -> Response:
        deliver_shipment(shipment_id=shipment_id, by=user_of(request))
        return Response(_shipment(shipment_id))


def _shipment(shipment_id: int) -> dict[str, Any]:
    """Raises NotFound."""
    shipment = Shipment.objects.select_related("order").filter(pk=shipment_id).first()
    if shipment is None:
        raise NotFound("There is no such parcel.")
    expected, tolerance = shipment.expected_weight_mg, shipment.tolerance_mg
    if shipment.status == Shipment.Status.PICKING:
        weight = expected_weight(shipment)
        expected, tolerance = (weight.weight_mg, weight.tolerance_mg) if weight.is_known else (None, None)
    lines = shipment.lines.select_related("line__piece__part", "line__piece__color").prefetch_related(
        "line__piece__elements"
    )
    return {
        "id": shipment.pk,
        "order": shipment.order.number,
        "slot": shipment.slot,
        "status": shipment.status,
        "lines": [
            {"line": row.line_id, "quantity": row.quantity, **asked_item(row.line)}
            for row in lines.order_by("pk")
        ],
        "expected_weight_mg": expected,
        "tolerance_mg": tolerance,
        "measured_weight_mg": shipment.measured_weight_mg,
        "carrier": shipment.carrier,
        "tracking_number": shipment.tracking_number,
        "packed_at": moment(shipment.packed_at),
        "shipped_at": moment(shipment.shipped_at),
    }
