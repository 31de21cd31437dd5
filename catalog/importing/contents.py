"""What a customer finds in the box: minifigs and sets inside the set flattened, and split over the bags."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
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
    """The size of a set with everything inside it: how deep, how many rows and pieces; and its digest."""

    depth: int
    rows: int
    pieces: int
    digest: int


class Measures:
    """The measure of each set, computed once. Refuses circles, and boxes larger than any real one."""

    def __init__(self, dump: Dump) -> None:
        self._dump = dump
        self._known: dict[str, Measure] = {}

    def of(self, set_num: str, trail: tuple[str, ...] = ()) -> Measure:
        if known := self._known.get(set_num):
            return known
        if set_num in trail:
            circle = " in ".join(map(shown, [*trail[trail.index(set_num) :], set_num]))
            raise CatalogError(
                "set_inside_itself", f"sets contain each other: {circle}.", file="inventory_sets"
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
    return len(inventory.keys), sum(inventory.quantities), inventory.digest


@dataclass(frozen=True, slots=True)
class Lot:
    """Rows of a box that belong together: in one bag ("" is loose), from one minifig or inner set, or from none.

    `keys` name the piece and whether it is spare, as in a source's inventory. `beyond`: only the bag rows have them.
    """

    minifig: str
    sub_set: str
    keys: Sequence[int]
    quantities: Sequence[int]
    bag: str = ""
    beyond: bool = False

    def __len__(self) -> int:
        return len(self.keys)


def lots_of(dump: Dump, set_num: str) -> list[Lot]:
    """All pieces of a set, spares apart, by their minifig or inner set. None is in a bag yet."""
    found: dict[tuple[str, str], list[tuple[SourceInventory, int]]] = {}

    def take(inventory: SourceInventory | None, times: int, minifig: str, sub_set: str) -> None:
        if inventory is not None and inventory.keys:
            found.setdefault((minifig, sub_set), []).append((inventory, times))

    def take_set(number: str, times: int, sub_set: str) -> None:
        inventory = dump.current.get(number)
        take(inventory, times, "", sub_set)
        if inventory is not None:
            for fig_num, quantity in inventory.minifigs:
                take(dump.current.get(fig_num), times * quantity, dump.minifigs[fig_num], sub_set)
            for sub_num, quantity in inventory.sets:
                take_set(sub_num, times * quantity, sub_num)

    take_set(set_num, 1, "")
    return [_lot(minifig, sub_set, sources) for (minifig, sub_set), sources in found.items()]


def _lot(minifig: str, sub_set: str, sources: list[tuple[SourceInventory, int]]) -> Lot:
    """Usually there is one source that has each key once: its lists are used as they are. Others are added up."""
    inventory, times = sources[0]
    if len(sources) == 1 and len(set(inventory.keys)) == len(inventory.keys):
        quantities: Sequence[int] = inventory.quantities
        return Lot(
            minifig,
            sub_set,
            inventory.keys,
            quantities if times == 1 else [times * quantity for quantity in quantities],
        )
    total: dict[int, int] = {}
    for inventory, times in sources:
        for key, quantity in zip(inventory.keys, inventory.quantities, strict=True):
            total[key] = total.get(key, 0) + quantity * times
    return Lot(minifig, sub_set, list(total), list(total.values()))


def lots_in_bags(
    lots: Iterable[Lot], bag_items: Iterable[BagItem], on_beyond: Callable[[BagItem, int], None]
) -> list[Lot]:
    """The same pieces divided over the bags of the set by `split_over_bags`."""
    pieces = {
        (key >> 1, bool(key & 1), lot.minifig, lot.sub_set): quantity
        for lot in lots
        for key, quantity in zip(lot.keys, lot.quantities, strict=True)
    }
    laid: dict[tuple[str, str, str, bool], tuple[list[int], list[int]]] = {}
    for row in split_over_bags(pieces, bag_items, on_beyond):
        piece, spare, minifig, sub_set = row.place
        keys, quantities = laid.setdefault((minifig, sub_set, row.bag, row.beyond), ([], []))
        keys.append(2 * piece + spare)
        quantities.append(row.quantity)
    return [
        Lot(minifig, sub_set, keys, quantities, bag, beyond)
        for (minifig, sub_set, bag, beyond), (keys, quantities) in laid.items()
    ]


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A row of the box as it will be stored. `bag` "" is loose; `beyond`: only the bag rows have it."""

    place: Place
    bag: str
    beyond: bool
    quantity: int


def split_over_bags(
    pieces: dict[Place, int], bag_items: Iterable[BagItem], on_beyond: Callable[[BagItem, int], None]
) -> Iterator[BoxRow]:
    """Divide the pieces of a set over its bags.

    Bags get pieces in the order people count them, and the loose rows last; spare pieces go last. Pieces in no bag are
    loose. Pieces that a bag has beyond the inventory are kept, and reported to `on_beyond` with the quantity.
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
