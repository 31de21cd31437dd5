"""Retention: two years after the last parcel left, an order is anonymised; what is counted stays as it was."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import Role
from core.jobs import claim_job, run_job
from core.models import Job
from notifications.models import Message
from orders.actors import CUSTOMER
from orders.intake.cancelling import cancel_order
from orders.models import Access, Order, OrderContact, RetentionRun
from orders.parcels.returning import return_shipment
from orders.parcels.shipping import ship_shipment
from orders.privacy import retention
from orders.privacy.access_log import note_access
from orders.privacy.erasing import erase_order, forget_orders
from orders.privacy.retention import begin_run, do_run
from tests.cast import SmallSet, order_for, staff_user
from tests.orders.privacy.clock import move_clock
from tests.orders.privacy.parcels import packed

pytestmark = pytest.mark.django_db

DAYS = 730


def retain() -> RetentionRun:
    """Today's run, to its end."""
    begin_run()
    run = RetentionRun.objects.latest("pk")
    for _ in range(100):
        job = Job.objects.get(kind="retention", subject=str(run.pk))
        if job.state != Job.State.PENDING:
            break
        run_job(job.pk, do_run)
    run.refresh_from_db()
    assert run.finished_at is not None
    return run


def cancelled() -> Order:
    order = order_for()
    cancel_order(order_id=order.pk, actor=CUSTOMER)
    return order


def test_an_ended_order_is_anonymised_when_its_days_are_over(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = cancelled()
    move_clock(monkeypatch, timedelta(days=DAYS - 1))
    assert retain().orders == 0
    assert OrderContact.objects.filter(order=order).exists()
    move_clock(monkeypatch, timedelta(days=DAYS + 1))
    run = retain()
    assert run.orders == 1
    order.refresh_from_db()
    assert order.erased_at is not None
    assert (order.state, order.end_reason, order.country) == ("cancelled", "asked", "US")
    assert not OrderContact.objects.exists()
    assert not Message.objects.exists()
    erased = order.events.get(type="erased")
    assert (erased.by, erased.data) == ("system", {"reason": "retention"})


def test_the_days_count_from_the_last_parcel(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch, voices: None
) -> None:
    shipment = packed(cantina)
    move_clock(monkeypatch, timedelta(days=100))
    ship_shipment(shipment_id=shipment.pk, carrier="Post", tracking_number="RR1", by=None)
    move_clock(monkeypatch, timedelta(days=DAYS + 50))
    assert retain().orders == 0, "the parcel left a hundred days after the order"
    move_clock(monkeypatch, timedelta(days=DAYS + 101))
    assert retain().orders == 1
    shipment.refresh_from_db()
    assert (shipment.tracking_number, shipment.carrier, shipment.status) == ("", "Post", "shipped")


def test_a_parcel_that_came_back_has_its_time_to_be_sent_again(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch, voices: None
) -> None:
    shipment = packed(cantina)
    ship_shipment(shipment_id=shipment.pk, carrier="Post", tracking_number="RR1", by=None)
    move_clock(monkeypatch, timedelta(days=DAYS - 1))
    return_shipment(shipment_id=shipment.pk, by=None)
    move_clock(monkeypatch, timedelta(days=DAYS + 1))
    assert retain().orders == 0
    move_clock(monkeypatch, timedelta(days=2 * DAYS))
    assert retain().orders == 1


def test_an_order_that_lives_keeps_its_data_and_the_run_says_how_many(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = order_for()
    move_clock(monkeypatch, timedelta(days=5000))
    run = retain()
    assert (run.orders, run.still_open) == (0, 1)
    assert OrderContact.objects.filter(order=order).exists()


def test_a_run_goes_on_where_it_was_killed(cantina: SmallSet, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [cancelled() for _ in range(5)]
    monkeypatch.setattr(retention, "ORDERS_AT_ONCE", 2)
    move_clock(monkeypatch, timedelta(days=DAYS + 1))
    begin_run()
    run = RetentionRun.objects.get()
    assert retention._do_piece(run.pk)
    run.refresh_from_db()
    assert (run.orders, run.position) == (2, orders[1].pk)

    def dies(order_ids: Any) -> int:
        forget_orders(order_ids)
        raise KeyboardInterrupt

    monkeypatch.setattr(retention, "forget_orders", dies)
    with pytest.raises(KeyboardInterrupt):
        retention._do_piece(run.pk)
    monkeypatch.setattr(retention, "forget_orders", forget_orders)
    assert OrderContact.objects.count() == 3, "a piece is done whole or not at all"
    assert retain().orders == 5
    assert not OrderContact.objects.exists()
    assert not Order.objects.filter(erased_at=None).exists()


def test_there_is_one_run_a_day(cantina: SmallSet, monkeypatch: pytest.MonkeyPatch) -> None:
    assert begin_run()
    assert not begin_run()
    retain()
    assert not begin_run()
    assert RetentionRun.objects.count() == 1
    move_clock(monkeypatch, timedelta(days=1))
    assert begin_run()


def test_a_customers_erasure_while_the_run_works_is_left_alone(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = cancelled()
    move_clock(monkeypatch, timedelta(days=DAYS + 1))
    erase_order(order_id=order.pk, actor=CUSTOMER)
    assert retain().orders == 0
    assert order.events.filter(type="erased").count() == 1


def test_what_comes_to_an_order_after_it_was_erased_goes_the_next_day(
    cantina: SmallSet, voices: None
) -> None:
    shipment = packed(cantina)
    erase_order(order_id=shipment.order_id, actor=CUSTOMER)
    ship_shipment(shipment_id=shipment.pk, carrier="Post", tracking_number="RR1", by=None)
    Message.objects.create(
        reference=f"order:{shipment.order_id}", key="late", kind="x", language="en", to_email="a@example.com",
        subject="s", body="b", message_id="m", created_at=timezone.now(),
    )  # fmt: skip
    run = retain()
    shipment.refresh_from_db()
    assert shipment.tracking_number == ""
    assert not Message.objects.exists()
    assert run.pruned["leftovers"] == 2


def test_what_else_ages_is_pruned(cantina: SmallSet, monkeypatch: pytest.MonkeyPatch) -> None:
    leo = staff_user(Role.LEAD)
    order = order_for()
    note_access("order", [order.pk], user=leo)
    Session.objects.create(
        session_key="k", session_data="d", expire_date=timezone.now() + timedelta(hours=12)
    )
    LogEntry.objects.create(
        user=leo, content_type=ContentType.objects.get_for_model(Order), object_id=str(order.pk),
        object_repr="John", action_flag=CHANGE, change_message="John moved", action_time=timezone.now(),
    )  # fmt: skip
    run = retain()
    assert run.pruned == {}
    move_clock(monkeypatch, timedelta(days=366))
    assert retain().pruned == {"access_log": 1, "sessions": 1}
    move_clock(monkeypatch, timedelta(days=DAYS + 1))
    assert retain().pruned["admin_log"] == 1
    assert not Access.objects.exists()
    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.change_message, entry.user) == ("", "", leo)


def test_the_job_gives_its_worker_back_between_pieces(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        cancelled()
    monkeypatch.setattr(retention, "ORDERS_AT_ONCE", 1)
    monkeypatch.setattr(retention, "SECONDS_AT_ONCE", 0.0)
    move_clock(monkeypatch, timedelta(days=DAYS + 1))
    begin_run()
    job = Job.objects.get(kind="retention")
    claim = claim_job(job.pk)
    assert claim is not None
    do_run(claim)
    job.refresh_from_db()
    assert job.state == Job.State.PENDING
    assert retain().orders == 3
