"""Waves by REST: orders that are picked together in one walk along the bins."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsWarehouse, caller_of, user_of
from core.api.pagination import paged_rows
from core.api.parsing import Text, Whole, read_body
from core.api.schema import PAGING, operation, page_example, page_of
from core.api.views import ApiView, id_parameter, moment, respond_once
from core.idempotency import Answer
from core.refusals import NotFound
from orders.api import floor_examples as examples
from orders.floor.picking import MAX_ORDERS_PER_WAVE, confirm_pick, create_wave
from orders.floor.put_backs import confirm_put_back, open_put_backs
from orders.models import Pick, PutBack, Wave
from orders.queries import waves_with_progress
from warehouse.shelves import LONGEST_BIN_CODE

SCOPE = "picking"
OF_THIS_WAVE = {
    "confirmPick": {"wave_id": "$response.body#/id", "pick_id": "$response.body#/picks/0/id"},
    "confirmPutBack": {"wave_id": "$response.body#/id", "put_back_id": "$response.body#/put_backs/0/id"},
    "getWave": {"wave_id": "$response.body#/id"},
    "printWave": {"wave_id": "$response.body#/id"},
    "getShipment": {"shipment_id": "$response.body#/shipments/0/id"},
    "packShipment": {"shipment_id": "$response.body#/shipments/0/id"},
}


class WaveRequestSerializer(serializers.Serializer[Any]):
    orders = serializers.ListField(
        child=Text(max_length=40),
        max_length=MAX_ORDERS_PER_WAVE,
        help_text="The orders' numbers, in the order of the slots.",
    )


class PickRequestSerializer(serializers.Serializer[Any]):
    quantity = Whole(min_value=0, help_text="The quantity taken.")
    short_reason = Text(
        default="", help_text="not_found, damaged or other_bin, if fewer were taken than asked."
    )
    other_bin = Text(
        default="", max_length=LONGEST_BIN_CODE, help_text="With `other_bin`: the bin of the rest."
    )
    scanned = Text(
        default="",
        max_length=120,
        help_text="What the picker scanned: the bin, the SKU, an element id or the part number. "
        "A scan of another item or bin is refused; without a scan nothing is checked.",
    )


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


class PutBackSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    slot = serializers.IntegerField()
    sku = serializers.CharField()
    bin = serializers.CharField(help_text="The bin into which it goes.")
    quantity = serializers.IntegerField()


class CarriedBackSerializer(PutBackSerializer):
    done_at = serializers.DateTimeField()


class WaveSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    picks = PickSerializer(many=True, help_text="Sorted by bin, for one walk.")
    shipments = WaveShipmentSerializer(many=True)
    put_backs = PutBackSerializer(
        many=True, help_text="Items in a slot that belong to no parcel any more, to be carried back."
    )


class WaveInListSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    stops = serializers.IntegerField()
    stops_done = serializers.IntegerField()
    parcels = serializers.IntegerField()
    parcels_gone = serializers.IntegerField()
    to_carry_back = serializers.IntegerField(
        help_text="The number of items in slots that have to be carried back."
    )


class WavesView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "listWaves",
        tag="warehouse",
        summary="List waves and their progress, newest first",
        answers={200: page_of(WaveInListSerializer, "WavePage")},
        parameters=PAGING,
        scope=SCOPE,
        answered=page_example(examples.WAVE_IN_LIST),
        links={name: {"wave_id": "$response.body#/results/0/id"} for name in ("getWave", "printWave")},
    )
    def get(self, request: Request) -> Response:
        found, links = paged_rows(request, waves_with_progress(), "-pk")
        return Response({**links, "results": [_in_list(wave) for wave in found]})

    @operation(
        "createWave",
        tag="warehouse",
        summary="Start a wave: pick orders together in one walk",
        body=WaveRequestSerializer,
        answers={201: WaveSerializer},
        conflicts=["not_pickable"],
        idempotent=True,
        scope=SCOPE,
        links=OF_THIS_WAVE,
        asked={"orders": ["B14-7K2M-9QX3"]},
        answered=examples.WAVE,
    )
    def post(self, request: Request) -> Response:
        values = read_body(WaveRequestSerializer, request.data)

        def work() -> Answer:
            wave = create_wave(numbers=values["orders"], by=user_of(request))
            return Answer(status=201, body=_wave(wave))

        return respond_once(request, callers=[caller_of(request)], work=work)


class WaveView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "getWave",
        tag="warehouse",
        summary="Get a wave: its picks, and the parcels it fills",
        answers={200: WaveSerializer},
        refusals=[404],
        parameters=[id_parameter("wave_id")],
        scope=SCOPE,
        links=OF_THIS_WAVE,
        answered=examples.WAVE,
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
        description="The same confirmation again changes nothing; one by a second person is refused.",
        body=PickRequestSerializer,
        answers={200: PickedSerializer},
        refusals=[404],
        conflicts=["already_picked", "wrong_item", "wrong_bin"],
        parameters=[id_parameter("wave_id"), id_parameter("pick_id")],
        scope=SCOPE,
        asked={"quantity": 1, "short_reason": "other_bin", "other_bin": "A-01-1-02"},
        answered={**examples.WAVE["picks"][0], "picked_quantity": 1, "short_reason": "other_bin"},
    )
    def post(self, request: Request, wave_id: int, pick_id: int) -> Response:
        values = read_body(PickRequestSerializer, request.data)
        pick = confirm_pick(wave_id=wave_id, pick_id=pick_id, by=user_of(request), **values)
        shown = _picks(Pick.objects.filter(pk=pick.pk))[0]
        return Response({**shown, "picked_quantity": pick.picked_quantity, "short_reason": pick.short_reason})


class PutBackView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "confirmPutBack",
        tag="warehouse",
        summary="Confirm that an item is back in its bin",
        description="Stock counts it there already. The same confirmation again changes nothing.",
        answers={200: CarriedBackSerializer},
        refusals=[404],
        parameters=[id_parameter("wave_id"), id_parameter("put_back_id")],
        scope=SCOPE,
        answered={**examples.WAVE["put_backs"][0], "done_at": "2026-11-22T09:10:00.123456Z"},
    )
    def post(self, request: Request, wave_id: int, put_back_id: int) -> Response:
        done = confirm_put_back(put_back_id=put_back_id, wave_id=wave_id, by=user_of(request))
        return Response({**_put_back(done), "done_at": moment(done.done_at)})


def _in_list(wave: Any) -> dict[str, Any]:
    """A wave with the counts that `waves_with_progress` adds to it."""
    counts = ("stops", "stops_done", "parcels", "parcels_gone", "to_carry_back")
    return {
        "id": wave.pk,
        "created_at": moment(wave.created_at),
        **{name: getattr(wave, name) for name in counts},
    }


def _wave(wave: Wave) -> dict[str, Any]:
    shipments = wave.shipments.select_related("order").order_by("slot")
    return {
        "id": wave.pk,
        "picks": _picks(wave.picks.all()),
        "shipments": [{"id": shipment.pk, "order": shipment.order.number} for shipment in shipments],
        "put_backs": [_put_back(each) for each in open_put_backs().filter(wave=wave)],
    }


def _put_back(each: PutBack) -> dict[str, Any]:
    return {
        "id": each.pk,
        "slot": each.slot,
        "sku": each.level.item.sku,
        "bin": each.level.bin.code,
        "quantity": each.quantity,
    }


def _picks(picks: Any) -> list[dict[str, Any]]:
    """Picks in the order of the walk, each with its orders; two lines of one order count together."""
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
