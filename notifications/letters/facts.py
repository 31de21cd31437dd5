"""What a letter is written from. Plain values: this room knows no orders and no catalogue."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from notifications.cleaning import clean_line, clean_note

Reason = Literal["missing", "damaged", "lost"]
Delivery = Literal["coming", "following", "substituted", "left_out"]
Tone = Literal["", "serious"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedItem:
    """A bag or a piece the customer asked for, why, and how it gets there.

    `of_bag`: the customer did not ask for this piece, but for the bag it belongs to; the letter has something to say
    about the piece.
    """

    kind: Literal["bag", "piece"]
    label: str
    quantity: int
    reason: Reason
    color_name: str = ""
    color_rgb: str = ""
    element_id: str = ""
    part_num: str = ""
    delivery: Delivery = "coming"
    of_bag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """Everything a letter may mention.

    `theme_names` runs from the set's own theme up to the root. `seed` chooses among alternatives: the same seed and
    facts give the same letter. `age_band` is 0-6, 7-12, 13-17 or 18+. `follows`: the request follows another one.
    `in_parcel`: the letter lies in the parcel it speaks of. `tone`: `serious` uses no voice of a theme.
    """

    number: str
    language: str
    customer_name: str
    set_num: str
    set_name: str
    theme_names: tuple[str, ...]
    items: tuple[AskedItem, ...]
    status_url: str
    written_on: date
    seed: str
    builder_name: str = ""
    age_band: str = ""
    wrote_to_packing_team: bool = False
    follows: bool = False
    in_parcel: bool = False
    personal_note: str = ""
    tone: Tone = ""

    @property
    def is_our_fault(self) -> bool:
        """Whether something was missing or damaged, so that we have to apologise and report it."""
        return any(item.reason != "lost" for item in self.items)

    @property
    def builder_is_customer(self) -> bool:
        """Whether the builder is the customer, by the whole or the first name: the letter must not send its reader
        regards.
        """
        builder, customer = self.builder_name.casefold(), self.customer_name.casefold()
        return bool(builder) and builder in (customer, customer.partition(" ")[0])

    def items_with(
        self, *, reason: Reason | None = None, delivery: Delivery | None = None
    ) -> tuple[AskedItem, ...]:
        """The items of one reason, of one delivery, or of both. A piece of a bag is never missing by itself, but with
        its bag.
        """
        return tuple(
            item
            for item in self.items
            if delivery in (None, item.delivery)
            and (reason is None or (reason == item.reason and not item.of_bag))
        )


def clean_facts(facts: LetterFacts) -> LetterFacts:
    """The same facts, with every text that a stranger may have typed made safe to print."""
    return replace(
        facts,
        customer_name=clean_line(facts.customer_name),
        builder_name=clean_line(facts.builder_name),
        set_num=clean_line(facts.set_num, 60),
        set_name=clean_line(facts.set_name),
        personal_note=clean_note(facts.personal_note),
        items=tuple(
            replace(
                item,
                label=clean_line(item.label),
                color_name=clean_line(item.color_name, 60),
                color_rgb=_rgb(item.color_rgb),
            )
            for item in facts.items
        ),
    )


def _rgb(text: str) -> str:
    """Six hexadecimal digits, or nothing: it goes into a style attribute."""
    digits = text.removeprefix("#")
    return (
        digits.upper()
        if len(digits) == 6 and all(each in "0123456789abcdefABCDEF" for each in digits)
        else ""
    )
