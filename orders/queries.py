"""Lists that more than one page or program reads: each is a query with a name."""

from datetime import date, datetime, time

from django.db.models import Count, Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from orders.models import Order, OrderLine, Pick, PutBack, Shipment, ShipmentLine, Wave

BY_AGE, ONE_LINE = "age", "one-line"


def ready_to_pick() -> QuerySet[Order]:
    """Stock is reserved that lies in no parcel yet, and nobody picks for the order now. Oldest first."""
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
    """The orders that a rule puts into a wave, first ones first: by age, or those of one line only, by age too.

    Orders of one line are one grip each: together they make the quickest walk.
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

    Each is counted by itself: joined, the picks of a wave would be multiplied by its parcels.
    """
    picks, parcels = Pick.objects.filter(wave=OuterRef("pk")), Shipment.objects.filter(wave=OuterRef("pk"))
    gone = parcels.filter(status__in=["shipped", "delivered", "returned"])
    return (
        Wave.objects.select_related("created_by")
        .annotate(
            stops=_count_of(picks),
            stops_done=_count_of(picks.filter(picked_at__isnull=False)),
            parcels=_count_of(parcels),
            parcels_gone=_count_of(gone),
            to_carry_back=_count_of(PutBack.objects.filter(wave=OuterRef("pk"), done_at=None)),
        )
        .order_by("-pk")
    )


def _count_of(rows: QuerySet[Pick] | QuerySet[Shipment] | QuerySet[PutBack]) -> Coalesce:
    total = rows.order_by().values("wave").annotate(total=Count("pk")).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)
