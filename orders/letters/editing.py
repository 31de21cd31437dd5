"""What service does to a letter before it is printed, or after: a personal note, another sentence, a serious tone.

Each change is a new version with its author; the older ones stay. The truth checks hold for what a person writes, too.
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
    """What a person wants of a letter. `texts` stand in the order of `open_letter(...).texts`; empty: as they are."""

    note: str = ""
    tone: Tone = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenLetter:
    """A letter as it can be edited: the newest version, its texts one by one, and what was wished so far."""

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
    parcels = list(Shipment.objects.filter(letter_version=version))
    return OpenLetter(
        version=version,
        texts=editable_texts(composed, letter.edits),
        note=letter.note,
        tone=letter.tone,
        is_printed=any(parcel.prints for parcel in parcels),
        has_left=_has_left(order, version),
    )


def preview_letter(*, order: Order, wishes: LetterWishes) -> bytes:
    """The page as it would be printed; nothing is written. Raises as `change_letter` does."""
    letter, version = _newest(order)
    changed = _changed(order, letter, version, wishes)[0]
    return typeset(changed.template, changed.data)


def change_letter(*, order_id: int, based_on: int, wishes: LetterWishes, actor: Actor) -> LetterVersion:
    """Make the wishes a new version. A parcel that is packed and has not left gets it, to be printed (again).

    Raises NotFound, Refusal `invalid` with what is missing in which text, or 409 `letter_changed`, `letter_left`.
    """
    with transaction.atomic():
        order = Order.objects.select_related("set__theme").get(pk=lock_order(order_id).pk)
        letter, version = _newest(order)
        if version.version != based_on:
            detail = f"Somebody else has changed this letter: there is a version {version.version} by now."
            raise Refusal("letter_changed", detail, status=409)
        if _has_left(order, version):
            raise Refusal("letter_left", "This letter has left the house with its parcel.", status=409)
        changed, edits = _changed(order, letter, version, wishes)
        letter.note = clean_note(wishes.note, LONGEST_NOTE)
        letter.tone, letter.edits = wishes.tone, edits
        letter.save(update_fields=["note", "tone", "edits"])
        new = add_version(letter, changed, shipment=version.shipment, author=actor.user)
        # What was printed before is not what lies in the parcel any more.
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
    """Whether the letter is under way already, and no other parcel of the order is to come."""
    gone = Shipment.objects.filter(letter_version=version).exclude(status=Shipment.Status.PACKED)
    return order.state == Order.State.CLOSED and gone.exists()


def _composed(
    order: Order, letter: Letter, version: LetterVersion, *, edits: Mapping[str, str] | None
) -> tuple[ComposedLetter, LetterFacts]:
    """The letter without anybody's edits, for the parcel the version was written for.

    It keeps the version's sentences, in which there are these `edits`; without any it is written anew, in another tone.
    """
    facts = letter_facts(order, shipment=version.shipment, letter=letter)
    if facts is None:
        raise NotFound("This order was erased.")
    composed = compose_letter(facts=facts)
    return composed if edits is None else as_written(composed, version.data, edits, facts), facts


def _changed(
    order: Order, letter: Letter, version: LetterVersion, wishes: LetterWishes
) -> tuple[ComposedLetter, dict[str, str]]:
    """The letter as wished, and the edits that make it so. Raises Refusal `invalid` with every problem at once."""
    wished = Letter(
        order=order,
        seed=letter.seed,
        tone=wishes.tone,
        note=clean_note(wishes.note, LONGEST_NOTE),
        print_as=letter.print_as,
    )
    # Another tone is another letter: what was changed in the old one has no place in it.
    same_tone = wishes.tone == letter.tone
    composed, facts = _composed(order, wished, version, edits=letter.edits if same_tone else None)
    texts = [each.composed for each in editable_texts(composed, {})]
    edits = _edits(texts, wishes.texts, letter.edits) if same_tone else dict(letter.edits)
    problems = _problems(wishes, texts if same_tone else [])
    try:
        changed = edited_letter(composed, edits, facts)
        if not problems and (missing := unprintable_in(changed)):
            problems.append(Problem("", "unprintable", f"No font of ours has {missing}."))
    except UntrueLetter as error:
        changed = composed
        problems += [Problem("", "untrue", explain(problem, facts)) for problem in error.problems]
    if problems:
        raise Refusal("invalid", problems=problems)
    return changed, edits


def _edits(composed: Sequence[str], wished: Sequence[str], before: dict[str, str]) -> dict[str, str]:
    """What stays of the edits before, and those of now."""
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
            problems.append(Problem(f"/texts/{at}", "unprintable", f"No font of ours has {missing}."))
    if len(wishes.note) > LONGEST_NOTE:
        problems.append(Problem("/note", "too_long", f"At most {LONGEST_NOTE} characters."))
    elif missing := missing_glyphs(clean_note(wishes.note, LONGEST_NOTE)):
        problems.append(Problem("/note", "unprintable", f"No font of ours has {missing}."))
    return problems
