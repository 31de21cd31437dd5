"""Service edits a letter, before it is printed or after: a personal note, another sentence, a serious tone.

Each change is a new version with its author; the older versions stay. The truth checks apply to edits, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from core.refusals import NotFound, Problem, Refusal
from notifications.cleaning import clean_edited, clean_note
from notifications.letters.composing import ComposedLetter, LetterFacts, UntrueLetter, compose_letter
from notifications.letters.editing import (
    EditableText,
    as_written,
    editable_texts,
    edited_letter,
    explain,
    unprintable_in,
)
from notifications.letters.facts import Tone
from notifications.print.typesetting import missing_glyphs, typeset
from orders.actors import Actor
from orders.letters.facts import letter_facts
from orders.letters.writing import add_version
from orders.lifecycle import record_event
from orders.locks import lock_order
from orders.models import Letter, LetterVersion, Order, Shipment

LONGEST_NOTE = 2_000
LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWishes:
    """What service wants of a letter. `texts` are in the order of `open_letter(...).texts`; with none, all stay."""

    note: str = ""
    tone: Tone = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenLetter:
    """A letter to edit: its newest version, the texts one by one, and the wishes so far."""

    version: LetterVersion
    texts: list[EditableText]
    note: str
    tone: str
    is_printed: bool
    has_left: bool


def open_letter(order: Order) -> OpenLetter:
    """The order's letter, to be edited. Raises NotFound where there is none."""
    letter, version = _newest(order)
    composed = _composed(order, letter, version, edits=letter.edits)[0]
    shipments = list(Shipment.objects.filter(letter_version=version))
    return OpenLetter(
        version=version,
        texts=editable_texts(composed, letter.edits),
        note=letter.note,
        tone=letter.tone,
        is_printed=any(shipment.prints for shipment in shipments),
        has_left=_has_left(order, version),
    )


def preview_letter(*, order: Order, wishes: LetterWishes) -> bytes:
    """The page as it would be printed; nothing is saved. Raises as `change_letter` does."""
    letter, version = _newest(order)
    changed = _changed(order, letter, version, wishes)[0]
    return typeset(changed.template, changed.data)


def change_letter(*, order_id: int, based_on: int, wishes: LetterWishes, actor: Actor) -> LetterVersion:
    """Save the wishes as a new version. A packed parcel that has not left gets it, and it has to be printed (again).

    Raises NotFound, Refusal `invalid` with what is missing in which text, or 409 `letter_changed`, `letter_left`.
    """
    with transaction.atomic():
        order = Order.objects.select_related("set__theme").get(pk=lock_order(order_id).pk)
        letter, version = _newest(order)
        if version.version != based_on:
            detail = f"This letter has changed meanwhile: its newest version is {version.version}."
            raise Refusal("letter_changed", detail, status=409)
        if _has_left(order, version):
            raise Refusal("letter_left", "This letter has left the house with its parcel.", status=409)
        changed, edits = _changed(order, letter, version, wishes)
        letter.note = clean_note(wishes.note, LONGEST_NOTE)
        letter.tone, letter.edits = wishes.tone, edits
        letter.save(update_fields=["note", "tone", "edits"])
        new = add_version(letter, changed, shipment=version.shipment, author=actor.user)
        # The page that was printed before is no longer the parcel's letter.
        packed = Shipment.objects.filter(letter_version=version, status=Shipment.Status.PACKED)
        packed.update(letter_version=new, prints=0)
        record_event(order, "letter_changed", actor, version=new.version)
    return new


def _newest(order: Order) -> tuple[Letter, LetterVersion]:
    rows = LetterVersion.objects.select_related("letter", "shipment").filter(letter__order=order)
    version = rows.order_by("version").last()
    if version is None:
        raise NotFound("This order has no letter yet.")
    return version.letter, version


def _has_left(order: Order, version: LetterVersion) -> bool:
    """Whether the letter has left with its parcel, and no other parcel of the order follows."""
    handed_over = Shipment.objects.filter(letter_version=version).exclude(status=Shipment.Status.PACKED)
    return order.state == Order.State.CLOSED and handed_over.exists()


def _composed(
    order: Order, letter: Letter, version: LetterVersion, *, edits: Mapping[str, str] | None
) -> tuple[ComposedLetter, LetterFacts]:
    """The letter without edits, for the parcel that the version was written for.

    With `edits`, those in the version, it keeps the version's sentences; with None it is composed again, for another
    tone.
    """
    facts = letter_facts(order, shipment=version.shipment, letter=letter)
    if facts is None:
        raise NotFound("This order was erased.")
    composed = compose_letter(facts=facts)
    return composed if edits is None else as_written(composed, version.data, edits, facts), facts


def _changed(
    order: Order, letter: Letter, version: LetterVersion, wishes: LetterWishes
) -> tuple[ComposedLetter, dict[str, str]]:
    """The letter as wished, and the edits that lead to it. Raises Refusal `invalid` with every problem at once."""
    wished = Letter(
        order=order,
        seed=letter.seed,
        tone=wishes.tone,
        note=clean_note(wishes.note, LONGEST_NOTE),
        print_as=letter.print_as,
    )
    # Another tone makes another letter, which the edits of the old one do not fit.
    same_tone = wishes.tone == letter.tone
    composed, facts = _composed(order, wished, version, edits=letter.edits if same_tone else None)
    texts = [each.composed for each in editable_texts(composed, {})]
    edits = _edits(texts, wishes.texts, letter.edits) if same_tone else dict(letter.edits)
    problems = _problems(wishes, texts if same_tone else [])
    try:
        changed = edited_letter(composed, edits, facts)
        if not problems and (missing := unprintable_in(changed)):
            problems.append(Problem("", "unprintable", f"Our fonts lack {missing}."))
    except UntrueLetter as error:
        changed = composed
        problems += [Problem("", "untrue", explain(problem, facts)) for problem in error.problems]
    if problems:
        raise Refusal("invalid", problems=problems)
    return changed, edits


def _edits(composed: Sequence[str], wished: Sequence[str], before: dict[str, str]) -> dict[str, str]:
    """The earlier edits that stay, and the new ones."""
    edits = dict(before)
    for old, new in zip(composed, wished, strict=False):
        edits.pop(old, None)
        if (cleaned := clean_edited(new)) != clean_edited(old):
            edits[old] = cleaned
    return edits


def _problems(wishes: LetterWishes, composed: Sequence[str]) -> list[Problem]:
    problems = []
    if wishes.texts and composed and len(wishes.texts) != len(composed):
        problems.append(
            Problem("", "letter_changed", "The letter has other paragraphs by now. Open it again.")
        )
    for at, text in enumerate(wishes.texts[: len(composed)]):
        if not clean_edited(text):
            problems.append(Problem(f"/texts/{at}", "missing", "A paragraph cannot be empty."))
        elif len(text) > LONGEST_TEXT:
            problems.append(Problem(f"/texts/{at}", "too_long", f"At most {LONGEST_TEXT} characters."))
        elif missing := missing_glyphs(clean_edited(text)):
            problems.append(Problem(f"/texts/{at}", "unprintable", f"Our fonts lack {missing}."))
    if len(wishes.note) > LONGEST_NOTE:
        problems.append(Problem("/note", "too_long", f"At most {LONGEST_NOTE} characters."))
    elif missing := missing_glyphs(clean_note(wishes.note, LONGEST_NOTE)):
        problems.append(Problem("/note", "unprintable", f"Our fonts lack {missing}."))
    return problems
