"""What a stranger types is printed as typed, in text, HTML and PDF, and never steers or runs anything."""

from html.parser import HTMLParser

import pytest

from notifications.cleaning import NAME_LIMIT, clean_line, clean_note
from notifications.letters.composing import compose_from
from notifications.letters.facts import LetterFacts
from notifications.print.typesetting import missing_glyphs, typeset
from notifications.wording import without_isolates
from tests.notifications.letters.letter_samples import (
    LANGUAGES,
    PLATE,
    about,
    item,
    pages_of,
    real_book,
    text_of,
)

HOSTILE = [
    '#eval("1")',
    '#read("/etc/passwd")',
    "{{ settings.SECRET_KEY }}",
    "{% debug %}",
    "{name}",
    "$villain",
    "{0.__class__}",
    "%(name)s",
    "<b>x</b>",
    "<script>alert(1)</script>",
    "\\u{41} *bold* _x_ `raw` @ref = $x$",
    "'\"&amp;",
]


class _Text(HTMLParser):
    """Collects what a reader sees, and the elements there are."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.seen = ""
        self.tags: set[str] = set()
        self.feed(document)

    def handle_data(self, data: str) -> None:
        self.seen += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_printed_as_typed(name: str, language: str) -> None:
    facts = about(language=language, customer_name=name, builder_name=name, set_name=name)
    letter = compose_from(real_book(), facts)
    assert name in without_isolates(letter.body)
    page = _Text(letter.html_body)
    assert name in page.seen
    assert page.tags <= _Text(compose_from(real_book(), about()).html_body).tags | {"bdi"}
    printed = text_of(typeset(letter.template, letter.data)).replace("\n", "").replace(" ", "")
    if language != "fa":  # the extractor puts runs of two directions into an order of its own
        assert name.replace(" ", "") in printed


@pytest.mark.parametrize("field", ["customer_name", "builder_name", "set_name"])
def test_a_name_of_200_characters_without_a_space_stays_on_the_page(field: str) -> None:
    letter = compose_from(real_book(), about(**{field: "W" * 200}))
    pdf = typeset(letter.template, letter.data)
    text = text_of(pdf)
    assert "W" * 200 in text.replace("\n", "")
    assert max(len(line) for line in text.splitlines() if "WWW" in line) < 60
    assert pages_of(pdf) <= 2


def test_characters_that_steer_are_taken_out() -> None:
    assert clean_line("Jo\u202ehn\x00\u2066\u200f\ufeff") == "John"
    assert clean_line("a\tb\nc\u2028d") == "a b c d"


def test_joiners_stay_since_persian_words_and_emoji_need_them() -> None:
    assert clean_line("می\u200cروم") == "می\u200cروم"
    assert clean_line("👩\u200d🚀") == "👩\u200d🚀"


def test_a_name_of_10000_characters_is_cut() -> None:
    assert len(clean_line("x" * 10_000)) == NAME_LIMIT


def test_a_note_keeps_its_paragraphs_and_no_more() -> None:
    assert clean_note(" a \r\n\n\n\n b\u202e ") == "a\n\nb"


def test_a_name_of_nothing_but_control_characters_is_greeted_as_a_friend() -> None:
    assert "friend" in compose_from(real_book(), about(customer_name="\u202e\x00")).body


@pytest.mark.parametrize("rgb", ["red;background:url(//evil)", "<b>", "12345", "1234567"])
def test_a_colour_that_is_none_reaches_no_style(rgb: str) -> None:
    letter = compose_from(real_book(), about(items=(item(PLATE, color_rgb=rgb),)))
    assert rgb not in letter.html_body
    assert letter.data["items"][0]["rgb"] == ""


def test_a_link_is_escaped_in_its_attribute() -> None:
    facts: LetterFacts = about(status_url='https://x.example/"onmouseover="x')
    document = compose_from(real_book(), facts).html_body
    assert 'href="https://x.example/&quot;onmouseover=&quot;x"' in document


@pytest.mark.parametrize(
    ("text", "missing"), [("John é سارا ۱۴ “—”", ""), ("Ana 🚀 王🚀", "🚀王"), ("e\u0301", "")]
)
def test_characters_no_font_has_are_found(text: str, missing: str) -> None:
    assert missing_glyphs(text) == missing


def test_invisible_joiners_are_no_missing_glyphs() -> None:
    assert missing_glyphs("می\u200cروم\u2068x\u2069\n") == ""
