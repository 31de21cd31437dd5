"""All voices and sentences, ready to compose with: read from rows, kept in the process until a row changes."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import connection

from notifications.letters.passages import GENERAL_PASSAGES, VOICE_PASSAGES
from notifications.letters.phrases import Phrase, parse_phrase
from notifications.models import Sentence, Voice

NEUTRAL = "neutral"
Phrases = Mapping[str, tuple[Phrase, ...]]


class VoicesNotLoaded(RuntimeError):
    """There are no voices: `manage.py load_voices` has not been run on this database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenVoice:
    """One theme's way of speaking in one language."""

    key: str
    language: str
    theme_names: tuple[str, ...]
    villain: str
    hero: str
    ornament: str
    accent: str
    phrases: Phrases


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceBook:
    """Every voice by language and key, and what all voices of a language share."""

    voices: Mapping[str, Mapping[str, SpokenVoice]]
    general: Mapping[str, Phrases]

    def voice_for(self, theme_names: tuple[str, ...], language: str, tone: str = "") -> SpokenVoice:
        """The voice of the nearest theme that has one, from the set's own theme up to the root; else the neutral one.

        For a serious tone it is always the neutral one.
        """
        spoken = self.voices[language]
        if tone == "serious":
            return spoken[NEUTRAL]
        by_theme = {name.casefold(): voice for voice in spoken.values() for name in voice.theme_names}
        for name in theme_names:
            if found := by_theme.get(name.casefold()):
                return found
        return spoken[NEUTRAL]


def pick(alternatives: tuple[Phrase, ...], seed: str, passage: str) -> Phrase:
    """One alternative: always the same for the same seed and passage, spread evenly over seeds."""
    return alternatives[draw(seed, passage) % len(alternatives)]


def draw(seed: str, passage: str) -> int:
    """The number that a seed draws for a passage."""
    return _draws(seed)[_PLACES[passage]]


@lru_cache(maxsize=20_000)
def _draws(seed: str) -> tuple[int, ...]:
    """One number for every passage, from one digest: a letter is compared with a hundred others."""
    digest = hashlib.shake_128(seed.encode()).digest(2 * len(_PLACES))
    return tuple(int.from_bytes(digest[at : at + 2]) for at in range(0, len(digest), 2))


#: A passage keeps its place for ever, so that the same seed chooses the same sentences: add new passages at the end.
_PLACES = {passage: place for place, passage in enumerate([*VOICE_PASSAGES, *GENERAL_PASSAGES])}


Version = tuple[datetime | None, datetime | None]
_kept: tuple[Version, VoiceBook] | None = None


def current_voicebook() -> VoiceBook:
    """The book of the present rows. One query along two indexes shows whether the kept book is still current."""
    global _kept
    version = _version_of_rows()
    kept = _kept
    if kept is not None and kept[0] == version:
        return kept[1]
    book = _read_rows()
    _kept = (version, book)
    return book


def _version_of_rows() -> Version:
    """When a voice and when a sentence last changed. Plain SQL, because every letter runs it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT MAX(updated_at) FROM notifications_voice),"
            " (SELECT MAX(updated_at) FROM notifications_sentence)"
        )
        voice, sentence = cursor.fetchone() or (None, None)
    return voice, sentence


def _read_rows() -> VoiceBook:
    shared: dict[str, dict[str, list[Phrase]]] = defaultdict(lambda: defaultdict(list))
    own: dict[int, dict[str, list[Phrase]]] = defaultdict(lambda: defaultdict(list))
    sentences = Sentence.objects.order_by("position")
    for language, passage, text in sentences.filter(voice__isnull=True).values_list(
        "language", "slot", "text"
    ):
        shared[language][passage].append(parse_phrase(text))
    for owner, passage, text in sentences.filter(voice__isnull=False).values_list("voice_id", "slot", "text"):
        own[owner][passage].append(parse_phrase(text))
    voices: dict[str, dict[str, SpokenVoice]] = defaultdict(dict)
    for row in Voice.objects.all():
        voices[row.language][row.key] = SpokenVoice(
            key=row.key,
            language=row.language,
            theme_names=tuple(row.theme_names),
            villain=row.villain,
            hero=row.hero,
            ornament=row.ornament,
            accent=row.accent,
            phrases=_as_tuples(own[row.pk]),
        )
    if not voices:
        raise VoicesNotLoaded("No voices in the database: run `manage.py load_voices`.")
    return VoiceBook(
        voices=dict(voices), general={language: _as_tuples(each) for language, each in shared.items()}
    )


def _as_tuples(phrases: Mapping[str, list[Phrase]]) -> Phrases:
    return {passage: tuple(alternatives) for passage, alternatives in phrases.items()}
