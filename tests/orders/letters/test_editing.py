"""Service adds a note or changes a sentence: a new version with its author, still true, still printable."""

import dataclasses
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Role
from core.jobs import claim_job
from core.models import Job
from core.refusals import Refusal
from notifications.models import Message, Sentence
from orders.actors import staff
from orders.intake.order_request import BuilderRequest, LineRequest
from orders.letters import writing
from orders.letters.editing import LetterWishes, change_letter, open_letter, preview_letter
from orders.letters.writing import latest_version
from orders.models import LetterVersion, Order, OrderLine, Shipment, Wave
from orders.privacy.erasing import erase_order
from tests.cast import JOHN, allocated_order, staff_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices", "cantina")]


def written_order(*lines: LineRequest, **more: Any) -> Order:
    """An order whose letter is written."""
    order = allocated_order(*lines, **more)
    claim = claim_job(Job.objects.get(kind="write_letter", subject=str(order.pk)).pk)
    assert claim is not None
    writing.write_letter(claim)
    return order


def texts_of(order: Order) -> list[str]:
    return [each.text for each in open_letter(order).texts]


def change(order: Order, *, based_on: int = 1, **wishes: Any) -> LetterVersion:
    return change_letter(
        order_id=order.pk,
        based_on=based_on,
        wishes=LetterWishes(**wishes),
        actor=staff(staff_user(Role.SERVICE)),
    )


def test_a_personal_note_makes_a_new_version_with_its_author() -> None:
    order = written_order()
    version = change(order, note="Say hello to your cat.\n\nSandra")
    assert (version.version, str(version.author)) == (2, "sandra")
    assert "Say hello to your cat.\n\nSandra" in version.body
    first = LetterVersion.objects.get(letter__order=order, version=1)
    assert "Say hello" not in first.body
    assert first.author is None
    assert [event.type for event in order.events.all()][-1] == "letter_changed"


def test_a_changed_sentence_stands_in_text_mail_and_page() -> None:
    order = written_order()
    texts = texts_of(order)
    texts[0] = "Dearest John,"
    version = change(order, texts=tuple(texts))
    assert version.body.startswith("Dearest John,")
    assert "Dearest John," in version.html_body
    assert version.data["greeting"] == "Dearest John,"
    assert open_letter(order).texts[0].text == "Dearest John,"


def test_a_change_is_not_mailed_by_itself() -> None:
    order = written_order()
    change(order, note="Hello")
    assert Message.objects.filter(kind="letter").count() == 1


def test_a_sentence_that_no_longer_says_sorry_is_refused_with_the_words_that_would_do() -> None:
    order = written_order()
    texts = texts_of(order)
    texts[2] = texts[2].replace("sorry", "happy").replace("apologise", "are glad").replace("apolog", "x")
    with pytest.raises(Refusal) as refused:
        change(order, texts=tuple(texts))
    details = [str(problem.detail) for problem in refused.value.problems]
    assert any("no longer says that we are sorry" in detail and "“sorry”" in detail for detail in details)
    assert LetterVersion.objects.count() == 1


def test_a_letter_about_lost_bricks_may_not_claim_a_fault() -> None:
    order = written_order(LineRequest(bag="14", reason="lost"))
    texts = texts_of(order)
    texts[1] += " We are sorry."
    with pytest.raises(Refusal) as refused:
        change(order, texts=tuple(texts))
    assert "which is not true for this order" in str(refused.value.problems[0].detail)


def test_a_name_taken_out_and_a_character_no_font_has_are_refused() -> None:
    order = written_order()
    texts = texts_of(order)
    texts[0] = "Hello,"
    with pytest.raises(Refusal) as refused:
        change(order, texts=tuple(texts))
    assert "no longer names the customer" in str(refused.value.problems[0].detail)
    with pytest.raises(Refusal) as refused:
        change(order, note="王")
    assert (refused.value.problems[0].pointer, refused.value.problems[0].code) == ("/note", "unprintable")


def test_a_serious_tone_leaves_the_villain_out_and_can_be_taken_back() -> None:
    order = written_order()
    first = latest_version(order).body
    serious = change(order, tone="serious")
    assert "Vader" not in serious.body
    assert "John" in serious.body
    assert change(order, based_on=2).body == first


def test_the_slower_editor_sees_that_there_is_another_version() -> None:
    order = written_order()
    change(order, note="One")
    with pytest.raises(Refusal) as refused:
        change(order, note="Two")
    assert (refused.value.code, refused.value.status) == ("letter_changed", 409)


def test_a_preview_is_a_page_and_writes_nothing() -> None:
    order = written_order()
    page = preview_letter(order=order, wishes=LetterWishes(note="Hello"))
    assert page.startswith(b"%PDF")
    assert LetterVersion.objects.count() == 1


def test_what_is_typed_is_never_evaluated() -> None:
    order = written_order()
    typed = '#eval("1") {{ settings.SECRET_KEY }} {0.__class__} {name}'
    assert typed in change(order, note=typed).body


def _packed(order: Order, version: LetterVersion) -> Shipment:
    with transaction.atomic():
        wave = Wave.objects.create(created_at=order.created_at)
        return Shipment.objects.create(
            order=order,
            wave=wave,
            slot=1,
            status="packed",
            packed_at=order.created_at,
            created_at=order.created_at,
            letter_version=version,
            prints=1,
        )


def test_after_printing_a_change_is_what_lies_in_the_parcel_and_is_to_be_printed_again() -> None:
    order = written_order()
    parcel = _packed(order, latest_version(order))
    assert open_letter(order).is_printed
    version = change(order, note="One more word.")
    parcel.refresh_from_db()
    assert (parcel.letter_version, parcel.prints) == (version, 0)
    assert LetterVersion.objects.count() == 2


def test_a_letter_that_has_left_with_its_parcel_is_not_changed_any_more() -> None:
    order = written_order()
    parcel = _packed(order, latest_version(order))
    Shipment.objects.filter(pk=parcel.pk).update(status="shipped", shipped_at=order.created_at)
    Order.objects.filter(pk=order.pk).update(state="closed")
    with pytest.raises(Refusal) as refused:
        change(order, note="Too late")
    assert refused.value.code == "letter_left"


def test_note_and_edits_go_with_the_order_when_it_is_erased() -> None:
    order = written_order()
    texts = texts_of(order)
    texts[0] = "Dearest John,"
    change(order, texts=tuple(texts), note="For John")
    erase_order(order_id=order.pk, actor=staff(staff_user(Role.SERVICE)))
    assert not LetterVersion.objects.exists()


def test_persian_names_stay_set_apart_in_an_edited_text() -> None:
    customer = dataclasses.replace(JOHN, language="fa")
    order = written_order(customer=customer, builder=BuilderRequest(name="Emma", age_band="7-12"))
    texts = texts_of(order)
    assert "\u2068" in "".join(texts)
    texts[-1] = "با مهر،"
    version = change(order, texts=tuple(texts))
    assert version.body.count("\u2068") + version.body.count("\u2066") == version.body.count("\u2069")
    assert "با مهر،" in version.body


def _reword(old: str, new: str) -> None:
    """What a translator does to the voices meanwhile."""
    rows = Sentence.objects.filter(language="en", text__contains=old).exclude(slot__contains=".")
    assert rows
    for row in rows:
        row.text = row.text.replace(old, new)
        row.save()


def test_a_letter_that_was_written_keeps_its_sentences_when_the_voices_change() -> None:
    order = written_order(builder=BuilderRequest(name="Emma", age_band="7-12"))
    texts = texts_of(order)
    edited = [*texts[:-1], "Take care,"]
    change(order, texts=tuple(edited))
    _reword("Dear {name}", "Hallo {name}")
    _reword("{name}", "{name} of all people")
    _reword("scale", "good old scale")
    _reword("weigh", "always weigh")
    _reword("{set_name}", "the {set_name}")
    assert [each.text for each in open_letter(order).texts] == edited
    assert [each.composed for each in open_letter(order).texts] == texts
    noted = change(order, based_on=2, note="Say hello to your cat.", texts=tuple(edited))
    assert [noted.data["greeting"], noted.data["farewell"]] == [edited[0], "Take care,"]
    assert "Say hello to your cat." in noted.body
    assert "the Mos Eisley" not in noted.body
    taken_back = change(order, based_on=3, texts=tuple(texts))
    assert texts_of(order) == texts
    assert "Say hello" not in taken_back.body


def test_a_letter_about_other_things_by_now_is_written_again() -> None:
    red = LineRequest(part_num="3001", color_id=4)
    order = written_order(LineRequest(bag="14"), red)
    _reword("{set_name}", "the {set_name}")
    assert "the Mos Eisley" not in " ".join(texts_of(order))
    OrderLine.objects.filter(order=order, bag=None).update(found_at=timezone.now())
    now = " ".join(texts_of(order))
    assert "the Mos Eisley" in now
    assert "red brick" not in now
