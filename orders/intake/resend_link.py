"""Mailing an order's link again, or a new one. It goes to the order's own address; no page shows it."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.refusals import Refusal
from orders import mails
from orders.actors import CUSTOMER, Actor
from orders.lifecycle import record_event
from orders.links import find_order, has_link_ended
from orders.locks import lock_order
from orders.models import Order, OrderContact

RENEW_AT_MOST_EVERY = timedelta(hours=1)


def mail_link(*, number: str, email: str) -> None:
    """Mail an order's link to its own address, if `email` is that address. The caller does not learn whether it is.

    A link whose time is up is renewed. At most once an hour for each order.
    """
    order = find_order(number)
    if order is None:
        return
    email_key = email.strip().casefold()
    if not OrderContact.objects.filter(order=order, email_key=email_key).exists():
        return
    if has_link_ended(order):
        renew_link(order_id=order.pk, actor=CUSTOMER)
        return
    with transaction.atomic():
        mails.queue_mail(order, "link", key=timezone.now().strftime("%Y%m%d%H"))


def renew_link(*, order_id: int, actor: Actor) -> bool:
    """Mail a new link to the order's own address; every older link stops working at once.

    At most once an hour for each order: returns False where that was done within the last hour. Raises Refusal 409
    `erased`.
    """
    with transaction.atomic():
        order = lock_order(order_id)
        if not OrderContact.objects.filter(order=order).exists():
            raise Refusal(
                "erased", "This order is erased: there is no address to mail a link to.", status=409
            )
        now = timezone.now()
        if order.link_renewed_at is not None and order.link_renewed_at > now - RENEW_AT_MOST_EVERY:
            return False
        Order.objects.filter(pk=order.pk).update(link_version=F("link_version") + 1, link_renewed_at=now)
        order.refresh_from_db(fields=["link_version", "link_renewed_at"])
        record_event(order, "link_renewed", actor)
        mails.queue_mail(order, "new_link", key=str(order.link_version))
    return True
