"""How orders look to programs: the serializers that declare them, and the functions that make them.

Answers are made by plain functions, since a request for an order is the busiest of all; the serializers are for the
OpenAPI document, and tests hold one against the other. Nothing personal is in any of these.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.api.sets import ColorSerializer, ThemeSerializer, piece_summary, set_summary
from catalog.models import Element
from core.api.parsing import Label, Text, Whole, escaped
from core.refusals import Problem, Refusal
from orders.intake.canned_replies import KIND_WORDS
from orders.intake.follow_up import TROUBLES
from orders.intake.order_request import (
    AddressRequest,
    BuilderRequest,
    CustomerRequest,
    LineRequest,
    OrderRequest,
)
from orders.intake.validation import MAX_LINES
from orders.lifecycle import shown_line_status, shown_status
from orders.links import order_token, order_url
from orders.models import Event, Order, OrderContact, OrderLine, Shipment

TEXTS = ("message", "box_code", "bought_at", "described", "described_set")


@extend_schema_field({"type": "string", "enum": OrderLine.Reason.values})
class Reason(Text):
    """Checked by placing, with the words of its own."""


@extend_schema_field({"type": "string", "enum": ["", *OrderContact.AgeBand.values]})
class AgeBand(Text):
    """Likewise."""


@extend_schema_field({"type": "string", "enum": list(TROUBLES)})
class Trouble(Text):
    """Checked by following up, likewise."""


class LineRequestSerializer(serializers.Serializer[Any]):
    """A bag, or a piece by part and colour, or by element id: exactly one of the three."""

    bag = Label(required=False, allow_null=True, help_text="The label printed on the bag.")
    part_num = Text(required=False, allow_null=True, max_length=60)
    color_id = Whole(required=False, allow_null=True)
    element_id = Text(required=False, allow_null=True, max_length=20)
    quantity = Whole(default=1, min_value=1)
    reason = Reason(default="missing")


class CustomerRequestSerializer(serializers.Serializer[Any]):
    name = Text(max_length=200)
    email = Text(max_length=254)
    language = Text(
        default="en",
        max_length=35,
        help_text="en, es or fa; `es-MX` is es, and what we do not speak becomes en.",
    )


class AddressRequestSerializer(serializers.Serializer[Any]):
    """Checked by the rules of its country."""

    line1 = Text(max_length=120)
    line2 = Text(default="", max_length=120)
    city = Text(default="", max_length=200)
    region = Text(default="", max_length=80)
    postal_code = Text(default="", max_length=20)
    country = Text(max_length=2, help_text="ISO 3166 alpha-2.")


class BuilderRequestSerializer(serializers.Serializer[Any]):
    """Who is building."""

    name = Text(default="", max_length=200)
    age_band = AgeBand(default="")


class OrderRequestSerializer(serializers.Serializer[Any]):
    set_num = Text(max_length=40)
    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=LineRequestSerializer(), max_length=MAX_LINES
    )
    customer = CustomerRequestSerializer()
    address = AddressRequestSerializer()
    builder = BuilderRequestSerializer(required=False)
    message = Text(default="", max_length=1000, lines=True, help_text="A word to the packing team.")
    box_code = Text(default="", max_length=80)
    bought_at = Text(default="", max_length=80)
    described = Text(
        default="",
        max_length=1000,
        lines=True,
        help_text="What is missing in words, where no line can name it: a person finds out.",
    )
    described_set = Text(
        default="",
        max_length=100,
        help_text="The set in words, where our list has it not: `set_num` is empty then, and `lines` too.",
    )


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
    """`bag` or `piece`, never both."""

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
    status = serializers.CharField(help_text="received; in_review where a person has a look first.")
    token = serializers.CharField(help_text="Opens this order; whoever has it, sees it.")
    status_url = serializers.CharField(help_text="The customer's page, with the token.")
    set = SetInOrderSerializer()
    lines = LineSerializer(many=True)
    language = serializers.CharField(help_text="The language that the letter will be in.")
    created_at = serializers.DateTimeField()


class ExpectedSerializer(serializers.Serializer[Any]):
    leaves_on = serializers.DateField(
        allow_null=True, help_text="The working day by which the next parcel leaves; null while nobody knows."
    )
    arrives_on = serializers.DateField(
        allow_null=True, help_text="When it should be there; null where the way is not known."
    )
    left = serializers.BooleanField(help_text="The parcel left on `leaves_on`.")
    waits = serializers.BooleanField(help_text="Something waits for stock, and has no date.")


class MoreLinesSerializer(serializers.Serializer[Any]):
    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=LineRequestSerializer(), max_length=MAX_LINES
    )


class FollowUpSerializer(serializers.Serializer[Any]):
    trouble = Trouble()
    message = Text(default="", max_length=1000, lines=True, help_text="A word about it, for who looks at it.")


class LinkRequestSerializer(serializers.Serializer[Any]):
    number = Text(max_length=40, help_text="The order's number, however it was typed.")
    email = Text(max_length=254, help_text="The address the order was placed with.")


class LetterSerializer(serializers.Serializer[Any]):
    language = serializers.CharField()
    subject = serializers.CharField()
    body = serializers.CharField()
    version = serializers.IntegerField()


class ReviewSerializer(serializers.Serializer[Any]):
    decision = Text(help_text="approve; trim, to send less of it; or decline.")
    quantities = serializers.DictField(
        child=Whole(min_value=0),
        default=dict,
        help_text="To trim: how many of which line are sent, by the line's id.",
    )
    word = Text(default="", help_text=f"A kind word, in the customer's language: {', '.join(KIND_WORDS)}.")
    note = Text(default="", max_length=1000, lines=True, help_text="Goes into the mail to the customer.")


def review(values: dict[str, Any]) -> dict[str, Any]:
    """What reviewing wants, from the values of a ReviewSerializer. Raises Refusal `invalid`."""
    quantities, problems = {}, []
    for typed, quantity in values["quantities"].items():
        if typed.isascii() and typed.isdigit() and len(typed) <= 18:
            quantities[int(typed)] = quantity
        else:
            pointer = f"/quantities/{escaped(typed)}"
            problems.append(Problem(pointer, "unknown_line", _("This order has no such line.")))
    if problems:
        raise Refusal("invalid", problems=problems)
    return {**values, "quantities": quantities}


def line_requests(lines: list[Any]) -> tuple[LineRequest, ...]:
    """What placing wants for each line; one that could not be read is blank, so that the others keep their places."""
    return tuple(LineRequest(**line) if isinstance(line, dict) else LineRequest() for line in lines)


def order_request(values: dict[str, Any]) -> OrderRequest:
    """What placing wants, from the values of an OrderRequestSerializer. Missing ones are empty: it says so."""
    customer, address, builder = (values.get(name, {}) for name in ("customer", "address", "builder"))
    return OrderRequest(
        set_num=values.get("set_num", ""),
        lines=line_requests(values.get("lines", [])),
        customer=CustomerRequest(**{"name": "", "email": "", **customer}),
        address=AddressRequest(**{"line1": "", "country": "", **address}),
        builder=BuilderRequest(**builder),
        **{name: values[name] for name in TEXTS if name in values},
    )


def placed_order(order: Order, lines: Sequence[OrderLine]) -> dict[str, Any]:
    """The answer to placing, without what opens the order: see `with_token`. The lines come as they were written."""
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
    """The same with the token and the link as they were at that time. Signed anew: neither is ever stored."""
    rest = {**placed}
    order = Order(number=rest.pop("number"), link_version=rest.pop("link_version"))
    return {
        "number": order.number,
        "status": rest.pop("status"),
        "token": order_token(order),
        "status_url": order_url(order),
        **rest,
    }


def order_in_list(order: Order) -> dict[str, Any]:
    """A row of a list; lines and parcels came along with it (`listed`)."""
    return {
        "number": order.number,
        "status": shown_status(order, order.lines.all(), order.shipments.all()),
        "set": set_summary(order.set),
        "language": order.language,
        "created_at": moment(order.created_at),
    }


def listed(orders: QuerySet[Order]) -> QuerySet[Order]:
    """All that `order_in_list` shows, in three queries however many orders there are."""
    return orders.select_related("set__theme").prefetch_related("lines", "shipments")


def order_detail(order: Order) -> dict[str, Any]:
    """Everything that is not personal."""
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


def line_thing(line: OrderLine) -> dict[str, Any]:
    """What a line asks for: `{"bag": label}` or `{"piece": {...}}`."""
    return {"piece": piece_summary(line.piece)} if line.piece is not None else {"bag": line.bag_label}


def moment(at: datetime | None) -> str | None:
    """A time as ISO 8601 in UTC, such as `2026-11-21T20:15:00.123456Z`."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _lines(order: Order) -> Any:
    elements = Prefetch("piece__elements", queryset=Element.objects.order_by("element_id"))
    return order.lines.select_related("piece__part", "piece__color").prefetch_related(elements)


ELEMENTS = Prefetch("elements", queryset=Element.objects.order_by("element_id"))


def _line(order: Order, line: OrderLine) -> dict[str, Any]:
    return {
        "id": line.pk,
        **line_thing(line),
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
