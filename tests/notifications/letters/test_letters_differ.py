"""Hundreds of letters do not read like one, and each says what it must."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, cycle

import pytest

from notifications.letters.checks import check_truth
from notifications.letters.composing import ComposedLetter, compose_from
from notifications.letters.facts import AskedItem, LetterFacts
from notifications.letters.seed_choice import freshest_seed
from notifications.print.typesetting import typeset
from notifications.wording import without_isolates
from tests.notifications.letters.letter_samples import (
    BAG,
    LANGUAGES,
    PLATE,
    about,
    item,
    pages_of,
    real_book,
    text_of,
)

pytestmark = [pytest.mark.once, pytest.mark.slow]

LETTERS = 312  # eight for each voice in each language
NAMES = ("John", "María José", "سارا", "Zoë", "O'Neill", "李 Ng", "Wilhelmina", "Åsa")
BUILDERS = (("", ""), ("Emma", "0-6"), ("Ben", "7-12"), ("Noor", "13-17"), ("Ada", "18+"))
SETS = (("75290-1", "Mos Eisley Cantina"), ("10370-1", "Poinsettia"), ("42100-1", "Excavator"))
KINDS: tuple[tuple[AskedItem, ...], ...] = (
    (BAG,),
    (item(reason="damaged"),),
    (item(reason="lost"),),
    (BAG, PLATE),
    (item(PLATE, reason="lost"), item(reason="damaged")),
    (item(PLATE, quantity=1), item(label="3B"), item(label="9", reason="lost")),
    (BAG, item(label="15", delivery="following")),
    (item(PLATE, delivery="substituted"), item(delivery="following")),
)


def hundreds() -> Iterator[tuple[LetterFacts, ComposedLetter]]:
    """All voices, all languages, all kinds of request; each seed chosen beside the letters before it."""
    book = real_book()
    recent: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    names, builders = cycle(NAMES), cycle(BUILDERS)
    number = 0
    while number < LETTERS:
        for language in LANGUAGES:
            for voice in book.voices[language].values():
                kind = KINDS[(number // 39) % len(KINDS)]
                builder, age = next(builders)
                set_num, set_name = SETS[number % len(SETS)]
                facts = about(
                    language=language,
                    theme_names=voice.theme_names[:1],
                    customer_name=next(names),
                    builder_name=builder,
                    age_band=age,
                    set_num=set_num,
                    set_name=set_name,
                    items=kind,
                    number=f"B14-{number:04d}-TEST",
                    wrote_to_packing_team=number % 3 == 0,
                    follows=number % 5 == 0,
                    in_parcel=any(each.delivery != "coming" for each in kind),
                )
                alike = recent[language, voice.key, set_num]
                seed = freshest_seed(book, facts, number=facts.number, recent=alike[-100:])
                alike.append(seed)
                facts = about_again(facts, seed)
                yield facts, compose_from(book, facts)
                number += 1


def about_again(facts: LetterFacts, seed: str) -> LetterFacts:
    return replace(facts, seed=seed)


@pytest.fixture(scope="module")
def letters() -> list[tuple[LetterFacts, ComposedLetter]]:
    return list(hundreds())


def skeleton(facts: LetterFacts, letter: ComposedLetter) -> str:
    """The letter with names, sets, pieces and numbers masked."""
    text = without_isolates(letter.body)
    typed = [facts.customer_name, facts.builder_name, facts.set_name, facts.set_num, facts.status_url]
    typed += [part for each in facts.items for part in (each.label, each.color_name, each.element_id)]
    for name in sorted(filter(None, typed), key=len, reverse=True):
        text = text.replace(name, "_")
    return re.sub(r"[\d۰-۹]+", "0", text)


def test_no_skeleton_is_used_more_than_three_times(letters: list[tuple[LetterFacts, ComposedLetter]]) -> None:
    assert len(letters) == LETTERS
    counts = Counter(skeleton(facts, letter) for facts, letter in letters)
    assert max(counts.values()) <= 3


def test_each_says_all_it_must_and_nothing_else(letters: list[tuple[LetterFacts, ComposedLetter]]) -> None:
    book = real_book()
    for facts, letter in letters:
        words = book.general[facts.language]
        assert not check_truth(body=letter.body, sentences=letter.sentences, words=words, facts=facts)
        assert not re.search(r"\{[a-z_]+\}", letter.body)
        assert "  " not in letter.body


def sentences(letter: ComposedLetter) -> set[str]:
    """The letter's own sentences, as a reader counts them: without address, link and signature."""
    texts = [letter.data["greeting"], letter.data["farewell"], letter.data["status"]]
    texts += [each["text"] for each in letter.data["paragraphs"] if each["kind"] != "items"]
    return {part for text in texts for part in re.split(r"(?<=[.!?…])\s+", without_isolates(text)) if part}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", ["missing", "damaged", "lost"])
def test_of_a_hundred_letters_about_the_same_bag_no_two_share_more_than_half(
    language: str, reason: str
) -> None:
    """Each customer is another one, the set, the line and the language are the same."""
    book = real_book()
    for voice in book.voices[language].values():
        theme = voice.theme_names[:1]
        seeds: list[str] = []
        read: list[set[str]] = []
        # Letters about lost pieces have fewer sentences, and so there are fewer that differ by half.
        many = 60 if reason == "lost" else 100
        for number in range(many if voice.key == "star-wars" else 12):
            facts = about(language=language, theme_names=theme, items=(item(reason=reason),))
            seeds.append(
                freshest_seed(book, facts, number=f"B14-{number:04d}-{voice.key}", recent=seeds[-100:])
            )
            read.append(sentences(compose_from(book, about_again(facts, seeds[-1]))))
        for one, other in combinations(read, 2):
            assert len(one & other) <= min(len(one), len(other)) / 2, one & other


def test_control_letters_that_do_not_look_at_one_another_sometimes_read_alike() -> None:
    book, seeds = real_book(), [f"B14-{number:04d}-star-wars" for number in range(100)]
    read = [sentences(compose_from(book, about(seed=seed))) for seed in seeds]
    assert any(len(one & other) > min(len(one), len(other)) / 2 for one, other in combinations(read, 2))


def test_a_second_letter_to_the_same_household_is_another_letter() -> None:
    book, first = real_book(), "B14-AAAA-AAAA"
    read = sentences(compose_from(book, about(seed=first)))

    def repeats(seed: str) -> bool:
        again = sentences(compose_from(book, about(seed=seed)))
        return len(read & again) > min(len(read), len(again)) / 2

    numbers = [f"B14-{number:04d}-HOME" for number in range(400)]
    alike = [number for number in numbers if repeats(number)]
    assert alike, "control: without a look at the first, some second letters would repeat it"
    seeds = [freshest_seed(book, about(), number=number, recent=[first]) for number in alike]
    assert not any(repeats(seed) for seed in seeds)
    assert seeds == [freshest_seed(book, about(), number=number, recent=[first]) for number in alike]


def test_the_page_of_each_voice_and_language_reads_as_it_was_written(
    letters: list[tuple[LetterFacts, ComposedLetter]],
) -> None:
    """What can be copied out of the PDF is the text."""
    for facts, letter in letters[:26]:
        pdf = typeset(letter.template, letter.data)
        assert pages_of(pdf) == 1
        printed = squeezed(text_of(pdf))
        texts = [each["text"] for each in letter.data["paragraphs"] if each["kind"] == "text"]
        missing = [word for text in texts for word in words_of(text) if word not in printed]
        assert not missing, (facts.language, missing)


def words_of(text: str) -> list[str]:
    """Words long enough that the order of their letters shows."""
    return [word for word in re.findall(r"[^\W\d_]+", squeezed(text, " ")) if len(word) > 3]


def squeezed(text: str, space: str = "") -> str:
    """Without the joiners that may stand between letters; white space as `space`."""
    return re.sub(r"\s+", space, re.sub("[\u200c\u00ad\u202a-\u202c\u2066-\u2069]", "", text))
