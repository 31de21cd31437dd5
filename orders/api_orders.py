"""Orders by REST: placing, reading, cancelling, the letter, and the decision of who reviews."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsService, caller_of, key_of, role_of, user_of
from core.api import ApiView, answer_once
from core.idempotency import Answer, hashed
from core.parsing import read_body, read_partly
from core.refusals import Problem, Refusal
from core.schema import ANYONE, ORDER, STAFF, operation
from core.throttling import Window, count, look, note_count
from orders import api_examples as examples
from orders import api_shapes as shapes
from orders.actors import staff
from orders.cancelling import cancel_order
from orders.letters import latest_version, letter_pdf
from orders.mails import order_reference
from orders.models import Order
from orders.permissions import actor_of, known_order, order_with_letter, readable_order
from orders.placing import place_order, preview_order
from orders.requests import OrderRequest
from orders.reviewing import review_order

NUMBER = OpenApiParameter(
    "number", str, OpenApiParameter.PATH, description="`B14-7K2M-9QXD`, in any case, with or without hyphens."
)


class OrdersView(ApiView):
    permission_classes = (AllowAny,)

    @operation(
        "createOrder",
        tag="orders",
        summary="Ask for what was missing",
        description="Everything that is wrong with a request is said at once. The answer has the order's token: keep "
        "it, it opens the order. Without an API key at most a few orders an hour are taken from one address.",
        body=shapes.OrderRequestSerializer,
        answers={201: shapes.PlacedOrderSerializer},
        who=ANYONE,
        idempotent=True,
        examples=examples.PLACING,
    )
    def post(self, request: Request) -> Response:
        wanted = read_order_request(request.data)
        answer = answer_once(request, callers=_callers(request), work=lambda: _place(request, wanted))
        body = shapes.with_token(answer.body)
        location = request.build_absolute_uri(reverse("api:order", args=[body["number"]]))
        return Response(body, status=answer.status, headers={"Location": location})


class OrderView(ApiView):
    permission_classes = (AllowAny,)

    @operation(
        "getOrder",
        tag="orders",
        summary="How an order stands",
        description="No name, e-mail or address in it.",
        answers={200: shapes.OrderSerializer},
        who=ORDER,
        refusals=[404],
        parameters=[NUMBER],
        examples=examples.READING,
    )
    def get(self, request: Request, number: str) -> Response:
        return Response(shapes.order_detail(readable_order(request, number)))


class CancelView(ApiView):
    permission_classes = (AllowAny,)

    @operation(
        "cancelOrder",
        tag="orders",
        summary="Cancel an order before its parcel is packed",
        answers={200: shapes.OrderSerializer},
        who=ORDER,
        refusals=[404],
        conflicts=["already_packed", "already_ended"],
        parameters=[NUMBER],
    )
    def post(self, request: Request, number: str) -> Response:
        order = readable_order(request, number)
        cancel_order(order_id=order.pk, actor=actor_of(request))
        return Response(shapes.order_detail(known_order(order.number)))


class LetterView(ApiView):
    permission_classes = (AllowAny,)

    @operation(
        "getLetter",
        tag="orders",
        summary="The letter, as text",
        description="404 `letter_not_ready` until it is written, some seconds after the order.",
        answers={200: shapes.LetterSerializer},
        who=ORDER,
        refusals=[403, 404],
        parameters=[NUMBER],
    )
    def get(self, request: Request, number: str) -> Response:
        version = latest_version(order_with_letter(request, number))
        return Response(
            {
                "language": version.language,
                "subject": version.subject,
                "body": version.body,
                "version": version.version,
            }
        )


class LetterPdfView(ApiView):
    permission_classes = (AllowAny,)

    @operation(
        "getLetterPdf",
        tag="orders",
        summary="The letter, as the page that lies in the parcel",
        description="404 `letter_not_ready` until it is written, some seconds after the order.",
        answers={(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, description="An A5 page.")},
        who=ORDER,
        refusals=[403, 404],
        parameters=[NUMBER],
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        order = order_with_letter(request, number)
        version = latest_version(order)
        return HttpResponse(
            letter_pdf(version),
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{order.number}.pdf"'},
        )


class ReviewView(ApiView):
    permission_classes = (IsService,)

    @operation(
        "reviewOrder",
        tag="orders",
        summary="Decide on a request that a person had to look at",
        description="For the roles service and lead.",
        body=shapes.ReviewSerializer,
        answers={200: shapes.OrderSerializer},
        who=STAFF,
        refusals=[404],
        conflicts=["not_in_review", "bag_contents_unknown"],
        parameters=[NUMBER],
    )
    def post(self, request: Request, number: str) -> Response:
        order = known_order(number)
        values = read_body(shapes.ReviewSerializer, request.data)
        review_order(order_id=order.pk, actor=staff(user_of(request)), **values)
        return Response(shapes.order_detail(known_order(order.number)))


def read_order_request(data: Any) -> OrderRequest:
    """The request of a body. Raises Refusal `invalid`: what is not well-formed, with what placing says of the rest."""
    values, problems = read_partly(shapes.OrderRequestSerializer(), data)
    request = shapes.order_request(values)
    if not problems:
        return request
    try:
        preview_order(request=request)
    except Refusal as refusal:
        problems += [problem for problem in refusal.problems if not _is_known(problem, problems)]
    raise Refusal("invalid", _("Some of this needs another look."), problems=problems)


def _is_known(problem: Problem, problems: list[Problem]) -> bool:
    """Whether this only follows from a problem that is told already: at its place, around it or within it."""
    return any(
        f"{problem.pointer}/".startswith(f"{other.pointer}/")
        or f"{other.pointer}/".startswith(f"{problem.pointer}/")
        for other in problems
    )


def _place(request: Request, wanted: OrderRequest) -> Answer:
    """Place the order, and count it: an order over the rate is rolled back, so that only orders count."""
    is_exempt = bool(role_of(request))
    window, caller = _order_window(request), caller_of(request)
    if not is_exempt:
        note_count(request, look(window, caller))
    with transaction.atomic():
        order = place_order(
            request=wanted,
            channel=Order.Channel.API,
            actor=actor_of(request),
            placed_by=key_of(request),
            exempt_from_limits=is_exempt,
        )
        if not is_exempt:
            note_count(request, count(window, caller))
        body = shapes.placed_order(order)
    return Answer(status=201, body=body, reference=order_reference(order))


def _order_window(request: Request) -> Window:
    if key_of(request) is not None:
        return Window("orders", settings.KEY_ORDERS_PER_HOUR, 3600)
    return Window("orders", settings.ANONYMOUS_ORDERS_PER_HOUR, 3600)


def _callers(request: Request) -> list[str]:
    """Whose the Idempotency-Key is.

    A stranger has no name. The address stands for it; and since a phone changes its address between two tries, so does
    the request itself, which nobody else knows to the letter.
    """
    caller = caller_of(request)
    if caller.startswith("address:"):
        return [f"stranger:{hashed(caller)}", f"request:{hashed(request.data)}"]
    return [caller]
