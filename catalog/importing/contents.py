"""What a customer finds in the box: minifigs and sets inside the set flattened, and split over the bags."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from catalog.importing.extras import BagItem
from catalog.importing.problems import CatalogError, shown
from catalog.importing.source import Dump, SourceInventory, stable_hash
from catalog.text import natural_key

DEEPEST = 12
MOST_ROWS = 200_000
MOST_PIECES = 10_000_000

# piece index, is_spare, the minifig's name or "", the number of the set inside the set or ""
Place = tuple[int, bool, str, str]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a set comes to with everything inside it: how deep, how many rows and pieces, and its digest."""

    depth: int
    rows: int
    pieces: int
    digest: int


class Measures:
    """The measure of each set, each worked out once. Refuses circles, and boxes beyond any that could exist."""

    def __init__(self, dump: Dump) -> None:
        self._dump = dump
        self._known: dict[str, Measure] = {}

    def of(self, set_num: str, trail: tuple[str, ...] = ()) -> Measure:
        if known := self._known.get(set_num):
            return known
        if set_num in trail:
            circle = " in ".join(map(shown, [*trail[trail.index(set_num) :], set_num]))
            raise CatalogError(
                "set_inside_itself", f"sets lie in each other: {circle}.", file="inventory_sets"
            )
        inventory = self._dump.current.get(set_num)
        depth, rows, pieces, digest = 0, 0, 0, 0
        if inventory is not None:
            rows, pieces, digest = _own(inventory)
            for fig_num, quantity in inventory.minifigs:
                fig_rows, fig_pieces, fig_digest = _own(self._dump.current.get(fig_num))
                rows += fig_rows
                pieces += fig_pieces * quantity
                digest += stable_hash("minifig", self._dump.minifigs[fig_num], fig_digest) * quantity
            for sub_num, quantity in inventory.sets:
                sub = (
                    self.of(sub_num, (*trail, set_num)) if len(trail) < DEEPEST else Measure(DEEPEST, 0, 0, 0)
                )
                depth = max(depth, sub.depth + 1)
                rows += sub.rows
                pieces += sub.pieces * quantity
                digest += stable_hash("set", sub_num, sub.digest) * quantity
        if depth > DEEPEST or rows > MOST_ROWS or pieces > MOST_PIECES:
            detail = f"set {shown(set_num)} holds more than a box can: {rows:,} rows, {pieces:,} pieces, {depth} deep."
            raise CatalogError("set_too_large", detail, file="inventory_parts")
        measure = self._known[set_num] = Measure(depth, rows, pieces, digest)
        return measure


def _own(inventory: SourceInventory | None) -> tuple[int, int, int]:
    if inventory is None:
        return 0, 0, 0
    return len(inventory.rows) // 2, sum(map(abs, inventory.rows[1::2])), inventory.digest


def flatten(dump: Dump, set_num: str) -> dict[Place, int]:
    """All pieces of a set with their quantities, spares apart, each saying which minifig or inner set it is of."""
    found: dict[Place, int] = {}

    def take(inventory: SourceInventory | None, times: int, minifig: str, sub_set: str) -> None:
        if inventory is None:
            return
        packed = iter(inventory.rows)
        for piece, signed in zip(packed, packed, strict=True):
            place = (piece, signed < 0, minifig, sub_set)
            found[place] = found.get(place, 0) + abs(signed) * times

    def take_set(number: str, times: int, sub_set: str) -> None:
        inventory = dump.current.get(number)
        take(inventory, times, "", sub_set)
        if inventory is not None:
            for fig_num, quantity in inventory.minifigs:
                take(dump.current.get(fig_num), times * quantity, dump.minifigs[fig_num], sub_set)
            for sub_num, quantity in inventory.sets:
                take_set(sub_num, times * quantity, sub_num)

    take_set(set_num, 1, "")
    return found


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A row of the box as it will be stored; `bag` "" is loose, `beyond` what only the bag rows know of."""

    place: Place
    bag: str
    beyond: bool
    quantity: int


def split_over_bags(
    pieces: dict[Place, int], bag_items: Iterable[BagItem], on_beyond: Callable[[BagItem, int], None]
) -> Iterator[BoxRow]:
    """Lay the pieces of a set into its bags.

    Bags are served in the order people count them and the loose rows last; of a piece the spare ones go last. What no
    bag holds is loose. What a bag holds beyond the inventory is kept and told to `on_beyond` with its quantity.
    """
    supply: dict[int, list[tuple[Place, int]]] = defaultdict(list)
    for place, quantity in sorted(pieces.items(), key=lambda entry: (entry[0][1], entry[0][2:], entry[0][0])):
        supply[place[0]].append((place, quantity))
    laid: dict[tuple[Place, str, bool], int] = defaultdict(int)
    for item in sorted(bag_items, key=lambda item: (not item.label, natural_key(item.label), item.piece)):
        wanted = item.quantity
        stack = supply[item.piece]
        while wanted and stack:
            place, left = stack[0]
            taken = min(wanted, left)
            laid[place, item.label, False] += taken
            wanted -= taken
            if taken == left:
                del stack[0]
            else:
                stack[0] = (place, left - taken)
        if wanted:
            laid[(item.piece, False, "", ""), item.label, True] += wanted
            on_beyond(item, wanted)
    for stack in supply.values():
        for place, left in stack:
            laid[place, "", False] += left
    for (place, label, beyond), quantity in laid.items():
        yield BoxRow(place, label, beyond, quantity)
