"""Links that only the customer's mailbox gets, for what the order's link alone must not do: export and erase data.

Each is signed for one purpose, works for a day, and is stored nowhere but in its mail.
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
    """The path of the confirmation link, for the mail."""
    proof = _signer(purpose).sign(_signed_value(order)).removeprefix(f"{_signed_value(order)}:")
    return f"{reverse(f'orders:{purpose}', args=[order.number])}?proof={proof}"


def order_by_confirmation(number: str, proof: str, purpose: str) -> Order:
    """The order that a proof belongs to. Raises NotFound, also for a proof that is too old or for another purpose."""
    order = find_order(number)
    if order is None or order.erased_at is not None or not proof:
        raise NotFound
    try:
        _signer(purpose).unsign(f"{_signed_value(order)}:{proof}", max_age=HOLDS_SECONDS)
    except BadSignature as error:
        raise NotFound from error
    return order


def _signer(purpose: str) -> TimestampSigner:
    return TimestampSigner(salt=f"orders.proof.{purpose}")


def _signed_value(order: Order) -> str:
    return f"{order.number}:v{order.link_version}"
