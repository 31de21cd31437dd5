"""A letter that cannot be printed as it is waits for service, who sees why, and lets it go."""

import dataclasses
from typing import Any

import pytest

from accounts.models import Role
from core.jobs import claim_job
from core.models import Job
from core.refusals import Refusal
from notifications.letters.composing import UntrueLetter
from notifications.models import Message
from orders.actors import staff
from orders.letters import holds, writing
from orders.letters.holds import release_letter
from orders.letters.writing import latest_version, letter_pdf, shipment_version
from orders.models import Letter, LetterVersion, Order, Shipment, Wave
from orders.parcels.documents import label_data
from tests.cast import JOHN, SPRINGFIELD, order_for, staff_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices", "cantina")]

WANG = dataclasses.replace(JOHN, name="王小明")


def write(order: Order) -> None:
    Job.objects.filter(kind="write_letter", subject=str(order.pk)).update(state="pending")
    claim = claim_job(Job.objects.get(kind="write_letter", subject=str(order.pk)).pk)
    assert claim is not None
    writing.write_letter(claim)


def release(order: Order, **print_as: str) -> None:
    release_letter(order_id=order.pk, print_as=print_as, actor=staff(staff_user(Role.SERVICE)))


def test_a_name_no_font_has_keeps_the_letter_waiting_with_the_reason() -> None:
    order = order_for(customer=WANG)
    write(order)
    letter = Letter.objects.get(order=order)
    assert letter.hold_reason == "unprintable"
    assert letter.hold_detail == [{"what": "customer", "text": "王小明", "characters": "王小明"}]
    assert not LetterVersion.objects.exists()
    assert not Message.objects.exists()
    event = order.events.last()
    assert event is not None
    assert (event.type, event.data) == ("letter_waits", {"reason": "unprintable"})


def test_let_go_it_is_printed_as_service_wrote_it_and_mailed() -> None:
    order = order_for(customer=WANG)
    write(order)
    release(order, 王小明="Wang Xiaoming")
    write(order)
    version = latest_version(order)
    assert "Wang Xiaoming" in version.body
    assert "王" not in version.body
    assert letter_pdf(version).startswith(b"%PDF")
    assert Message.objects.get(kind="letter").to_email == order.contact.email
    assert [event.type for event in order.events.all()][1:] == [
        "letter_waits",
        "letter_released",
        "letter_written",
    ]


def test_a_line_of_the_address_waits_too_and_the_label_bears_what_service_wrote() -> None:
    order = order_for(address=dataclasses.replace(SPRINGFIELD, city="Springfield 春田"))
    write(order)
    assert Letter.objects.get(order=order).hold_detail[0]["what"] == "address"
    release(order, **{"Springfield 春田": "Springfield"})
    write(order)
    wave = Wave.objects.create(created_at=order.created_at)
    parcel = Shipment(order=order, wave=wave, slot=1, created_at=order.created_at)
    assert not any("春" in line for line in label_data(parcel)["lines"])
    assert any("SPRINGFIELD" in line.upper() for line in label_data(parcel)["lines"])


def test_what_is_written_instead_must_be_printable_too() -> None:
    order = order_for(customer=WANG)
    write(order)
    for printed in ("王", "  "):
        with pytest.raises(Refusal) as refused:
            release(order, 王小明=printed)
        assert refused.value.problems[0].pointer == "/王小明"
    assert Letter.objects.get(order=order).hold_reason == "unprintable"


def test_a_waiting_letter_stays_waiting_however_often_its_job_runs() -> None:
    order = order_for(customer=WANG)
    write(order)
    write(order)
    assert Letter.objects.get(order=order).hold_reason
    assert order.events.filter(type="letter_waits").count() == 1


def test_its_parcel_is_not_packed_before() -> None:
    order = order_for(customer=WANG)
    write(order)
    wave = Wave.objects.create(created_at=order.created_at)
    parcel = Shipment.objects.create(order=order, wave=wave, slot=1, created_at=order.created_at)
    with pytest.raises(Refusal) as refused:
        shipment_version(order, parcel)
    assert (refused.value.code, refused.value.status) == ("letter_waits", 409)


def test_a_letter_that_does_not_wait_cannot_be_released() -> None:
    order = order_for()
    write(order)
    with pytest.raises(Refusal) as refused:
        release(order)
    assert refused.value.status == 409


def test_a_letter_that_is_not_true_waits_and_says_what_is_wrong(monkeypatch: Any) -> None:
    def untrue(**facts: Any) -> Any:
        raise UntrueLetter(["missing: name"])

    monkeypatch.setattr(holds, "compose_letter", untrue)
    order = order_for()
    write(order)
    letter = Letter.objects.get(order=order)
    assert letter.hold_reason == "untrue"
    assert letter.hold_detail[0] == {"what": "customer", "text": "John", "characters": "missing: name"}
