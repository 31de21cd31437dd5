"""Writes the voices of the files into rows: all of them or none, and nothing if nothing changed."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from notifications.letters.voice_files import VOICES_FOLDER, BadVoiceFiles, FileProblem, read_voicebook
from notifications.letters.voice_trials import try_every_voice
from notifications.letters.voicebook import NEUTRAL, SpokenVoice, VoiceBook
from notifications.models import Sentence, Voice


@dataclass(frozen=True, slots=True)
class LoadedVoices:
    """How many there are now, and how many rows were written or deleted."""

    voices: int
    languages: int
    sentences: int
    changed: int


def checked_voicebook(folder: Path = VOICES_FOLDER) -> VoiceBook:
    """The files' voices, after each has written a true letter for every combination. Raises BadVoiceFiles."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.toml")):
        digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return _checked(folder, digest.digest(), tuple(code for code, _ in settings.LANGUAGES))


@lru_cache(maxsize=2)
def _checked(folder: Path, digest: bytes, languages: tuple[str, ...]) -> VoiceBook:
    """Checking writes two thousand letters, so a process checks the same files only once."""
    book = read_voicebook(folder, languages=languages)
    if untrue := try_every_voice(book):
        raise BadVoiceFiles(FileProblem("themes.toml", 1, what) for what in untrue)
    return book


def load_voices(folder: Path = VOICES_FOLDER) -> LoadedVoices:
    """Check the files, then make the rows equal to them. Raises BadVoiceFiles and changes nothing."""
    book = checked_voicebook(folder)
    with transaction.atomic():
        changed, owners = _write_voices(book)
        written, sentences = _write_sentences(book, owners)
        changed += written
        if changed:
            # Running processes look at the newest `updated_at`, in which deleted rows leave no trace.
            Voice.objects.filter(key=NEUTRAL).update(updated_at=timezone.now())
    return LoadedVoices(len(owners), len(book.voices), sentences, changed)


def _write_voices(book: VoiceBook) -> tuple[int, dict[tuple[str, str], int]]:
    existing = {(row.key, row.language): row for row in Voice.objects.all()}
    changed, owners = 0, {}
    for language, voices in book.voices.items():
        for key, voice in voices.items():
            row = existing.pop((key, language), Voice(key=key, language=language))
            wanted = _columns(voice)
            if row._state.adding or any(getattr(row, name) != value for name, value in wanted.items()):
                for name, value in wanted.items():
                    setattr(row, name, value)
                row.save()
                changed += 1
            owners[key, language] = row.pk
    if existing:
        Voice.objects.filter(pk__in=[row.pk for row in existing.values()]).delete()
    return changed + len(existing), owners


def _columns(voice: SpokenVoice) -> dict[str, object]:
    return {
        "theme_names": list(voice.theme_names),
        "villain": voice.villain,
        "hero": voice.hero,
        "ornament": voice.ornament,
        "accent": voice.accent,
    }


def _write_sentences(book: VoiceBook, owners: dict[tuple[str, str], int]) -> tuple[int, int]:
    wanted: dict[tuple[int | None, str, str, int], str] = {}
    for language, phrases in book.general.items():
        for passage, alternatives in phrases.items():
            wanted |= {(None, language, passage, at): phrase.text for at, phrase in enumerate(alternatives)}
    for language, voices in book.voices.items():
        for key, voice in voices.items():
            owner = owners[key, language]
            for passage, alternatives in voice.phrases.items():
                wanted |= {
                    (owner, language, passage, at): phrase.text for at, phrase in enumerate(alternatives)
                }
    stale, edited = [], []
    missing = dict(wanted)
    for row in Sentence.objects.all():
        text = missing.pop((row.voice_id, row.language, row.slot, row.position), None)
        if text is None:
            stale.append(row.pk)
        elif text != row.text:
            row.text, row.updated_at = text, timezone.now()
            edited.append(row)
    Sentence.objects.filter(pk__in=stale).delete()
    Sentence.objects.bulk_update(edited, ["text", "updated_at"], batch_size=200)
    Sentence.objects.bulk_create(
        [
            Sentence(voice_id=owner, language=language, slot=passage, position=at, text=text)
            for (owner, language, passage, at), text in missing.items()
        ],
        batch_size=200,
    )
    return len(stale) + len(edited) + len(missing), len(wanted)
