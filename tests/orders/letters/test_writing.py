"""The letter job: one letter for each order, written once, mailed once, true in what it says."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core.jobs import LeaseLost, claim_job, recording
from core.models import Job
from core.refusals import Refusal
from notifications.letters.composing import compose_letter
from notifications.letters.seed_choice import freshest_seed
from notifications.models import Message
from orders.actors import CUSTOMER
from orders.intake.cancelling import cancel_order
from orders.intake.order_request import LineRequest
from orders.letters import holds, writing
from orders.letters.writing import latest_version, letter_pdf
from orders.models import LetterVersion, Order
from orders.privacy.erasing import erase_order
from tests.cast import JOHN, MADRID, MARIA, order_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices", "cantina")]


def _write(order: Order) -> None:
    claim = claim_job(Job.objects.get(kind="write_letter", subject=str(order.pk)).pk)
    assert claim is not None
    writing.write_letter(claim)


def test_johns_letter_speaks_of_lord_vader_and_han() -> None:
    order = order_for()
    _write(order)
    version = latest_version(order)
    for word in ("Lord Vader", "Han", "14", "John", "Mos Eisley Cantina"):
        assert word in version.body, word
    assert [event.type for event in order.events.all()] == ["received", "letter_written"]


def test_the_letter_is_mailed_as_text_and_html() -> None:
    order = order_for()
    _write(order)
    mail = Message.objects.get(kind="letter")
    assert mail.to_email == order.contact.email
    assert mail.body == latest_version(order).body
    assert "Lord Vader" in mail.html_body


def test_a_second_letter_about_the_set_is_written_beside_the_first(monkeypatch: Any) -> None:
    beside: list[list[str]] = []
    choose = freshest_seed

    def noted(*given: Any, recent: list[str], **more: Any) -> str:
        beside.append(recent)
        return choose(*given, recent=recent, **more)

    monkeypatch.setattr(writing, "freshest_seed", noted)
    first, second = order_for(), order_for()
    _write(first)
    _write(second)
    assert beside == [[], [first.letter.seed]]
    assert latest_version(first).body != latest_version(second).body


def test_the_letter_speaks_the_customers_language() -> None:
    order = order_for(customer=MARIA, address=MADRID)
    _write(order)
    assert latest_version(order).language == "es"
    assert "María Ruiz" in latest_version(order).body


def test_running_the_job_again_writes_nothing_new() -> None:
    order = order_for()
    _write(order)
    Job.objects.filter(kind="write_letter").update(state="pending")
    _write(order)
    assert LetterVersion.objects.count() == Message.objects.count() == 1


def test_a_writer_who_lost_the_lease_leaves_no_trace(monkeypatch: Any) -> None:
    order = order_for()
    claim = claim_job(Job.objects.get(kind="write_letter").pk)
    assert claim is not None
    Job.objects.update(leased_until=None)
    with pytest.raises(LeaseLost):
        writing.write_letter(claim)
    assert not LetterVersion.objects.exists()
    assert not Message.objects.exists()
    _write(order)


def _overtaken_while_composing(order: Order, monkeypatch: Any) -> Callable[[], None]:
    """A writer so slow that its lease runs out, and another claims the job and writes the letter meanwhile."""
    job = Job.objects.get(kind="write_letter", subject=str(order.pk))
    slow = claim_job(job.pk)
    assert slow is not None
    overtaken: list[bool] = []

    def compose_slowly(**facts: Any) -> Any:
        if not overtaken:
            overtaken.append(True)
            Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
            _write(order)
        return compose_letter(**facts)

    monkeypatch.setattr(holds, "compose_letter", compose_slowly)
    return lambda: writing.write_letter(slow)


def test_a_writer_who_was_overtaken_writes_nothing(monkeypatch: Any) -> None:
    order = order_for()
    write = _overtaken_while_composing(order, monkeypatch)
    with pytest.raises(LeaseLost):
        write()
    assert LetterVersion.objects.count() == Message.objects.count() == 1


def test_control_without_the_lease_check_only_a_second_look_stops_an_overtaken_writer(
    monkeypatch: Any,
) -> None:
    order = order_for()
    write = _overtaken_while_composing(order, monkeypatch)
    quick_first = iter([recording])

    def unguarded(claim: Any) -> Any:
        return next(quick_first, lambda claim: transaction.atomic())(claim)

    monkeypatch.setattr(writing, "recording", unguarded)
    write()
    assert LetterVersion.objects.count() == Message.objects.count() == 1
    # And without that look, nothing does.
    order = order_for()
    write = _overtaken_while_composing(order, monkeypatch)
    quick_first = iter([recording])
    monkeypatch.setattr(writing, "is_written", lambda letter: False)
    write()
    assert LetterVersion.objects.filter(letter__order=order).count() == 2


def test_an_order_cancelled_before_its_letter_gets_none() -> None:
    order = order_for()
    cancel_order(order_id=order.pk, actor=CUSTOMER)
    _write(order)
    assert not Message.objects.filter(kind="letter").exists()


def test_an_order_erased_while_its_letter_is_composed_gets_none(monkeypatch: Any) -> None:
    order = order_for()
    compose = compose_letter

    def erase_meanwhile(**facts: Any) -> Any:
        composed = compose(**facts)
        erase_order(order_id=order.pk, actor=CUSTOMER)
        return composed

    monkeypatch.setattr(holds, "compose_letter", erase_meanwhile)
    _write(order)
    assert not LetterVersion.objects.exists()
    assert not Message.objects.exists()


def test_until_it_is_written_the_letter_is_not_ready() -> None:
    with pytest.raises(Refusal) as refused:
        latest_version(order_for())
    assert (refused.value.code, refused.value.status) == ("letter_not_ready", 404)


def test_the_page_is_made_again_byte_for_byte() -> None:
    order = order_for()
    _write(order)
    first = letter_pdf(latest_version(order))
    assert first.startswith(b"%PDF")
    assert first == letter_pdf(latest_version(order))


def test_lost_pieces_claim_no_fault() -> None:
    order = order_for(LineRequest(element_id="300121", reason="lost"))
    _write(order)
    body = latest_version(order).body.lower()
    assert "sorry" not in body
    assert "inspect" not in body


def test_a_hostile_name_is_printed_as_typed() -> None:
    hostile = '#eval("1") {{ x }} <b>$villain</b>'
    order = order_for(customer=replace(JOHN, name=hostile))
    _write(order)
    assert hostile in latest_version(order).body
    assert letter_pdf(latest_version(order)).startswith(b"%PDF")
