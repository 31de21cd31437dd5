"""The mail's HTML is one whole document, right in both directions, asking nothing of any other host."""

import re

import pytest

from notifications.letters.composing import compose_from
from notifications.mail.page import mail_page
from tests.notifications.letters.letter_samples import BAG, LANGUAGES, PLATE, about, item, real_book


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_has_language_and_direction(language: str) -> None:
    document = compose_from(real_book(), about(language=language)).html_body
    direction = "rtl" if language == "fa" else "ltr"
    assert document.startswith(f'<!DOCTYPE html><html lang="{language}" dir="{direction}">')
    assert document.count(f'dir="{direction}"') >= 3


def test_persian_is_aligned_and_isolated_by_elements() -> None:
    document = compose_from(real_book(), about(language="fa", items=(BAG, PLATE))).html_body
    assert "text-align: right" in document
    assert re.search('<bdi dir="ltr"><span class="number"[^>]*>75290-1</span></bdi>', document)
    assert "<bdi>John</bdi>" in document
    assert not re.search("[\u2066-\u2069]", document.split("</head>")[1])
    assert document.count("<bdi") == document.count("</bdi>")


def test_nothing_is_fetched_and_nothing_runs() -> None:
    document = compose_from(real_book(), about(items=(BAG, PLATE))).html_body
    assert not re.search(r"<(img|script|link|iframe)|url\(|@import", document)
    assert re.findall(r"https?://[^\"<]+", document) == [
        "https://bag14.example/orders/B14-7K2M-9QXH/?token=abc"
    ]


def test_a_piece_is_shown_in_its_colour() -> None:
    document = compose_from(real_book(), about(items=(BAG, PLATE))).html_body
    assert 'bgcolor="#C91A09"' in document
    assert "2 × Plate 1 x 2, red" in document


def test_every_style_stands_at_its_element_and_only_dark_mode_in_the_head() -> None:
    document = compose_from(real_book(), about(items=(BAG, PLATE))).html_body
    head, _, body = document.partition("<body")
    (kept,) = re.findall(r"<style>(.*?)</style>", head, re.DOTALL)
    assert kept.strip().startswith("@media (prefers-color-scheme: dark)")
    assert re.search(r'<p class="greeting" style="[^"]*font-weight: bold', body)
    assert 'content="light dark"' in head


#: What Word, which draws mails in Outlook, does not know at all, and what it draws wrong (caniemail.com).
NOT_FOR_OUTLOOK = (
    r"display:\s*(flex|grid|inline-block)",
    r"\bfloat:",
    r"\bposition:",
    r"text-align:\s*(start|end)",
    r"margin:[^;\"]*auto",
    r"(padding|margin)-inline",
    r"\bopacity:",
    r"\bcalc\(|\bvar\(",
    r"\brgba?\(",
    r"background:[^;\"]*url",
    r"<(svg|button|form|video|div)",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_keeps_to_what_outlook_draws(language: str) -> None:
    items = (BAG, PLATE, item(BAG, label="15", delivery="following"))
    note = "Best wishes from Ada."
    letter = compose_from(real_book(), about(language=language, items=items, personal_note=note))
    page = mail_page(subject="Hello", body="Hello,\n\nhere:\nhttps://bag14.example/x", language=language)
    for document in (letter.html_body, page):
        body = document.partition("<body")[2]
        for pattern in NOT_FOR_OUTLOOK:
            assert not re.search(pattern, body), pattern
        # Word knows padding at cells only, and needs widths and colours as attributes.
        assert not re.search(r'<(p|a|span)[^>]* style="[^"]*padding: [^0]', body)
        assert body.count("<!--[if mso]>") == body.count("<![endif]-->") == 2
        assert re.search(r'<table class="sheet"[^>]* bgcolor="#fffdf8"', body)


def test_text_is_readable_in_light_and_in_dark() -> None:
    document = compose_from(real_book(), about(items=(BAG, PLATE))).html_body
    dark = document.partition("@media")[2].partition("</style>")[0]
    pairs = [("#23201a", "#fffdf8"), ("#8a3b12", "#fffdf8"), ("#5d574c", "#fffdf8")]
    pairs += [("#efe9dd", "#24211c"), ("#b9b1a2", "#24211c"), ("#f0a878", "#24211c")]
    for text, ground in pairs:
        assert text in (dark if ground == "#24211c" else document)
        assert contrast(text, ground) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG counts it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


LINK = "https://bag14.example/orders/B14-7K2M-9QXH/?token=abc"


def shown(document: str) -> str:
    """What a reader sees, and in brackets where it leads."""
    body = document.partition("<body")[2].partition(">")[2]
    linked = re.sub(r'<a [^>]*?href="([^"]+)"[^>]*>(.*?)</a>', r"\2 [\1]", body)
    return " ".join(re.sub(r"<[^>]+>|&nbsp;", "", linked).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_lead_to_the_page_are_the_link(language: str) -> None:
    facts = about(language=language)
    letter = compose_from(real_book(), facts)
    words = letter.data["status"]
    assert words.endswith(":")
    assert f"{words[:-1]} [{LINK}]" in shown(letter.html_body)
    assert letter.html_body.count("?token=") == 1, "no reader sees a token"
    assert f"{words}\n{LINK}" in letter.body, "plain text has nothing else"


def test_a_short_line_before_an_address_is_the_link_and_a_long_one_leaves_the_address_to_be_seen() -> None:
    long = "Somebody asked us to erase everything personal in your request; the link works for one day:"
    body = f"Yes, send me that one:\n{LINK}&answer=yes\n\n{long}\n{LINK}\n\nOr answer this mail.\n{LINK}"
    page = mail_page(subject="Hello", body=body, language="en")
    assert shown(page) == (
        f"Yes, send me that one [{LINK}&amp;answer=yes] {long}bag14.example/orders/B14-7K2M-9QXH [{LINK}]"
        f" Or answer this mail.bag14.example/orders/B14-7K2M-9QXH [{LINK}]"
    )


def test_an_address_amid_words_stays_as_it_was_written_and_ends_where_it_ends() -> None:
    page = mail_page(subject="Hello", body="Look at https://example.org/?a=b, please.", language="en")
    assert shown(page) == "Look at https://example.org/?a=b [https://example.org/?a=b], please."
