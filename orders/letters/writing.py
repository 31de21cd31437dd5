"""The cover letter of an order: when it is written, and how a new version comes about."""

from dataclasses import dataclass, replace
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
from orders.links import order_url
from orders.locks import lock_order
from orders.mails import is_placed_by_us, letter_key, order_reference
from orders.models import Event, Letter, LetterVersion, Order, OrderContact, OrderLine, Shipment

CLOSED_TO_LETTERS = (Order.State.CANCELLED, Order.State.DECLINED, Order.State.IN_REVIEW)
#: The number of latest letters about the same set in the same language that a new one is compared with.
RECENT_LETTERS = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a letter that is due is written from. `last_line`: the position of the last line it knows of."""

    order: Order
    contact: OrderContact
    letter: Letter | None
    facts: LetterFacts
    last_line: int


def write_letter(claim: Claim) -> None:
    """The letter job: one letter for each order, written and mailed once, and again when lines were added to it.

    1. Read the order; nothing is due where it is erased, ended or in review, or its letter is written or held.
    2. Compose, holding no lock, so that it does not read like others about the same set.
    3. Record the version, the event and the mail together; or why the letter has to wait.
    """
    draft = _read_draft(int(claim.subject))
    if draft is None:
        with recording(claim):
            return
    try:
        composed = compose_or_wait(draft.facts, draft.contact, draft.letter)
    except LetterMustWait as wait:
        with recording(claim):
            _record_hold(draft, wait)
        return
    with recording(claim):
        _record_version(draft, composed)


def _read_draft(order_id: int) -> Draft | None:
    """What the letter of an order is written from; None where no letter is due."""
    # Read before the facts: a line added in between makes the job due again, and this version too old.
    last_line = _last_line(order_id)
    order = _read_order(order_id)
    if order is None or order.state in CLOSED_TO_LETTERS:
        return None
    contact: OrderContact | None = getattr(order, "contact", None)
    letter: Letter | None = getattr(order, "letter", None)
    if contact is None or (letter is not None and (letter.hold_reason or is_written(letter))):
        return None
    facts = letter_facts(order, contact=contact, letter=letter)
    if facts is None:
        return None
    if letter is None or not letter.seed:
        facts = replace(facts, seed=_seed(order, facts))
    return Draft(order, contact, letter, facts, last_line)


def _record_version(draft: Draft, composed: ComposedLetter) -> None:
    """Freeze the letter and queue its mail, in the recording transaction."""
    found = _lock_letter(draft)
    if found is None:
        return
    letter, contact = found
    version = add_version(letter, composed)
    record_event(draft.order, "letter_written", SYSTEM, version=version.version, last_line=draft.last_line)
    _mail(draft.order, contact, version)


def _record_hold(draft: Draft, wait: LetterMustWait) -> None:
    """Note why the letter waits for service, in the recording transaction."""
    found = _lock_letter(draft)
    if found is None:
        return
    hold_letter(found[0], wait)
    record_event(draft.order, "letter_waits", SYSTEM, reason=wait.reason)


def _lock_letter(draft: Draft) -> tuple[Letter, OrderContact] | None:
    """The letter, made where it is new, and the contact, under the order's lock.

    None where the order was erased or ended while the letter was composed, or packed: a shipment has its own letter.
    """
    order = lock_order(draft.order.pk)
    contact = OrderContact.objects.filter(order=order).first()
    if contact is None or order.state in CLOSED_TO_LETTERS:
        return None
    letter = Letter.objects.filter(order=order).first()
    if letter is None:
        letter = Letter.objects.create(order=order, seed=draft.facts.seed, alike=_alike(order))
    elif is_written(letter):
        return None
    return letter, contact


def shipment_version(order: Order, shipment: Shipment) -> LetterVersion | None:
    """The version that lies in a shipment, inside the packing's transaction.

    The one that was mailed, where the shipment holds all that the customer asked for; else a new one that says what
    follows and what was substituted or left out. Raises Refusal 409 `letter_waits` while service has to look at it.
    """
    letter = Letter.objects.filter(order=order).first()
    if letter is not None and letter.hold_reason:
        raise letter_waits()
    latest = None if letter is None else letter.versions.order_by("version").last()
    if letter is not None and latest is not None and is_written(letter) and _says_it_all(order, shipment):
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
        by_person=is_placed_by_us(order),
    )


def _seed(order: Order, facts: LetterFacts) -> str:
    """The seed that chooses this letter's sentences: the order's number, and a count where others sound like that."""
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
    return typeset(version.template, page_data(version, version.letter.order))


def page_data(version: LetterVersion, order: Order) -> dict[str, Any]:
    """What is typeset: the version as it was frozen, with the order's present link. An older one opens nothing."""
    data: dict[str, Any] = version.data
    return {**data, "status_url": order_url(order)} if "status_url" in data else data


def _read_order(order_id: int) -> Order | None:
    rows = Order.objects.select_related("set__theme__parent__parent", "contact", "letter")
    return rows.filter(pk=order_id).first()


def is_written(letter: Letter) -> bool:
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
    """Whether this shipment holds all that the customer asked for, with no substitute."""
    inside = {row.line_id: row.quantity for row in shipment.lines.all()}
    lines = OrderLine.objects.filter(order=order)
    whole = all(line.found_at is None and line.quantity == inside.get(line.pk, 0) for line in lines)
    return whole and not lines.filter(substitutions__answer__in=AGREED).exists()
