"""Finding items and bins, and reading what belongs to them: levels, movements, waiting lines."""

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from catalog.text import clean_identifier
from orders.models import Backorder
from warehouse.models import Bin, StockItem, StockLevel, StockMovement

MOST_FOUND = 60
MOST_BINS = 300


def find_items(typed: str) -> QuerySet[StockItem]:
    """Items that match every word: SKU, part number, name, colour, element id, set number, or a bin's code."""
    items = StockItem.objects.all()
    for word in clean_identifier(typed).split()[:8]:
        items = items.filter(
            Q(sku__icontains=word)
            | Q(piece__part__name__icontains=word)
            | Q(piece__color__name__icontains=word)
            | Q(piece__elements__element_id=word)
            | Q(bag__set__name__icontains=word)
            | Q(levels__bin__code__iexact=word)
        )
    found = items.order_by().values("pk").distinct()
    return with_levels(StockItem.objects.filter(pk__in=found).order_by("sku"))


def with_levels(items: QuerySet[StockItem]) -> QuerySet[StockItem]:
    """The items with their bins, and with what is on hand and reserved in all of them."""
    return (
        items.select_related("piece__part", "piece__color", "bag__set")
        .prefetch_related("levels__bin")
        .annotate(
            total_on_hand=Coalesce(Sum("levels__on_hand"), 0),
            total_reserved=Coalesce(Sum("levels__reserved"), 0),
        )
    )


def ledger_of(item: StockItem) -> QuerySet[StockMovement]:
    """The movements of an item, newest first."""
    return StockMovement.objects.filter(item=item).select_related("bin", "by").order_by("-at", "-pk")


def waiting_for(item: StockItem) -> QuerySet[Backorder]:
    """The lines that wait for an item, the oldest first."""
    return Backorder.objects.filter(item=item).select_related("line__order").order_by("line_id")


def bin_codes() -> list[str]:
    """The bins that the browser suggests while staff type."""
    return list(Bin.objects.order_by("code").values_list("code", flat=True)[:MOST_BINS])


def find_bin(named: str | int) -> Bin | None:
    """A bin by its id, or by its code in any case."""
    if isinstance(named, int):
        return Bin.objects.filter(pk=named).first()
    return Bin.objects.filter(code__iexact=clean_identifier(named)).first()


def levels_in(bin_: Bin) -> QuerySet[StockLevel]:
    """What lies in a bin now."""
    return (
        StockLevel.objects.filter(bin=bin_, on_hand__gt=0)
        .select_related("item__piece__part", "item__piece__color", "item__bag__set")
        .prefetch_related("item__piece__elements")
        .order_by("item__sku")
    )


def received_recently(user: User) -> QuerySet[StockMovement]:
    """What this worker has put on the shelves last."""
    return (
        StockMovement.objects.filter(by=user, reason="received")
        .select_related("bin", "item__piece__part", "item__piece__color", "item__bag__set")
        .order_by("-pk")[:8]
    )
