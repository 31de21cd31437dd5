"""A wave as the picker walks it: stops sorted by bin, each with what to take and into which slots."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from core.refusals import NotFound
from core.text import ascii_digits
from orders.models import Pick, Shipment, Wave

SHORT_WALK = 40


@dataclass(frozen=True, slots=True)
class Slot:
    """How many of a stop go into a numbered slot, and for which bag where they are part of one."""

    number: int
    quantity: int
    picked: int
    bag_label: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A pick, ready to show."""

    pick: Pick
    slots: Sequence[Slot]
    alike: Sequence[str] = ()  # the same part in other colours, in this walk
    bin_tells: bool = True  # no such look-alike is taken out of the same bin

    @property
    def is_done(self) -> bool:
        return self.pick.picked_at is not None

    @property
    def is_short(self) -> bool:
        return self.pick.picked_quantity is not None and self.pick.picked_quantity < self.pick.quantity


def read_wave(wave_id: int) -> Wave:
    """The wave with who made it. Raises NotFound."""
    found = Wave.objects.select_related("created_by").filter(pk=wave_id).first()
    if found is None:
        raise NotFound("There is no such wave.")
    return found


def stops_of(wave: Wave) -> list[Stop]:
    """The walk, in four queries however long it is."""
    picks = (
        wave.picks.select_related(
            "level__bin",
            "level__item__piece__part",
            "level__item__piece__color",
            "level__item__bag__set",
            "picked_by",
        )
        .prefetch_related("shares__shipment", "shares__line", "level__item__piece__elements")
        .order_by("level__bin__code", "level__item__sku", "pk")
    )
    found = list(picks)
    colours: dict[int, dict[int, str]] = {}
    together: Counter[tuple[int, int | None]] = Counter()
    for pick in found:
        piece = pick.level.item.piece
        if piece is not None:
            colours.setdefault(piece.part_id, {})[piece.color_id] = f"{piece.color.name} ({piece.color_id})"
            together[pick.level.bin_id, piece.part_id] += 1
    return [Stop(pick, _slots(pick), _alike(pick, colours), _bin_tells(pick, together)) for pick in found]


def _bin_tells(pick: Pick, together: Counter[tuple[int, int | None]]) -> bool:
    """Whether who stands at the bin can only have taken this; two colours of one part in it could be mistaken."""
    piece = pick.level.item.piece
    return piece is None or together[pick.level.bin_id, piece.part_id] == 1


def _alike(pick: Pick, colours: dict[int, dict[int, str]]) -> list[str]:
    """Two greys in one walk are mistaken for each other: whoever holds one is told of the other."""
    piece = pick.level.item.piece
    if piece is None:
        return []
    return [name for color_id, name in colours[piece.part_id].items() if color_id != piece.color_id]


def _slots(pick: Pick) -> list[Slot]:
    shares = sorted(pick.shares.all(), key=lambda share: (share.shipment.slot, share.pk))
    is_piece = pick.level.item.piece_id is not None
    return [
        Slot(
            share.shipment.slot,
            share.quantity,
            share.picked_quantity,
            share.line.bag_label if is_piece else "",
        )
        for share in shares
    ]


def scan_fits(stop: Stop, scanned: str) -> bool:
    """Whether what was scanned names this stop: its bin, its SKU, its part number or one of its element ids.

    Not its part number, where another colour of the part is in the same walk, nor its bin, where that lies in there
    too: neither would tell them apart.
    """
    item = stop.pick.level.item
    names = {item.sku}
    if stop.bin_tells:
        names.add(stop.pick.level.bin.code)
    if item.piece is not None:
        names.update(element.element_id for element in item.piece.elements.all())
        if not stop.alike:
            names.add(item.piece.part.part_num)
    return _plain(scanned) in {name.casefold() for name in names}


def why_wrong(stops: Sequence[Stop], stop: Stop, scanned: str) -> str:
    """What is wrong with a scan that does not fit the stop, in words that are read out of the corner of an eye."""
    piece = stop.pick.level.item.piece
    if piece is not None and _plain(scanned) == piece.part.part_num.casefold():
        names = "the element id, the SKU or the bin" if stop.bin_tells else "the element id or the SKU"
        return f"{scanned} is in this walk in several colours: scan {names}."
    if _plain(scanned) == stop.pick.level.bin.code.casefold():
        return f"{scanned} holds this part in several colours: scan the element id or the SKU."
    others = [each for each in stops if each is not stop and scan_fits(each, scanned)]
    if any(not each.is_done for each in others):
        bin_code = next(each for each in others if not each.is_done).pick.level.bin.code
        return f"Wrong: {scanned} belongs to {bin_code}, not here. Put it back."
    if others:
        return f"One too many: all of {scanned} is taken already. Put it back."
    return f"Wrong: {scanned} is neither this bin nor this item. Put it back."


def _plain(scanned: str) -> str:
    return ascii_digits(scanned).strip().casefold()


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of a long walk around where one is."""

    stops: Sequence[Stop]
    before: int
    after: int


def stretch_around(stops: Sequence[Stop], stop: Stop | None) -> Stretch:
    """A short walk whole; of a long one what was just done and what comes next."""
    if len(stops) <= SHORT_WALK:
        return Stretch(stops, 0, 0)
    at = stops.index(stop) if stop in stops else 0
    first = max(at - 4, 0)
    last = min(first + SHORT_WALK, len(stops))
    return Stretch(stops[first:last], first, len(stops) - last)


def shipments_of(wave: Wave) -> QuerySet[Shipment]:
    """The parcels by slot, each with how many of its stops are still to be made."""
    return (
        Shipment.objects.filter(wave=wave)
        .select_related("order__set")
        .annotate(open_stops=Count("shares", filter=Q(shares__pick__picked_at__isnull=True)))
        .order_by("slot")
    )
