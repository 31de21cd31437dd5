"""What is copied out of a letter's PDF is what was written, Persian in its order too, whichever program reads it."""

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import pypdfium2
import pytest

from notifications.letters.composing import ComposedLetter, compose_from
from notifications.print.fonts import make
from notifications.print.typesetting import typeset
from notifications.wording import without_isolates
from tests.notifications.letters.letter_samples import BAG, PLATE, about, item, real_book, text_of

pytestmark = [pytest.mark.once, pytest.mark.slow]

KINDS = (
    (BAG, PLATE),
    (item(reason="damaged"), item(label="15", delivery="following")),
    (item(PLATE, quantity=1, reason="lost"),),
    (item(PLATE, delivery="substituted"), item(delivery="following")),
)
NAMES = ("سارا احمدی", "علی رضایی", "لاله", "ژاله تبریزی", "آرمان", "شیرین", "زهرۀ لاهیجی", "نصرت‌الله")


def letters_in(language: str) -> Iterator[ComposedLetter]:
    """Four of each voice: all kinds of request, names full of what a face likes to draw as one sign."""
    book, names = real_book(), cycle(NAMES if language == "fa" else ("John", "María José", "Zoë O'Neill"))
    for number, kind in enumerate(KINDS):
        for voice in book.voices[language].values():
            yield compose_from(
                book,
                about(
                    language=language,
                    theme_names=voice.theme_names[:1],
                    items=kind,
                    customer_name=next(names),
                    builder_name=next(names),
                    age_band=("0-6", "13-17", "18+", "")[number],
                    wrote_to_packing_team=number % 2 == 0,
                    follows=number > 1,
                    in_parcel=any(each.delivery != "coming" for each in kind),
                    seed=f"{voice.key}-{number}",
                ),
            )


def texts_of(letter: ComposedLetter) -> list[str]:
    """All that is written on the page but its table."""
    data = letter.data
    said = [each["text"] for each in data["paragraphs"] if each["kind"] != "items"]
    return [data["greeting"], *said, data["farewell"], data["signature"], data["scan"], data["date"]]


PERSIAN = re.compile("[\u0620-\u065f\u066e-\u06d5\u200c]+|[\u06f0-\u06f9]+")
LATIN = re.compile(r"[^\W\u0600-\u06ff]+")


def words(text: str, script: re.Pattern[str]) -> list[str]:
    """The words of one script: where they stand among those of another one is left to each reader, and so is whether a
    hyphen at the end of a line joins its halves. (PDFium writes such a hyphen as a character of its own.)
    """
    plain = re.sub("[\u200e\u200f\u202a-\u202e]|[-\ufffe\x02]\\s*", "", without_isolates(text))
    return script.findall(unicodedata.normalize("NFC", plain))


def by_poppler(pdf: bytes, folder: Path) -> str:
    path = folder / "letter.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()


def by_pdfium(pdf: bytes, _folder: Path) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def by_pypdf(pdf: bytes, _folder: Path) -> str:
    return text_of(pdf)


def check(language: str, script: re.Pattern[str], reader: Callable[[bytes, Path], str], folder: Path) -> None:
    """Each text stands in the page, its words the same and one after the other."""
    count = 0
    for letter in letters_in(language):
        printed = " ".join(words(reader(typeset(letter.template, letter.data), folder), script))
        for text in texts_of(letter):
            assert " ".join(words(text, script)) in printed, text
        count += 1
    assert count >= 50


needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext here")


@pytest.mark.parametrize("reader", [pytest.param(by_poppler, marks=needs_poppler), by_pdfium])
def test_persian_is_copied_word_for_word_in_the_order_in_which_it_is_read(
    reader: Callable[[bytes, Path], str], tmp_path: Path
) -> None:
    """Joiners between letters included. (pypdf is not asked: it gives the words of a line from left to right.)"""
    check("fa", PERSIAN, reader, tmp_path)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("reader", [pytest.param(by_poppler, marks=needs_poppler), by_pdfium, by_pypdf])
def test_english_and_spanish_are_copied_word_for_word(
    language: str, reader: Callable[[bytes, Path], str], tmp_path: Path
) -> None:
    check(language, LATIN, reader, tmp_path)


def test_persian_sentences_have_no_vowel_signs_which_are_copied_twice() -> None:
    for letter in letters_in("fa"):
        for sentence in letter.sentences:
            assert not re.search("[\u064b-\u0652\u0654]", sentence), sentence


@pytest.mark.parametrize("weight", make.WEIGHTS)
def test_the_face_is_what_is_made_of_the_package(weight: str, tmp_path: Path) -> None:
    path = tmp_path / "face.ttf"
    make.make_face(weight).save(path)
    assert path.read_bytes() == (make.FOLDER / f"{make.FAMILY}-{weight}.ttf").read_bytes()


def test_the_face_does_not_bear_the_name_that_is_reserved() -> None:
    names = make.make_face("Regular")["name"].names
    assert {str(each) for each in names if each.nameID in {1, 3, 4, 6, 16}} == {
        "Kiseh",
        "Kiseh Regular",
        "Kiseh-Regular",
    }
    assert "SIL Open Font License" in (make.FOLDER / "OFL.txt").read_text(encoding="utf-8")
