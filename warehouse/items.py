"""What is stocked under which SKU. SKUs are looked up, never parsed."""

from collections.abc import Iterable

from catalog.models import Bag, Piece
from warehouse.models import StockItem


def items_of_pieces(piece_ids: Iterable[int]) -> dict[int, int]:
    """The stock item of each piece, by piece id; made where there is none yet."""
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
    """The stock item of each packed bag, by bag id; made where there is none yet."""
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
