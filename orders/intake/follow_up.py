"""Asking again, where the parcel did not come or something in it is wrong: a new order that follows the first."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey
from core.refusals import Problem, Refusal
from orders.actors import Actor
from orders.intake.order_request import (
    AddressRequest,
    BuilderRequest,
    CustomerRequest,
    LineRequest,
    OrderRequest,
)
from orders.intake.placing import place_order
from orders.lifecycle import record_event
from orders.locks import lock_order
from orders.models import Order, OrderContact, OrderLine, Shipment

TROUBLES = ("not_come", "still_wrong")
HANDED_OVER = (Shipment.Status.SHIPPED, Shipment.Status.DELIVERED, Shipment.Status.RETURNED)


def can_ask_again(order: Order) -> bool:
    """Whether a parcel was handed over and the customer has not asked again yet."""
    return (
        order.erased_at is None
        and order.shipments.filter(status__in=HANDED_OVER).exists()
        and not _followers(order).exists()
    )


def ask_again(
    *,
    order_id: int,
    trouble: str,
    message: str,
    actor: Actor,
    channel: str = Order.Channel.WEB,
    placed_by: ApiKey | None = None,
) -> Order:
    """Place a new order for the same things to the same address, outside the limits and to review.

    Once for each order, however often the customer asks. Raises Refusal `invalid`, or 409 `nothing_shipped`,
    `asked_already`, `erased`.
    """
    if trouble not in TROUBLES:
        raise Refusal(
            "invalid", problems=[Problem("/trouble", "unknown_trouble", _("Give not_come or still_wrong."))]
        )
    with transaction.atomic():
        # Under the first order's lock, so that the second of two clicks finds the order that the first has placed.
        order = lock_order(order_id)
        contact = OrderContact.objects.filter(order=order).first()
        if contact is None:
            raise Refusal("erased", _("This order is erased."), status=409)
        if not order.shipments.filter(status__in=HANDED_OVER).exists():
            raise Refusal("nothing_shipped", _("No parcel of this order has left the house."), status=409)
        if _followers(order).exists():
            raise Refusal("asked_already", _("This order is followed by another already."), status=409)
        wanted = _same_again(order, contact, message)
        follower = place_order(
            wanted=wanted, channel=channel, actor=actor, placed_by=placed_by, follows=order
        ).order
        record_event(order, "asked_again", actor, trouble=trouble, number=follower.number)
    return follower


def _followers(order: Order) -> QuerySet[Order]:
    return order.followed_by.exclude(state__in=[Order.State.CANCELLED, Order.State.DECLINED])


def _same_again(order: Order, contact: OrderContact, message: str) -> OrderRequest:
    lines = order.lines.filter(found_at=None).select_related("piece__part")
    return OrderRequest(
        set_num=order.set.set_num,
        lines=tuple(_line_again(line) for line in lines),
        customer=CustomerRequest(name=contact.name, email=contact.email, language=order.language),
        address=AddressRequest(
            line1=contact.line1,
            line2=contact.line2,
            city=contact.city,
            region=contact.region,
            postal_code=contact.postal_code,
            country=contact.country,
        ),
        builder=BuilderRequest(name=contact.builder_name, age_band=contact.builder_age_band),
        message=message,
        box_code=order.box_code,
        bought_at=contact.bought_at,
    )


def _line_again(line: OrderLine) -> LineRequest:
    if line.piece is None:
        return LineRequest(bag=line.bag_label, reason=line.reason)
    return LineRequest(
        part_num=line.piece.part.part_num,
        color_id=line.piece.color_id,
        quantity=line.quantity,
        reason=line.reason,
    )
