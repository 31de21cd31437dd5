"""After erasing an order none of its personal words is found anywhere; numbers and codes stay."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.db import connection, transaction

from catalog.models import Bag, Content
from core.jobs import claim_job
from core.models import IdempotencyKey, Job
from notifications.mail import outbox
from notifications.models import Message
from orders.actors import CUSTOMER
from orders.allocation.fulfilment import allocate_order
from orders.intake.order_request import BuilderRequest, LineRequest
from orders.intake.placing import place_order
from orders.intake.reviewing import review_order
from orders.letters import writing
from orders.links import is_token_of, order_token
from orders.models import Order, OrderLine
from orders.parcels.shipping import ship_shipment
from orders.privacy.erasing import erase_order
from quality.api import _report
from quality.reports import defect_reports
from tests.cast import JOHN, SPRINGFIELD, order_for, request_for, small_set, stock_bag, stock_piece
from tests.orders.privacy.parcels import packed
from warehouse.models import Reservation

pytestmark = pytest.mark.django_db(transaction=True)

# Words that stand nowhere else in the system, one for each place a customer can type into.
CANARIES = {
    "name": "Kanarienvogelius",
    "email": "canarybird",
    "line1": "Canaryferngasse",
    "line2": "Canaryhinterhaus",
    "city": "Canaryville",
    "postal_code": "62701-9987",
    "builder": "Canaryemma",
    "message": "canarymessageword",
    "bought_at": "Canarytoyshop",
}


def _canary_order(**more: Any) -> Order:
    address = replace(
        SPRINGFIELD,
        line1=CANARIES["line1"],
        line2=CANARIES["line2"],
        city=CANARIES["city"],
        postal_code=CANARIES["postal_code"],
    )
    request = request_for(
        "75290-1",
        *more.pop("lines", ()),
        customer=replace(JOHN, name=CANARIES["name"], email=f"{CANARIES['email']}@example.com"),
        address=address,
        builder=BuilderRequest(name=CANARIES["builder"], age_band="7-12"),
        message=CANARIES["message"],
        bought_at=CANARIES["bought_at"],
        **more,
    )
    return place_order(wanted=request, channel="web").order


def _run_jobs(kind: str) -> None:
    handlers = {"write_letter": writing.write_letter, "send_message": outbox.send_message}
    for job in Job.objects.filter(kind=kind, state="pending"):
        claim = claim_job(job.pk)
        assert claim is not None
        handlers[kind](claim)


def _words_in_tables() -> set[str]:
    """Which canaries stand in any column of any table."""
    found = set()
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
            text = repr(cursor.fetchall()).casefold()
            found |= {word for word in CANARIES.values() if word.casefold() in text}
    return found


def _words_in_files() -> dict[str, set[str]]:
    """Which canaries stand in any file under VAR, mails that are encoded included."""
    found = {}
    for path in Path(django_settings.VAR).rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes().lower()
            words = {word for word in CANARIES.values() if word.lower().encode() in content}
            if words:
                found[str(path)] = words
    return found


def test_nothing_personal_is_left_in_any_table_or_file(voices: None, settings: Any) -> None:
    settings.EMAIL_BACKEND = "notifications.mail.mailbox.MailboxBackend"
    cantina = small_set()
    stock_bag(cantina.bag14, 2)
    order = _canary_order()
    with transaction.atomic():
        allocate_order(order.pk)
    _run_jobs("write_letter")
    _run_jobs("send_message")
    IdempotencyKey.objects.create(
        caller="x", key="k", operation="o", request_hash="h", body={"name": CANARIES["name"]},
        reference=f"order:{order.pk}",
    )  # fmt: skip
    assert _words_in_tables() == set(CANARIES.values()), "the canaries were there"
    assert list(Path(django_settings.MAILBOX_DIR).glob("*.eml")), "and were mailed"
    erase_order(order_id=order.pk, actor=CUSTOMER)
    assert _words_in_tables() == set()
    if connection.vendor == "sqlite":
        assert _words_in_files() == {}
    assert not list(Path(django_settings.MAILBOX_DIR).glob("*"))


def test_the_statistics_stay(voices: None) -> None:
    small_set()
    order = _canary_order(box_code="45R0")
    erase_order(order_id=order.pk, actor=CUSTOMER)
    order.refresh_from_db()
    assert (order.country, order.box_code, order.state, order.end_reason) == (
        "US",
        "45R0",
        "cancelled",
        "erased",
    )
    assert OrderLine.objects.filter(order=order, bag_label="14").exists()
    assert order.events.last().type == "erased"  # type: ignore[union-attr]


def test_older_links_stop_working_and_no_mail_goes_out() -> None:
    small_set()
    order = _canary_order()
    token = order_token(order)
    erase_order(order_id=order.pk, actor=CUSTOMER)
    order.refresh_from_db()
    assert not is_token_of(order, token)
    assert not Message.objects.exists()


def test_erasing_twice_changes_nothing() -> None:
    small_set()
    order = _canary_order()
    erase_order(order_id=order.pk, actor=CUSTOMER)
    erase_order(order_id=order.pk, actor=CUSTOMER)
    assert order.events.filter(type="erased").count() == 1


def test_what_was_described_in_words_goes_too() -> None:
    small_set()
    order = _canary_order(described=CANARIES["message"], described_set=CANARIES["bought_at"])
    assert order.to_identify
    erase_order(order_id=order.pk, actor=CUSTOMER)
    assert _words_in_tables() == set()


def test_a_note_of_the_review_goes_with_the_mail(settings: Any) -> None:
    settings.LIMIT_BAGS_PER_ORDER = 0
    small_set()
    order = _canary_order()
    review_order(order_id=order.pk, decision="decline", note=CANARIES["message"], actor=CUSTOMER)
    erase_order(order_id=order.pk, actor=CUSTOMER)
    assert _words_in_tables() == set()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("45R0", "45R0"), (" 45-R 0 ", "45R0"), ("Erase Me 555-1234", ""), ("45R0 Canaryemma", ""), ("", "")],
)
def test_of_the_box_code_only_what_is_a_code_stays(typed: str, kept: str) -> None:
    small_set()
    order = _canary_order(box_code=typed)
    assert [row["box_code"] for row in map(_report, defect_reports())] == [kept], (
        "nor do the reports show more"
    )
    erase_order(order_id=order.pk, actor=CUSTOMER)
    order.refresh_from_db()
    assert order.box_code == kept
    assert _words_in_tables() == set()


@pytest.mark.parametrize(("typed", "kept"), [("14", "14"), ("14A", "14A"), ("X7", "X7"), ("CANARYEMMA", "?")])
def test_a_label_that_staff_have_not_entered_stays_only_if_it_looks_like_one(typed: str, kept: str) -> None:
    small_set(bags_known=False)
    Content.objects.all().delete()
    Bag.objects.all().delete()
    order = _canary_order(lines=(LineRequest(bag=typed),))
    erase_order(order_id=order.pk, actor=CUSTOMER)
    assert OrderLine.objects.get().bag_label == kept


def test_no_stock_comes_to_an_erased_order_whose_parcel_is_packed(voices: None) -> None:
    cantina = small_set()
    shipment = packed(cantina, LineRequest(bag="14"), LineRequest(part_num="3001", color_id=4, quantity=3))
    order = shipment.order
    later = order_for(LineRequest(bag="14"))
    erase_order(order_id=order.pk, actor=CUSTOMER)
    stock_bag(cantina.bag14, 1)
    stock_piece(cantina.red, 5)
    with transaction.atomic():
        allocate_order(order.pk)
        allocate_order(later.pk)
    in_parcel, bag, more = order.lines.all()
    assert (in_parcel.reserved, in_parcel.waived) == (2, 0), "what lies in the parcel stays in it"
    assert (bag.reserved, bag.backordered, bag.waived) == (0, 0, 1)
    assert (more.reserved, more.backordered, more.waived) == (0, 0, 3)
    assert later.lines.get().reserved == 1
    assert not Reservation.objects.filter(
        reference__in=[line.reference for line in order.lines.all()]
    ).exists()
    ship_shipment(shipment_id=shipment.pk, carrier="Post", by=None)
    order.refresh_from_db()
    assert (order.state, order.ended_at is not None) == ("closed", True)
