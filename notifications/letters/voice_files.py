"""Reads the voices from their files, and checks them: a translator sees the file, the line, and what to do.

`themes.toml` names the voices. Each language has a folder: `words.toml` (the page's short words, and the words by
which a fact is recognised), `sentences.toml` (what all voices share) and one file for each voice.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from notifications.letters.checks import facts_stated
from notifications.letters.passages import (
    DELIVERY_FACTS,
    FAULT_FACTS,
    GENERAL_PASSAGES,
    MINIMUM_ALTERNATIVES,
    NEEDED_WORDS,
    VILLAIN_AGAIN,
    VOICE_PASSAGES,
    WORD,
    Passage,
    word_passage,
)
from notifications.letters.phrases import BadPhrase, Phrase, parse_phrase
from notifications.letters.voicebook import NEUTRAL, SpokenVoice, VoiceBook
from notifications.print.typesetting import missing_glyphs
from notifications.wording import with_single_signs

VOICES_FOLDER = Path(__file__).parent / "voices"
_GENERAL_FILES = ("words", "sentences")
_NAME_LIMIT = 80


@dataclass(frozen=True, slots=True, order=True)
class FileProblem:
    """A problem at one place, and what to do about it."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class BadVoiceFiles(ValueError):
    """The files cannot be loaded; `problems` lists everything that is wrong with them."""

    def __init__(self, problems: Iterable[FileProblem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(slots=True)
class _Source:
    """One file: its text for finding lines, its values, and the list that collects its problems."""

    name: str
    text: str
    values: dict[str, Any]
    problems: list[FileProblem]

    def complain(self, what: str, key: str = "", text: str = "") -> None:
        self.problems.append(FileProblem(self.name, self._line_of(key, text), what))

    def _line_of(self, key: str, text: str) -> int:
        """The line of `text` under `key`; else of `key`, of its table, or the first line."""
        lines = self.text.splitlines()
        table, _, rest = key.partition(".")
        found = 0
        for wanted in (
            rf"\[{re.escape(table)}\]",
            rf'"?{re.escape(key)}"?\s*=',
            rf'"?{re.escape(rest)}"?\s*=',
        ):
            hits = [
                number
                for number, line in enumerate(lines)
                if re.match(rf"\s*{wanted}", line) and number >= found
            ]
            if key and hits:
                found = hits[0]
        if text:
            found = next((number for number in range(found, len(lines)) if text in lines[number]), found)
        return found + 1


@dataclass(slots=True)
class _ReadVoices:
    """What has been read so far: the shared phrases and the voices, by language."""

    general: dict[str, dict[str, tuple[Phrase, ...]]] = field(default_factory=dict)
    voices: dict[str, dict[str, SpokenVoice]] = field(default_factory=dict)


def read_voicebook(folder: Path = VOICES_FOLDER, *, languages: Iterable[str] = ()) -> VoiceBook:
    """Read and check everything in `folder`. `languages` are required. Raises BadVoiceFiles with all problems."""
    problems: list[FileProblem] = []
    read = _ReadVoices()
    themes = _read(folder, "themes.toml", problems)
    if NEUTRAL not in themes.values:
        themes.complain(f"the voice [{NEUTRAL}] is missing: it stands in where no other voice fits")
    for key, entry in themes.values.items():
        _check_theme(themes, key, entry)
    found = {path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}
    for language in sorted(set(languages) - found):
        themes.complain(f"the language {language} has no folder: add {language}/ with all files of en/")
    if not problems:
        for language in sorted(found):
            _read_language(folder, language, themes.values, read, problems)
    if problems:
        raise BadVoiceFiles(problems)
    return VoiceBook(voices=read.voices, general=read.general)


def _read(folder: Path, name: str, problems: list[FileProblem]) -> _Source:
    try:
        text = with_single_signs((folder / name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(FileProblem(name, 1, f"the file is missing or cannot be read as UTF-8: {error}"))
        return _Source(name, "", {}, [])
    try:
        return _Source(name, text, tomllib.loads(text), problems)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else len(text.splitlines())
        problems.append(FileProblem(name, line, f"not valid TOML: {error}"))
        return _Source(name, text, {}, [])


def _check_theme(source: _Source, key: str, entry: Any) -> None:
    wanted: dict[str, type] = {"themes": list, "ornament": str, "accent": str}
    if not isinstance(entry, dict):
        source.complain(f"write [{key}] as a table with themes, ornament and accent", key)
        return
    for name, kind in wanted.items():
        if not isinstance(entry.get(name), kind):
            source.complain(f"[{key}] needs {name}", key)
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", str(entry.get("accent", ""))):
        source.complain(f"[{key}] accent: write a colour as #rrggbb", key)


def _read_language(
    folder: Path, language: str, themes: Mapping[str, Any], read: _ReadVoices, problems: list[FileProblem]
) -> None:
    words = _read(folder, f"{language}/words.toml", problems)
    sentences = _read(folder, f"{language}/sentences.toml", problems)
    phrases = _read_words(words)
    recognised = all(f"fact.{fact}" in phrases for fact in FAULT_FACTS | DELIVERY_FACTS | {"thanks", "lost"})
    known = phrases if recognised else {}
    phrases |= _read_passages(sentences, GENERAL_PASSAGES, known)
    read.general[language] = phrases
    read.voices[language] = {}
    for path in sorted((folder / language).glob("*.toml")):
        if path.stem not in themes and path.stem not in _GENERAL_FILES:
            stray = FileProblem(
                f"{language}/{path.name}", 1, f"no voice of that name: add [{path.stem}] to themes.toml"
            )
            problems.append(stray)
    for key, theme in themes.items():
        source = _read(folder, f"{language}/{key}.toml", problems)
        if source.values:
            read.voices[language][key] = _read_voice(source, key, language, theme, known)


def _read_voice(
    source: _Source,
    key: str,
    language: str,
    theme: Mapping[str, Any],
    words: Mapping[str, tuple[Phrase, ...]],
) -> SpokenVoice:
    cast = {}
    for name in ("villain", "hero"):
        given = source.values.get(name)
        if not isinstance(given, str) or not given.strip() or len(given) > _NAME_LIMIT:
            source.complain(f"{name}: give a name of at most {_NAME_LIMIT} characters", name)
            given = ""
        elif "{" in given or "}" in given:
            source.complain(f"{name}: a name has no placeholders", name)
        cast[name] = str(given)
    return SpokenVoice(
        key=key,
        language=language,
        theme_names=tuple(theme["themes"]),
        villain=cast["villain"],
        hero=cast["hero"],
        ornament=theme["ornament"],
        accent=theme["accent"],
        phrases=_read_passages(
            source, VOICE_PASSAGES | _overridden_passages(source), words, besides={"villain", "hero"}
        ),
    )


def _overridden_passages(source: _Source) -> dict[str, Passage]:
    """The shared passages that this voice has its own text for. The signature is the same for all voices."""
    own = {
        name: passage
        for name, passage in GENERAL_PASSAGES.items()
        if name in source.values and not passage.single
    }
    return own | ({VILLAIN_AGAIN: WORD} if VILLAIN_AGAIN in source.values else {})


def _read_passages(
    source: _Source,
    passages: Mapping[str, Passage],
    words: Mapping[str, tuple[Phrase, ...]],
    besides: Iterable[str] = (),
) -> dict[str, tuple[Phrase, ...]]:
    """The phrases of a file of alternatives, each checked against the rules of its passage."""
    for name in source.values.keys() - passages.keys() - set(besides):
        source.complain(f"there is no passage {name}: the passages are {', '.join(sorted(passages))}", name)
    phrases = {}
    for name, passage in passages.items():
        if name not in source.values:
            source.complain(
                f"the passage {name} is missing: add it, with {MINIMUM_ALTERNATIVES} or more alternatives"
            )
            continue
        phrases[name] = _read_alternatives(source, name, source.values[name], passage, words)
    return phrases


def _read_words(source: _Source) -> dict[str, tuple[Phrase, ...]]:
    phrases = {}
    flat = dict(_flatten(source.values))
    for name, given in flat.items():
        passage = word_passage(name)
        if passage is None:
            source.complain(f"{name} is not an entry of this file", name)
        else:
            phrases[name] = _read_alternatives(source, name, given, passage, {})
    for name in NEEDED_WORDS - flat.keys():
        source.complain(f"the entry {name} is missing", name)
    return phrases


def _flatten(values: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _read_alternatives(
    source: _Source, name: str, given: Any, passage: Passage, words: Mapping[str, tuple[Phrase, ...]]
) -> tuple[Phrase, ...]:
    texts = [given] if passage.single else given
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        source.complain(
            f"{name}: give {'one text' if passage.single else 'a list of texts'}, none of them empty", name
        )
        return ()
    is_word_list = name.startswith(("fact.", "numbers."))
    if not passage.single and not is_word_list and len(texts) < MINIMUM_ALTERNATIVES:
        source.complain(f"{name}: give {MINIMUM_ALTERNATIVES} or more alternatives", name)
    if len(set(texts)) < len(texts):
        source.complain(f"{name}: the same text stands here twice", name)
    phrases = []
    for text in texts:
        try:
            phrase = parse_phrase(text)
        except BadPhrase as error:
            source.complain(f"{name}: {error}", name, text)
            continue
        _check_phrase(source, name, phrase, passage, words)
        phrases.append(phrase)
    return tuple(phrases)


def _check_phrase(
    source: _Source, name: str, phrase: Phrase, passage: Passage, words: Mapping[str, tuple[Phrase, ...]]
) -> None:
    def complain(what: str) -> None:
        source.complain(f"{name}: {what}", name, phrase.text)

    for unknown in sorted(phrase.placeholders - passage.placeholders):
        allowed = ", ".join(f"{{{each}}}" for each in sorted(passage.placeholders)) or "none"
        complain(f"the placeholder {{{unknown}}} is unknown here; allowed: {allowed}")
    for missing in sorted(passage.needs - phrase.placeholders):
        complain(f"the placeholder {{{missing}}} must be in this text")
    for placeholder in sorted(phrase.placeholders):
        if phrase.cut[1::2].count(placeholder) > 1 and placeholder in {"things", "name"}:
            complain(f"{{{placeholder}}} stands here twice")
    if any(unicodedata.category(each) in {"Cc", "Cf"} and each not in "\u200c\u200d" for each in phrase.text):
        complain(
            "an invisible character controls direction or lines here: delete this place and type it again"
        )
    if unprintable := missing_glyphs(phrase.text):
        complain(f"no font of ours has “{unprintable}”")
    if words:
        stated = facts_stated([phrase.text], words)
        for fact in sorted(passage.says - stated):
            stems = ", ".join(each.text for each in words[f"fact.{fact}"])
            complain(f"it must state the fact “{fact}”: use one of {stems}, or add your word to fact.{fact}")
        for fact in sorted((stated & (FAULT_FACTS | DELIVERY_FACTS)) - passage.says - passage.may_say):
            complain(
                f"it states the fact “{fact}”, which is not true in every letter: say it without its words"
            )
