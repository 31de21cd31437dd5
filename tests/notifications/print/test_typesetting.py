"""Pages are a pure function of their data: complete, the same bytes again, and whole for any number of items."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import typst
from pypdf import PdfReader

from notifications.letters.composing import compose_from
from notifications.letters.facts import LetterFacts
from notifications.print import typesetting
from notifications.print.typesetting import typeset
from tests.notifications.letters.letter_samples import (
    BAG,
    JOHN,
    LANGUAGES,
    PLATE,
    about,
    item,
    pages_of,
    real_book,
    text_of,
)

pytestmark = pytest.mark.slow

TEMPLATES_FOLDER = Path(typesetting.__file__).parent / "typst"


def pdf_of(facts: LetterFacts) -> bytes:
    letter = compose_from(real_book(), facts)
    return typeset(letter.template, letter.data)


def test_the_same_letter_is_the_same_bytes_again() -> None:
    assert pdf_of(JOHN) == pdf_of(about())


def test_another_order_in_between_leaves_nothing_behind() -> None:
    first = pdf_of(JOHN)
    pdf_of(about(customer_name="Zed", language="fa"))
    assert pdf_of(JOHN) == first


def test_johns_page_says_it_all() -> None:
    text = " ".join(text_of(pdf_of(about(builder_name="Emma", age_band="7-12"))).split())
    for words in (
        "John",
        "Mos Eisley Cantina",
        "75290-1",
        "Lord Vader",
        "Han",
        "bag 14",
        "Emma",
        "B14-7K2M-9QXH",
    ):
        assert words in text


def test_every_voice_has_a_drawing_of_its_own() -> None:
    drawings = (TEMPLATES_FOLDER / "ornaments.typ").read_text(encoding="utf-8")
    ornaments = [voice.ornament for voice in real_book().voices["en"].values()]
    assert len(set(ornaments)) == len(ornaments)
    assert all(f'"{ornament}": {ornament},' in drawings for ornament in ornaments)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [1, 3, 6])
def test_a_letter_of_few_items_fits_one_page(language: str, count: int) -> None:
    for seed in range(6):
        items = (BAG, *(item(PLATE, label=f"Plate 1 x {number}") for number in range(1, count)))
        assert pages_of(pdf_of(about(language=language, items=items, seed=str(seed)))) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_forty_items_are_enclosed_on_pages_of_their_own(language: str) -> None:
    items = tuple(
        item(PLATE, label=f"Technic Axle Pin {number}L with Friction Ridges") for number in range(40)
    )
    pdf = pdf_of(about(language=language, items=items))
    text = " ".join(text_of(pdf).split())
    assert 2 <= pages_of(pdf) <= 4
    assert all(f"Technic Axle Pin {number}L with Friction Ridges" in text for number in range(40))
    letter = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert "75290-1" in letter
    assert "Technic Axle Pin" not in letter


def test_persian_text_carries_no_invisible_characters_out_of_the_page() -> None:
    text = text_of(pdf_of(about(language="fa", customer_name="سارا", items=(BAG, PLATE))))
    assert not set(text) & set("\u2066\u2067\u2068\u2069\u202a\u202b\u202c")
    for words in ("75290-1", "Mos Eisley Cantina", "Plate 1 x 2", "سارا", "B14-7K2M-9QXH"):
        assert words in text


def test_only_our_own_fonts_are_used() -> None:
    assert b"IBMPlexSerif" in pdf_of(JOHN)
    assert b"Libertinus" not in pdf_of(JOHN)


SLIP: dict[str, Any] = {
    "number": "B14-7K2M-9QXH",
    "slot": "3",
    "set_num": "75290-1",
    "set_name": "Mos Eisley Cantina",
    "shipped_on": "November 21, 2026",
    "language": "en",
    "lines": [
        {
            "label": "Bag 14",
            "detail": "A-03-2-14",
            "color_name": "",
            "color_rgb": "",
            "quantity": 1,
            "note": "",
        },
        {
            "label": "Plate 1 x 2",
            "detail": "302321",
            "color_name": "Red",
            "color_rgb": "C91A09",
            "quantity": 2,
            "note": '#eval("1")',
        },
    ],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_packing_slip_names_number_slot_and_lines(language: str) -> None:
    text = text_of(typeset("packing_slip@1", {**SLIP, "language": language}))
    for words in ("B14-7K2M-9QXH", "75290-1", "Bag 14", "A-03-2-14", "Plate 1 x 2", '#eval("1")'):
        assert words in text


def test_a_slip_of_a_hundred_lines_has_several_pages_and_all_of_them() -> None:
    lines = [{**SLIP["lines"][0], "label": f"Bag {number}"} for number in range(100)]
    pdf = typeset("packing_slip@1", {**SLIP, "lines": lines})
    assert pages_of(pdf) > 2
    assert "Bag 99" in text_of(pdf)


def test_an_address_label_has_both_addresses_on_one_page() -> None:
    lines = [
        "Johanna von und zu " + "Langenname" * 8,
        "1 Main St",
        "Apt 4",
        "Springfield, IL 62701",
        "",
        "USA",
    ]
    pdf = typeset(
        "address_label@1", {"lines": lines, "number": "B14-7K2M-9QXH", "return_lines": ["Bag 14", "X"]}
    )
    assert pages_of(pdf) == 1
    text = text_of(pdf).replace("\n", "").replace("\u200b", "")
    assert all(line in text for line in lines)


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(ValueError, match="letter@99"):
        typeset("letter@99", {})


def test_data_that_lacks_something_is_an_error_and_the_next_page_is_fine() -> None:
    broken = {key: value for key, value in compose_from(real_book(), JOHN).data.items() if key != "greeting"}
    with pytest.raises(typst.TypstError):
        typeset("letter@1", broken)
    assert pdf_of(JOHN)


def test_threads_have_compilers_of_their_own() -> None:
    ready = threading.Barrier(4)

    def work(_: int) -> bytes:
        ready.wait()
        return pdf_of(JOHN)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(work, range(4))) == {pdf_of(JOHN)}
