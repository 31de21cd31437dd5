"""Writes one letter for one customer: in the theme's voice, with sentences chosen by the order's seed, true in every
fact.

Nothing here touches an order. `compose_letter` reads the voices from the database (and keeps them in the process);
`compose_from` composes with a given book and is a pure function.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from core.writing import write_day, write_number
from notifications.letters.as_html import letter_as_html
from notifications.letters.as_text import letter_as_text
from notifications.letters.checks import check_truth
from notifications.letters.facts import AskedItem, LetterFacts, clean_facts
from notifications.letters.item_names import color_in, count_of, name_item, name_items
from notifications.letters.passages import VILLAIN_AGAIN
from notifications.letters.voicebook import SpokenVoice, VoiceBook, VoicesNotLoaded, current_voicebook, pick
from notifications.wording import (
    direction_of,
    isolate_code,
    isolate_name,
)

__all__ = ["AskedItem", "ComposedLetter", "LetterFacts", "UntrueLetter", "check_letter", "compose_letter"]

TEMPLATE = "letter@1"
#: A sentence with more different bags and pieces than this is hard to read: then a list stands below it.
MOST_WITHOUT_LIST = 3
#: A longer word may be broken anywhere, so that it cannot run off the page.
LONGEST_UNBROKEN = 24
#: How many page numbers are written out for the foot of the page. Forty items with the longest names fill five pages.
MOST_PAGES = 40

Kind = Literal["text", "items", "builder", "note", "farewell"]


class UntrueLetter(RuntimeError):
    """A letter that lacks a fact or claims a wrong one, and so must not be sent. `problems` names them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedLetter:
    """A finished letter. The page is typeset from `data` alone; `sentences` are the chosen sentences, unfilled."""

    language: str
    subject: str
    body: str
    html_body: str
    data: dict[str, Any]
    template: str
    sentences: tuple[str, ...]


@dataclass(slots=True)
class _Draft:
    """The letter while it is written: each paragraph as kind and text, and the sentences it is made of."""

    book: VoiceBook
    voice: SpokenVoice
    facts: LetterFacts
    values: dict[str, str]
    paragraphs: list[dict[str, str]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    def say(self, passage: str, items: Iterable[AskedItem] = ()) -> str:
        """The passage's sentence for this letter."""
        words = self.book.general[self.facts.language]
        # A voice may have its own text for a passage that all voices share.
        phrase = pick(self.voice.phrases.get(passage) or words[passage], self.facts.seed, passage)
        self.sentences.append(phrase.text)
        values = self.values
        if "things" in phrase.placeholders:
            values = {**values, "things": name_items(list(items), words, self.facts.language)}
        return phrase.fill(values)

    def accuse(self, passage: str, items: Iterable[AskedItem]) -> str:
        """A sentence about the villain. From the second time on the villain is called by the shorter name."""
        text = self.say(passage, items)
        if again := self.voice.phrases.get(VILLAIN_AGAIN):
            self.values = {**self.values, "villain": again[0].text}
        return text

    def add(self, kind: Kind, *texts: str) -> None:
        self.paragraphs.append({"kind": kind, "text": " ".join(text for text in texts if text)})


def compose_letter(*, facts: LetterFacts) -> ComposedLetter:
    """Write the letter with the voices in the database. Deterministic in `facts`.

    Raises VoicesNotLoaded on an empty database, UntrueLetter when the result must not be sent.
    """
    return compose_from(current_voicebook(), facts)


def compose_from(book: VoiceBook, facts: LetterFacts) -> ComposedLetter:
    """Write the letter with the voices of `book`."""
    facts = clean_facts(facts)
    language = facts.language
    if language not in book.general:
        raise VoicesNotLoaded(f"No voices in the language {language!r}: run `manage.py load_voices`.")
    words = book.general[language]
    voice = book.voice_for(facts.theme_names, language, facts.tone)
    customer = facts.customer_name or words["page.friend"][0].text
    values = {
        "name": isolate_name(customer, language),
        "builder": isolate_name(facts.builder_name, language),
        "set_name": isolate_name(facts.set_name, language),
        "set_num": isolate_code(facts.set_num, language),
        "villain": voice.villain,
        "hero": voice.hero,
    }
    draft = _Draft(book=book, voice=voice, facts=facts, values=values)
    greeting = draft.say("greeting")
    _say_what_happened(draft)
    _answer_for_it(draft)
    listed = _say_what_comes(draft)
    if facts.builder_name:
        _speak_to_builder(draft)
    if facts.personal_note:
        lines = facts.personal_note.split("\n")
        draft.add("note", "\n".join(isolate_name(line, language) if line else "" for line in lines))
    farewell, status = draft.say("farewell"), draft.say("status")
    subject = _subject(draft)
    signature = words["signature"][0].text
    typed = (facts.customer_name, facts.builder_name, facts.set_name, *(item.label for item in facts.items))
    data: dict[str, Any] = {
        "language": language,
        "long_words": any(len(word) > LONGEST_UNBROKEN for text in typed for word in text.split()),
        "direction": direction_of(language),
        "ornament": voice.ornament,
        "accent": voice.accent,
        "title": subject,
        "author": signature,
        "number": facts.number,
        "order": words["page.order"][0].fill({"number": isolate_code(facts.number, language)}),
        "set": words["page.set"][0].fill({"set_num": values["set_num"]}),
        "set_name": facts.set_name,
        "date": write_day(facts.written_on, language),
        "greeting": greeting,
        "paragraphs": draft.paragraphs,
        "farewell": farewell,
        "signature": signature,
        "items_heading": words["page.items"][0].text,
        "items": [_page_item(item, draft) for item in facts.items],
        "scan": words["page.scan"][0].text,
        "page_number": words["page.number"][0].text,
        "digits": [write_number(number, language) for number in range(MOST_PAGES)],
        "status_url": facts.status_url,
        "listed": listed,
        "status": status,
    }
    letter = letter_of(data, sentences=tuple(draft.sentences))
    if problems := _problems(book, letter, facts):
        raise UntrueLetter(problems)
    return letter


def letter_of(data: dict[str, Any], *, sentences: tuple[str, ...]) -> ComposedLetter:
    """The letter as page, text and mail, from its data."""
    return ComposedLetter(
        language=data["language"],
        subject=data["title"],
        body=letter_as_text(data),
        html_body=letter_as_html(data),
        data=data,
        template=TEMPLATE,
        sentences=sentences,
    )


def _subject(draft: _Draft) -> str:
    """The mail's subject. It stands outside the letter, so its words state no fact."""
    words = draft.book.general[draft.facts.language]
    phrase = pick(draft.voice.phrases.get("subject") or words["subject"], draft.facts.seed, "subject")
    return phrase.fill(draft.values)


def check_letter(letter: ComposedLetter, facts: LetterFacts) -> list[str]:
    """Names of the required facts that are missing from `letter`, and of those it claims wrongly."""
    return _problems(current_voicebook(), letter, clean_facts(facts))


def _problems(book: VoiceBook, letter: ComposedLetter, facts: LetterFacts) -> list[str]:
    return check_truth(
        body=letter.body, sentences=letter.sentences, words=book.general[letter.language], facts=facts
    )


def _say_what_happened(draft: _Draft) -> None:
    """Thanks, and the villain's deed: what was missing or damaged or, if the customer lost everything, what strayed."""
    facts = draft.facts
    opening = [draft.say("thanks")]
    if facts.follows:
        opening.append(draft.say("again"))
    if missing := facts.items_with(reason="missing"):
        opening.append(draft.accuse("taken", missing))
    if damaged := facts.items_with(reason="damaged"):
        opening.append(draft.accuse("broken", damaged))
    if not facts.is_our_fault:
        opening.append(draft.accuse("strayed", facts.items))
    draft.add("text", *opening)


def _answer_for_it(draft: _Draft) -> None:
    """If the fault is ours: sorry, how we weigh, that the inspection knows. If all was lost: a kind word, no fault
    claimed.
    """
    facts = draft.facts
    if facts.is_our_fault:
        answer = [draft.say(passage) for passage in ("sorry", "weighed", "inspected")]
        if lost := facts.items_with(reason="lost"):
            answer.append(draft.say("lost_too", lost))
    else:
        answer = [draft.say("lost_kindness")]
    if facts.wrote_to_packing_team:
        answer.append(draft.say("packing_note"))
    draft.add("text", *answer)


def _say_what_comes(draft: _Draft) -> bool:
    """Who brings what, what follows, what was substituted or left out. Returns whether the letter also lists the
    items.
    """
    facts = draft.facts
    following = facts.items_with(delivery="following")
    substituted = facts.items_with(delivery="substituted")
    # If the parcel holds only substitutes, one sentence says so and names what they stand for.
    coming = facts.items_with(delivery="coming")
    only_instead = facts.in_parcel and bool(substituted) and not coming
    coming = coming or substituted
    texts = []
    if only_instead:
        texts.append(draft.say("arrived_instead", substituted))
    elif coming:
        texts.append(draft.say("arrived" if facts.in_parcel else "rescue", coming))
    if following:
        texts.append(draft.say("following" if coming else "waiting", following))
    if substituted and not only_instead:
        texts.append(draft.say("substituted", substituted))
    if left_out := facts.items_with(delivery="left_out"):
        texts.append(draft.say("left_out", left_out))
    texts.append(draft.say("turn"))
    draft.add("text", *texts)
    listed = (
        any(item.kind == "piece" or item.quantity > 1 or item.delivery != "coming" for item in facts.items)
        or len(facts.items) > MOST_WITHOUT_LIST
    )
    draft.add("items")
    return listed


def _speak_to_builder(draft: _Draft) -> None:
    grown = "builder_self" if draft.facts.builder_is_customer else "builder_grown"
    passage = {"13-17": "builder_teen", "18+": grown, "": grown}
    draft.add("builder", draft.say(passage.get(draft.facts.age_band, "builder_child")))


def _page_item(item: AskedItem, draft: _Draft) -> dict[str, str]:
    """One row of the page's table."""
    language, words = draft.facts.language, draft.book.general[draft.facts.language]
    is_bag = item.kind == "bag"
    name = (
        words["page.bag"][0].fill({"label": isolate_code(item.label, language)})
        if is_bag
        else isolate_code(item.label, language)
    )
    number = ""
    if item.element_id:
        number = words["page.element"][0].fill({"element": isolate_code(item.element_id, language)})
    elif item.part_num:
        number = words["page.part"][0].fill({"part": isolate_code(item.part_num, language)})
    return {
        "kind": item.kind,
        "label": item.label if is_bag else "",
        "line": name_item(item, words, language),
        "name": name,
        "count": "" if is_bag and item.quantity == 1 else count_of(item, words, language),
        "color": color_in(item.color_name, words, language) if item.color_name else "",
        "rgb": item.color_rgb,
        "element": number,
        "delivery": "" if item.delivery == "coming" else words[f"page.{item.delivery}"][0].text,
    }
