"""Find my order: for a number and its e-mail address we mail the link again; no page shows it."""

from django.db import transaction
from django.utils import timezone

from orders import mails
from orders.links import find_order
from orders.models import OrderContact


def mail_link(*, number: str, email: str) -> None:
    """Mail an order's link to its own address, if `email` is that address. The caller does not learn whether it is.

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
