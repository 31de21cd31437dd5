"""Orders by REST: placing, listing, reading, cancelling; sending again and closing."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsService, MayPlace, caller_of, is_exempt, key_of, network_of, user_of
from accounts.throttling import counted_order
from catalog.queries import find_set
from core.api.pagination import paged_rows
from core.api.parsing import Choice, Text, made, read_partly
from core.api.schema import PAGING, operation, page_example, page_of
from core.api.views import ApiView, answer_once, read_query
from core.idempotency import Answer, hashed
from core.refusals import Problem, Refusal
from orders.actors import staff
from orders.api import bodies, examples
from orders.api import serializers as shapes
from orders.api.base import OrderApiView
from orders.intake.cancelling import cancel_order
from orders.intake.order_request import OrderRequest
from orders.intake.placing import place_order, preview_order
from orders.mails import order_reference
from orders.models import Order
from orders.parcels.returning import close_order, send_again
from orders.permissions import MayListOrders, MayReadOrder, actor_of, listed_orders
from orders.queries import ready_to_pick

# Where an answer has the order's number, and the operations that can follow with it.
OF_THIS_ORDER = {"number": "$response.body#/number"}
FOLLOWING = (
    "getOrder",
    "cancelOrder",
    "getLetter",
    "getLetterPdf",
    "getExpected",
    "changeAddress",
    "addLines",
    "followUp",
    "reviewOrder",
    "getSubstitutes",
    "getSubstituteCandidates",
    "requestData",
    "getDescription",
    "identifyOrder",
    "getMails",
    "openLetter",
    "releaseLetter",
)


class OrdersQuery(serializers.Serializer[Any]):
    state = Choice(
        Order.State.values,
        required=False,
        help_text="The order's own state; its `status` may be that of a parcel.",
    )
    set_num = Text(
        required=False,
        max_length=40,
        help_text="Only orders for this set; a number without a suffix means `-1`.",
    )
    ready = Choice(["true"], required=False, help_text="Only orders that a wave could take now.")
    ordering = Choice(
        ["-created_at", "created_at"], default="-created_at", help_text="By default newest first."
    )


class OrdersView(ApiView):
    permission_classes = (MayListOrders,)
    post_permission_classes = (MayPlace,)

    @operation(
        "listOrders",
        tag="orders",
        summary="List orders, newest first",
        answers={200: page_of(shapes.OrderInListSerializer, "OrderPage")},
        parameters=[OrdersQuery, *PAGING],
        scope="orders:read",
        answered=page_example(examples.IN_LIST),
        links={"getOrder": {"number": "$response.body#/results/0/number"}},
    )
    def get(self, request: Request) -> Response:
        orders = listed_orders(request)
        query = read_query(OrdersQuery, request)
        if "state" in query:
            orders = orders.filter(state=query["state"])
        if query.get("set_num"):
            set_ = find_set(query["set_num"])
            orders = orders.filter(set=set_.pk) if set_ else orders.none()
        if "ready" in query:
            orders = orders.filter(pk__in=ready_to_pick().order_by().values("pk"))
        order = query["ordering"]
        found, links = paged_rows(request, shapes.listed(orders), order, order.replace("created_at", "pk"))
        return Response({**links, "results": [shapes.order_in_list(each) for each in found]})

    @operation(
        "createOrder",
        tag="orders",
        summary="Ask for missing bags and pieces",
        description=examples.ABOUT_PLACING,
        body=bodies.OrderRequestSerializer,
        answers={201: shapes.PlacedOrderSerializer},
        idempotent=True,
        examples=examples.PLACING,
        scope="orders:write",
        links=dict.fromkeys(FOLLOWING, OF_THIS_ORDER),
    )
    def post(self, request: Request) -> Response:
        wanted = read_order_request(request.data)
        answer = answer_once(request, callers=_callers(request), work=lambda: _place(request, wanted))
        body = shapes.with_token(answer.body)
        location = request.build_absolute_uri(reverse("api:order", args=[body["number"]]))
        return Response(body, status=answer.status, headers={"Location": location})


class OrderView(OrderApiView):
    permission_classes = (MayReadOrder,)

    @operation(
        "getOrder",
        tag="orders",
        summary="Get an order",
        description="The answer holds no name, e-mail or address.",
        answers={200: shapes.OrderSerializer},
        refusals=[404, 410],
        examples=examples.READING,
        scope="orders:read",
        links={"markLineFound": {**OF_THIS_ORDER, "line_id": "$response.body#/lines/0/id"}},
    )
    def get(self, request: Request) -> Response:
        return Response(shapes.order_detail(self.order))


class CancelView(OrderApiView):
    permission_classes = (MayReadOrder,)

    @operation(
        "cancelOrder",
        tag="orders",
        summary="Cancel an order until its parcel is packed",
        answers={200: shapes.OrderSerializer},
        refusals=[404, 410],
        conflicts=["already_packed", "already_ended"],
        scope="orders:write",
        answered=examples.CANCELLED,
    )
    def post(self, request: Request) -> Response:
        cancel_order(order_id=self.order.pk, actor=actor_of(request))
        return Response(self.detail())


def read_order_request(data: Any) -> OrderRequest:
    """The request in a body. Raises Refusal `invalid`: malformed values, and what placing would refuse in the rest."""
    values, problems = read_partly(made(bodies.OrderRequestSerializer), data)
    wanted = bodies.order_request(values)
    if not problems:
        return wanted
    try:
        preview_order(wanted=wanted)
    except Refusal as refusal:
        problems += [problem for problem in refusal.problems if not _is_known(problem, problems)]
    raise Refusal("invalid", _("Some of this needs another look."), problems=problems)


def _is_known(problem: Problem, problems: list[Problem]) -> bool:
    """Whether it only follows from a known problem: at the same place, around it or within it."""
    return any(
        f"{problem.pointer}/".startswith(f"{other.pointer}/")
        or f"{other.pointer}/".startswith(f"{problem.pointer}/")
        for other in problems
    )


def _place(request: Request, wanted: OrderRequest) -> Answer:
    with counted_order(request):
        order, lines = place_order(
            wanted=wanted,
            channel=Order.Channel.API,
            actor=actor_of(request),
            placed_by=key_of(request),
            exempt_from_limits=is_exempt(request),
            network=network_of(request),
        )
    body = shapes.placed_order(order, lines)
    return Answer(status=201, body=body, reference=order_reference(order))


def _callers(request: Request) -> list[str]:
    """The owners of the Idempotency-Key.

    A stranger has no name, so its address owns the key. A phone may change its address between two tries, so the
    request owns it too: no other caller knows its every letter.
    """
    caller = caller_of(request)
    if caller.startswith("address:"):
        return [f"stranger:{hashed(caller)}", f"request:{hashed(request.data)}"]
    return [caller]


class SendAgainView(OrderApiView):
    permission_classes = (IsService,)

    @operation(
        "sendAgain",
        tag="orders",
        summary="Send again what came back",
        answers={200: shapes.OrderSerializer},
        refusals=[404],
        conflicts=["nothing_returned", "erased"],
        scope="review",
        answered=examples.RECEIVED,
    )
    def post(self, request: Request) -> Response:
        send_again(order_id=self.order.pk, actor=staff(user_of(request)))
        return Response(self.detail())


class CloseView(OrderApiView):
    permission_classes = (IsService,)

    @operation(
        "closeOrder",
        tag="orders",
        summary="Close an order after a parcel has left: nothing more is sent",
        answers={200: shapes.OrderSerializer},
        refusals=[404],
        conflicts=["nothing_shipped", "packed", "already_ended"],
        scope="review",
        answered={**examples.ORDER, "status": "closed"},
    )
    def post(self, request: Request) -> Response:
        close_order(order_id=self.order.pk, actor=staff(user_of(request)))
        return Response(self.detail())
