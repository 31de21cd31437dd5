"""A letter speaks in its theme's voice, names what was asked for, and is made again identically."""

import csv
import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest

from notifications.letters.composing import ComposedLetter, compose_from
from notifications.letters.facts import LetterFacts
from notifications.letters.voicebook import VoicesNotLoaded
from notifications.wording import without_isolates
from tests.notifications.letters.letter_samples import BAG, JOHN, LANGUAGES, PLATE, about, item, real_book


def letter(facts: LetterFacts) -> ComposedLetter:
    return compose_from(real_book(), facts)


def plain(facts: LetterFacts) -> str:
    return without_isolates(letter(facts).body)


SAMPLE = Path(__file__).parents[3] / "catalog" / "sample"
SEEDS = [f"seed-{number}" for number in range(40)]


@pytest.mark.parametrize("seed", SEEDS)
def test_john_hears_of_lord_vader_and_of_han_who_has_been_hired_to_bring_bag_14(seed: str) -> None:
    body = plain(about(seed=seed))
    for words in (
        "Lord Vader",
        "Han has been hired to bring you bag 14",
        "John",
        "Mos Eisley Cantina",
        "75290-1",
    ):
        assert words in body
    assert "on the way" in body


def test_same_facts_make_the_same_letter() -> None:
    assert letter(JOHN) == letter(about())


def test_another_seed_makes_another_letter() -> None:
    assert len({letter(about(seed=seed)).body for seed in SEEDS}) > 35


def test_a_sub_theme_speaks_like_the_theme_above_it() -> None:
    book = real_book()
    assert book.voice_for(("Star Wars Episode 4/5/6", "Star Wars"), "en").key == "star-wars"
    assert book.voice_for(("Modular Buildings", "Creator"), "es").key == "icons"


def test_a_set_speaks_like_its_own_theme_before_the_one_above_it() -> None:
    assert real_book().voice_for(("Minecraft", "City"), "en").key == "minecraft"


def test_a_theme_without_a_voice_gets_the_neutral_one() -> None:
    assert real_book().voice_for(("Bulk Bricks",), "fa").key == "neutral"
    assert real_book().voice_for((), "en").key == "neutral"


def test_theme_names_match_in_any_case() -> None:
    assert real_book().voice_for(("NINJAGO",), "en").key == "ninjago"


def test_a_language_without_voices_is_said_so() -> None:
    with pytest.raises(VoicesNotLoaded, match="'de'"):
        letter(about(language="de"))


def test_one_bag_is_named_in_the_sentence_and_in_no_list() -> None:
    assert "–" not in plain(JOHN)


def test_bag_and_pieces_are_named_as_one_would_say_it() -> None:
    assert "bag 14 and two red plates" in plain(about(items=(BAG, PLATE)))
    assert "la bolsa 14 y dos placas de color rojo" in plain(about(items=(BAG, PLATE), language="es"))
    assert "کیسۀ 14 و دو صفحۀ قرمز" in plain(about(items=(BAG, PLATE), language="fa"))


def test_one_piece_is_singular() -> None:
    one = item(PLATE, quantity=1)
    assert "one red plate" in plain(about(items=(one,)))
    assert "una placa de color rojo" in plain(about(items=(one,), language="es"))


def test_several_bags_share_one_word() -> None:
    bags = tuple(item(label=label) for label in ("3A", "3B", "14"))
    assert "bags 3A, 3B, and 14" in plain(about(items=bags))
    assert "las bolsas 3A, 3B y 14" in plain(about(items=bags, language="es"))
    assert "کیسه‌های 3A، 3B و 14" in plain(about(items=bags, language="fa"))


def test_the_same_plates_in_two_lines_are_counted_together() -> None:
    assert "five red plates" in plain(about(items=(PLATE, item(PLATE, label="Plate 2 x 2", quantity=3))))


def test_many_kinds_are_counted_in_the_sentence_and_named_in_the_list() -> None:
    pieces = tuple(
        item(PLATE, label=f"Plate 1 x {number}", color_name=f"Color {number}") for number in range(40)
    )
    body = plain(about(items=pieces))
    assert "80 pieces" in body
    assert all(f"– 2 × Plate 1 x {number}, color {number}" in body for number in range(40))


def test_a_piece_without_a_colour_is_just_a_piece() -> None:
    assert "two pieces" in plain(about(items=(item(PLATE, color_name="[No Color/Any Color]"),)))


def test_a_colour_without_a_word_keeps_the_name_of_the_catalogue() -> None:
    assert "speckle black-silver" in plain(
        about(items=(item(PLATE, color_name="Speckle Black-Silver"),), language="es")
    )


@pytest.mark.parametrize("language", ["es", "fa"])
def test_every_colour_of_the_sample_has_a_word_of_the_language(language: str) -> None:
    with (SAMPLE / "colors.csv").open(encoding="utf-8") as file:
        names = {row["name"].casefold() for row in csv.DictReader(file) if not row["name"].startswith("[")}
    words = real_book().general[language]
    assert not [name for name in names if f"color.{name}" not in words]


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "November 21, 2026"), ("es", "21 de noviembre de 2026"), ("fa", "۳۰ آبان ۱۴۰۵")],
)
def test_the_date_is_written_as_the_language_writes_it(language: str, written: str) -> None:
    assert letter(about(language=language)).data["date"] == written


def test_persian_sets_numbers_and_names_apart() -> None:
    body = letter(about(language="fa", items=(BAG, PLATE))).body
    assert "\u206675290-1\u2069" in body
    assert "\u2068John\u2069" in body
    assert "\nhttps://bag14.example/orders/B14-7K2M-9QXH/?token=abc\n" in body
    assert len(re.findall("[\u2066\u2068]", body)) == body.count("\u2069")


def test_an_english_letter_sets_only_a_name_of_the_other_direction_apart() -> None:
    assert "\u2069" not in letter(JOHN).body
    assert "\u2068سارا\u2069" in letter(about(customer_name="سارا")).body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("age_band", ["0-6", "7-12", "13-17", "18+", ""])
def test_the_builder_is_spoken_to(language: str, age_band: str) -> None:
    assert "Emma" in plain(about(language=language, builder_name="Emma", age_band=age_band))


def test_a_child_hears_it_in_the_voice_of_the_theme_and_a_grown_up_does_not() -> None:
    voice = real_book().voices["en"]["star-wars"]
    child = letter(about(builder_name="Emma", age_band="7-12")).sentences
    grown = letter(about(builder_name="Emma", age_band="18+")).sentences
    spoken = {phrase.text for phrase in voice.phrases["builder_child"]}
    assert spoken & set(child)
    assert not spoken & set(grown)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("builder", ["John", "john smith"])
@pytest.mark.parametrize("age_band", ["18+", ""])
def test_no_builder_sends_regards_to_the_reader(language: str, builder: str, age_band: str) -> None:
    own, regards = (
        {phrase.text for phrase in real_book().general[language][slot]}
        for slot in ("builder_self", "builder_grown")
    )
    asked = about(customer_name="John Smith", builder_name=builder, age_band=age_band, language=language)
    assert own & set(letter(asked).sentences)
    someone = set(letter(about(customer_name="Johnny", builder_name="John", language=language)).sentences)
    assert regards & someone
    assert not own & someone


BROKEN_TOO = item(PLATE, reason="damaged")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_villain_with_two_names_is_introduced_once(language: str) -> None:
    for seed, voice in itertools.product(SEEDS[:8], real_book().voices[language].values()):
        again = voice.phrases.get("villain_again")
        facts = about(
            seed=seed, language=language, theme_names=voice.theme_names, items=(BAG, BROKEN_TOO), tone=""
        )
        opening = plain(facts).split("\n\n")[1].casefold()
        if again:
            rest = opening.replace(voice.villain.casefold(), "", 1)
            assert voice.villain.casefold() not in rest, opening
            assert again[0].text.casefold() in rest, opening
        alone = plain(replace(facts, items=(BROKEN_TOO,))).split("\n\n")[1].casefold()
        assert voice.villain.casefold() in alone, "where nothing was missing, the broken thing introduces it"


_CLAUSE = re.compile(r"[.,;:!?،؛…“”«»]")
#: Of these a letter has one at most.
_EITHER_OR = ({"arrived", "arrived_instead", "substituted"}, {"builder_grown", "builder_self"})


def test_no_letter_says_the_same_twice() -> None:
    """No two slots that can meet in one letter share a clause of four words or more."""
    twice = []
    for language, voices in real_book().voices.items():
        shared = {slot: each for slot, each in real_book().general[language].items() if "." not in slot}
        for voice in voices.values():
            slots = {**shared, **voice.phrases}
            clauses = {
                slot: {part.strip().casefold() for each in slots[slot] for part in _CLAUSE.split(each.text)}
                for slot in slots.keys() - {"subject"}
            }
            for one, other in itertools.combinations(sorted(clauses), 2):
                same = {part for part in clauses[one] & clauses[other] if len(part.split()) >= 4}
                if same and not any({one, other} <= group for group in _EITHER_OR):
                    twice.append((language, voice.key, one, other, same))
    assert not twice


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_signature_does_not_repeat_who_sends_it(language: str) -> None:
    """“From all of us, and the goat, all of us at Bag 14.”"""
    signature = real_book().general[language]["signature"][0].text
    opening = " ".join(signature.split()[:2])
    assert signature.endswith("Bag 14"), "a name is the same in every language, on the pages and in the mails"
    for voice in real_book().voices[language].values():
        assert not [
            each.text for each in voice.phrases["farewell"] if opening.casefold() in each.text.casefold()
        ]


def test_a_second_request_is_thanked_for_its_patience() -> None:
    again = {phrase.text for phrase in real_book().general["en"]["again"]}
    assert again & set(letter(about(follows=True)).sentences)
    assert not again & set(letter(JOHN).sentences)


def test_a_word_to_the_packers_is_acknowledged() -> None:
    note = {phrase.text for phrase in real_book().general["en"]["packing_note"]}
    assert note & set(letter(about(wrote_to_packing_team=True)).sentences)
    assert not note & set(letter(JOHN).sentences)


def test_what_follows_and_what_was_substituted_is_said() -> None:
    items = (
        BAG,
        item(PLATE, delivery="following"),
        item(PLATE, label="Brick 2 x 4", color_name="Blue", delivery="substituted"),
    )
    body = plain(about(items=items, in_parcel=True))
    assert "two red plates will follow" in body
    assert "here in this parcel" in body
    assert "– 2 × Plate 1 x 2, red (follows later)" in body
    assert "– 2 × Brick 2 x 4, blue (a substitute)" in body


def test_a_parcel_of_nothing_but_substitutes_does_not_claim_what_was_asked_for() -> None:
    for language in LANGUAGES:
        general = real_book().general[language]
        for number in range(12):
            made = letter(
                about(
                    items=(item(PLATE, delivery="substituted"), item(delivery="following")),
                    in_parcel=True,
                    language=language,
                    seed=f"seed {number}",
                )
            )
            said = set(made.sentences)
            assert len(said & {phrase.text for phrase in general["arrived_instead"]}) == 1
            assert len(said & {phrase.text for phrase in general["following"]}) == 1
            assert not said & {phrase.text for slot in ("arrived", "substituted") for phrase in general[slot]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_neutral_voice_has_no_hero_in_its_subject(language: str) -> None:
    hero = real_book().voice_for((), language, "serious").hero
    made = [letter(about(language=language, tone="serious", seed=f"seed {number}")) for number in range(20)]
    assert not any(hero.casefold() in each.subject.casefold() for each in made)
    assert len({each.subject for each in made}) == 3


def test_a_piece_of_unknown_element_number_is_shown_by_its_part_number() -> None:
    for language, element, part in (
        ("en", "element 302321", "part 3023"),
        ("es", "elemento 302321", "pieza 3023"),
        ("fa", "شمارۀ \u2066302321\u2069", "قطعۀ \u20663023\u2069"),
    ):
        items = (PLATE, item(PLATE, element_id=""), item(PLATE, element_id="", part_num=""))
        rows = letter(about(items=items, language=language)).data["items"]
        assert [row["element"] for row in rows] == [element, part, ""]


def test_a_bag_is_named_without_what_was_left_out_of_it() -> None:
    plate = item(PLATE, quantity=1, delivery="left_out", of_bag="14")
    for language in LANGUAGES:
        made = letter(about(items=(BAG, plate), in_parcel=True, language=language))
        said = {phrase.text for phrase in real_book().general[language]["left_out"]}
        assert len(said & set(made.sentences)) == 1
        assert [bool(row["delivery"]) for row in made.data["items"]] == [False, True]
    opening = plain(about(items=(BAG, plate), in_parcel=True)).split("\n\n")[1]
    assert "plate" not in opening, "the villain took the bag; the plate is not asked for beside it"


def test_nothing_on_the_shelf_promises_no_parcel_on_its_way() -> None:
    body = plain(about(items=(item(delivery="following"),)))
    assert "ag 14 will follow" in body
    assert "on the way" not in body


def test_a_personal_note_stands_in_the_letter_as_written() -> None:
    assert "Good luck!\n\nGreet the dog." in plain(about(personal_note="Good luck!\r\n\r\nGreet the dog."))


def test_a_sentence_begins_with_a_capital_whatever_name_opens_it() -> None:
    for seed, theme in itertools.product(SEEDS, ("Technic", "Space", "Icons", "Bulk Bricks", "Castle")):
        body = plain(about(seed=seed, theme_names=(theme,), builder_name="Ada", age_band="7-12"))
        assert not re.search(r"[.!?] [a-z]", body), body


def test_what_stands_on_a_sign_begins_with_a_capital() -> None:
    made = [plain(about(seed=seed, theme_names=("Botanicals",))) for seed in SEEDS]
    assert any("“Bag 14. Please do not disturb.”" in body for body in made)
    assert not any("“bag 14" in body for body in made)


@pytest.mark.slow
def test_spanish_never_lets_a_preposition_meet_its_article_unmerged() -> None:
    for seed, voice in itertools.product(SEEDS, real_book().voices["es"].values()):
        for reason in ("missing", "damaged", "lost"):
            facts = about(
                language="es", seed=seed, theme_names=voice.theme_names, items=(item(reason=reason),)
            )
            assert not re.search(r"\b(de|a) el\b", plain(facts)), plain(facts)
        both = about(language="es", seed=seed, theme_names=voice.theme_names, items=(BAG, BROKEN_TOO))
        assert not re.search(r"\b(de|a) el\b", plain(both)), plain(both)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_subject_is_one_line_and_names_the_set(language: str) -> None:
    for seed in SEEDS:
        subject = letter(about(language=language, seed=seed)).subject
        assert "Mos Eisley Cantina" in subject
        assert "\n" not in subject
