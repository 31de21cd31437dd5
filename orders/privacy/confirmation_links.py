"""Links that only the order's own mailbox gets, for what the order's link alone must not do: data out, data gone.

They are signed for one purpose, hold for a day, and are stored nowhere but in their mail.
"""

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from core.refusals import NotFound
from orders import mails
from orders.links import find_order
from orders.models import Order

PURPOSES = ("download", "erase")
HOLDS_SECONDS = 24 * 60 * 60


def mail_confirmation_link(order: Order, purpose: str) -> None:
    """Mail the link for a purpose to the order's own address, at most once an hour."""
    url = settings.SITE_URL + proof_path(order, purpose)
    with transaction.atomic():
        mails.queue_mail(order, purpose, key=timezone.now().strftime("%Y%m%d%H"), proof_url=url)


def proof_path(order: Order, purpose: str) -> str:
    """The path that the mail names."""
    proof = _signer(purpose).sign(_value(order)).removeprefix(f"{_value(order)}:")
    return f"{reverse(f'orders:{purpose}', args=[order.number])}?proof={proof}"


def order_by_confirmation(number: str, proof: str, purpose: str) -> Order:
    """The order that a proof stands for. Raises NotFound, also for one that is too old or for something else."""
    order = find_order(number)
    if order is None or order.erased_at is not None or not proof:
        raise NotFound
    try:
        _signer(purpose).unsign(f"{_value(order)}:{proof}", max_age=HOLDS_SECONDS)
    except BadSignature as error:
        raise NotFound from error
    return order


def _signer(purpose: str) -> TimestampSigner:
    return TimestampSigner(salt=f"orders.proof.{purpose}")


def _value(order: Order) -> str:
    return f"{order.number}:v{order.link_version}"
