"""How orders look to programs: the serializers that declare them, and the functions that make them.

Plain functions make the answers, since an order is what programs request most. The serializers serve the OpenAPI
document, and tests compare the two. None of these answers holds anything personal.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from rest_framework import serializers

from catalog.api.serializers import ColorSerializer, ThemeSerializer, piece_summary, set_summary
from catalog.models import Element
from core.api.views import moment
from orders.allocation.estimates import Expectation
from orders.lifecycle import shown_line_status, shown_status
from orders.links import order_token, order_url
from orders.models import Event, Order, OrderLine, Shipment


class PieceSerializer(serializers.Serializer[Any]):
    part_num = serializers.CharField()
    color = ColorSerializer()
    element_ids = serializers.ListField(child=serializers.CharField())
    name = serializers.CharField()


class SetInOrderSerializer(serializers.Serializer[Any]):
    set_num = serializers.CharField()
    name = serializers.CharField()
    year = serializers.IntegerField()
    theme = ThemeSerializer()
    num_parts = serializers.IntegerField()
    image_url = serializers.CharField(allow_null=True)


class LineSerializer(serializers.Serializer[Any]):
    """Has `bag` or `piece`, never both."""

    id = serializers.IntegerField()
    bag = serializers.CharField(required=False)
    piece = PieceSerializer(required=False)
    quantity = serializers.IntegerField()
    reason = serializers.ChoiceField(OrderLine.Reason.values)
    reserved = serializers.IntegerField()
    backordered = serializers.IntegerField()
    shipped = serializers.IntegerField()
    status = serializers.CharField(
        help_text="received, allocated, backordered or shipped; found, cancelled or declined."
    )


class ShipmentLineSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="The id of the order's line.")
    quantity = serializers.IntegerField()


class ShipmentInOrderSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(Shipment.Status.values)
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    shipped_at = serializers.DateTimeField(allow_null=True)
    lines = ShipmentLineSerializer(many=True)


class EventSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    type = serializers.CharField()
    by = serializers.ChoiceField(Event.By.values)


class OrderInListSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    status = serializers.CharField(
        help_text="received, in_review, allocated, backordered, picking, packed, shipped, delivered, returned, closed, "
        "cancelled or declined."
    )
    set = SetInOrderSerializer()
    language = serializers.CharField()
    created_at = serializers.DateTimeField()


class OrderSerializer(OrderInListSerializer):
    lines = LineSerializer(many=True)
    shipments = ShipmentInOrderSerializer(many=True)
    events = EventSerializer(many=True)


class PlacedOrderSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    status = serializers.CharField(help_text="received; in_review if service looks at it first.")
    token = serializers.CharField(help_text="Opens this order to everyone who holds it.")
    status_url = serializers.CharField(help_text="The address of the customer's page, with the token.")
    set = SetInOrderSerializer()
    lines = LineSerializer(many=True)
    language = serializers.CharField(help_text="The language of the letter.")
    created_at = serializers.DateTimeField()


class FollowUpAnswerSerializer(PlacedOrderSerializer):
    token = serializers.CharField(
        required=False,
        help_text="Opens the new order to everyone who holds it. Only for callers who may read its letter.",
    )
    status_url = serializers.CharField(
        required=False, help_text="The address of the customer's page, with the token; likewise."
    )


class ExpectedSerializer(serializers.Serializer[Any]):
    leaves_on = serializers.DateField(
        allow_null=True,
        help_text="The working day by which the next parcel leaves; null while it is unknown.",
    )
    arrives_on = serializers.DateField(
        allow_null=True,
        help_text="The day on which it should arrive; null if the time on the way is unknown.",
    )
    left = serializers.BooleanField(help_text="Whether the parcel has left, on `leaves_on`.")
    waits = serializers.BooleanField(help_text="Whether something waits for stock, and has no date.")


class LetterSerializer(serializers.Serializer[Any]):
    language = serializers.CharField()
    subject = serializers.CharField()
    body = serializers.CharField()
    version = serializers.IntegerField()


def placed_order(order: Order, lines: Sequence[OrderLine]) -> dict[str, Any]:
    """The answer to placing, without the token: see `with_token`. `lines` are the rows as placing wrote them."""
    prefetch_related_objects([line.piece for line in lines if line.piece is not None], ELEMENTS)
    return {
        "number": order.number,
        "status": shown_status(order, lines, ()),
        "link_version": order.link_version,
        "set": set_summary(order.set),
        "lines": [_line(order, line) for line in lines],
        "language": order.language,
        "created_at": moment(order.created_at),
    }


def with_token(placed: dict[str, Any]) -> dict[str, Any]:
    """The same with the token and the link of that time. They are signed again: neither is ever stored."""
    rest = {**placed}
    order = Order(number=rest.pop("number"), link_version=rest.pop("link_version"))
    return {
        "number": order.number,
        "status": rest.pop("status"),
        "token": order_token(order),
        "status_url": order_url(order),
        **rest,
    }


def without_token(placed: dict[str, Any]) -> dict[str, Any]:
    """The same for a caller who may not have the token."""
    return {name: value for name, value in placed.items() if name != "link_version"}


def order_in_list(order: Order) -> dict[str, Any]:
    """A row of a list; `listed` has fetched its lines and shipments."""
    return {
        "number": order.number,
        "status": shown_status(order, order.lines.all(), order.shipments.all()),
        "set": set_summary(order.set),
        "language": order.language,
        "created_at": moment(order.created_at),
    }


def listed(orders: QuerySet[Order]) -> QuerySet[Order]:
    """The orders with all that `order_in_list` shows, in three queries for any number of orders."""
    return orders.select_related("set__theme").prefetch_related("lines", "shipments")


def order_detail(order: Order) -> dict[str, Any]:
    """All of an order that is not personal."""
    lines = list(_lines(order))
    shipments = list(order.shipments.order_by("pk").prefetch_related("lines"))
    return {
        "number": order.number,
        "status": shown_status(order, lines, shipments),
        "set": set_summary(order.set),
        "language": order.language,
        "created_at": moment(order.created_at),
        "lines": [_line(order, line) for line in lines],
        "shipments": [_shipment(shipment) for shipment in shipments],
        "events": [
            {"at": moment(event.at), "type": event.type, "by": event.by}
            for event in order.events.order_by("pk")
        ],
    }


def asked_item(line: OrderLine) -> dict[str, Any]:
    """The item of a line: `{"bag": label}` or `{"piece": {...}}`."""
    return {"piece": piece_summary(line.piece)} if line.piece is not None else {"bag": line.bag_label}


def expectation(expected: Expectation) -> dict[str, Any]:
    return {
        "leaves_on": expected.leaves_on and expected.leaves_on.isoformat(),
        "arrives_on": expected.arrives_on and expected.arrives_on.isoformat(),
        "left": expected.left,
        "waits": expected.waits,
    }


def _lines(order: Order) -> Any:
    elements = Prefetch("piece__elements", queryset=Element.objects.order_by("element_id"))
    return order.lines.select_related("piece__part", "piece__color").prefetch_related(elements)


ELEMENTS = Prefetch("elements", queryset=Element.objects.order_by("element_id"))


def _line(order: Order, line: OrderLine) -> dict[str, Any]:
    return {
        "id": line.pk,
        **asked_item(line),
        "quantity": line.quantity,
        "reason": line.reason,
        "reserved": line.reserved,
        "backordered": line.backordered,
        "shipped": line.shipped,
        "status": shown_line_status(order, line),
    }


def _shipment(shipment: Shipment) -> dict[str, Any]:
    return {
        "id": shipment.pk,
        "status": shipment.status,
        "carrier": shipment.carrier,
        "tracking_number": shipment.tracking_number,
        "shipped_at": moment(shipment.shipped_at),
        "lines": [{"line": row.line_id, "quantity": row.quantity} for row in shipment.lines.all()],
    }
