"""A customer's own data by REST: to take along, or to have erased. Both need what only the order's mailbox gets."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import Anyone
from core.api.parsing import Choice, Text, read_body
from core.api.schema import operation
from core.api.views import ApiView, moment, read_query
from orders.actors import CUSTOMER
from orders.api import examples
from orders.api.base import NUMBER, OrderApiView
from orders.permissions import MayReadOrder
from orders.privacy.confirmation_links import PURPOSES, mail_confirmation_link, order_by_confirmation
from orders.privacy.erasing import erase_order
from orders.privacy.exporting import data_of

PROOF = "From the link in the mail; it holds for a day."


class DataRequestSerializer(serializers.Serializer[Any]):
    purpose = Choice(PURPOSES)


class ProofQuery(serializers.Serializer[Any]):
    proof = Text(max_length=300, help_text=PROOF)


class EraseRequestSerializer(serializers.Serializer[Any]):
    proof = Text(max_length=300, help_text=PROOF)


class ErasedSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    erased_at = serializers.DateTimeField()


class DataSerializer(serializers.Serializer[Any]):
    """Everything there is about an order, what is personal too."""

    number = serializers.CharField()
    status = serializers.CharField()
    created_at = serializers.DateTimeField()
    language = serializers.CharField()
    set = serializers.DictField(child=serializers.CharField())
    box_code = serializers.CharField()
    you = serializers.DictField(child=serializers.CharField())
    lines = serializers.ListField(child=serializers.DictField())
    parcels = serializers.ListField(child=serializers.DictField())
    letters = serializers.ListField(child=serializers.DictField())
    mails = serializers.ListField(child=serializers.DictField())
    events = serializers.ListField(child=serializers.DictField())


class DataRequestsView(OrderApiView):
    permission_classes = (MayReadOrder,)

    @operation(
        "requestData",
        tag="orders",
        summary="Have the link to take one's data along, or to have it erased, mailed",
        description="To the address the order was placed with, at most once an hour: whoever holds the order's token "
        "alone may be somebody it was passed on to.",
        body=DataRequestSerializer,
        answers={202: OpenApiResponse(description="A mail is on its way.")},
        refusals=[404],
        scope="orders:write",
        asked={"purpose": "download"},
    )
    def post(self, request: Request) -> Response:
        values = read_body(DataRequestSerializer, request.data)
        mail_confirmation_link(self.order, values["purpose"])
        return Response(status=202)


class DataView(ApiView):
    permission_classes = (Anyone,)

    @operation(
        "downloadData",
        tag="orders",
        summary="Everything there is about an order, for its customer",
        description="The `proof` from the mail authorises the caller.",
        answers={200: DataSerializer},
        refusals=[404],
        parameters=[NUMBER, ProofQuery],
        scope="orders:read",
        answered=examples.MY_DATA,
    )
    def get(self, request: Request, number: str) -> Response:
        proof = read_query(ProofQuery, request)["proof"]
        return Response(data_of(order_by_confirmation(number, proof, "download")))


class EraseView(ApiView):
    permission_classes = (Anyone,)

    @operation(
        "eraseData",
        tag="orders",
        summary="Erase everything personal of an order, for good",
        description="The `proof` from the mail authorises the caller. What is not packed yet is cancelled; the token "
        "and the links stop working.",
        body=EraseRequestSerializer,
        answers={200: ErasedSerializer},
        refusals=[404],
        parameters=[NUMBER],
        scope="orders:write",
        asked={"proof": "1xYz3A:4bQkR7t0mJ2v8sW5nL6cP9dF1hG3eK0uXoZyTqBiVaM"},
        answered={"number": "B14-7K2M-9QX3", "erased_at": "2026-11-23T10:00:00.123456Z"},
    )
    def post(self, request: Request, number: str) -> Response:
        proof = read_body(EraseRequestSerializer, request.data)["proof"]
        order = erase_order(order_id=order_by_confirmation(number, proof, "erase").pk, actor=CUSTOMER)
        return Response({"number": order.number, "erased_at": moment(order.erased_at)})
