"""That letters about the same set do not read like one: of several ways to write one, the freshest.

Each letter's seed chooses its sentences. A new letter tries seeds until one has little in common with every recent
letter about the same set in the same language; the seed is kept with the letter, which can be made again from it.
"""

import re
from collections.abc import Sequence

from notifications.facts import LetterFacts
from notifications.slots import VOICE_SLOTS
from notifications.voicebook import VoiceBook, draw

#: A letter that shares no more of its sentences than this with any other is fresh enough; half is the most.
FRESH_ENOUGH = 0.45
TRIES = 24

_SENTENCE = re.compile(r"[.!?:…](?:\s|$)")


def freshest_seed(book: VoiceBook, facts: LetterFacts, *, number: str, recent: Sequence[str]) -> str:
    """A seed made of `number` whose letter shares least with those of the seeds in `recent`."""
    slots = used_slots(facts)
    lengths = _lengths(book, facts, slots)
    total = sum(sum(each) / len(each) for each in lengths.values())
    best, least = number, float("inf")
    for attempt in range(TRIES):
        seed = f"{number}/{attempt}" if attempt else number
        own = [(slot, draw(seed, slot) % len(lengths[slot])) for slot in slots]
        most = 0.0
        for other in recent:
            shared = sum(
                lengths[slot][chosen]
                for slot, chosen in own
                if draw(other, slot) % len(lengths[slot]) == chosen
            )
            most = max(most, shared / total)
            if most >= least:
                break
        if most < least:
            best, least = seed, most
        if least <= FRESH_ENOUGH:
            break
    return best


def used_slots(facts: LetterFacts) -> tuple[str, ...]:
    """The slots whose sentences make up most letters like this one."""
    fault = facts.is_our_fault
    wanted = {
        "greeting": True,
        "thanks": True,
        "taken": bool(facts.items_with(reason="missing")),
        "broken": bool(facts.items_with(reason="damaged")),
        "strayed": not fault,
        "sorry": fault,
        "weighed": fault,
        "inspected": fault,
        "lost_kindness": not fault,
        "rescue": not facts.in_parcel,
        "arrived": facts.in_parcel,
        "turn": True,
        "status": True,
        "farewell": True,
    }
    return tuple(slot for slot, used in wanted.items() if used)


def _lengths(book: VoiceBook, facts: LetterFacts, slots: Sequence[str]) -> dict[str, list[int]]:
    """How many sentences each alternative of a slot has: three shared sentences weigh more than one."""
    voice = book.voice_for(facts.theme_names, facts.language, facts.tone)
    general = book.general[facts.language]
    return {
        slot: [
            max(1, len(_SENTENCE.findall(phrase.text)))
            for phrase in (voice.phrases if slot in VOICE_SLOTS else general)[slot]
        ]
        for slot in slots
    }
