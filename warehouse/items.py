"""What is stocked under which SKU, and which item a scan names. SKUs are looked up, never parsed."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from catalog.models import Bag, Piece
from core.refusals import NotFound, Problem, Refusal
from core.text import ascii_digits
from warehouse.models import StockItem


def items_of_pieces(piece_ids: Iterable[int]) -> dict[int, int]:
    """The stock item of each piece, by piece id. Missing items are made."""
    wanted = set(piece_ids)
    found = dict(StockItem.objects.filter(piece_id__in=wanted).values_list("piece_id", "pk"))
    missing = wanted - found.keys()
    if missing:
        pieces = Piece.objects.filter(pk__in=missing).select_related("part")
        StockItem.objects.bulk_create(
            [StockItem(sku=f"P:{p.part.part_num}:{p.color_id}", piece=p) for p in pieces.order_by("pk")],
            ignore_conflicts=True,
        )
        found.update(StockItem.objects.filter(piece_id__in=missing).values_list("piece_id", "pk"))
    return found


def items_of_bags(bag_ids: Iterable[int]) -> dict[int, int]:
    """The stock item of each packed bag, by bag id. Missing items are made."""
    wanted = set(bag_ids)
    found = dict(StockItem.objects.filter(bag_id__in=wanted).values_list("bag_id", "pk"))
    missing = wanted - found.keys()
    if missing:
        bags = Bag.objects.filter(pk__in=missing).select_related("set")
        StockItem.objects.bulk_create(
            [StockItem(sku=f"B:{b.set.set_num}:{b.label}", bag=b) for b in bags.order_by("pk")],
            ignore_conflicts=True,
        )
        found.update(StockItem.objects.filter(bag_id__in=missing).values_list("bag_id", "pk"))
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
