"""The mails of an order besides its letter. Each is a template of plain text; its first line is the subject."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from notifications.mail_page import mail_page
from notifications.outbox import queue_message
from orders.links import order_url
from orders.models import Order, OrderContact
from orders.unlisted import shown_set

KINDS = ("in_review", "approved", "declined", "cancelled", "shipped", "link", "download", "erase")


def order_reference(order: Order) -> str:
    """What the outbox knows this order by."""
    return f"order:{order.pk}"


def queue_mail(order: Order, kind: str, *, key: str = "", **context: Any) -> None:
    """Write the mail of this kind and put it into the outbox, in the caller's transaction.

    Once for each order, kind and `key`. An erased order gets no mail.
    """
    contact = OrderContact.objects.filter(order=order).first()
    if contact is None:
        return
    with translation.override(order.language):
        text = render_to_string(
            f"orders/mails/{kind}.txt",
            {
                "order": order,
                "set": shown_set(order, contact),
                "name": contact.name,
                "url": order_url(order),
                **context,
            },
        )
    subject, _, body = text.strip().partition("\n")
    queue_message(
        reference=order_reference(order),
        key=":".join(filter(None, [order_reference(order), kind, key])),
        kind=kind,
        language=order.language,
        to_email=contact.email,
        subject=subject,
        body=_squeeze(body),
        html_body=mail_page(subject=subject, body=_squeeze(body), language=order.language),
    )


def _squeeze(text: str) -> str:
    """Paragraphs separated by exactly one blank line."""
    paragraphs = (paragraph.strip() for paragraph in text.split("\n\n"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
