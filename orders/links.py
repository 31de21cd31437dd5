"""The signed link to an order. The token is computed whenever it is needed, and stored nowhere.

While an order lives, its link holds. It ends `LINK_DAYS` after the order's end, or after a later renewal.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import Signer
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from core.codes import read_code
from core.refusals import NotFound, Refusal
from orders.models import Order

_signer = Signer(salt="orders.link")


class LinkEnded(Refusal):
    """A link whose time is up: 410. Its signature is right, so its holder may know that the order exists."""

    def __init__(self, order: Order) -> None:
        detail = _("This link has ended. Ask for a new one: we mail it to the address of the order.")
        super().__init__("link_ended", detail, status=410)
        self.order = order


def order_token(order: Order) -> str:
    """The signature over number and link version; raising the version revokes every older link."""
    return _signer.signature(f"{order.number}:{order.link_version}")


def order_path(order: Order) -> str:
    """The path of the customer's page, with its token."""
    return f"{reverse('orders:status', args=[order.number])}?token={order_token(order)}"


def order_url(order: Order) -> str:
    """The whole link, for mails and letters."""
    return settings.SITE_URL + order_path(order)


def link_prefix(order: Order) -> str:
    """What every link to an order's page begins with, of whichever version: all of it but the token."""
    return f"{settings.SITE_URL}{reverse('orders:status', args=[order.number])}?token="


def offer_path(order: Order, offer_id: int) -> str:
    """The path of the page that asks the customer about an offer, with the order's token."""
    return f"{reverse('orders:substitute', args=[order.number, offer_id])}?token={order_token(order)}"


def offer_url(order: Order, offer_id: int) -> str:
    """The whole link to that page, for the mail."""
    return settings.SITE_URL + offer_path(order, offer_id)


def find_order(number: str) -> Order | None:
    """The order with this number, however it was typed."""
    code = read_code("B14", number)
    return Order.objects.select_related("set", "set__theme").filter(number=code).first() if code else None


def order_by_token(number: str, token: str) -> Order:
    """The order that the token opens. Raises NotFound as `order_by_old_token` does, and LinkEnded."""
    order = order_by_old_token(number, token)
    if has_link_ended(order):
        raise LinkEnded(order)
    return order


def order_by_old_token(number: str, token: str) -> Order:
    """The order, if the token is its own, also where its time is up.

    Raises NotFound, which does not show whether the order exists.
    """
    order = find_order(number)
    if order is None or not is_token_of(order, token):
        raise NotFound
    return order


def link_ends_at(order: Order) -> datetime | None:
    """When the link of an order ends; None while the order lives."""
    if order.ended_at is None:
        return None
    return max(order.ended_at, order.link_renewed_at or order.ended_at) + timedelta(days=settings.LINK_DAYS)


def has_link_ended(order: Order) -> bool:
    """Whether the time of an order's link is up."""
    ends_at = link_ends_at(order)
    return ends_at is not None and ends_at <= timezone.now()


def is_token_of(order: Order, token: str) -> bool:
    """Whether this token is the order's own. Its time may be up."""
    return bool(token) and constant_time_compare(token.encode(), order_token(order).encode())
