"""The named queries that other rooms ask of the catalogue. They only read, always from the current inventory."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F, Max, Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from catalog.models import Bag, Content, Element, Piece, Revision, Set, Theme
from catalog.search.contents import rows_fitting
from catalog.search.sets import numbered_like
from catalog.search.sets import (
    search_sets as search_sets,
)  # one of the queries; search has a folder of its own
from catalog.text import clean_identifier, natural_key
from core.refusals import NotFound, Problem

# Leaves out sets that an import has just inserted and not yet made live.
KNOWN_SETS = ~Q(inventory__isnull=True, retired_at__isnull=False)
PIECE_PARTS = ("piece__part", "piece__color", "bag")


@dataclass(frozen=True, slots=True)
class BagRow:
    """A bag as customers see it; `num_pieces` counts its pieces, with spares."""

    bag_id: int
    label: str
    position: int
    num_pieces: int


@dataclass(frozen=True, slots=True)
class Facets:
    """What the pieces of a set can be filtered by: names and ids of colours, names of categories."""

    colors: list[tuple[str, int]]
    categories: list[str]


def find_set(set_num: str, *, along: Sequence[str] = ("inventory", "theme__parent__parent")) -> Set | None:
    """The set of that number, retired or not. A number without a suffix means `-1` if no set has exactly that number.

    `along` names the relations that are loaded in the same query.
    """
    wanted = clean_identifier(set_num)
    names = [wanted] if "-" in wanted else [wanted, f"{wanted}-1"]
    found = {
        set_.set_num: set_
        for set_ in Set.objects.filter(KNOWN_SETS, set_num__in=names).select_related(*along)
    }
    return next((found[name] for name in names if name in found), None)


def sets_sharing_number(set_: Set) -> QuerySet[Set]:
    """Other live sets with the same number before the last hyphen: `10211-2` beside `10211-1`."""
    number, hyphen, _suffix = set_.set_num.rpartition("-")
    base = number if hyphen else set_.set_num
    return (
        Set.objects.filter(numbered_like(base) | Q(set_num=base), retired_at__isnull=True)
        .exclude(pk=set_.pk)
        .select_related("theme")
        .order_by("set_num")
    )


def theme_names(set_: Set) -> tuple[str, ...]:
    """The names from the set's own theme up to the root."""
    names: list[str] = []
    seen: set[int] = set()
    theme: Theme | None = set_.theme
    while theme is not None and theme.pk not in seen:
        seen.add(theme.pk)
        names.append(theme.name)
        theme = theme.parent
    return tuple(names)


def bags_of(set_: Set) -> list[BagRow]:
    """The set's bags in the order people count them. Empty if staff have entered none."""
    rows = (
        Bag.objects.filter(set=set_, retired_at__isnull=True)
        .annotate(
            num_pieces=Sum("contents__quantity", filter=Q(contents__inventory=set_.inventory_id), default=0)
        )
        .values_list("pk", "label", "position", "num_pieces")
    )
    return sorted((BagRow(*row) for row in rows), key=lambda row: natural_key(row.label))


def contents_of(
    set_: Set,
    *,
    bag: str | None = None,
    color_id: int | None = None,
    category: str | None = None,
    search: str = "",
) -> QuerySet[Content]:
    """The rows of the set's inventory, ready to show: with piece, part, colour, element ids and bag.

    `bag` is a label, or "" for the loose pieces of the box. `search` works as in
    `catalog.search.contents`. Ordered by bag, colour, category and name. Takes one query for the rows and one for the
    element ids, whatever the caller reads of the rows, plus the queries of the search.
    """
    rows = Content.objects.filter(inventory=set_.inventory_id)
    if bag is not None:
        label = clean_identifier(bag)
        rows = rows.filter(bag__label=label) if label else rows.filter(bag=None)
    if color_id is not None:
        rows = rows.filter(piece__color=color_id)
    if category is not None:
        rows = rows.filter(piece__part__category=category)
    if search.strip():
        rows = rows.filter(pk__in=rows_fitting(set_.inventory_id, search))
    return (
        rows.select_related(*PIECE_PARTS)
        .prefetch_related(Prefetch("piece__elements", queryset=Element.objects.order_by("element_id")))
        .order_by(
            F("bag__position").asc(nulls_last=True),
            "piece__color__name",
            "piece__part__category",
            "piece__part__name",
            "pk",
        )
    )


def facets_of(set_: Set) -> Facets:
    """The colours and categories of the set's pieces, by name; one query."""
    rows = (
        Content.objects.filter(inventory=set_.inventory_id)
        .values_list("piece__color__name", "piece__color", "piece__part__category")
        .order_by()
        .distinct()
    )
    colors, categories = set(), set()
    for name, color, category in rows:
        colors.add((name, color))
        categories.add(category)
    return Facets(sorted(colors), sorted(filter(None, categories)))


def quantities_in_set(set_: Set, piece_ids: Iterable[int]) -> dict[int, int]:
    """How many of each of these pieces the set has, with spares and pieces that only its bags have. Missing: none."""
    return dict(
        Content.objects.filter(inventory=set_.inventory_id, piece__in=list(piece_ids))
        .values_list("piece")
        .annotate(Sum("quantity"))
        .order_by()
    )


def find_piece(*, part_num: str, color_id: int) -> Piece | None:
    """The piece of that part in that colour, retired or not."""
    wanted = clean_identifier(part_num)
    return Piece.objects.filter(part__part_num=wanted, color=color_id).select_related("part", "color").first()


def known_piece(*, part_num: str, color_id: int) -> Piece:
    """The same for a caller that sends `/part_num` and `/color_id`. Raises NotFound."""
    piece = find_piece(part_num=part_num, color_id=color_id)
    if piece is None:
        raise NotFound(problems=[Problem("/part_num", "unknown_piece", _("We do not know this piece."))])
    return piece


def find_element(element_id: str) -> Piece | None:
    """The piece that an element id names, as printed at the back of the instructions."""
    wanted = clean_identifier(element_id)
    return Piece.objects.filter(elements__element_id=wanted).select_related("part", "color").first()


def sets_with(piece: Piece) -> QuerySet[Set]:
    """The live sets that have this piece now, newest first."""
    return (
        Set.objects.filter(
            retired_at__isnull=True, inventory__in=Content.objects.filter(piece=piece).values("inventory")
        )
        .select_related("theme")
        .order_by("-year", "set_num")
    )


def bag_contents(bag_ids: Iterable[int]) -> dict[int, list[tuple[int, int]]]:
    """The contents of each of these bags, with spares: `(piece id, quantity)`, each piece once, by piece id.

    If the bag has left its set (retired since a customer asked for it), they come from the last current inventory that
    had it. A bag of unknown contents has an empty list.
    """
    wanted = list(bag_ids)
    found: dict[int, list[tuple[int, int]]] = {bag_id: [] for bag_id in wanted}
    rows = Content.objects.filter(bag__in=wanted)
    current = rows.filter(inventory=F("bag__set__inventory"))
    for bag_id, piece_id, quantity in _pieces_by_bag(current):
        found[bag_id].append((piece_id, quantity))
    gone = [bag_id for bag_id, pieces in found.items() if not pieces]
    if not gone:
        return found
    newest = dict(
        rows.filter(bag__in=gone, inventory__current_since__isnull=False)
        .values_list("bag")
        .annotate(Max("inventory"))
        .order_by()
    )
    older = defaultdict(list)
    for bag_id, inventory_id in newest.items():
        older[inventory_id].append(bag_id)
    for inventory_id, bags in older.items():
        for bag_id, piece_id, quantity in _pieces_by_bag(rows.filter(inventory=inventory_id, bag__in=bags)):
            found[bag_id].append((piece_id, quantity))
    return found


def _pieces_by_bag(rows: QuerySet[Content]) -> QuerySet[Content, tuple[int, int, int]]:
    return rows.values_list("bag", "piece").annotate(total=Sum("quantity")).order_by("bag", "piece")


def catalog_revision() -> int:
    """The number of the catalogue that readers see now; it is part of the name of every cached answer."""
    return Revision.objects.filter(pk=1).values_list("number", flat=True).first() or 0
