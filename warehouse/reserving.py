"""Reserving stock, taking it, and giving it back."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Case, F, Value, When

from accounts.models import User
from warehouse.locks import lock_items
from warehouse.models import Reservation, StockLevel, StockMovement


class Shelves:
    """The levels of some items, locked until the transaction ends, and the reservations being made on them.

    `reserve` keeps account in memory; `save` writes all reservations in two statements. The database's constraints
    have the last word on both.
    """

    def __init__(self, item_ids: Iterable[int], *, last: int | None = None) -> None:
        ids = set(item_ids)
        lock_items(ids)
        # item -> [level id, available] by bin, but level `last` at the end
        self._free: dict[int, list[list[int]]] = defaultdict(list)
        levels = StockLevel.objects.filter(item_id__in=ids, on_hand__gt=F("reserved")).order_by("bin__code")
        for level_id, item_id, on_hand, reserved in levels.values_list(
            "pk", "item_id", "on_hand", "reserved"
        ):
            self._free[item_id].append([level_id, on_hand - reserved])
        for free in self._free.values():
            free.sort(key=lambda level: level[0] == last)
        self._reserved: dict[tuple[str, int], int] = defaultdict(int)  # (reference, level id) -> quantity

    def available(self, item_id: int) -> int:
        """How many of an item can still be reserved."""
        return sum(free for _, free in self._free[item_id])

    def reserve(self, *, reference: str, item_id: int, quantity: int) -> None:
        """Reserve a quantity that is available, from the bins in their order."""
        for level in self._free[item_id]:
            taken = min(quantity, level[1])
            if taken:
                level[1] -= taken
                self._reserved[reference, level[0]] += taken
                quantity -= taken
        if quantity:
            raise ValueError(f"{quantity} of item {item_id} reserved beyond what is available")

    def save(self) -> None:
        """Write the reservations."""
        if not self._reserved:
            return
        by_level: dict[int, int] = defaultdict(int)
        for (_, level_id), quantity in self._reserved.items():
            by_level[level_id] += quantity
        StockLevel.objects.filter(pk__in=by_level).update(
            reserved=F("reserved") + Case(*(When(pk=pk, then=Value(n)) for pk, n in by_level.items()))
        )
        known = {
            (r.reference, r.level_id): r
            for r in Reservation.objects.filter(reference__in={ref for ref, _ in self._reserved})
        }
        new = []
        for (reference, level_id), quantity in self._reserved.items():
            if (reference, level_id) in known:
                row = Reservation.objects.filter(pk=known[reference, level_id].pk)
                row.update(quantity=F("quantity") + quantity)
            else:
                new.append(Reservation(reference=reference, level_id=level_id, quantity=quantity))
        Reservation.objects.bulk_create(new)
        self._reserved.clear()


def release(references: Iterable[str]) -> set[int]:
    """Give back everything that is reserved for these references. Returns the items that became free."""
    reservations = list(Reservation.objects.filter(reference__in=list(references)).select_related("level"))
    items = {reservation.level.item_id for reservation in reservations}
    lock_items(items)
    # Read again under the lock: stock that was picked meanwhile is no longer reserved.
    reservations = list(Reservation.objects.filter(pk__in=[r.pk for r in reservations]).order_by("pk"))
    for reservation in reservations:
        StockLevel.objects.filter(pk=reservation.level_id).update(
            reserved=F("reserved") - reservation.quantity
        )
    Reservation.objects.filter(pk__in=[r.pk for r in reservations]).delete()
    return items


def release_some(*, reference: str, level_id: int, quantity: int) -> None:
    """Give back a part of a reservation. The caller holds the item's lock."""
    _shrink(reference=reference, level_id=level_id, quantity=quantity)
    StockLevel.objects.filter(pk=level_id).update(reserved=F("reserved") - quantity)


def move_reservation(*, reference: str, from_level: int, to_level: int, quantity: int) -> None:
    """Move a reservation to another level of the item, where it is available. The caller holds the item's lock."""
    release_some(reference=reference, level_id=from_level, quantity=quantity)
    StockLevel.objects.filter(pk=to_level).update(reserved=F("reserved") + quantity)
    grown = Reservation.objects.filter(reference=reference, level=to_level).update(
        quantity=F("quantity") + quantity
    )
    if not grown:
        Reservation.objects.create(reference=reference, level_id=to_level, quantity=quantity)


def take(*, reference: str, level_id: int, quantity: int, movement_reference: str, by: User | None) -> None:
    """Take reserved stock off the shelf: reservation, level and ledger together. The caller holds the item's lock."""
    _shrink(reference=reference, level_id=level_id, quantity=quantity)
    level = StockLevel.objects.get(pk=level_id)
    StockLevel.objects.filter(pk=level_id).update(
        on_hand=F("on_hand") - quantity, reserved=F("reserved") - quantity
    )
    StockMovement.objects.create(
        item_id=level.item_id,
        bin_id=level.bin_id,
        delta=-quantity,
        reason=StockMovement.Reason.PICKED,
        reference=movement_reference,
        by=by,
    )


def _shrink(*, reference: str, level_id: int, quantity: int) -> None:
    rows = Reservation.objects.filter(reference=reference, level_id=level_id)
    if not rows.filter(quantity=quantity).delete()[0]:
        # At most one row by constraint; giving back more than is reserved would violate its check.
        changed = rows.filter(quantity__gt=quantity).update(quantity=F("quantity") - quantity)
        if not changed:
            raise ValueError(f"{quantity} of level {level_id} were not reserved for {reference}")
