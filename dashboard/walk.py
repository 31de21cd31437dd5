"""A wave as the picker walks it: stops sorted by bin, each with what to take and into which slots."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from core.refusals import NotFound
from dashboard.wording import label_words
from orders.floor.scans import LookAlikes, look_alikes
from orders.models import Pick, Shipment, Wave

SHORT_WALK = 40


@dataclass(frozen=True, slots=True)
class Slot:
    """How many of a stop go into a numbered slot, and for which bag, in words, where they are part of one."""

    number: int
    quantity: int
    picked: int
    bag_label: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A pick, ready to show."""

    pick: Pick
    slots: Sequence[Slot]
    alike: LookAlikes  # two greys are easily mistaken for each other: the picker sees the other colours

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
    alike = look_alikes(found)
    return [Stop(pick, _slots(pick), alike.get(pick.pk, LookAlikes())) for pick in found]


def _slots(pick: Pick) -> list[Slot]:
    shares = sorted(pick.shares.all(), key=lambda share: (share.shipment.slot, share.pk))
    is_piece = pick.level.item.piece_id is not None
    return [
        Slot(
            share.shipment.slot,
            share.quantity,
            share.picked_quantity,
            label_words(share.line) if is_piece and share.line.bag_label else "",
        )
        for share in shares
    ]


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
