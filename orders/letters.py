"""The cover letter of an order: what it knows, when it is written, how a new version comes about."""

from collections.abc import Iterable
from typing import cast

from django.db.models import Max
from django.utils import timezone

from catalog.reading import theme_names
from core.jobs import Claim, recording
from core.refusals import Refusal
from notifications.composing import AskedItem, ComposedLetter, LetterFacts, compose_letter
from notifications.facts import Delivery, Reason
from notifications.outbox import queue_message
from notifications.typesetting import typeset
from orders.actors import SYSTEM
from orders.lifecycle import record_event
from orders.links import order_url
from orders.locks import lock_order
from orders.mails import order_reference
from orders.models import Letter, LetterVersion, Order, OrderContact, OrderLine, Shipment

CLOSED_TO_LETTERS = (Order.State.CANCELLED, Order.State.DECLINED, Order.State.IN_REVIEW)


def write_letter(claim: Claim) -> None:
    """The letter job: one letter for each order, written once and mailed once.

    1. Read the order; one that is erased, ended or still looked at gets no letter.
    2. Compose, holding no lock.
    3. Record the version, the event and the mail together.
    """
    order = _read_order(int(claim.subject))
    facts = None if order is None or order.state in CLOSED_TO_LETTERS else letter_facts(order)
    if order is None or facts is None or LetterVersion.objects.filter(letter__order=order).exists():
        with recording(claim):
            return
    composed = compose_letter(facts=facts)
    with recording(claim):
        locked = lock_order(order.pk)
        contact = OrderContact.objects.filter(order=order).first()
        # Erased or cancelled while we composed: what was composed is forgotten.
        if contact is None or locked.state in CLOSED_TO_LETTERS:
            return
        version = add_version(order, composed)
        record_event(order, "letter_written", SYSTEM, version=version.version)
        queue_message(
            reference=order_reference(order),
            key=f"{order_reference(order)}:letter:{version.version}",
            kind="letter",
            language=composed.language,
            to_email=contact.email,
            subject=composed.subject,
            body=composed.body,
            html_body=composed.html_body,
        )


def letter_facts(order: Order, *, shipment: Shipment | None = None) -> LetterFacts | None:
    """What the letter of an order may say; for a parcel, what of it lies inside. None once the order is erased."""
    contact = OrderContact.objects.filter(order=order).first()
    if contact is None:
        return None
    lines = order.lines.select_related("piece__part", "piece__color").prefetch_related("piece__elements")
    inside = {row.line_id: row.quantity for row in shipment.lines.all()} if shipment else None
    return LetterFacts(
        number=order.number,
        language=order.language,
        customer_name=contact.name,
        set_num=order.set.set_num,
        set_name=order.set.name,
        theme_names=theme_names(order.set),
        items=tuple(_asked_items(lines, inside)),
        status_url=order_url(order),
        written_on=timezone.localdate(),
        seed=order.number,
        builder_name=contact.builder_name,
        age_band=contact.builder_age_band,
        wrote_to_packing_team=bool(contact.message),
        follows=order.follows_id is not None,
        in_parcel=shipment is not None,
    )


def parcel_version(order: Order, shipment: Shipment) -> LetterVersion | None:
    """The version that lies in a parcel, inside the packing's transaction.

    The one that was mailed, where all that was asked for lies in the parcel; else a new one that says what follows.
    """
    latest = LetterVersion.objects.filter(letter__order=order).order_by("version").last()
    whole = all(
        line.found_at is None and line.quantity == line_quantity
        for line, line_quantity in _quantities_inside(order, shipment)
    )
    if latest is not None and whole:
        return latest
    facts = letter_facts(order, shipment=shipment)
    if facts is None:
        return None
    version = add_version(order, compose_letter(facts=facts))
    record_event(order, "letter_written", SYSTEM, version=version.version, shipment=shipment.pk)
    return version


def add_version(order: Order, composed: ComposedLetter) -> LetterVersion:
    """Freeze a text as the next version of the order's letter. The caller holds the order's lock."""
    letter, _ = Letter.objects.get_or_create(order=order)
    last = letter.versions.aggregate(last=Max("version"))["last"] or 0
    return LetterVersion.objects.create(
        letter=letter,
        version=last + 1,
        language=composed.language,
        subject=composed.subject,
        body=composed.body,
        html_body=composed.html_body,
        data=composed.data,
        template=composed.template,
        created_at=timezone.now(),
    )


def latest_version(order: Order) -> LetterVersion:
    """The newest version. Raises Refusal `letter_not_ready` (404) until one is written."""
    version = LetterVersion.objects.filter(letter__order=order).order_by("version").last()
    if version is None:
        raise Refusal("letter_not_ready", "The letter is not written yet.", status=404)
    return version


def letter_pdf(version: LetterVersion) -> bytes:
    """The page of a version: made when asked for, the same bytes each time."""
    return typeset(version.template, version.data)


def _read_order(order_id: int) -> Order | None:
    return Order.objects.select_related("set__theme", "follows").filter(pk=order_id).first()


def _quantities_inside(order: Order, shipment: Shipment) -> list[tuple[OrderLine, int]]:
    inside = {row.line_id: row.quantity for row in shipment.lines.all()}
    return [(line, inside.get(line.pk, 0)) for line in order.lines.all()]


def _asked_items(lines: Iterable[OrderLine], inside: dict[int, int] | None) -> list[AskedItem]:
    """Each thing asked for; with a parcel, split into what lies in it and what follows."""
    items = []
    for line in lines:
        if line.found_at is not None:
            continue
        if inside is None:
            items.append(_asked_item(line, line.quantity, "coming"))
            continue
        here = inside.get(line.pk, 0)
        later = line.quantity - here - line.shipped
        if here:
            items.append(_asked_item(line, here, "coming"))
        if later > 0:
            items.append(_asked_item(line, later, "following"))
    return items


def _asked_item(line: OrderLine, quantity: int, delivery: Delivery) -> AskedItem:
    reason = cast(Reason, line.reason)
    if line.piece is None:
        return AskedItem(
            kind="bag", label=line.bag_label, quantity=quantity, reason=reason, delivery=delivery
        )
    elements = [element.element_id for element in line.piece.elements.all()]
    return AskedItem(
        kind="piece",
        label=line.piece.part.name,
        quantity=quantity,
        reason=reason,
        color_name=line.piece.color.name,
        color_rgb=line.piece.color.rgb,
        element_id=min(elements, default=""),
        part_num=line.piece.part.part_num,
        delivery=delivery,
    )
