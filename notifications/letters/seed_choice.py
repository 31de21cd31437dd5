"""Keeps letters about the same set different: of several possible letters it chooses the one that differs most.

A letter's seed chooses its sentences. For a new letter we try seeds until one has little in common with every recent
letter about the same set in the same language. The seed is kept with the letter, so that it can be composed again.
"""

import re
from collections.abc import Mapping, Sequence

from notifications.letters.facts import LetterFacts
from notifications.letters.voicebook import VoiceBook, draw

#: A letter may share at most half of its sentences with any recent letter.
FRESH_ENOUGH = 0.5
#: With a hundred letters about the same bag it takes some thirty tries, with ten hardly a second one.
TRIES = 400

_BETWEEN = re.compile(r"(?<=[.!?…])\s+")


def freshest_seed(book: VoiceBook, facts: LetterFacts, *, number: str, recent: Sequence[str]) -> str:
    """A seed made of `number` whose letter shares least with the letters of the seeds in `recent`."""
    passages = used_passages(facts)
    lengths = _lengths(book, facts, passages)
    others = [_choice(seed, passages, lengths) for seed in recent]
    best, least = number, float("inf")
    for attempt in range(TRIES):
        seed = f"{number}/{attempt}" if attempt else number
        own = _choice(seed, passages, lengths)
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


#: What a seed chooses, passage by passage: which alternative, and how many sentences it has.
Choice = tuple[tuple[int, int], ...]


def _choice(seed: str, passages: Sequence[str], lengths: Mapping[str, Sequence[int]]) -> Choice:
    chosen = ((lengths[passage], draw(seed, passage)) for passage in passages)
    return tuple((number % len(each), each[number % len(each)]) for each, number in chosen)


def _shared(own: Choice, other: Choice) -> float:
    """The share of the shorter letter's sentences that the other letter has too."""
    same = sum(mine[1] for mine, yours in zip(own, other, strict=True) if mine[0] == yours[0])
    return same / min(sum(each[1] for each in own), sum(each[1] for each in other))


def used_passages(facts: LetterFacts) -> tuple[str, ...]:
    """The passages whose sentences make up most of a letter like this one."""
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
    return tuple(passage for passage, used in wanted.items() if used)


def _lengths(book: VoiceBook, facts: LetterFacts, passages: Sequence[str]) -> dict[str, list[int]]:
    """How many sentences each alternative of a passage has: three shared sentences count more than one."""
    voice = book.voice_for(facts.theme_names, facts.language, facts.tone)
    general = book.general[facts.language]
    return {
        passage: [
            len(_BETWEEN.split(phrase.text)) for phrase in voice.phrases.get(passage) or general[passage]
        ]
        for passage in passages
    }
