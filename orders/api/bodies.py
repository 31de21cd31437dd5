"""The bodies that programs send about orders: their serializers, and the functions that make requests of them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

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
from orders.models import OrderContact, OrderLine

TEXTS = ("message", "box_code", "bought_at", "described", "described_set")


@extend_schema_field({"type": "string", "enum": OrderLine.Reason.values})
class Reason(Text):
    """Placing an order checks it, in its own words."""


@extend_schema_field({"type": "string", "enum": ["", *OrderContact.AgeBand.values]})
class AgeBand(Text):
    """Likewise."""


@extend_schema_field({"type": "string", "enum": list(TROUBLES)})
class Trouble(Text):
    """Following up checks it, in its own words."""


class LineRequestSerializer(serializers.Serializer[Any]):
    """Exactly one of three: a bag, a piece by part and colour, or a piece by element id."""

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
        help_text="en, es or fa; `es-MX` becomes es, and an unknown language en.",
    )


class AddressRequestSerializer(serializers.Serializer[Any]):
    """The rules of the country check it."""

    line1 = Text(max_length=120)
    line2 = Text(default="", max_length=120)
    city = Text(default="", max_length=200)
    region = Text(default="", max_length=80)
    postal_code = Text(default="", max_length=20)
    country = Text(max_length=2, help_text="ISO 3166 alpha-2.")


class BuilderRequestSerializer(serializers.Serializer[Any]):
    """The person who builds the set."""

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
    message = Text(default="", max_length=1000, lines=True, help_text="For the packing team.")
    box_code = Text(default="", max_length=80)
    bought_at = Text(default="", max_length=80)
    described = Text(
        default="",
        max_length=1000,
        lines=True,
        help_text="What is missing, in words, if no line can name it. Service finds out what is meant.",
    )
    described_set = Text(
        default="",
        max_length=100,
        help_text="The set in words, if it is not in our catalogue; leave `set_num` and `lines` empty then.",
    )


class MoreLinesSerializer(serializers.Serializer[Any]):
    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=LineRequestSerializer(), max_length=MAX_LINES
    )


class FollowUpSerializer(serializers.Serializer[Any]):
    trouble = Trouble()
    message = Text(default="", max_length=1000, lines=True, help_text="For the reviewer.")


class LinkRequestSerializer(serializers.Serializer[Any]):
    number = Text(max_length=40, help_text="The order's number, in any case, with or without hyphens.")
    email = Text(max_length=254, help_text="The address with which the order was placed.")


class ReviewSerializer(serializers.Serializer[Any]):
    decision = Text(help_text="approve; trim, to send less; or decline.")
    quantities = serializers.DictField(
        child=Whole(min_value=0),
        default=dict,
        help_text="For trim: the quantity to send, by the line's id.",
    )
    word = Text(default="", help_text=f"A canned reply in the customer's language: {', '.join(KIND_WORDS)}.")
    note = Text(default="", max_length=1000, lines=True, help_text="Added to the mail to the customer.")


def review(values: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `review_order`, from the values of a ReviewSerializer. Raises Refusal `invalid`."""
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
    """The lines for placing; a line that could not be read is blank, so that the others keep their places."""
    return tuple(LineRequest(**line) if isinstance(line, dict) else LineRequest() for line in lines)


def order_request(values: dict[str, Any]) -> OrderRequest:
    """The request for placing, from the values of an OrderRequestSerializer. Placing refuses empty values."""
    customer, address, builder = (values.get(name, {}) for name in ("customer", "address", "builder"))
    return OrderRequest(
        set_num=values.get("set_num", ""),
        lines=line_requests(values.get("lines", [])),
        customer=CustomerRequest(**{"name": "", "email": "", **customer}),
        address=AddressRequest(**{"line1": "", "country": "", **address}),
        builder=BuilderRequest(**builder),
        **{name: values[name] for name in TEXTS if name in values},
    )
