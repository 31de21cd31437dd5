"""After erasing an order none of its personal words is found anywhere; numbers and codes stay."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.db import connection, transaction

from core.jobs import claim_job
from core.models import IdempotencyKey, Job
from notifications.mail import outbox
from notifications.models import Message
from orders.actors import CUSTOMER
from orders.allocation.fulfilment import allocate_order
from orders.intake.order_request import BuilderRequest
from orders.intake.placing import place_order
from orders.intake.reviewing import review_order
from orders.letters import writing
from orders.links import is_token_of, order_token
from orders.models import Order, OrderLine
from orders.privacy.erasing import erase_order
from tests.cast import JOHN, SPRINGFIELD, request_for, small_set, stock_bag

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
