"""Strings that break software, as customer, builder, set, city: printed as typed, or found unprintable beforehand."""

import html
import os
import re
from pathlib import Path

import pytest

from notifications.cleaning import clean_line
from notifications.letters.composing import compose_from
from notifications.print.typesetting import missing_glyphs, typeset
from notifications.wording import without_isolates
from tests.notifications.letters.letter_samples import LANGUAGES, about, pages_of, real_book, text_of

pytestmark = [pytest.mark.once, pytest.mark.slow]

#: The well-known list of naughty strings, where the machine has it; ours are enough to find each kind of trouble.
FOLDER = Path(os.environ.get("CATALOG_DATA") or Path(__file__).parents[3] / "shared/data")
OUR_OWN = [
    '#eval("1 + 1")',
    '#read("/etc/passwd")',
    "#let x = 1; #x",
    "#{1+1}",
    "$ sum_(i=0)^n $",
    "@reference <label> *bold* _it_ `raw` //comment",
    "\\u{41} \\ # \\#",
    "[content] ~ -- --- ... ' \"",
    "{{ settings.SECRET_KEY }}",
    "{% debug %}{% include 'x' %}",
    "{0.__class__}",
    "{name} {villain} {things}",
    "%(name)s %s %d",
    "${7*7} <%= 7*7 %>",
    "=1+1",
    '<script>alert("x")</script>',
    '"><img src=x onerror=alert(1)>',
    "Robert'); DROP TABLE orders;--",
    "W" * 200,
    "ئ" * 200,
    "👩‍🚀 Emma 🦄",
    "王小明",
    "علی Smith علی",
    "Smith (علی) 14",
    "שלום",
    "\u202eevil\u202c",
    "a\u0000b\u0007c",
    "Z̷̡a̴l̵g̶o̷",
    "ﬁ ﬂ ½ ² ™ €",
    "e\u0301 é",
    "\t\r\n",
    "null undefined NaN None True",
    "1;DROP 0x0 1/0 -1.00",
    "..",
    "/",
    "﷽",
]


def naughty_strings() -> list[str]:
    path = FOLDER / "naughty_strings.txt"
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    theirs = [line for line in lines if line and not line.startswith("#")]
    return list(dict.fromkeys([*OUR_OWN, *theirs]))


STRINGS = naughty_strings()
PRINTABLE = [text for text in STRINGS if clean_line(text) and not missing_glyphs(clean_line(text))]


def test_some_are_printed_and_some_wait() -> None:
    assert len(PRINTABLE) > 20
    assert [each for each in ("👩‍🚀 Emma 🦄", "王小明", "שלום") if each in PRINTABLE] == []
    assert {'#eval("1 + 1")', "{{ settings.SECRET_KEY }}", "{0.__class__}"} <= set(PRINTABLE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_stands_in_text_and_mail_as_it_was_typed(language: str) -> None:
    for text in STRINGS:
        letter = compose_from(
            real_book(), about(language=language, customer_name=text, builder_name=text, set_name=text)
        )
        shown = clean_line(text)
        assert shown in without_isolates(letter.body)
        seen = html.unescape(re.sub(r"<(?!!--)[^>]*>", "", letter.html_body))
        assert shown in seen, text
        assert not re.search(r"<(script|img|iframe|svg|marquee|object|embed|link)", letter.html_body)


def bare(text: str) -> str:
    """Without what a page may break or turn: spaces, marks that join, and what stands for one sign."""
    return re.sub(r"[\s\u200c\u200d\u00ad]", "", text)


def check_page(text: str) -> None:
    """The page of a letter to a customer of this name about a set and a builder of this name."""
    letter = compose_from(
        real_book(), about(customer_name=text, builder_name=text, set_name=text, age_band="18+")
    )
    pdf = typeset(letter.template, letter.data)
    assert pages_of(pdf) <= 3
    printed = text_of(pdf)
    if re.fullmatch(r"[ -~]+", clean_line(text)):
        assert bare(clean_line(text)) in bare(printed), text
    assert "B14-7K2M-9QXH" in printed
    assert "root:x:" not in printed
    label = {
        "lines": [text, "1 Main St", text],
        "number": "B14-7K2M-9QXH",
        "return_lines": ["Bag 14", "Parts desk"],
    }
    assert pages_of(typeset("address_label@1", label)) == 1


@pytest.mark.parametrize("text", [text for text in OUR_OWN if text in PRINTABLE])
def test_ours_are_printed_as_typed_and_evaluated_by_nothing(text: str) -> None:
    check_page(text)


def test_a_sample_of_the_list_is_printed_as_typed() -> None:
    for text in PRINTABLE[::12]:
        check_page(text)


@pytest.mark.long
def test_the_whole_list_is_printed_as_typed() -> None:
    for text in PRINTABLE:
        check_page(text)
