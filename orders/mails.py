"""The mails of an order besides its letter. Each is a template of plain text; its first line is the subject."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.permissions import EXEMPT_ROLES
from catalog.models import Set
from core.refusals import NotFound, Refusal
from core.web_addresses import find_web_address, looks_like_a_name
from core.writing import write_day
from notifications.cleaning import clean_line
from notifications.failed_work import give_up_mail
from notifications.mail.outbox import queue_message, release_message, repeat_message, wrote_lately
from notifications.mail.page import mail_page
from notifications.models import Message
from orders.actors import Actor
from orders.lifecycle import record_event
from orders.links import order_url
from orders.locks import lock_order
from orders.models import Order, OrderContact
from orders.unlisted import shown_set

KINDS = (
    "in_review",
    "address_changed",
    "approved",
    "trimmed",
    "declined",
    "waiting",
    "substitute",
    "packed",
    "shipped",
    "late",
    "cancelled",
    "found",
    "link",
    "new_link",
    "download",
    "erase",
)


# One notice that we are looking at a request covers what the same mailbox asks for until then.
REVIEW_NOTICE_EVERY = timedelta(days=1)


def order_reference(order: Order) -> str:
    """The outbox's name for this order."""
    return reference_of(order.pk)


def reference_of(order_id: int) -> str:
    """The same by the order's id."""
    return f"order:{order_id}"


def orders_of(references: Collection[str]) -> dict[str, Order]:
    """The orders that these references of the outbox name."""
    keys = [
        int(reference.removeprefix("order:")) for reference in references if reference.startswith("order:")
    ]
    return {order_reference(order): order for order in Order.objects.filter(pk__in=keys)}


def queue_mail(order: Order, kind: str, *, key: str = "", **context: Any) -> None:
    """Write the mail of this kind and put it into the outbox, in the caller's transaction.

    Once for each order, kind and `key`. An erased order gets no mail. Dates in `context` are written in the order's
    language; translations isolate names and numbers whose direction would disturb the sentence.
    """
    contact = OrderContact.objects.filter(order=order).first()
    if contact is None:
        return
    with translation.override(order.language):
        text = render_to_string(
            f"orders/mails/{kind}.txt",
            {
                "order": order,
                "set": _safe_set(order, contact),
                "greeting": _greeting(contact),
                "url": order_url(order),
                **{key: write_day(each) if isinstance(each, date) else each for key, each in context.items()},
            },
        )
    subject, _line_break, body = text.strip().partition("\n")
    queue_message(
        reference=order_reference(order),
        key=":".join(filter(None, [order_reference(order), kind, key])),
        kind=kind,
        language=order.language,
        to_email=contact.email,
        subject=subject,
        body=_squeeze(body),
        html_body=mail_page(subject=subject, body=_squeeze(body), language=order.language),
        by_person=is_placed_by_us(order),
    )


def is_placed_by_us(order: Order) -> bool:
    """Whether service or a lead placed the order, by page or by key: then no stranger uses us to fill a mailbox."""
    key = order.placed_by
    return order.channel == Order.Channel.STAFF or (key is not None and key.role in EXEMPT_ROLES)


def _greeting(contact: OrderContact) -> str:
    """By name, unless a stranger's mailbox would read a link or a telephone number in our greeting."""
    if not looks_like_a_name(contact.name):
        return _("Hello,")
    return _("Hello %(name)s,") % {"name": clean_line(contact.name)}


def _safe_set(order: Order, contact: OrderContact) -> Set | dict[str, str]:
    """The set as mails name it; the customer's words for it only where they hold no link."""
    shown = shown_set(order, contact)
    if isinstance(shown, dict) and find_web_address(shown["name"]):
        return {**shown, "name": _("your set")}
    return shown


def queue_review_notice(order: Order, *, key: str = "") -> None:
    """Write that a person looks at the request first; at most one such mail a day to one mailbox."""
    contact = OrderContact.objects.filter(order=order).first()
    if contact is None or wrote_lately(kind="in_review", to_email=contact.email, within=REVIEW_NOTICE_EVERY):
        return
    queue_mail(order, "in_review", key=key)


def _squeeze(text: str) -> str:
    """Paragraphs separated by exactly one blank line."""
    paragraphs = (paragraph.strip() for paragraph in text.split("\n\n"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def letter_key(order: Order, version: int) -> str:
    """The outbox's key for the mail with this version of the letter."""
    return f"{order_reference(order)}:letter:{version}"


def was_mailed(order: Order, version: int) -> bool:
    """Whether the customer was mailed this version of the letter."""
    return Message.objects.filter(key=letter_key(order, version)).exists()


def send_again(*, order_id: int, message_id: int, actor: Actor) -> None:
    """Put a mail that was sent, bounced or given up into the outbox again, to the customer's present address.

    One that is held goes out for the first time.

    Raises NotFound, or Refusal 409 `still_under_way`, `erased`.
    """
    with transaction.atomic():
        order = lock_order(order_id)
        message = Message.objects.filter(pk=message_id, reference=order_reference(order)).first()
        if message is None:
            raise NotFound("There is no such mail.")
        if message.state in (Message.State.QUEUED, Message.State.SENDING):
            raise Refusal("still_under_way", "This mail is on its way already.", status=409)
        contact = OrderContact.objects.filter(order=order).first()
        if contact is None:
            raise Refusal("erased", "This order was erased.", status=409)
        if message.state == Message.State.HELD and release_message(message, to_email=contact.email):
            record_event(order, "mail_released", actor, kind=message.kind)
        else:
            repeat_message(message, to_email=contact.email)
            record_event(order, "mail_sent_again", actor, kind=message.kind)
            # A lost mail has its successor now: it is no longer undone work.
            give_up_mail(message.pk, note="Sent again as another mail", by=str(actor.user or actor.by))
