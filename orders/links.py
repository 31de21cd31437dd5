"""The signed link to an order. The token is computed whenever it is needed, and stored nowhere."""

from django.conf import settings
from django.core.signing import Signer
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from core.codes import read_code
from core.refusals import NotFound
from orders.models import Order

_signer = Signer(salt="orders.link")


def order_token(order: Order) -> str:
    """The signature over number and link version; raising the version revokes every older link."""
    return _signer.signature(f"{order.number}:{order.link_version}")


def order_path(order: Order) -> str:
    """The path of the customer's page, with its token."""
    return f"{reverse('orders:status', args=[order.number])}?token={order_token(order)}"


def order_url(order: Order) -> str:
    """The whole link, for mails and letters."""
    return settings.SITE_URL + order_path(order)


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
    """The order, if the token is its own. Raises NotFound, which does not show whether the order exists."""
    order = find_order(number)
    if order is None or not is_token_of(order, token):
        raise NotFound
    return order


def is_token_of(order: Order, token: str) -> bool:
    """Whether this token opens this order."""
    return bool(token) and constant_time_compare(token.encode(), order_token(order).encode())
