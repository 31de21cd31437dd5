"""The mail's HTML is one whole document, right in both directions, asking nothing of any other host."""

import re

import pytest

from notifications.composing import compose_from
from tests.notifications.letter_samples import BAG, LANGUAGES, PLATE, about, real_book


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_has_language_and_direction(language: str) -> None:
    document = compose_from(real_book(), about(language=language)).html_body
    direction = "rtl" if language == "fa" else "ltr"
    assert document.startswith(f'<!doctype html>\n<html lang="{language}" dir="{direction}">')
    assert document.count(f'dir="{direction}"') >= 2
    assert document.endswith("</html>\n")


def test_persian_is_aligned_and_isolated_by_elements() -> None:
    document = compose_from(real_book(), about(language="fa", items=(BAG, PLATE))).html_body
    assert "text-align:right" in document
    assert '<bdi dir="ltr">75290-1</bdi>' in document
    assert "<bdi>John</bdi>" in document
    assert not re.search("[\u2066-\u2069]", document.split("</head>")[1])
    assert document.count("<bdi") == document.count("</bdi>")


def test_nothing_is_fetched_and_nothing_runs() -> None:
    document = compose_from(real_book(), about(items=(BAG, PLATE))).html_body
    assert not re.search(r"<(img|script|link|style|iframe)|url\(", document)
    assert (
        re.findall(r"https?://[^\"<]+", document)
        == ["https://bag14.example/orders/B14-7K2M-9QXH/?token=abc"] * 2
    )


def test_a_piece_is_shown_in_its_colour() -> None:
    document = compose_from(real_book(), about(items=(BAG, PLATE))).html_body
    assert "background-color:#C91A09" in document
    assert "2 × Plate 1 x 2, red" in document


def test_the_letter_sets_no_background_so_that_dark_mailers_keep_theirs() -> None:
    document = compose_from(real_book(), about()).html_body
    assert "background" not in document
    assert 'content="light dark"' in document
