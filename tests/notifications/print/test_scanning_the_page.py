"""The square codes on paper are read back by a scanner: the letter's link, the slip's number."""

from typing import Any

import pypdfium2
import pytest
import zxingcpp

from notifications.letters.composing import compose_from
from notifications.print.typesetting import typeset, typeset_together
from tests.notifications.letters.letter_samples import JOHN, LANGUAGES, about, real_book
from tests.notifications.print.test_typesetting import SLIP

pytestmark = pytest.mark.once
#: A signed link as long as they get.
LINK = f"https://parts.bag14.example/orders/B14-7K2M-9QXH/?token={'x' * 43}"


def scan(pdf: bytes, *, dots_per_inch: int = 200) -> list[str]:
    """What a scanner reads on each page, printed in grey at so many dots."""
    found = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            picture = page.render(scale=dots_per_inch / 72, grayscale=True)
            rows = memoryview(picture.buffer).cast("B", shape=[picture.height, picture.stride])
            found += [each.text for each in zxingcpp.read_barcodes(rows)]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_on_a_letter_is_its_link(language: str) -> None:
    letter = compose_from(real_book(), about(language=language, status_url=LINK))
    assert scan(typeset(letter.template, letter.data)) == [LINK]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_on_a_slip_is_its_number(language: str) -> None:
    assert scan(typeset("packing_slip@1", {**SLIP, "language": language})) == ["B14-7K2M-9QXH"]


def test_each_sheet_of_a_pile_has_the_code_of_its_own() -> None:
    other = about(number="B14-AAAA-BBBB", status_url=LINK.replace("9QXH", "BBBB"))
    sheets: list[tuple[str, dict[str, Any]]] = [("packing_slip@1", SLIP)]
    for facts in (JOHN, other):
        letter = compose_from(real_book(), facts)
        sheets.append((letter.template, letter.data))
    assert scan(typeset_together(sheets)) == ["B14-7K2M-9QXH", JOHN.status_url, other.status_url]
