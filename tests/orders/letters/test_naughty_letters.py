"""Strings that break software, as customer, builder and city, through the whole job on each database: letter and label
are printed as typed, or wait for service with the reason.
"""

import dataclasses
from collections.abc import Iterable

import pytest
from django.conf import settings

from core.jobs import run_job
from core.models import Job
from core.refusals import Refusal
from notifications.cleaning import NAME_LIMIT, clean_line
from notifications.print.typesetting import missing_glyphs, typeset
from notifications.wording import without_isolates
from orders.actors import staff
from orders.intake.order_request import BuilderRequest
from orders.intake.reviewing import review_order
from orders.letters.writing import write_letter
from orders.models import Letter, Order, Shipment, Wave
from orders.parcels.documents import label_data
from tests.cast import JOHN, SPRINGFIELD, order_for, small_set
from tests.notifications.letters.letter_samples import pages_of, text_of
from tests.notifications.letters.test_naughty_strings import OUR_OWN, STRINGS, bare

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def ask_as(text: str, language: str) -> Order | None:
    """An order by a customer of this name, in such a city, for a builder of the same name; none where refused."""
    try:
        return order_for(
            customer=dataclasses.replace(JOHN, name=text, language=language),
            address=dataclasses.replace(SPRINGFIELD, city=text),
            builder=BuilderRequest(name=text, age_band="18+"),
        )
    except Refusal as refused:
        # Nothing is left of it, it steers, or it is longer than any name: the answer says so, and what to do.
        codes = {problem.code for problem in refused.problems}
        if not codes <= {"required", "control_characters"} | (
            {"too_long"} if len(text) > NAME_LIMIT else set()
        ):
            raise
        return None


def check(texts: Iterable[str]) -> tuple[int, int]:
    """How many were printed, and how many wait."""
    small_set()
    printed = waiting = 0
    for number, text in enumerate(texts):
        order = ask_as(text, ("en", "es", "fa")[number % 3])
        if order is None:
            continue
        if order.state == Order.State.IN_REVIEW:
            assert order.review_reasons == ["web_address"], text
            review_order(order_id=order.pk, decision="approve", actor=staff(None))
        run_job(Job.objects.get(kind="write_letter", subject=str(order.pk)).pk, write_letter)
        letter = Letter.objects.get(order=order)
        missing = missing_glyphs(clean_line(text))
        if missing:
            assert letter.hold_reason == "unprintable", text
            assert letter.hold_detail[0]["characters"] == missing
            assert not letter.versions.exists()
            waiting += 1
        else:
            assert letter.hold_reason == "", (text, letter.hold_detail)
            look_at_paper(order, letter, text)
            printed += 1
    return printed, waiting


def look_at_paper(order: Order, letter: Letter, text: str) -> None:
    """Letter and label: whole, as typed, and nothing of ours in them that was evaluated."""
    version = letter.versions.get()
    assert clean_line(text) in without_isolates(version.body)
    wave = Wave.objects.create(created_at=order.created_at)
    parcel = Shipment(order=order, wave=wave, slot=1, created_at=order.created_at)
    pages = [typeset(version.template, version.data), typeset("address_label@1", label_data(parcel))]
    assert pages_of(pages[0]) <= 3
    assert pages_of(pages[1]) == 1
    for page in pages:
        read = text_of(page)
        assert settings.SECRET_KEY not in read
        assert "root:x:" not in read
        # pypdf turns a code around among Persian words.
        assert version.language == "fa" or order.number in read
        if text.isascii() and text.isprintable() and version.language != "fa":
            shown = bare(clean_line(text)).upper()
            assert shown in bare(read).upper(), text


@pytest.mark.usefixtures("voices")
def test_our_own_naughty_lines_are_printed_as_typed_or_wait_with_the_reason() -> None:
    printed, waiting = check(OUR_OWN)
    assert printed >= 20
    assert waiting >= 4


@pytest.mark.long
@pytest.mark.usefixtures("voices")
def test_every_line_of_the_list_is_printed_as_typed_or_waits_with_the_reason() -> None:
    printed, waiting = check(STRINGS)
    assert printed + waiting >= 0.9 * len(STRINGS)
