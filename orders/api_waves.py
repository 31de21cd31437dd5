"""The warehouse's work by REST: waves, picks, and parcels packed against the scale and shipped."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Role
from accounts.permissions import IsWarehouse, caller_of, role_of, user_of
from core.api import ApiView, answer_once
from core.idempotency import Answer
from core.parsing import Text, Whole, read_body
from core.refusals import NotFound
from core.schema import STAFF, operation
from orders.api_shapes import PieceSerializer, ShipmentLineSerializer, line_thing, moment
from orders.models import Pick, Shipment, Wave
from orders.picking import MAX_ORDERS_PER_WAVE, confirm_pick, create_wave
from orders.returning import return_shipment
from orders.shipping import deliver_shipment, pack_shipment, ship_shipment
from orders.weighing import expected_weight

ROLES = "For the roles warehouse and lead."
SCOPE = "picking"
OF_THIS_WAVE = {
    "confirmPick": {"wave_id": "$response.body#/id", "pick_id": "$response.body#/picks/0/id"},
    "getWave": {"wave_id": "$response.body#/id"},
    "getShipment": {"shipment_id": "$response.body#/shipments/0/id"},
    "packShipment": {"shipment_id": "$response.body#/shipments/0/id"},
}
OF_THIS_PARCEL = {
    name: {"shipment_id": "$response.body#/id"}
    for name in ("packShipment", "shipShipment", "deliverShipment", "returnShipment", "getShipment")
}
EXAMPLE = OpenApiExample(
    "Two orders", value={"orders": ["B14-0000-0000", "B14-0000-001Z"]}, request_only=True
)


class WaveRequestSerializer(serializers.Serializer[Any]):
    orders = serializers.ListField(
        child=Text(max_length=40),
        max_length=MAX_ORDERS_PER_WAVE,
        help_text="Numbers; their order gives the slots.",
    )


class PickRequestSerializer(serializers.Serializer[Any]):
    quantity = Whole(min_value=0, help_text="How many were taken.")
    short_reason = Text(default="", help_text="not_found or damaged, where fewer were taken than asked.")


class PackRequestSerializer(serializers.Serializer[Any]):
    weight_mg = Whole(min_value=1, help_text="What the scale says, in mg.")
    override_reason = Text(default="", max_length=200, help_text="Why a lead passes over a difference.")


class ShipRequestSerializer(serializers.Serializer[Any]):
    carrier = Text(max_length=40)
    tracking_number = Text(default="", max_length=60)


class ReturnRequestSerializer(serializers.Serializer[Any]):
    damaged = serializers.DictField(
        child=Whole(min_value=0), default=dict, help_text="How many are damaged, by SKU."
    )
    bin = Text(default="", max_length=20, help_text="Where it goes; else to where each was taken from.")


class PickOrderSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    slot = serializers.IntegerField()
    quantity = serializers.IntegerField()


class PickSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    bin = serializers.CharField()
    quantity = serializers.IntegerField()
    orders = PickOrderSerializer(many=True)


class PickedSerializer(PickSerializer):
    picked_quantity = serializers.IntegerField()
    short_reason = serializers.CharField()


class WaveShipmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    order = serializers.CharField(help_text="Its number.")


class WaveSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    picks = PickSerializer(many=True, help_text="Sorted by bin: one walk.")
    shipments = WaveShipmentSerializer(many=True)


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
        allow_null=True, help_text="Pieces, letter and envelope; null where a piece's weight is not known."
    )
    tolerance_mg = serializers.IntegerField(allow_null=True)
    measured_weight_mg = serializers.IntegerField(allow_null=True)
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    packed_at = serializers.DateTimeField(allow_null=True)
    shipped_at = serializers.DateTimeField(allow_null=True)


def _id(name: str) -> OpenApiParameter:
    return OpenApiParameter(
        name, {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}, OpenApiParameter.PATH
    )


class WavesView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "createWave",
        tag="warehouse",
        summary="Pick orders together in one walk",
        description=ROLES,
        body=WaveRequestSerializer,
        answers={201: WaveSerializer},
        who=STAFF,
        conflicts=["not_pickable"],
        idempotent=True,
        examples=[EXAMPLE],
        scope=SCOPE,
        links=OF_THIS_WAVE,
    )
    def post(self, request: Request) -> Response:
        values = read_body(WaveRequestSerializer, request.data)

        def work() -> Answer:
            wave = create_wave(numbers=values["orders"], by=user_of(request))
            return Answer(status=201, body=_wave(wave))

        answer = answer_once(request, callers=[caller_of(request)], work=work)
        return Response(answer.body, status=answer.status)


class WaveView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "getWave",
        tag="warehouse",
        summary="A wave: where to walk, and the parcels it fills",
        description=ROLES,
        answers={200: WaveSerializer},
        who=STAFF,
        refusals=[404],
        parameters=[_id("wave_id")],
        scope=SCOPE,
        links=OF_THIS_WAVE,
    )
    def get(self, request: Request, wave_id: int) -> Response:
        wave = Wave.objects.filter(pk=wave_id).first()
        if wave is None:
            raise NotFound(_("There is no such wave."))
        return Response(_wave(wave))


class PickView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "confirmPick",
        tag="warehouse",
        summary="Confirm what was taken from a bin",
        description=f"{ROLES} The same confirmation again changes nothing.",
        body=PickRequestSerializer,
        answers={200: PickedSerializer},
        who=STAFF,
        refusals=[404],
        conflicts=["already_picked"],
        parameters=[_id("wave_id"), _id("pick_id")],
        scope=SCOPE,
    )
    def post(self, request: Request, wave_id: int, pick_id: int) -> Response:
        values = read_body(PickRequestSerializer, request.data)
        pick = confirm_pick(wave_id=wave_id, pick_id=pick_id, by=user_of(request), **values)
        shown = _picks(Pick.objects.filter(pk=pick.pk))[0]
        return Response({**shown, "picked_quantity": pick.picked_quantity, "short_reason": pick.short_reason})


class ShipmentView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "getShipment",
        tag="warehouse",
        summary="A parcel, and what it must weigh",
        description=ROLES,
        answers={200: ShipmentSerializer},
        who=STAFF,
        refusals=[404],
        parameters=[_id("shipment_id")],
        scope=SCOPE,
        links=OF_THIS_PARCEL,
    )
    def get(self, request: Request, shipment_id: int) -> Response:
        return Response(_shipment(shipment_id))


class PackView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "packShipment",
        tag="warehouse",
        summary="Close a parcel whose weight is right",
        description=f"{ROLES} Only a lead may pass over a difference, with a reason.",
        body=PackRequestSerializer,
        answers={200: ShipmentSerializer},
        who=STAFF,
        refusals=[404],
        conflicts=["wrong_status", "not_picked", "weight_mismatch", "letter_waits"],
        parameters=[_id("shipment_id")],
        scope=SCOPE,
        links=OF_THIS_PARCEL,
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
        description=ROLES,
        body=ShipRequestSerializer,
        answers={200: ShipmentSerializer},
        who=STAFF,
        refusals=[404],
        conflicts=["wrong_status"],
        parameters=[_id("shipment_id")],
        scope=SCOPE,
        links=OF_THIS_PARCEL,
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
        description=f"{ROLES} What lies in it goes back on the shelf, save what is damaged.",
        body=ReturnRequestSerializer,
        answers={200: ShipmentSerializer},
        who=STAFF,
        refusals=[404],
        conflicts=["wrong_status"],
        parameters=[_id("shipment_id")],
        scope=SCOPE,
        links=OF_THIS_PARCEL,
        examples=[
            OpenApiExample("One is broken", value={"damaged": {"P:3001:4": 1}}, request_only=True),
        ],
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
        summary="Note that a parcel has arrived",
        description=ROLES,
        answers={200: ShipmentSerializer},
        who=STAFF,
        refusals=[404],
        conflicts=["wrong_status"],
        parameters=[_id("shipment_id")],
        scope=SCOPE,
        links=OF_THIS_PARCEL,
    )
    def post(self, request: Request, shipment_id: int) -> Response:
        deliver_shipment(shipment_id=shipment_id, by=user_of(request))
        return Response(_shipment(shipment_id))


def _wave(wave: Wave) -> dict[str, Any]:
    shipments = wave.shipments.select_related("order").order_by("slot")
    return {
        "id": wave.pk,
        "picks": _picks(wave.picks.all()),
        "shipments": [{"id": shipment.pk, "order": shipment.order.number} for shipment in shipments],
    }


def _picks(picks: Any) -> list[dict[str, Any]]:
    """Picks in the order of the walk, each with the parcels it is for; two lines of one order count together."""
    rows = picks.select_related("level__item", "level__bin").prefetch_related("shares__shipment__order")
    return [
        {
            "id": pick.pk,
            "sku": pick.level.item.sku,
            "bin": pick.level.bin.code,
            "quantity": pick.quantity,
            "orders": _orders_of(pick),
        }
        for pick in rows.order_by("level__bin__code", "pk")
    ]


def _orders_of(pick: Pick) -> list[dict[str, Any]]:
    by_slot: dict[int, dict[str, Any]] = {}
    for share in pick.shares.all():
        slot = share.shipment.slot
        shown = by_slot.setdefault(slot, {"number": share.shipment.order.number, "slot": slot, "quantity": 0})
        shown["quantity"] += share.quantity
    return [by_slot[slot] for slot in sorted(by_slot)]


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
            {"line": row.line_id, "quantity": row.quantity, **line_thing(row.line)}
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
