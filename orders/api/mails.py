"""The mails about an order by REST: list, read, send again."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsService, user_of
from core.api.schema import operation
from core.api.views import id_parameter, moment
from core.refusals import NotFound
from core.text import without_secrets
from notifications.models import Message
from orders.actors import staff
from orders.api import examples
from orders.api.base import OrderApiView
from orders.mails import order_reference
from orders.mails import send_again as send_mail_again
from orders.models import Access, Order

MAIL_ID = id_parameter("mail_id")


class MailInListSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(Message.State.values)
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)


class MailsSerializer(serializers.Serializer[Any]):
    mails = MailInListSerializer(many=True)


class MailSerializer(MailInListSerializer):
    subject = serializers.CharField()
    body = serializers.CharField()


class MailsView(OrderApiView):
    permission_classes = (IsService,)

    @operation(
        "getMails",
        tag="letters",
        summary="List the mails to the customer about an order",
        answers={200: MailsSerializer},
        refusals=[404],
        scope="letters:read",
        answered={"mails": [examples.MAIL]},
        links={"getMail": {"mail_id": "$response.body#/mails/0/id"}},
    )
    def get(self, request: Request) -> Response:
        rows = _mails_of(self.order).order_by("pk").defer("body", "html_body")
        return Response({"mails": [_mail(row) for row in rows]})


class MailView(OrderApiView):
    permission_classes = (IsService,)
    shows = Access.Kind.MAIL

    @operation(
        "getMail",
        tag="letters",
        summary="Get a mail",
        description="The secrets in its links are cut out: only the mailbox may have them.",
        answers={200: MailSerializer},
        refusals=[404],
        parameters=[MAIL_ID],
        scope="letters:read",
        answered={**examples.MAIL, "subject": "Your parcel has left", "body": "Dear John,\n\n..."},
    )
    def get(self, request: Request, mail_id: int) -> Response:
        found = _mails_of(self.order).filter(pk=mail_id).first()
        if found is None:
            raise NotFound
        return Response({**_mail(found), "subject": found.subject, "body": without_secrets(found.body)})


class MailAgainView(OrderApiView):
    permission_classes = (IsService,)

    @operation(
        "sendMailAgain",
        tag="letters",
        summary="Send a mail again, to the order's present address; or one that is held",
        answers={202: OpenApiResponse(description="The mail is in the outbox.")},
        refusals=[404],
        conflicts=["still_under_way", "erased"],
        parameters=[MAIL_ID],
        scope="letters:write",
    )
    def post(self, request: Request, mail_id: int) -> Response:
        send_mail_again(order_id=self.order.pk, message_id=mail_id, actor=staff(user_of(request)))
        return Response(status=202)


def _mails_of(order: Order) -> Any:
    return Message.objects.filter(reference=order_reference(order))


def _mail(row: Message) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "state": row.state,
        "created_at": moment(row.created_at),
        "sent_at": moment(row.sent_at),
    }
