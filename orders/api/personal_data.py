"""A customer's own data by REST: to download, or to erase. Both need the proof that only the order's mailbox gets."""

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

PROOF = "From the link in the mail; it is valid for a day."


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
    """All data about an order, personal data included."""

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
        summary="Mail the link that downloads the customer's data, or erases it",
        description=examples.ABOUT_DATA_REQUESTS,
        body=DataRequestSerializer,
        answers={202: OpenApiResponse(description="A mail is on its way.")},
        refusals=[404, 410],
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
        summary="Download all data about an order",
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
        summary="Erase all personal data of an order, for good",
        description=examples.ABOUT_ERASING,
        body=EraseRequestSerializer,
        answers={200: ErasedSerializer},
        refusals=[404],
        parameters=[NUMBER],
        scope="orders:write",
        asked=examples.PROOF,
        answered=examples.ERASED,
    )
    def post(self, request: Request, number: str) -> Response:
        proof = read_body(EraseRequestSerializer, request.data)["proof"]
        order = erase_order(order_id=order_by_confirmation(number, proof, "erase").pk, actor=CUSTOMER)
        return Response({"number": order.number, "erased_at": moment(order.erased_at)})
