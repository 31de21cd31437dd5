"""Whether a letter is true: it says what it must say, and claims nothing that is not so."""

import re
from collections.abc import Iterable
from functools import lru_cache

from notifications.letters.facts import AskedItem, LetterFacts
from notifications.letters.passages import FACTS
from notifications.letters.phrases import Phrase
from notifications.letters.voicebook import Phrases
from notifications.wording import without_isolates

_LEFTOVER = re.compile(r"\{[a-z_]+\}")


def facts_due(facts: LetterFacts) -> frozenset[str]:
    """The facts that a letter about this must state in words. It must not state any other of `FACTS`, except `lost`."""
    due = {"thanks"}
    due |= {"sorry", "weighed", "inspected"} if facts.is_our_fault else {"lost"}
    if any(item.delivery not in ("following", "left_out") for item in facts.items):
        due.add("arrived" if facts.in_parcel else "on_its_way")
    if facts.items_with(delivery="following"):
        due.add("following")
    return frozenset(due)


def facts_stated(texts: Iterable[str], words: Phrases) -> frozenset[str]:
    """The facts of which at least one word stands in one of the texts."""
    text = "\n".join(texts)
    return frozenset(fact for fact in FACTS if _any_word(words[f"fact.{fact}"]).search(text))


def check_truth(*, body: str, sentences: Iterable[str], words: Phrases, facts: LetterFacts) -> list[str]:
    """The names of what is missing from a letter or wrongly claimed; empty if the letter may go out.

    `sentences` are the letter's sentences before they were filled in, so that no name can pass for a fact.
    """
    sentences = list(sentences)
    problems: list[str] = []
    due, stated = facts_due(facts), facts_stated(sentences, words)
    problems += [f"missing: {fact}" for fact in sorted(due - stated)]
    problems += [f"wrongly claimed: {fact}" for fact in sorted(stated - due - {"lost", "thanks"})]
    if not facts.items:
        problems.append("missing: anything that was asked for")
    plain = without_isolates(body)
    named = {"name": facts.customer_name, "set number": facts.set_num, "set name": facts.set_name}
    named["builder"] = facts.customer_name if facts.builder_is_customer else facts.builder_name
    problems += [f"missing: {what}" for what, text in named.items() if text and text not in plain]
    problems += [f"missing: item {item.label}" for item in facts.items if not _names(plain, item)]
    shown = {part for text in sentences for part in _LEFTOVER.findall(text)}
    typed = " ".join(
        [*named.values(), facts.builder_name, facts.personal_note, *(item.label for item in facts.items)]
    )
    problems += [
        f"leftover placeholder: {part}" for part in sorted(shown) if part in plain and part not in typed
    ]
    return problems


def without_names(text: str, facts: LetterFacts) -> str:
    """A filled text without the values that were filled in, so that no name can pass for a fact."""
    typed = [facts.customer_name, facts.builder_name, facts.set_name, facts.set_num]
    typed += [part for item in facts.items for part in (item.label, item.color_name)]
    plain = without_isolates(text)
    for name in sorted(filter(None, typed), key=len, reverse=True):
        plain = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", plain)
    return plain


def _names(plain: str, item: AskedItem) -> bool:
    """Whether the text names the item as a word of its own: “bag 14” and “75290-1” do not name bag 1."""
    if not item.label:
        return False
    return re.search(rf"(?<![\w-]){re.escape(item.label)}(?![\w-])", plain) is not None


@lru_cache(maxsize=256)
def _any_word(stems: tuple[Phrase, ...]) -> re.Pattern[str]:
    """Matches where a word begins with one of the stems."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(stem.text) for stem in stems)})", re.IGNORECASE)
