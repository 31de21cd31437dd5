"""The cover letter of an order: when it is written, and how a new version comes about."""

from dataclasses import replace
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.jobs import Claim, recording
from core.refusals import Refusal
from notifications.letters.composing import ComposedLetter, LetterFacts
from notifications.letters.seed_choice import freshest_seed
from notifications.letters.voicebook import current_voicebook
from notifications.mail.outbox import queue_message
from notifications.print.typesetting import typeset
from orders.actors import SYSTEM
from orders.allocation.differences import AGREED
from orders.letters.facts import letter_facts
from orders.letters.holds import LetterMustWait, compose_or_wait, hold_letter, letter_waits
from orders.lifecycle import record_event
from orders.locks import lock_order
from orders.mails import letter_key, order_reference
from orders.models import Event, Letter, LetterVersion, Order, OrderContact, OrderLine, Shipment

CLOSED_TO_LETTERS = (Order.State.CANCELLED, Order.State.DECLINED, Order.State.IN_REVIEW)
#: With so many of the latest letters about the same set in the same language a new one is compared.
RECENT_LETTERS = 100


def write_letter(claim: Claim) -> None:
    """The letter job: one letter for each order, written once and mailed once, and anew when lines were added to it.

    1. Read the order; one that is erased, ended or still looked at gets no letter, one that waits for service waits.
    2. Compose, holding no lock, so that it does not read like others about the same set.
    3. Record the version, the event and the mail together; or why the letter has to wait.
    """
    order = _read_order(int(claim.subject))
    letter: Letter | None = getattr(order, "letter", None)
    contact: OrderContact | None = getattr(order, "contact", None)
    closed = order is None or contact is None or order.state in CLOSED_TO_LETTERS
    waits_or_written = letter is not None and (letter.hold_reason or _is_written(letter))
    facts = None
    # Read before the facts: what is added in between makes the job due again, and this version too old.
    last_line = _last_line(int(claim.subject))
    if order is not None and not closed and not waits_or_written:
        facts = letter_facts(order, contact=contact, letter=letter)
    if order is None or contact is None or facts is None:
        with recording(claim):
            return
    if letter is None or not letter.seed:
        facts = replace(facts, seed=_seed(order, facts))
    composed, wait = None, None
    try:
        composed = compose_or_wait(facts, contact, letter)
    except LetterMustWait as error:
        wait = error
    with recording(claim):
        locked = lock_order(order.pk)
        contact = OrderContact.objects.select_related("order__letter").filter(order=order).first()
        # Erased or cancelled while we composed: what was composed is forgotten.
        if contact is None or locked.state in CLOSED_TO_LETTERS:
            return
        letter = getattr(contact.order, "letter", None)
        if letter is None:
            letter = Letter.objects.create(order=order, seed=facts.seed, alike=_alike(order))
        elif _is_written(letter):
            # Packed while we composed: the parcel's letter is there already.
            return
        if wait is not None:
            hold_letter(letter, wait)
            record_event(order, "letter_waits", SYSTEM, reason=wait.reason)
        elif composed is not None:
            version = add_version(letter, composed)
            record_event(order, "letter_written", SYSTEM, version=version.version, last_line=last_line)
            _mail(order, contact, version)


def shipment_version(order: Order, shipment: Shipment) -> LetterVersion | None:
    """The version that lies in a parcel, inside the packing's transaction.

    The one that was mailed, where all that was asked for lies in the parcel; else a new one that says what follows
    and what was substituted or left out. Raises Refusal 409 `letter_waits` while service has to look at it.
    """
    letter = Letter.objects.filter(order=order).first()
    if letter is not None and letter.hold_reason:
        raise letter_waits()
    latest = None if letter is None else letter.versions.order_by("version").last()
    if letter is not None and latest is not None and _is_written(letter) and _says_it_all(order, shipment):
        return latest
    contact = OrderContact.objects.filter(order=order).first()
    facts = letter_facts(order, shipment=shipment, contact=contact, letter=letter)
    if facts is None or contact is None:
        return None
    if letter is None:
        facts = replace(facts, seed=_seed(order, facts))
        letter = Letter.objects.create(order=order, seed=facts.seed, alike=_alike(order))
    try:
        composed = compose_or_wait(facts, contact, letter)
    except LetterMustWait as error:
        raise letter_waits() from error
    version = add_version(letter, composed, shipment=shipment)
    record_event(order, "letter_written", SYSTEM, version=version.version, shipment=shipment.pk)
    return version


def add_version(
    letter: Letter,
    composed: ComposedLetter,
    *,
    shipment: Shipment | None = None,
    author: User | None = None,
) -> LetterVersion:
    """Freeze a text as the next version of a letter. The caller holds the order's lock."""
    last = letter.versions.aggregate(last=Max("version"))["last"] or 0
    return _create_version(letter, composed, last + 1, shipment=shipment, author=author)


def _create_version(letter: Letter, composed: ComposedLetter, number: int, **more: Any) -> LetterVersion:
    return LetterVersion.objects.create(
        letter=letter,
        version=number,
        language=composed.language,
        subject=composed.subject,
        body=composed.body,
        html_body=composed.html_body,
        data=composed.data,
        template=composed.template,
        created_at=timezone.now(),
        **more,
    )


def _mail(order: Order, contact: OrderContact, version: LetterVersion) -> None:
    queue_message(
        reference=order_reference(order),
        key=letter_key(order, version.version),
        kind="letter",
        language=version.language,
        to_email=contact.email,
        subject=version.subject,
        body=version.body,
        html_body=version.html_body,
    )


def _seed(order: Order, facts: LetterFacts) -> str:
    """What chooses this letter's sentences: the order's number, and a count where others already sound like that."""
    recent = Letter.objects.filter(alike=_alike(order)).exclude(order=order).order_by("-pk")
    seeds = list(recent.values_list("seed", flat=True)[:RECENT_LETTERS])
    return freshest_seed(current_voicebook(), facts, number=order.number, recent=seeds)


def _alike(order: Order) -> str:
    return f"{order.set_id}:{order.language}"


def latest_version(order: Order) -> LetterVersion:
    """The newest version. Raises Refusal `letter_not_ready` (404) until one is written."""
    version = LetterVersion.objects.filter(letter__order=order).order_by("version").last()
    if version is None:
        raise Refusal("letter_not_ready", _("The letter is not written yet."), status=404)
    return version


def letter_pdf(version: LetterVersion) -> bytes:
    """The page of a version: made when asked for, the same bytes each time."""
    return typeset(version.template, version.data)


def _read_order(order_id: int) -> Order | None:
    rows = Order.objects.select_related("set__theme__parent__parent", "contact", "letter")
    return rows.filter(pk=order_id).first()


def _is_written(letter: Letter) -> bool:
    """Whether there is a version, and the newest knows of every line that was added to the order."""
    events = Event.objects.filter(order=letter.order_id)
    added = events.filter(type="lines_added").last()
    if added is None:
        return letter.versions.exists()
    written = events.filter(type="letter_written", data__has_key="last_line").last()
    return written is not None and written.data["last_line"] >= max(added.data["lines"])


def _last_line(order_id: int) -> int:
    """The position of the order's last line."""
    return OrderLine.objects.filter(order=order_id).aggregate(last=Max("position"))["last"] or 0


def _says_it_all(order: Order, shipment: Shipment) -> bool:
    """Whether all that was asked for lies in this parcel, and as itself."""
    inside = {row.line_id: row.quantity for row in shipment.lines.all()}
    lines = OrderLine.objects.filter(order=order)
    whole = all(line.found_at is None and line.quantity == inside.get(line.pk, 0) for line in lines)
    return whole and not lines.filter(substitutions__answer__in=AGREED).exists()
