"""What programs send about an order: the serializers that declare the bodies, and the requests made of them."""

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
