"""Mails to customers who wait: that something waits for stock, and that a promised day has passed. Each once.

The promise is a parcel on its way within `PROMISED_WORKING_DAYS`.
"""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from core.jobs import Claim, recording, request_job
from orders import mails
from orders.actors import SYSTEM
from orders.allocation.estimates import add_working_days, expect
from orders.lifecycle import record_event
from orders.locks import lock_order
from orders.models import Event, Order, OrderContact
from orders.rounds import do_round

PROMISED_STATES = (Order.State.RECEIVED, Order.State.ALLOCATED, Order.State.BACKORDERED)
#: The orders of a page.
AT_ONCE = 25


def promised_on(order: Order) -> date:
    """The day by which the order should be on its way."""
    return add_working_days(timezone.localdate(order.created_at), settings.PROMISED_WORKING_DAYS)


def mail_waiting(claim: Claim) -> None:
    """The job of an order that waits for stock: mail its customer so, once. No mail where the stock came meanwhile."""
    with recording(claim):
        order = lock_order(int(claim.subject))
        if order.state == Order.State.BACKORDERED:
            expected = expect(order)
            mails.queue_mail(order, "waiting", leaves_on=expected.leaves_on, promised_on=promised_on(order))


def request_late_notices() -> None:
    """Have all customers mailed whose promised day has passed, each once."""
    with transaction.atomic():
        request_job("late_notices", "all")


def send_late_notices(claim: Claim) -> None:
    """The job of that: in pieces that give way to other mails, until all are written."""
    do_round(claim, look_for_late)


def look_for_late(after: int) -> tuple[int, int]:
    """Mail the next customers whose promised day has passed. For `orders.rounds`."""
    mailed = Event.objects.filter(order=OuterRef("pk"), type="late")
    contact = OrderContact.objects.filter(order=OuterRef("pk"))
    # So many working days are at least as many days: an order younger than that cannot be late.
    oldest = timezone.now() - timedelta(days=settings.PROMISED_WORKING_DAYS)
    open_orders = Order.objects.filter(Exists(contact), ~Exists(mailed), state__in=PROMISED_STATES)
    found = open_orders.filter(pk__gt=after, created_at__lte=oldest).order_by("pk")
    order_ids = list(found.values_list("pk", flat=True)[:AT_ONCE])
    sent = sum(map(_send_late_notice, order_ids))
    return order_ids[-1] if len(order_ids) == AT_ONCE else 0, sent


def _send_late_notice(order_id: int) -> bool:
    """Mail the customer where the order is late. Returns whether it did."""
    with transaction.atomic():
        order = lock_order(order_id)
        promise = promised_on(order)
        if order.state not in PROMISED_STATES or promise >= timezone.localdate():
            return False
        if order.events.filter(type="late").exists():
            return False
        expected = expect(order)
        if expected.left and not expected.waits:
            return False
        mails.queue_mail(
            order,
            "late",
            promised_on=promise,
            leaves_on=None if expected.left else expected.leaves_on,
            waits=expected.waits,
        )
        record_event(order, "late", SYSTEM)
    return True
