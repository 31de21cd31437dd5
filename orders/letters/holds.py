"""Letters that must not leave as they are: they wait until service has seen the reason, edited and released them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from core.jobs import request_job
from core.refusals import NotFound, Problem, Refusal
from notifications.cleaning import clean_line
from notifications.letters.composing import ComposedLetter, LetterFacts, UntrueLetter, compose_letter
from notifications.letters.editing import edited_letter
from notifications.print.typesetting import missing_glyphs
from orders.actors import Actor
from orders.lifecycle import record_event
from orders.locks import lock_order
from orders.models import Letter, Order, OrderContact

ADDRESS_FIELDS = ("name", "line1", "line2", "city", "region", "postal_code")
LONGEST_PRINTED = 200


@dataclass(frozen=True, slots=True)
class Trouble:
    """A text that cannot be printed, or makes a letter untrue. `characters`: what our fonts lack, or what is untrue."""

    what: str
    text: str
    characters: str = ""

    def as_data(self) -> dict[str, str]:
        return {"what": self.what, "text": self.text, "characters": self.characters}


class LetterMustWait(Exception):
    """The letter that these facts make must not leave as it is."""

    def __init__(self, reason: str, troubles: list[Trouble]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.troubles = troubles


def compose_or_wait(facts: LetterFacts, contact: OrderContact, letter: Letter | None) -> ComposedLetter:
    """The letter of an order, with service's edits. Raises LetterMustWait where it must not leave as it is."""
    print_as = letter.print_as if letter else {}
    if troubles := unprintable_texts(facts, contact, print_as):
        raise LetterMustWait(Letter.Hold.UNPRINTABLE, troubles)
    try:
        composed = compose_letter(facts=facts)
        return edited_letter(composed, letter.edits, facts) if letter and letter.edits else composed
    except UntrueLetter as error:
        problems = "; ".join(error.problems)[:200]
        troubles = [Trouble(what, text, problems) for what, text in _supplied_texts(facts)]
        raise LetterMustWait(Letter.Hold.UNTRUE, troubles) from error


def unprintable_texts(
    facts: LetterFacts, contact: OrderContact, print_as: Mapping[str, str]
) -> list[Trouble]:
    """The texts of the letter and the address label that our fonts cannot print, each once."""
    texts = dict.fromkeys(_supplied_texts(facts))
    texts |= dict.fromkeys(
        ("address", value)
        for field in ADDRESS_FIELDS
        if (value := str(getattr(contact, field))) not in print_as
    )
    seen: dict[str, Trouble] = {}
    for what, text in texts:
        if not text.isascii() and (missing := missing_glyphs(clean_line(text))):
            seen.setdefault(text, Trouble(what, text, missing))
    return list(seen.values())


def hold_letter(letter: Letter, wait: LetterMustWait) -> None:
    """Note why a letter waits. The caller holds its order's lock."""
    letter.hold_reason = wait.reason
    letter.hold_detail = [trouble.as_data() for trouble in wait.troubles]
    letter.held_at = timezone.now()
    letter.save(update_fields=["hold_reason", "hold_detail", "held_at"])


def release_letter(*, order_id: int, print_as: Mapping[str, str], actor: Actor) -> None:
    """Release a waiting letter. `print_as`: for each text that cannot be printed, what is printed instead.

    Raises NotFound, Refusal `invalid`, or 409 `letter_does_not_wait`.
    """
    problems = []
    cleaned = {}
    for text, printed in print_as.items():
        cleaned[text] = clean_line(printed, LONGEST_PRINTED)
        if not cleaned[text]:
            problems.append(Problem(f"/{text}", "missing", "Write what is to be printed instead."))
        elif missing := missing_glyphs(cleaned[text]):
            problems.append(Problem(f"/{text}", "unprintable", f"We cannot print {missing} either."))
    if problems:
        raise Refusal("invalid", problems=problems)
    with transaction.atomic():
        order = lock_order(order_id)
        letter = Letter.objects.filter(order=order).first()
        if letter is None:
            raise NotFound("This order has no letter.")
        if not letter.hold_reason:
            raise Refusal("letter_does_not_wait", "This letter does not wait for service.", status=409)
        known = {row["text"] for row in letter.hold_detail}
        letter.print_as |= {text: printed for text, printed in cleaned.items() if text in known}
        letter.hold_reason, letter.hold_detail, letter.held_at = "", [], None
        letter.save(update_fields=["print_as", "hold_reason", "hold_detail", "held_at"])
        record_event(order, "letter_released", actor)
        request_job("write_letter", order.pk)


def refuse_if_waiting(order: Order) -> None:
    """Raises Refusal 409 `letter_waits` while the order's letter waits for service."""
    if Letter.objects.filter(order=order).exclude(hold_reason="").exists():
        raise letter_waits()


def letter_waits() -> Refusal:
    """The refusal that a packer sees."""
    return Refusal(
        "letter_waits",
        "The letter of this order waits for service, who have to look at it first.",
        status=409,
    )


def _supplied_texts(facts: LetterFacts) -> list[tuple[str, str]]:
    """The texts of a letter that come from the customer or the catalogue: what each is, and the text."""
    texts = [("customer", facts.customer_name), ("builder", facts.builder_name), ("set", facts.set_name)]
    texts += [("item", item.label) for item in facts.items]
    texts += [("colour", item.color_name) for item in facts.items]
    return [(what, text) for what, text in texts if text]
