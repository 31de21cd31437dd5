"""One letter, and one mail of each kind: what reached the mail server is what the outbox says, once each.

A mail is sent again with its Message-ID where its sender was interrupted; that is one mail.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from email.message import EmailMessage

from django.db.models import Count, Q

from notifications.models import Message
from orders.mails import reference_of
from orders.models import Letter, Order
from tests.soak.checks.finding import Fault, Finding

HAS_A_LETTER = (Order.State.ALLOCATED, Order.State.BACKORDERED, Order.State.CLOSED)
# A person may ask for these again and again, and each time gets one.
ASKED_FOR = ("link", "new_link", "download", "erase")
# Each parcel of an order has these, and the outbox's key names it.
OF_A_PARCEL = ("packed", "shipped")


def check_mails(received: Iterable[EmailMessage], *, erased: Collection[str] = ()) -> Iterator[Finding]:
    """`erased`: the mailboxes whose mails the outbox may have forgotten."""
    texts: dict[str, set[str]] = defaultdict(set)
    for mail in received:
        texts[str(mail["Message-ID"])].add(f"{mail['To']}: {mail['Subject']}")
    rows = list(Message.objects.all())
    for row in rows:
        name = f"{row.kind} of {row.reference}, {row.key}"
        if row.state in (Message.State.QUEUED, Message.State.SENDING):
            yield Finding("stuck", f"a mail is {row.state}", f"{name}, {row.tries} tries")
        elif row.state in (Message.State.FAILED, Message.State.BOUNCED, Message.State.HELD):
            yield Finding("lost", f"a mail is {row.state}", f"{name}: {row.last_error}")
        elif row.message_id not in texts:
            yield Finding("lost", "a mail that is sent was never accepted", name)
    yield from _check_doubles(rows, texts, erased)


def check_letters() -> Iterator[Finding]:
    letters = dict(
        Letter.objects.annotate(
            count=Count("versions", filter=Q(versions__shipment=None, versions__author=None))
        ).values_list("order_id", "count")
    )
    held = set(Letter.objects.exclude(hold_reason="").values_list("order_id", flat=True))
    orders = Order.objects.filter(state__in=HAS_A_LETTER, erased_at=None)
    added = Counter(
        Order.objects.filter(events__type__in=("lines_added", "letter_released")).values_list("pk", flat=True)
    )
    mailed = Counter(
        Message.objects.filter(kind="letter")
        .exclude(key__contains=":again:")
        .values_list("reference", flat=True)
    )
    for order in orders.prefetch_related("shipments"):
        if order.pk in held:
            continue
        written = letters.get(order.pk, 0)
        in_parcels = order.shipments.filter(letter_version__isnull=False).exists()
        if not written and not in_parcels:
            yield Finding("lost", "no letter", f"{order.number}, {order.state}")
        elif written > 1 + added[order.pk]:
            yield Finding("double", "letters", f"{order.number} has {written}")
        if written and mailed[reference_of(order.pk)] != written:
            fault: Fault = "lost" if mailed[reference_of(order.pk)] < written else "double"
            yield Finding(fault, "letters by mail", f"{order.number}: {written} written")


def _check_doubles(
    rows: list[Message], texts: dict[str, set[str]], erased: Collection[str]
) -> Iterator[Finding]:
    ours = {row.message_id for row in rows}
    for message_id, seen in texts.items():
        if len(seen) > 1:
            yield Finding("double", "two mails with one Message-ID", f"{message_id}: {seen}")
        if message_id not in ours and not any(email in text for text in seen for email in erased):
            yield Finding("double", "a mail that the outbox does not know", f"{message_id}: {seen}")
    said = Counter(
        (row.reference, row.kind, row.subject, row.body)
        for row in rows
        if row.kind not in (*ASKED_FOR, *OF_A_PARCEL) and ":again:" not in row.key
    )
    for (reference, kind, _subject, _body), times in said.items():
        if times > 1:
            yield Finding("double", "the same mail under two keys", f"{kind} of {reference}, {times} times")
