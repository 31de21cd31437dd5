"""Open orders by REST: what customers may still change, and what they may ask when something went wrong."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import Anyone, IsService, caller_of, is_exempt, user_of
from accounts.throttling import counted_order, link_window
from core.api.parsing import read_body
from core.api.schema import operation
from core.api.views import ApiView, answer_once, id_parameter, respond_once
from core.idempotency import Answer
from core.refusals import Refusal
from core.throttling import count, note_count
from orders.actors import staff
from orders.allocation.estimates import expect
from orders.api import bodies, examples
from orders.api import serializers as shapes
from orders.api.base import OrderApiView
from orders.api.orders import FOLLOWING, OF_THIS_ORDER
from orders.intake.cancelling import mark_line_found
from orders.intake.changing import add_lines, change_address
from orders.intake.follow_up import ask_again
from orders.intake.order_request import AddressRequest
from orders.intake.resend_link import renew_link, request_link
from orders.mails import order_reference
from orders.models import Order
from orders.permissions import (
    MayAskForMore,
    MayReadOrder,
    actor_of,
    callers_of_order,
    may_have_token,
    owning_key,
)

LINE_ID = id_parameter("line_id")
TOO_LATE = ("picking_started", "already_ended", "erased")


class ExpectedView(OrderApiView):
    permission_classes = (MayReadOrder,)

    @operation(
        "getExpected",
        tag="orders",
        summary="Estimate when the next parcel leaves and arrives",
        description="The estimate uses the stock, the queue and how many parcels leave each day.",
        answers={200: shapes.ExpectedSerializer},
        refusals=[404, 410],
        scope="orders:read",
        answered=examples.EXPECTED,
    )
    def get(self, request: Request) -> Response:
        return Response(shapes.expectation(expect(self.order)))


class AddressView(OrderApiView):
    permission_classes = (MayReadOrder,)

    @operation(
        "changeAddress",
        tag="orders",
        summary="Change the address, until picking starts",
        description="Send the whole address. The same address again changes nothing.",
        body=bodies.AddressRequestSerializer,
        answers={200: shapes.OrderSerializer},
        refusals=[404, 410],
        conflicts=TOO_LATE,
        scope="orders:write",
        asked=examples.ADDRESS,
        answered=examples.RECEIVED,
    )
    def post(self, request: Request) -> Response:
        values = read_body(bodies.AddressRequestSerializer, request.data)
        try:
            change_address(
                order_id=self.order.pk,
                address=AddressRequest(**values),
                actor=actor_of(request),
                exempt_from_limits=is_exempt(request),
            )
        except Refusal as refusal:
            raise refusal.seen_from("/address") from refusal
        return Response(self.detail())


class LinesView(OrderApiView):
    permission_classes = (MayAskForMore,)

    @operation(
        "addLines",
        tag="orders",
        summary="Ask for more of the same set, until picking starts",
        body=bodies.MoreLinesSerializer,
        answers={201: shapes.OrderSerializer},
        refusals=[404, 410],
        conflicts=TOO_LATE,
        idempotent=True,
        scope="orders:write",
        asked={"lines": [{"bag": "13"}]},
        answered=examples.RECEIVED,
    )
    def post(self, request: Request) -> Response:
        lines = bodies.line_requests(read_body(bodies.MoreLinesSerializer, request.data)["lines"])

        def work() -> Answer:
            add_lines(
                order_id=self.order.pk,
                lines=lines,
                actor=actor_of(request),
                exempt_from_limits=is_exempt(request),
            )
            reference = order_reference(self.order)
            return Answer(status=201, body=self.detail(), reference=reference)

        return respond_once(request, callers=callers_of_order(request, self.order), work=work)


class FoundView(OrderApiView):
    permission_classes = (MayReadOrder,)

    @operation(
        "markLineFound",
        tag="orders",
        summary="Mark a line as found: it is not needed any more",
        description="When the last line is found, the order ends.",
        answers={200: shapes.OrderSerializer},
        refusals=[404, 410],
        conflicts=["already_packed", "already_ended", "already_found"],
        parameters=[LINE_ID],
        scope="orders:write",
        answered=examples.FOUND,
    )
    def post(self, request: Request, line_id: int) -> Response:
        mark_line_found(order_id=self.order.pk, line_id=line_id, actor=actor_of(request))
        return Response(self.detail())


class FollowUpView(OrderApiView):
    permission_classes = (MayAskForMore,)

    @operation(
        "followUp",
        tag="orders",
        summary="Ask again when a parcel did not come, or something in it is wrong",
        description="It places a new order for the same things, which service reviews. It works once for each order.",
        body=bodies.FollowUpSerializer,
        answers={201: shapes.FollowUpAnswerSerializer},
        refusals=[404, 410],
        conflicts=["nothing_shipped", "asked_already", "erased"],
        idempotent=True,
        scope="orders:write",
        links=dict.fromkeys(FOLLOWING, OF_THIS_ORDER),
        asked={"trouble": "not_come"},
        answered={**examples.PLACED, "number": "B14-8R3N-0PZE", "status": "in_review"},
    )
    def post(self, request: Request) -> Response:
        values = read_body(bodies.FollowUpSerializer, request.data)

        def work() -> Answer:
            with counted_order(request):
                follower = ask_again(
                    order_id=self.order.pk,
                    actor=actor_of(request),
                    channel=Order.Channel.API,
                    placed_by=owning_key(request, self.order),
                    **values,
                )
            reference = order_reference(follower)
            lines = list(follower.lines.select_related("piece__part", "piece__color"))
            return Answer(status=201, body=shapes.placed_order(follower, lines), reference=reference)

        answer = answer_once(request, callers=callers_of_order(request, self.order), work=work)
        # A warehouse's program follows up for the customer; what it gets must not open the customer's letter.
        shown = shapes.with_token if may_have_token(request, self.order) else shapes.without_token
        return Response(shown(answer.body), status=answer.status)


class LinkView(ApiView):
    permission_classes = (Anyone,)

    @operation(
        "mailOrderLink",
        tag="orders",
        summary="Mail the link to an order again",
        description=examples.ABOUT_LINKS,
        body=bodies.LinkRequestSerializer,
        answers={202: OpenApiResponse(description="If number and address match, a mail is on its way.")},
        scope="orders:read",
        asked={"number": "B14-7K2M-9QX3", "email": "john@example.com"},
    )
    def post(self, request: Request) -> Response:
        values: dict[str, Any] = read_body(bodies.LinkRequestSerializer, request.data)
        window = link_window(request)
        if window is not None:
            note_count(request, count(window, caller_of(request)))
        request_link(**values)
        return Response(status=202)


class NewLinkView(OrderApiView):
    permission_classes = (IsService,)

    @operation(
        "renewOrderLink",
        tag="orders",
        summary="Mail the customer a new link; the old one stops working at once",
        description="At most once an hour for each order. The answer does not show the link.",
        answers={
            202: OpenApiResponse(description="A mail with the new link is on its way."),
            200: OpenApiResponse(description="That was done within the last hour; nothing changed."),
        },
        refusals=[404],
        conflicts=["erased"],
        scope="review",
    )
    def post(self, request: Request) -> Response:
        renewed = renew_link(order_id=self.order.pk, actor=staff(user_of(request)))
        return Response(status=202 if renewed else 200)
