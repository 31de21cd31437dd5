"""Facts to write letters from, and the book of the real voices without a database."""

import dataclasses
import io
from datetime import date
from functools import lru_cache
from typing import Any

from pypdf import PdfReader

from notifications.letters.composing import AskedItem, LetterFacts
from notifications.letters.voice_files import read_voicebook
from notifications.letters.voicebook import VoiceBook

LANGUAGES = ("en", "es", "fa")
BAG = AskedItem(kind="bag", label="14", quantity=1, reason="missing")
PLATE = AskedItem(
    kind="piece",
    label="Plate 1 x 2",
    quantity=2,
    reason="missing",
    color_name="Red",
    color_rgb="C91A09",
    element_id="302321",
    part_num="3023",
)
JOHN = LetterFacts(
    number="B14-7K2M-9QXH",
    language="en",
    customer_name="John",
    set_num="75290-1",
    set_name="Mos Eisley Cantina",
    theme_names=("Star Wars Episode 4/5/6", "Star Wars"),
    items=(BAG,),
    status_url="https://bag14.example/orders/B14-7K2M-9QXH/?token=abc",
    written_on=date(2026, 11, 21),
    seed="B14-7K2M-9QXH",
)


@lru_cache(maxsize=1)
def real_book() -> VoiceBook:
    """The voices of the project's own files, read once."""
    return read_voicebook()


def about(**changes: Any) -> LetterFacts:
    """John's facts with some of them changed."""
    return dataclasses.replace(JOHN, **changes)


def item(base: AskedItem = BAG, **changes: Any) -> AskedItem:
    """An item with some of it changed."""
    return dataclasses.replace(base, **changes)


def text_of(pdf: bytes) -> str:
    """The text that can be copied out of a PDF."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def pages_of(pdf: bytes) -> int:
    return len(PdfReader(io.BytesIO(pdf)).pages)
