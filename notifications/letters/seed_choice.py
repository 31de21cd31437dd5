"""That letters about the same set do not read like one: of several ways to write one, the freshest.

Each letter's seed chooses its sentences. A new letter tries seeds until one has little in common with every recent
letter about the same set in the same language; the seed is kept with the letter, which can be made again from it.
"""

import re
from collections.abc import Mapping, Sequence

from notifications.letters.facts import LetterFacts
from notifications.letters.voicebook import VoiceBook, draw

#: Of no other recent letter's sentences a letter has more than half.
FRESH_ENOUGH = 0.5
#: Beside a hundred letters about the same bag it takes some thirty tries, beside ten hardly a second one.
TRIES = 400

_BETWEEN = re.compile(r"(?<=[.!?…])\s+")


def freshest_seed(book: VoiceBook, facts: LetterFacts, *, number: str, recent: Sequence[str]) -> str:
    """A seed made of `number` whose letter shares least with those of the seeds in `recent`."""
    slots = used_passages(facts)
    lengths = _lengths(book, facts, slots)
    others = [_choice(seed, slots, lengths) for seed in recent]
    best, least = number, float("inf")
    for attempt in range(TRIES):
        seed = f"{number}/{attempt}" if attempt else number
        own = _choice(seed, slots, lengths)
        most = 0.0
        for other in others:
            most = max(most, _shared(own, other))
            if most >= least:
                break
        if most < least:
            best, least = seed, most
        if least <= FRESH_ENOUGH:
            break
    return best


#: What a seed chooses, slot by slot: which alternative, and how many sentences it has.
Choice = tuple[tuple[int, int], ...]


def _choice(seed: str, slots: Sequence[str], lengths: Mapping[str, Sequence[int]]) -> Choice:
    chosen = ((lengths[slot], draw(seed, slot)) for slot in slots)
    return tuple((number % len(each), each[number % len(each)]) for each, number in chosen)


def _shared(one: Choice, other: Choice) -> float:
    """The share of the shorter letter's sentences that the other has too."""
    same = sum(mine[1] for mine, yours in zip(one, other, strict=True) if mine[0] == yours[0])
    return same / min(sum(each[1] for each in one), sum(each[1] for each in other))


def used_passages(facts: LetterFacts) -> tuple[str, ...]:
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
        slot: [len(_BETWEEN.split(phrase.text)) for phrase in voice.phrases.get(slot) or general[slot]]
        for slot in slots
    }
