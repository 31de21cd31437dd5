"""Retention: orders are anonymised some time after their last parcel left, and what else ages is pruned.

A run a day, made of pieces, each a transaction of its own that also records how far the run is: it may be killed at any
instruction, and goes on where it was.
"""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.jobs import Claim, recording, request_job
from orders.actors import SYSTEM
from orders.lifecycle import ENDED, new_event
from orders.locks import lock_orders
from orders.models import Event, Order, RetentionRun, Shipment
from orders.privacy.erasing import forget_freed_pages, forget_orders
from orders.privacy.registry import AGEING, Ageing, days_ago
from orders.rounds import SECONDS_AT_ONCE

# Few enough that other writers wait only moments for a piece.
ORDERS_AT_ONCE = 50
ROWS_AT_ONCE = 1_000
# For so long after an erasure, its order is looked at again each day.
LEFTOVER_DAYS = 90


def begin_run() -> bool:
    """Begin today's run, unless it was begun already."""
    if RetentionRun.objects.filter(day=timezone.localdate()).exists():
        return False
    with transaction.atomic():
        run, created = RetentionRun.objects.get_or_create(
            day=timezone.localdate(),
            defaults={"started_at": timezone.now(), "up_to": days_ago(settings.RETENTION_DAYS)},
        )
        if created:
            request_job("retention", run.pk)
    return created


def do_run(claim: Claim) -> None:
    """The job of a run: piece after piece, for some seconds. It is requested again until the last stage is done."""
    until = time.monotonic() + SECONDS_AT_ONCE
    while (more := _do_piece(int(claim.subject))) and time.monotonic() < until:
        pass
    with recording(claim):
        transaction.on_commit(forget_freed_pages)
        if more:
            request_job("retention", claim.subject)


def due_orders(up_to: datetime, *, after: int = 0) -> QuerySet[Order]:
    """Ended orders that are not erased and whose last parcel left before `up_to`, or that ended before without one.

    A parcel that came back counts from then: a person must have the time to send it again.
    """
    last_parcel = (
        Shipment.objects.filter(order=OuterRef("pk"), shipped_at__isnull=False)
        .order_by()
        .values("order")
        .annotate(last=Max(Coalesce("returned_at", "shipped_at")))
        .values("last")
    )
    return (
        Order.objects.filter(ended_at__isnull=False, erased_at=None, pk__gt=after, created_at__lt=up_to)
        .annotate(kept_since=Coalesce(Subquery(last_parcel), F("ended_at")))
        .filter(kept_since__lt=up_to)
        .order_by("pk")
    )


def _do_piece(run_id: int) -> bool:
    """One piece of a run in a transaction of its own. Returns whether there is more to do."""
    with transaction.atomic():
        run = RetentionRun.objects.select_for_update().filter(pk=run_id, finished_at=None).first()
        if run is None:
            return False
        stages = _stages()
        if stages[run.stage](run):
            run.save()
            return True
        names = list(stages)
        following = names[names.index(run.stage) + 1 :]
        if following:
            run.stage, run.position = following[0], 0
        else:
            run.finished_at = timezone.now()
            run.still_open = (
                Order.objects.exclude(state__in=ENDED)
                .filter(created_at__lt=run.up_to, erased_at=None)
                .count()
            )
        run.save()
    return bool(following)


def _stages() -> dict[str, Callable[[RetentionRun], bool]]:
    """The stages by name, in their order. Each does a piece, and returns whether it may have more."""
    return {
        "orders": _anonymise,
        "leftovers": _erase_leftovers,
        **{ageing.name: partial(_prune, ageing) for ageing in AGEING},
    }


def _anonymise(run: RetentionRun) -> bool:
    """The next orders whose time is up: what the registry lists goes, and their links with it."""
    due = list(due_orders(run.up_to, after=run.position).values_list("pk", flat=True)[:ORDERS_AT_ONCE])
    if not due:
        return False
    # Read again under their locks: a customer may have erased one, or a parcel made one go on.
    locked = [order for order in lock_orders(due) if order.erased_at is None and order.ended_at is not None]
    order_ids = [order.pk for order in locked]
    forget_orders(order_ids)
    Order.objects.filter(pk__in=order_ids).update(
        erased_at=timezone.now(), link_version=F("link_version") + 1
    )
    Event.objects.bulk_create([new_event(order, "erased", SYSTEM, reason="retention") for order in locked])
    run.orders += len(locked)
    run.position = due[-1]
    return True


def _erase_leftovers(run: RetentionRun) -> bool:
    """What came to an order after it was erased, such as the number of a parcel that was packed then."""
    # To an order that has ended nothing comes but what was on its way.
    living, fresh = Q(ended_at=None), Q(erased_at__gte=days_ago(LEFTOVER_DAYS), ended_at__gte=run.up_to)
    erased = Order.objects.filter(living | fresh, erased_at__isnull=False, pk__gt=run.position).order_by("pk")
    order_ids = list(erased.values_list("pk", flat=True)[:ORDERS_AT_ONCE])
    if not order_ids:
        return False
    lock_orders(order_ids)
    _count(run, "leftovers", forget_orders(order_ids))
    run.position = order_ids[-1]
    return True


def _prune(ageing: Ageing, run: RetentionRun) -> bool:
    """The next overdue rows of a table that ages by itself."""
    overdue = list(ageing.overdue().order_by("pk").values_list("pk", flat=True)[:ROWS_AT_ONCE])
    if not overdue:
        return False
    rows = ageing.model._default_manager.filter(pk__in=overdue)
    _count(run, ageing.name, rows.update(**ageing.blank) if ageing.blank else rows.delete()[0])
    return True


def _count(run: RetentionRun, name: str, more: int) -> None:
    run.pruned[name] = run.pruned.get(name, 0) + more
