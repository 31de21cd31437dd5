"""What a letter must say is said where it is true, and only there; a letter that is not true does not leave."""

import dataclasses

import pytest

from notifications.letters.checks import check_truth, facts_stated
from notifications.letters.composing import UntrueLetter, compose_from
from notifications.letters.facts import LetterFacts
from notifications.letters.phrases import parse_phrase
from notifications.letters.voice_trials import trial_facts
from notifications.letters.voicebook import VoiceBook
from tests.notifications.letters.letter_samples import BAG, JOHN, LANGUAGES, PLATE, about, item, real_book

pytestmark = pytest.mark.slow

VOICES = sorted(real_book().voices["en"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", VOICES)
def test_every_voice_states_a_fault_and_only_a_fault_in_every_combination(language: str, key: str) -> None:
    book = real_book()
    themes = book.voices[language][key].theme_names[:1]
    for number, facts in enumerate(trial_facts(language, themes)):
        letter = compose_from(book, dataclasses.replace(facts, seed=str(number)))
        stated = facts_stated(letter.sentences, book.general[language])
        ours = any(each.reason != "lost" for each in facts.items)
        assert ({"sorry", "weighed", "inspected"} <= stated) is ours
        assert ours or not {"sorry", "weighed", "inspected"} & stated
        assert ours or "lost" in stated
        assert "thanks" in stated


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_alternatives_of_all_voices_together_stay_true(language: str) -> None:
    book = real_book()
    for voice in book.voices[language].values():
        for seed in range(25):
            for reason in ("missing", "damaged", "lost"):
                items = (item(reason=reason), item(PLATE, reason=reason))
                facts = about(
                    language=language, theme_names=voice.theme_names[:1], seed=str(seed), items=items
                )
                compose_from(book, facts)  # raises UntrueLetter where it would not be true


def problems_of(
    facts: LetterFacts, *, body: str | None = None, without: str = "", with_: str = ""
) -> list[str]:
    """What the check says of a letter about `facts` with a sentence taken out, or put in, or another body."""
    book = real_book()
    words = book.general[facts.language]
    letter = compose_from(book, facts)
    sentences = [
        text for text in letter.sentences if not without or without not in facts_stated([text], words)
    ]
    body = letter.body if body is None else body
    return check_truth(body=body, sentences=[*sentences, with_], words=words, facts=facts)


ALL_LOST = about(items=(item(reason="lost"),))
FOLLOWING = about(items=(item(delivery="following"),))
IN_PARCEL = about(in_parcel=True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("facts", "fact"),
    [
        (JOHN, "sorry"),
        (JOHN, "weighed"),
        (JOHN, "inspected"),
        (JOHN, "thanks"),
        (JOHN, "on_its_way"),
        (ALL_LOST, "lost"),
        (FOLLOWING, "following"),
        (IN_PARCEL, "arrived"),
    ],
)
def test_a_required_fact_taken_out_is_missed(language: str, facts: LetterFacts, fact: str) -> None:
    facts = dataclasses.replace(facts, language=language)
    assert problems_of(facts) == []
    assert f"missing: {fact}" in problems_of(facts, without=fact)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slot", ["sorry", "weighed", "inspected"])
def test_a_fault_claimed_where_all_was_lost_is_noticed(language: str, slot: str) -> None:
    facts = dataclasses.replace(ALL_LOST, language=language)
    for phrase in real_book().general[language][slot]:
        assert f"wrongly claimed: {slot}" in problems_of(facts, with_=phrase.text)


@pytest.mark.parametrize(
    ("cut", "missed"),
    [
        ("John", "missing: name"),
        ("75290-1", "missing: set number"),
        ("Mos Eisley Cantina", "missing: set name"),
        ("14", "missing: item 14"),
    ],
)
def test_a_name_or_thing_taken_out_is_missed(cut: str, missed: str) -> None:
    body = compose_from(real_book(), JOHN).body
    assert missed in problems_of(JOHN, body=body.replace(cut, ""))


def test_a_letter_about_nothing_does_not_leave() -> None:
    with pytest.raises(UntrueLetter, match="anything that was asked for"):
        compose_from(real_book(), about(items=()))


def test_bag_1_is_not_named_by_bag_14_nor_by_the_set_number() -> None:
    facts = about(items=(BAG, item(label="1")))
    body = compose_from(real_book(), JOHN).body
    assert "missing: item 1" in problems_of(facts, body=body)


def test_a_customer_called_sorry_states_no_fact() -> None:
    facts = dataclasses.replace(ALL_LOST, customer_name="Sorry Weigh Inspector")
    assert problems_of(facts) == []


def test_a_leftover_placeholder_is_noticed() -> None:
    body = compose_from(real_book(), JOHN).body + " {villain}"
    assert "leftover placeholder: {villain}" in problems_of(JOHN, body=body, with_="by {villain}")


def test_a_customer_called_like_a_placeholder_is_no_leftover() -> None:
    assert problems_of(about(customer_name="{villain}")) == []


def test_an_untrue_letter_does_not_leave() -> None:
    book = real_book()
    general = {**book.general["en"], "sorry": (parse_phrase("Oh well."),)}
    silent = VoiceBook(voices=book.voices, general={**book.general, "en": general})
    with pytest.raises(UntrueLetter) as caught:
        compose_from(silent, JOHN)
    assert caught.value.problems == ["missing: sorry"]
