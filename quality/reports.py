"""DefectReports: what the packing-inspection team sees of what was missing or broken. Never the customer.

A report is a line that was missing or damaged in the box. It counts as long as the customer stands by it, so these are
left out:

- a line that the customer found again, and everything that a child lost;
- an order that service is still reviewing (`in_review`) or has declined (`declined`);
- a cancelled order, since a customer who cancels has mostly found the missing part. An order that was cancelled only
  because its customer was erased stays: the box was short all the same.

Stock, shipments and the post change nothing: the box was short on the day it was opened.
"""

from typing import Any

from django.db.models import F, Q, QuerySet

from catalog.text import clean_identifier
from orders.models import Order, OrderLine

FIELDS = (
    "id",
    "reported_at",
    "set_num",
    "set_name",
    "bag_label",
    "part_num",
    "piece_name",
    "color_id",
    "color_name",
    "color_rgb",
    "quantity",
    "reason",
    "box_code",
    "country",
)


def defect_reports(*, set_num: str = "") -> QuerySet[OrderLine, dict[str, Any]]:
    """All reports, newest first, as dictionaries of `FIELDS`; for one set if its number is given.

    `bag_label` is empty for a piece; the fields of the piece are None for a bag. The query reads only numbers and
    codes, so that nothing personal can reach the reader of the reports; but the box code is as it was typed, so its
    readers pass it through `orders.intake.box_codes.plain_code`.
    """
    ended = Q(order__state=Order.State.CANCELLED) & ~Q(order__end_reason="erased")
    lines = (
        OrderLine.objects.filter(
            reason__in=[OrderLine.Reason.MISSING, OrderLine.Reason.DAMAGED], found_at__isnull=True
        )
        .exclude(order__state__in=[Order.State.IN_REVIEW, Order.State.DECLINED])
        .exclude(ended)
    )
    wanted = clean_identifier(set_num)
    if wanted:
        names = [wanted] if "-" in wanted else [wanted, f"{wanted}-1"]
        lines = lines.filter(order__set__set_num__in=names)
    rows: QuerySet[OrderLine, dict[str, Any]] = (
        lines.annotate(
            reported_at=F("order__created_at"),
            set_num=F("order__set__set_num"),
            set_name=F("order__set__name"),
            part_num=F("piece__part__part_num"),
            piece_name=F("piece__part__name"),
            color_id=F("piece__color_id"),
            color_name=F("piece__color__name"),
            color_rgb=F("piece__color__rgb"),
            box_code=F("order__box_code"),
            country=F("order__country"),
        )
        .values(*FIELDS)
        .order_by("-id")
    )
    return rows
