"""The ledger is the quantities."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import F

from orders.models import PickShare
from tests.soak.checks.finding import Finding
from warehouse.drift import find_drift
from warehouse.models import StockLevel, StockMovement


def check_stock() -> Iterator[Finding]:
    for drift in find_drift():
        yield Finding("off", "the ledger", str(drift))
    for level in StockLevel.objects.filter(reserved__gt=F("on_hand")):
        yield Finding("double", "more reserved than there is", str(level))
    yield from _check_what_left()


def _check_what_left() -> Iterator[Finding]:
    """What went off the shelves for parcels lies in parcels."""
    left: Counter[int] = Counter()
    rows = StockMovement.objects.filter(reason__in=("picked", "put_back", "returned"))
    for item_id, delta in rows.values_list("item_id", "delta"):
        left[item_id] -= delta
    inside: Counter[int] = Counter()
    shares = PickShare.objects.exclude(shipment__status="returned")
    for item_id, quantity in shares.values_list("pick__level__item_id", "picked_quantity"):
        inside[item_id] += quantity
    for item_id in left.keys() | inside.keys():
        if left[item_id] != inside[item_id]:
            yield Finding(
                "off", "what left", f"item {item_id}: {left[item_id]}, parcels hold {inside[item_id]}"
            )
