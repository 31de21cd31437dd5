"""Counting a bin by scanning what lies in it, one piece after the other. The books wait until the count is finished."""

from django.db import transaction
from django.db.models import F, Prefetch, Q, QuerySet

from accounts.models import User
from core.refusals import NotFound, Problem, Refusal
from core.text import ascii_digits
from warehouse.models import BinCount, CountedItem, StockItem
from warehouse.scan_keys import enter_once
from warehouse.shelves import bin_named

MAX_SCANNED = 100_000


def start_count(*, bin_code: str, by: User | None) -> BinCount:
    """Begin to count a bin, or go on with the count of it that is open. Raises Refusal `invalid`."""
    code = bin_code.strip()
    if not code or len(code) > 20:
        raise Refusal(
            "invalid", problems=[Problem("/bin", "invalid", "Give a bin's code, such as A-03-2-14.")]
        )
    with transaction.atomic():
        count, _ = BinCount.objects.get_or_create(bin=bin_named(code), finished_at=None, defaults={"by": by})
    return count


def scan_into_count(*, count_id: int, scanned: str, key: str, quantity: int = 1) -> CountedItem:
    """One scan: so many more of what was scanned, by SKU, element id or part number. The same `key` counts once.

    Raises NotFound, Refusal `invalid`, 409 `count_finished`, or 409 `which_one` where the number fits several items.
    """
    if not key or not 0 < quantity <= MAX_SCANNED:
        field = "/quantity" if key else "/key"
        raise Refusal("invalid", problems=[Problem(field, "invalid", "Give a key and a number above 0.")])
    with transaction.atomic():
        entry = enter_once(key)
        count = BinCount.objects.select_for_update().filter(pk=count_id).first()
        if count is None:
            raise NotFound("There is no such count.")
        item = find_scanned(scanned, bin_id=count.bin_id)
        counted, _ = CountedItem.objects.get_or_create(count=count, item=item)
        if entry is None:
            return counted
        if count.finished_at is not None:
            raise Refusal("count_finished", "This count is finished. Begin another.", status=409)
        CountedItem.objects.filter(pk=counted.pk).update(quantity=F("quantity") + quantity)
        counted.refresh_from_db()
    return counted


def read_count_with_items(count_id: int) -> BinCount:
    """A count with what was scanned in it, the last first. Raises NotFound."""
    items = CountedItem.objects.select_related(
        "item__piece__part", "item__piece__color", "item__bag__set"
    ).order_by("-pk")
    found = (
        BinCount.objects.select_related("bin", "by")
        .prefetch_related(Prefetch("counted", queryset=items))
        .filter(pk=count_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such count.")
    return found


def find_scanned(scanned: str, *, bin_id: int | None = None) -> StockItem:
    """The item that a scan names: its SKU, an element id, or a part number where that leaves no doubt.

    Of several, the one that lies in this bin. Raises NotFound, or Refusal 409 `which_one`.
    """
    typed = ascii_digits(scanned).strip()
    exact = StockItem.objects.filter(sku__iexact=typed).first()
    if exact is not None:
        return exact
    named = StockItem.objects.filter(
        Q(piece__elements__element_id=typed) | Q(piece__part__part_num__iexact=typed)
    ).distinct()
    found = _few(named)
    if len(found) > 1 and bin_id is not None:
        found = _few(named.filter(levels__bin=bin_id)) or found
    if not found:
        detail = f"Nothing on our shelves is called {typed[:40]}." if typed else "Scan something, or type it."
        raise NotFound(problems=[Problem("/code", "unknown_code", detail)])
    if len(found) > 1:
        raise Refusal("which_one", f"{typed[:40]} comes in several colours: scan the SKU.", status=409)
    return found[0]


def _few(items: QuerySet[StockItem]) -> list[StockItem]:
    """Enough of them to see whether there is more than one."""
    return list(items.order_by("pk")[:2])
