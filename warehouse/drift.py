"""Whether the stock levels agree with the ledger and the reservations. Reports drift, repairs nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from warehouse.models import Reservation, StockLevel, StockMovement


@dataclass(frozen=True, slots=True)
class Drift:
    """A figure of a level that differs from the sum of its rows."""

    sku: str
    bin: str
    figure: str  # on_hand or reserved
    stored: int
    computed: int

    def __str__(self) -> str:
        return f"{self.sku} in {self.bin}: {self.figure} is {self.stored}, its rows add up to {self.computed}"


def find_drift() -> list[Drift]:
    """Recompute every level: on hand from the ledger's lines, reserved from the reservations.

    One statement reads the levels, and one the lines of the ledger that have no level. Each sees a single moment, so
    stock that moves meanwhile is no drift.
    """
    return [*_levels_that_differ(), *_lines_without_a_level()]


def _levels_that_differ() -> Iterator[Drift]:
    lines = StockMovement.objects.filter(item=OuterRef("item"), bin=OuterRef("bin"))
    reservations = Reservation.objects.filter(level=OuterRef("pk"))
    levels = (
        StockLevel.objects.annotate(
            moved=_sum(lines, "item", "delta"), held=_sum(reservations, "level", "quantity")
        )
        .exclude(on_hand=F("moved"), reserved=F("held"))
        .order_by("item__sku", "bin__code")
        .values_list("item__sku", "bin__code", "on_hand", "moved", "reserved", "held")
    )
    for sku, bin_code, on_hand, moved, reserved, held in levels:
        if on_hand != moved:
            yield Drift(sku, bin_code, "on_hand", on_hand, moved)
        if reserved != held:
            yield Drift(sku, bin_code, "reserved", reserved, held)


def _lines_without_a_level() -> Iterator[Drift]:
    level = StockLevel.objects.filter(item=OuterRef("item"), bin=OuterRef("bin"))
    lines = (
        StockMovement.objects.filter(~Exists(level))
        .values_list("item__sku", "bin__code")
        .annotate(total=Sum("delta"))
        .exclude(total=0)
        .order_by("item__sku", "bin__code")
    )
    for sku, bin_code, total in lines:
        yield Drift(sku, bin_code, "on_hand", 0, total)


def _sum(rows: QuerySet[StockMovement] | QuerySet[Reservation], group: str, field: str) -> Coalesce:
    total = rows.order_by().values(group).annotate(total=Sum(field)).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)
