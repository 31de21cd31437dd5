"""Finding work that is undone although no job is left to do it: derived from the data, page by page.

A job that failed is not requested again here: a person looks at it first. What waits for its time is left alone.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from django.db import transaction
from django.db.models import Exists, OuterRef

from core.jobs import Claim, request_jobs
from core.models import Job
from notifications.models import Message
from orders.allocation.fulfilment import OPEN_STATES
from orders.allocation.waiting import find_changing
from orders.letters.writing import is_written
from orders.models import Event, Letter, LetterVersion, Order, OrderContact, OrderLine, PrintRun, RetentionRun
from orders.privacy.erasing import give_up_erased
from orders.rounds import do_round, go_on
from warehouse.models import Reservation

ORDERS_AT_ONCE = 200
#: The keys of a page of mails; most of them are sent.
MAILS_AT_ONCE = 5_000


def find_undone_work() -> int:
    """The next piece of the slow round through everything that is open. Returns how many jobs it requested."""
    runs = [
        ("print_wave", pk) for pk in PrintRun.objects.filter(finished_at=None).values_list("pk", flat=True)
    ]
    runs += [
        ("retention", pk) for pk in RetentionRun.objects.filter(finished_at=None).values_list("pk", flat=True)
    ]
    return request_missing(runs) + go_on("orders", look_at_orders) + go_on("mails", look_at_mails)


def look_again(claim: Claim) -> None:
    """The job after the contents of bags changed: a whole round through the open orders, so that none waits for it."""
    do_round(claim, look_at_orders)


def look_at_orders(after: int) -> tuple[int, int]:
    """Request the jobs of the next open orders whose stock or letter is undone. Give up what is open of erased ones."""
    found = Order.objects.filter(state__in=OPEN_STATES, pk__gt=after).order_by("pk")
    page = list(found[:ORDERS_AT_ONCE])
    if not page:
        return 0, 0
    for order_id in _still_open([order.pk for order in page if order.erased_at is not None]):
        give_up_erased(order_id)
    orders = [order for order in page if order.erased_at is None]
    undone = [("fulfil_order", order_id) for order_id in find_changing(orders)]
    undone += [("write_letter", order_id) for order_id in _without_letter(orders)]
    return page[-1].pk if len(page) == ORDERS_AT_ONCE else 0, request_missing(undone)


def look_at_mails(after: int) -> tuple[int, int]:
    """Request the jobs of mails that were never sent."""
    last = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    unsent = Message.objects.filter(pk__gt=after, pk__lte=after + MAILS_AT_ONCE).filter(
        state__in=[Message.State.QUEUED, Message.State.SENDING]
    )
    undone = [("send_message", pk) for pk in unsent.values_list("pk", flat=True)]
    return after + MAILS_AT_ONCE if after + MAILS_AT_ONCE < last else 0, request_missing(undone)


def request_missing(undone: Sequence[tuple[str, int]]) -> int:
    """Request those of these jobs that are done or were never requested. Returns how many."""
    # Read after the data: a job that ended in between did what was undone, and finds nothing to do.
    missing = []
    for kind, rows in groupby(undone, key=itemgetter(0)):
        subjects = [str(subject) for _kind, subject in rows]
        there = Job.objects.filter(kind=kind, subject__in=subjects).exclude(state=Job.State.DONE)
        known = set(there.values_list("subject", flat=True))
        missing += [(kind, subject) for subject in subjects if subject not in known]
    if missing:
        with transaction.atomic():
            request_jobs(missing)
    return len(missing)


def _still_open(order_ids: Sequence[int]) -> list[int]:
    """Those of these orders of which something waits, is reserved beside what is packed, or still needs stock."""
    lines = list(OrderLine.objects.filter(order__in=order_ids))
    reserved = Reservation.objects.filter(reference__in=[line.reference for line in lines])
    references = set(reserved.values_list("reference", flat=True))
    return sorted(
        {
            line.order_id
            for line in lines
            if line.open_quantity or line.backordered or line.reference in references
        }
    )


def _without_letter(orders: Sequence[Order]) -> list[int]:
    """Those of these orders whose letter is due: with an address, not held, and no version that knows all lines."""
    ids = [order.pk for order in orders]
    held = Letter.objects.filter(order=OuterRef("pk")).exclude(hold_reason="")
    open_to_letters = Order.objects.filter(
        Exists(OrderContact.objects.filter(order=OuterRef("pk"))), ~Exists(held), pk__in=ids
    )
    versions = LetterVersion.objects.filter(letter__order=OuterRef("pk"))
    unwritten = set(open_to_letters.filter(~Exists(versions)).values_list("pk", flat=True))
    added = Event.objects.filter(order=OuterRef("pk"), type="lines_added")
    grown = Letter.objects.filter(order__in=open_to_letters.filter(Exists(added)))
    unwritten |= {letter.order_id for letter in grown if not is_written(letter)}
    return sorted(unwritten)
