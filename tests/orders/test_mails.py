"""What customers hear between the letter and the parcel, in their language, each thing once."""

import dataclasses
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Role, issue_api_key
from core.jobs import claim_job, run_job
from core.models import Job
from notifications.models import Message
from orders import rounds
from orders.actors import CUSTOMER, staff
from orders.allocation import late_notices
from orders.allocation.fulfilment import allocate_order
from orders.allocation.late_notices import look_for_late, promised_on, request_late_notices, send_late_notices
from orders.floor.picking import confirm_pick, create_wave
from orders.intake.cancelling import mark_line_found
from orders.intake.order_request import LineRequest
from orders.intake.placing import place_order
from orders.letters import writing
from orders.locks import lock_order
from orders.mails import KINDS, queue_mail, send_again
from orders.models import Event, Order, Shipment
from orders.parcels.shipping import pack_shipment, ship_shipment
from orders.privacy.erasing import erase_order
from tests.cast import (
    JOHN,
    SmallSet,
    allocated_order,
    order_for,
    request_for,
    staff_user,
    stock_bag,
)
from tests.orders.crowd import waiting_crowd

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices", "cantina"), pytest.mark.slow]

PAULA = Role.WAREHOUSE
TWO = (LineRequest(bag="14"), LineRequest(part_num="3070b", color_id=19, quantity=2))


def write_letter(order: Order) -> None:
    claim = claim_job(Job.objects.get(kind="write_letter", subject=str(order.pk)).pk)
    assert claim is not None
    writing.write_letter(claim)


def mail(order: Order, kind: str) -> Message:
    return Message.objects.get(reference=f"order:{order.pk}", kind=kind)


def packed(order: Order) -> Shipment:
    """The order's next parcel, picked and packed with the right weight."""
    wave = create_wave(numbers=[order.number], by=None)
    for pick in wave.picks.all():
        confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=pick.quantity, short_reason="", by=None)
    parcel = Shipment.objects.get(wave=wave)
    return pack_shipment(
        shipment_id=parcel.pk,
        weight_mg=1_000_000,
        override_reason="on trust",
        may_override=True,
        by=staff_user(Role.LEAD),
    )


def test_who_waits_for_stock_hears_so_once_with_the_day_of_our_promise() -> None:
    order = allocated_order()
    with transaction.atomic():
        allocate_order(order.pk)
    run_job(Job.objects.get(kind="mail_waiting").pk, late_notices.mail_waiting)
    text = mail(order, "waiting")
    assert "on our shelves" in text.body
    assert str(promised_on(order).year) in text.body


def test_where_all_is_there_no_customer_hears_of_waiting(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    allocated_order()
    assert not Job.objects.filter(kind="mail_waiting").exists()


def test_a_parcel_that_holds_all_is_announced_without_repeating_the_letter(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    order = allocated_order()
    write_letter(order)
    packed(order)
    text = mail(order, "packed").body
    assert "is packed" in text
    assert "Lord Vader" not in text


def test_a_parcel_that_holds_less_brings_the_letter_as_it_lies_in_it(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    order = allocated_order(*TWO)
    write_letter(order)
    parcel = packed(order)
    text = mail(order, "packed").body
    assert parcel.letter_version is not None
    assert parcel.letter_version.version == 2
    assert parcel.letter_version.body in text
    assert "in this parcel" in text
    assert "follow" in text


def test_the_parcel_on_its_way_bears_its_tracking_number(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    order = allocated_order()
    write_letter(order)
    parcel = packed(order)
    ship_shipment(shipment_id=parcel.pk, carrier="DHL", tracking_number="JD0146", by=None)
    assert "JD0146" in mail(order, "shipped").body


def test_all_of_it_found_is_answered_with_a_kind_word() -> None:
    order = order_for()
    line = order.lines.get()
    mark_line_found(order_id=order.pk, line_id=line.pk, actor=CUSTOMER)
    assert "has turned up" in mail(order, "found").body
    assert not Message.objects.filter(kind="cancelled").exists()


def late_order(*lines: LineRequest, days: int = 20, **more: Any) -> Order:
    """An order placed so long ago."""
    order = allocated_order(*lines, **more)
    Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - timedelta(days=days))
    return Order.objects.get(pk=order.pk)


def _send_late_notices() -> int:
    """The whole round of an hour. Returns how many customers were mailed."""
    before = Message.objects.filter(kind="late").count()
    request_late_notices()
    job = Job.objects.get(kind="late_notices")
    while Job.objects.get(pk=job.pk).state == "pending":
        run_job(job.pk, send_late_notices)
    return Message.objects.filter(kind="late").count() - before


def test_a_customer_who_waits_longer_than_promised_hears_so_once() -> None:
    order = late_order()
    assert _send_late_notices() == 1
    assert "we are sorry" in mail(order, "late").body
    assert order.events.filter(type="late").count() == 1
    assert _send_late_notices() == 0


def test_two_sweeps_at_once_tell_it_once(monkeypatch: Any) -> None:
    order = late_order()

    def swept_meanwhile(order_id: int) -> Order:
        monkeypatch.setattr(late_notices, "lock_order", lock_order)
        assert look_for_late(0) == (0, 1)
        return lock_order(order_id)

    monkeypatch.setattr(late_notices, "lock_order", swept_meanwhile)
    assert look_for_late(0) == (0, 0)
    assert Message.objects.filter(reference=f"order:{order.pk}", kind="late").count() == 1


def test_all_who_are_late_hear_so_in_one_hour_in_pieces_that_give_way(
    cantina: SmallSet, monkeypatch: Any
) -> None:
    monkeypatch.setattr(rounds, "SECONDS_AT_ONCE", 0.0)
    monkeypatch.setattr(late_notices, "AT_ONCE", 20)
    waiting_crowd(cantina.set, cantina.red, 210, days_ago=20)
    request_late_notices()
    job = Job.objects.get(kind="late_notices")
    mailed = []
    while Job.objects.get(pk=job.pk).state == "pending":
        run_job(job.pk, send_late_notices)
        mailed.append(Message.objects.filter(kind="late").count())
    assert mailed[-1] == 210
    pieces = [after - before for before, after in zip([0, *mailed], mailed, strict=False)]
    assert max(pieces) == 20, "other mails come in between"


@pytest.mark.parametrize("days", [1, 9, 13])
def test_who_was_promised_a_later_day_is_left_in_peace(days: int) -> None:
    late_order(days=days)
    told = _send_late_notices()
    assert told == int(promised_on(Order.objects.get()) < timezone.localdate())


def test_who_has_cancelled_was_erased_or_has_the_parcel_is_not_told(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    shipped = late_order()
    parcel = packed(shipped)
    ship_shipment(shipment_id=parcel.pk, carrier="DHL", by=None)
    erase_order(order_id=late_order().pk, actor=CUSTOMER)
    Order.objects.filter(pk=late_order().pk).update(state="cancelled")
    assert _send_late_notices() == 0


def all_mails_about(order: Order) -> dict[str, Any]:
    """What the mails of every kind want to know."""
    day, lines = timezone.localdate(), order.lines.select_related("piece__part", "piece__color")
    piece = next(line.piece for line in lines if line.piece)
    return {
        "promised_on": day,
        "leaves_on": day,
        "carrier": "DHL",
        "tracking_number": "JD0146",
        "proof_url": "https://bag14.example/data/abc/",
        "offer": SimpleNamespace(wanted=piece, offered=piece),
        "bag_label": "14",
        "answers": "https://bag14.example/offer/?token=abc",
        "lines": lines,
    }


@pytest.mark.parametrize("language", ["en", "es", "fa"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_is_whole_in_every_language(kind: str, language: str) -> None:
    order = order_for(*TWO, customer=dataclasses.replace(JOHN, language=language))
    queue_mail(order, kind, **all_mails_about(order))
    message = mail(order, kind)
    assert order.number in message.subject
    assert not re.search(r"[{}]|%\(", message.subject + message.body)
    english = {"Hello", "your", "parcel", "regards", "Happy"}
    assert language == "en" or not english & set(re.findall(r"[A-Za-z]+", message.body))
    if language == "fa":
        # Each name and number is set apart, or it would be read in another order than it was written.
        said = re.sub(r"https?://\S+", "", f"{message.subject}\n{message.body}")
        assert not re.search(rf"(?<!\u2066)(?:{order.number}|75290-1)", said)
        assert not re.search(r"(?<!\u2068)(?:Mos Eisley|(?<!\w)Tile)", said)
        assert not re.search(rf"{timezone.localdate().year}|November", message.body)


@pytest.mark.parametrize("language", ["en", "es", "fa"])
@pytest.mark.parametrize("kind", ["letter", "waiting"])
def test_a_number_is_not_broken_at_its_hyphens_and_copied_as_it_is(kind: str, language: str) -> None:
    order = order_for(*TWO, customer=dataclasses.replace(JOHN, language=language))
    if kind == "letter":
        write_letter(order)
    else:
        queue_mail(order, kind, **all_mails_about(order))
    message = mail(order, kind)
    shown = re.sub(r"(?s)<head>.*</head>|<a .*?</a>", "", message.html_body)
    unbroken = re.findall(r'<span class="number" style="white-space: ?nowrap;?">([^<]*)</span>', shown)
    assert "75290-1" in unbroken
    assert kind == "letter" or "Bag 14" in unbroken
    assert order.number in unbroken or order.number not in shown
    assert "75290-1" in message.body
    assert not re.search("75290-1|" + order.number, re.sub(r"<span class=.number.*?</span>", "", shown))


@pytest.mark.parametrize("kind", ["declined", "trimmed"])
def test_a_note_in_another_language_keeps_its_direction_line_by_line(kind: str) -> None:
    order = order_for(*TWO, customer=dataclasses.replace(JOHN, language="fa"))
    queue_mail(order, kind, **all_mails_about(order), note="Sorry!\nWe looked (twice).\n\nAnn")
    shown = mail(order, kind).html_body
    assert "<p><bdi>Sorry!</bdi><br><bdi>We looked (twice).</bdi></p>" in re.sub(r' style="[^"]*"', "", shown)
    assert "<bdi>Ann</bdi></p>" in shown


def test_who_found_a_missing_bag_hears_that_the_inspection_does_too_and_who_lost_it_does_not() -> None:
    for reason, reported in (("missing", True), ("lost", False)):
        order = order_for(LineRequest(bag="14", reason=reason))
        mark_line_found(order_id=order.pk, line_id=order.lines.get().pk, actor=CUSTOMER)
        assert ("inspect" in mail(order, "found").body) is reported


@pytest.mark.parametrize(
    "kind", ["waiting", "packed", "late", "found", "shipped", "cancelled", "declined", "link"]
)
def test_a_hostile_name_is_text_in_every_mail(kind: str) -> None:
    name = "<b>Ann</b> {{ order }} O'Neill & #eval(1)"
    order = order_for(customer=dataclasses.replace(JOHN, name=name))
    day = timezone.localdate()
    queue_mail(order, kind, promised_on=day, leaves_on=day, carrier="<i>DHL</i>", tracking_number="<u>1</u>")
    message = mail(order, kind)
    assert name in message.body
    assert not re.search("<(b|i|u)>", message.html_body)
    assert "&lt;b&gt;Ann&lt;/b&gt; {{ order }} O" in message.html_body


def test_one_mailbox_reads_once_a_day_that_a_person_looks_at_its_requests(settings: Any) -> None:
    settings.LIMIT_BAGS_PER_ORDER = 0
    for number in range(5):
        wanted = request_for(customer=dataclasses.replace(JOHN, email=f"J.ohn+{number}@gmail.com"))
        place_order(wanted=wanted, channel="api")
    assert Message.objects.filter(kind="in_review").count() == 1
    assert Event.objects.filter(type="in_review").count() == 5, "each order's progress still shows it"
    Message.objects.update(created_at=timezone.now() - timedelta(hours=25))
    place_order(wanted=request_for(customer=dataclasses.replace(JOHN, email="john@gmail.com")), channel="api")
    assert Message.objects.filter(kind="in_review").count() == 2


def test_held_mail_is_released_by_sending_it_again_and_the_order_tells_it(settings: Any) -> None:
    settings.MAILS_PER_ADDRESS_PER_HOUR = 0
    order = order_for(*TWO)
    queue_mail(order, "link")
    held = mail(order, "link")
    assert held.state == "held"
    send_again(order_id=order.pk, message_id=held.pk, actor=staff(staff_user(Role.SERVICE)))
    held.refresh_from_db()
    assert (held.state, held.hold_reason) == ("queued", "")
    assert Message.objects.count() == 1
    assert order.events.get(type="mail_released").data == {"kind": "link"}


@pytest.mark.parametrize(
    ("role", "state"), [("service", "queued"), ("lead", "queued"), ("warehouse", "held"), ("", "held")]
)
def test_only_what_service_and_lead_placed_is_never_held(settings: Any, role: str, state: str) -> None:
    settings.MAILS_PER_ADDRESS_PER_HOUR = 0
    user = staff_user(Role(role)) if role else None
    key, _secret = issue_api_key(name="key", role=role, user=user)
    order = place_order(wanted=request_for(), channel="api", placed_by=key).order
    queue_mail(order, "link")
    assert mail(order, "link").state == state


def test_what_staff_placed_on_their_page_is_never_held(settings: Any) -> None:
    settings.MAILS_PER_ADDRESS_PER_HOUR = 0
    order = place_order(wanted=request_for(), channel="staff").order
    queue_mail(order, "link")
    assert mail(order, "link").state == "queued"
