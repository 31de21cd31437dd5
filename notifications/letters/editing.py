"""What a person changes in a letter: its texts one by one, checked so that the letter stays true and printable."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notifications.cleaning import clean_edited
from notifications.letters.checks import check_truth, without_names
from notifications.letters.composing import ComposedLetter, LetterFacts, UntrueLetter, letter_of
from notifications.letters.facts import clean_facts
from notifications.letters.voicebook import current_voicebook
from notifications.print.typesetting import missing_glyphs

LONGEST_TEXT = 3_000
LABELS = {"greeting": "Greeting", "farewell": "Goodbye", "builder": "To the builder", "text": "Paragraph"}


@dataclass(frozen=True, slots=True)
class EditableText:
    """A text of the letter that a person may change. `composed` is the text before any change."""

    label: str
    composed: str
    text: str


def editable_texts(composed: ComposedLetter, edits: Mapping[str, str]) -> list[EditableText]:
    """The letter's texts from greeting to goodbye, each as composed and as it is now."""
    texts = [("greeting", composed.data["greeting"])]
    texts += [
        (paragraph["kind"], paragraph["text"])
        for paragraph in composed.data["paragraphs"]
        if paragraph["kind"] not in ("items", "note")
    ]
    texts.append(("farewell", composed.data["farewell"]))
    return [EditableText(LABELS[kind], text, edits.get(text, text)) for kind, text in texts]


def edited_letter(composed: ComposedLetter, edits: Mapping[str, str], facts: LetterFacts) -> ComposedLetter:
    """The letter with `edits` in place of the composed texts they replace.

    An edit of a text that was not composed this time is ignored. Raises UntrueLetter, as composing does.
    """
    used = {old: clean_edited(new) for old, new in edits.items()}
    data = _with_edits(composed.data, used)
    if data == composed.data:
        return composed
    return _checked(data, facts)


def as_written(
    composed: ComposedLetter, written: Mapping[str, Any], edits: Mapping[str, str], facts: LetterFacts
) -> ComposedLetter:
    """`composed`, but in the sentences of the earlier version `written`, from which the `edits` are taken out.

    Voices change, and a person who only adds a note does not want the rest rewritten. If the content of the letter has
    changed since, returns `composed`.
    """
    if _content(composed.data) != _content(written):
        return composed
    before = {clean_edited(new): old for old, new in edits.items()}
    texts = [
        {**each, "text": before.get(each["text"], each["text"])}
        for each in written["paragraphs"]
        if each["kind"] != "note"
    ]
    data = {
        **composed.data,
        **{name: written[name] for name in _OF_THE_VOICE},
        **{name: before.get(written[name], written[name]) for name in ("greeting", "farewell")},
        "paragraphs": texts + [each for each in composed.data["paragraphs"] if each["kind"] == "note"],
    }
    try:
        return composed if data == composed.data else _checked(data, facts)
    except UntrueLetter:
        return composed


_OF_THE_VOICE = ("title", "status", "signature", "author", "ornament", "accent")


def _content(data: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The content of a letter: its items, and how each gets there."""
    return [
        (item["kind"], item["name"], item["count"], item["rgb"], bool(item["delivery"]))
        for item in data["items"]
    ]


def _checked(data: dict[str, Any], facts: LetterFacts) -> ComposedLetter:
    """A letter from texts that are filled in already. Raises UntrueLetter."""
    facts = clean_facts(facts)
    texts = [data["greeting"], data["farewell"]]
    texts += [each["text"] for each in data["paragraphs"] if each["kind"] in ("text", "builder")]
    sentences = tuple(without_names(text, facts) for text in texts)
    letter = letter_of(data, sentences=sentences)
    words = current_voicebook().general[facts.language]
    if problems := check_truth(body=letter.body, sentences=sentences, words=words, facts=facts):
        raise UntrueLetter(problems)
    return letter


def unprintable_in(letter: ComposedLetter) -> str:
    """The characters of a letter's page that none of our fonts has."""
    return missing_glyphs("".join(_strings(letter.data)))


def explain(problem: str, facts: LetterFacts) -> str:
    """A problem of `check_truth` in words for the person who writes the letter."""
    kind, _, what = problem.partition(": ")
    words = current_voicebook().general[facts.language]
    if f"fact.{what}" in words:
        stems = ", ".join(f"“{phrase.text}”" for phrase in words[f"fact.{what}"])
        if kind == "missing":
            return f"The letter no longer {_SAYS[what]}. Say so with a word that begins with {stems}."
        return f"The letter {_SAYS[what]} ({stems}), which is not true for this order."
    if kind == "missing":
        return f"The letter no longer names the {'customer' if what == 'name' else what}."
    return problem


_SAYS = {
    "thanks": "says thank you",
    "sorry": "says that we are sorry",
    "weighed": "says that every box is weighed",
    "inspected": "says that the packing inspection knows of it",
    "lost": "has a kind word about lost pieces",
    "on_its_way": "says that the parts are on their way",
    "arrived": "says that the parts lie in this parcel",
    "following": "says that something follows later",
}


def _with_edits(data: dict[str, Any], edits: Mapping[str, str]) -> dict[str, Any]:
    return {
        **data,
        "greeting": edits.get(data["greeting"], data["greeting"]),
        "farewell": edits.get(data["farewell"], data["farewell"]),
        "paragraphs": [
            {**each, "text": edits.get(each["text"], each["text"])} if "text" in each else each
            for each in data["paragraphs"]
        ],
        "long_words": data["long_words"]
        or any(len(word) > 24 for new in edits.values() for word in new.split()),
    }


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in _strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in _strings(each)]
    return []
