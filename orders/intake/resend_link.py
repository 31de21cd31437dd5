"""Find my order: number and address together have the link mailed again, and never show it."""

from django.db import transaction
from django.utils import timezone

from orders import mails
from orders.links import find_order
from orders.models import OrderContact


def mail_link(*, number: str, email: str) -> None:
    """Mail the link of an order to its own address, if both belong together. The caller learns nothing.

    At most once an hour for each order.
    """
    order = find_order(number)
    if order is None:
        return
    email_key = email.strip().casefold()
    if not OrderContact.objects.filter(order=order, email_key=email_key).exists():
        return
    with transaction.atomic():
        mails.queue_mail(order, "link", key=timezone.now().strftime("%Y%m%d%H"))
