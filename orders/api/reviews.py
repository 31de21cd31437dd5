"""Reviewing an order by REST: what the customer's words mean, and the decision."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsService, user_of
from core.api.parsing import Text, read_body
from core.api.schema import operation
from orders.actors import staff
from orders.api import bodies, examples
from orders.api import serializers as shapes
from orders.api.base import OrderApiView
from orders.intake.identifying import identify_order
from orders.intake.reviewing import review_order
from orders.intake.validation import MAX_LINES
from orders.models import Access, OrderContact


class DescriptionSerializer(serializers.Serializer[Any]):
    to_identify = serializers.BooleanField(
        help_text="Whether service still has to find out what the words mean."
    )
    described_set = serializers.CharField(
        help_text="A set that is not in our catalogue, in the customer's words."
    )
    described = serializers.CharField(help_text="What is missing, in the customer's words.")


class IdentifySerializer(serializers.Serializer[Any]):
    set_num = Text(default="", max_length=40, help_text="The set, if the order's set is not known yet.")
    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=bodies.LineRequestSerializer(), max_length=MAX_LINES, default=list
    )


class DescriptionView(OrderApiView):
    permission_classes = (IsService,)
    shows = Access.Kind.WORDS

    @operation(
        "getDescription",
        tag="orders",
        summary="Get what the customer described in words",
        answers={200: DescriptionSerializer},
        refusals=[404],
        scope="review",
        answered=examples.WORDS,
    )
    def get(self, request: Request) -> Response:
        contact = OrderContact.objects.filter(order=self.order).first()
        return Response(
            {
                "to_identify": self.order.to_identify,
                "described_set": contact.described_set if contact else "",
                "described": contact.described if contact else "",
            }
        )


class IdentifyView(OrderApiView):
    permission_classes = (IsService,)

    @operation(
        "identifyOrder",
        tag="orders",
        summary="Enter what the customer's words mean",
        description="An order in words can be approved only after that.",
        body=IdentifySerializer,
        answers={200: shapes.OrderSerializer},
        refusals=[404],
        conflicts=["nothing_to_identify"],
        scope="review",
        asked={"set_num": "75290-1", "lines": [{"bag": "14"}]},
        answered={**examples.RECEIVED, "status": "in_review"},
    )
    def post(self, request: Request) -> Response:
        values = read_body(IdentifySerializer, request.data)
        identify_order(
            order_id=self.order.pk,
            set_num=values["set_num"],
            lines=bodies.line_requests(values["lines"]),
            actor=staff(user_of(request)),
        )
        return Response(self.detail())


class ReviewView(OrderApiView):
    permission_classes = (IsService,)

    @operation(
        "reviewOrder",
        tag="orders",
        summary="Decide on an order in review",
        body=bodies.ReviewSerializer,
        answers={200: shapes.OrderSerializer},
        refusals=[404],
        conflicts=["not_in_review", "bag_contents_unknown", "described_only"],
        scope="review",
        asked={"decision": "trim", "note": "One of them has to do.", "word": "many", "quantities": {"2": 1}},
        answered=examples.RECEIVED,
    )
    def post(self, request: Request) -> Response:
        values = bodies.review(read_body(bodies.ReviewSerializer, request.data))
        review_order(order_id=self.order.pk, actor=staff(user_of(request)), **values)
        return Response(self.detail())
