"""What service does with an order by REST, besides its review: sending again what came back, and ending it."""

from collections.abc import Callable
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsService, user_of
from core.api import ApiView
from core.schema import STAFF, operation
from orders import api_shapes as shapes
from orders.actors import staff
from orders.api_orders import NUMBER
from orders.permissions import known_order
from orders.returning import close_order, send_again

ROLES = "For the roles service and lead."


class _StepView(ApiView):
    permission_classes = (IsService,)

    def take(self, request: Request, number: str, step: Callable[..., Any]) -> Response:
        order = known_order(number)
        step(order_id=order.pk, actor=staff(user_of(request)))
        return Response(shapes.order_detail(known_order(order.number)))


class SendAgainView(_StepView):
    @operation(
        "sendAgain",
        tag="orders",
        summary="Send once more what came back",
        description=ROLES,
        answers={200: shapes.OrderSerializer},
        who=STAFF,
        refusals=[404],
        conflicts=["nothing_returned", "erased"],
        parameters=[NUMBER],
        scope="review",
    )
    def post(self, request: Request, number: str) -> Response:
        return self.take(request, number, send_again)


class CloseView(_StepView):
    @operation(
        "closeOrder",
        tag="orders",
        summary="End an order of which a parcel has left: nothing more is sent",
        description=ROLES,
        answers={200: shapes.OrderSerializer},
        who=STAFF,
        refusals=[404],
        conflicts=["nothing_shipped", "packed", "already_ended"],
        parameters=[NUMBER],
        scope="review",
    )
    def post(self, request: Request, number: str) -> Response:
        return self.take(request, number, close_order)
