"""Lists that more than one page or program reads: each is a query with a name."""

from datetime import date, datetime, time

from django.db.models import Count, Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from orders.models import Order, OrderLine, Pick, PutBack, Shipment, ShipmentLine, Wave

BY_AGE, ONE_LINE = "age", "one-line"


def ready_to_pick() -> QuerySet[Order]:
    """Orders with reserved stock that lies in no parcel yet, and with no parcel in picking. Oldest first."""
    return (
        Order.objects.filter(state__in=[Order.State.ALLOCATED, Order.State.BACKORDERED])
        .filter(~Exists(Shipment.objects.filter(order=OuterRef("pk"), status=Shipment.Status.PICKING)))
        .annotate(
            reserved=_sum_of(OrderLine.objects.filter(order=OuterRef("pk")), "order", "reserved"),
            packed=_sum_of(
                ShipmentLine.objects.filter(
                    shipment__order=OuterRef("pk"), shipment__status=Shipment.Status.PACKED
                ),
                "shipment__order",
                "quantity",
            ),
        )
        .filter(reserved__gt=F("packed"))
        .order_by("created_at", "pk")
    )


def ready_by_rule(rule: str) -> QuerySet[Order]:
    """The orders that a rule puts into a wave, oldest first: all of them, or only those of one line.

    The packer takes one thing for each order of one line, so these together make the quickest walk.
    """
    ready = ready_to_pick()
    if rule == ONE_LINE:
        second = OrderLine.objects.filter(order=OuterRef("pk"), position__gt=1)
        ready = ready.filter(~Exists(second))
    return ready


def _sum_of(rows: QuerySet[OrderLine] | QuerySet[ShipmentLine], group: str, field: str) -> Coalesce:
    total = rows.order_by().values(group).annotate(total=Sum(field)).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)


def handed_over_on(day: date) -> QuerySet[Shipment]:
    """What was handed to carriers on a day, by carrier and time. Without addresses: those are on the labels only."""
    first, last = (timezone.make_aware(datetime.combine(day, moment)) for moment in (time.min, time.max))
    return (
        Shipment.objects.filter(shipped_at__gte=first, shipped_at__lte=last)
        .select_related("order")
        .only(
            "carrier",
            "tracking_number",
            "measured_weight_mg",
            "shipped_at",
            "order__number",
            "order__country",
        )
        .order_by("carrier", "shipped_at", "pk")
    )


def waves_with_progress() -> QuerySet[Wave]:
    """Newest first, with how many stops and parcels are done, and what has to be carried back.

    Each number is a subquery: a join would multiply the picks of a wave by its parcels.
    """
    picks, shipments = Pick.objects.filter(wave=OuterRef("pk")), Shipment.objects.filter(wave=OuterRef("pk"))
    handed_over = shipments.filter(status__in=["shipped", "delivered", "returned"])
    return (
        Wave.objects.select_related("created_by")
        .annotate(
            stops=_count_of(picks),
            stops_done=_count_of(picks.filter(picked_at__isnull=False)),
            parcels=_count_of(shipments),
            parcels_gone=_count_of(handed_over),
            to_carry_back=_count_of(PutBack.objects.filter(wave=OuterRef("pk"), done_at=None)),
        )
        .order_by("-pk")
    )


def _count_of(rows: QuerySet[Pick] | QuerySet[Shipment] | QuerySet[PutBack]) -> Coalesce:
    total = rows.order_by().values("wave").annotate(total=Count("pk")).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)
