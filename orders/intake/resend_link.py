"""Mailing an order's link again, or a new one. It goes to the order's own address; no page shows it.

Find my order: a request does the same work whether number and e-mail match or not, so that neither its answer nor its
time tells: it asks for a job, and a worker compares.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from core.codes import read_code
from core.jobs import Claim, recording, request_job
from core.mail_addresses import comparable_address
from core.refusals import Refusal
from orders import mails
from orders.actors import CUSTOMER, Actor
from orders.lifecycle import record_event
from orders.links import find_order, has_link_ended
from orders.locks import lock_order, lock_orders
from orders.models import Order, OrderContact

RENEW_AT_MOST_EVERY = timedelta(hours=1)


def request_link(*, number: str, email: str) -> None:
    """Ask that an order's link is mailed to its own address, if `email` is that address."""
    code = read_code("B14", number)
    if code is None:
        return  # no order has such a number, as anyone can reckon
    with transaction.atomic():
        request_job("mail_link", f"{code}:{_digest(email)}")


def mail_link(claim: Claim) -> None:
    """The job: compare, and mail the link at most once an hour for each order. A link whose time is up is renewed.

    The job leaves no row behind: a row for each guess would let strangers fill the table.
    """
    number, _, digest = claim.subject.partition(":")
    order = find_order(number)
    with recording(claim, forget=True):
        if order is None:
            return
        order = lock_order(order.pk)
        contact = OrderContact.objects.filter(order=order).first()
        if contact is None or not constant_time_compare(_digest(contact.email), digest):
            return
        if has_link_ended(order):
            _renew(order, CUSTOMER)
        else:
            mails.queue_mail(order, "link", key=timezone.now().strftime("%Y%m%d%H"))


def renew_link(*, order_id: int, actor: Actor) -> bool:
    """Mail a new link to the order's own address; every older link stops working at once. Likewise for what follows it.

    At most once an hour for each order: returns False where that was done within the last hour. Raises Refusal 409
    `erased`.
    """
    with transaction.atomic():
        order = lock_order(order_id)
        if not OrderContact.objects.filter(order=order).exists():
            raise Refusal(
                "erased", "This order is erased: there is no address to mail a link to.", status=409
            )
        return _renew(order, actor)


def _renew(order: Order, actor: Actor) -> bool:
    """The same for a locked order that has an address."""
    now = timezone.now()
    if order.link_renewed_at is not None and order.link_renewed_at > now - RENEW_AT_MOST_EVERY:
        return False
    Order.objects.filter(pk=order.pk).update(link_version=F("link_version") + 1, link_renewed_at=now)
    order.refresh_from_db(fields=["link_version", "link_renewed_at"])
    record_event(order, "link_renewed", actor)
    mails.queue_mail(order, "new_link", key=str(order.link_version))
    # The holder of the link may have made an order that follows this one; its link was shown to that holder alone.
    for follower in lock_orders(order.followed_by.filter(erased_at=None).values_list("pk", flat=True)):
        _renew(follower, actor)
    return True


def _digest(email: str) -> str:
    """Recognises an address, and holds nothing personal: it is keyed."""
    key = comparable_address(email)
    return salted_hmac("orders.link_request", key, algorithm="sha256").hexdigest()[:40]
