"""Waves: orders picked together in one walk along the bins."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from core.codes import read_code
from core.refusals import NotFound, Problem, Refusal
from orders.actors import Actor, staff
from orders.allocation.fulfilment import allocate_order
from orders.allocation.options import items_around
from orders.floor.scans import check_scan
from orders.floor.unpicking import take_back
from orders.lifecycle import new_event, record_event
from orders.locks import lock_lines, lock_orders
from orders.models import Event, Order, OrderLine, Pick, PickShare, Shipment, ShipmentLine, Wave
from warehouse.locks import lock_items
from warehouse.models import Reservation, StockMovement
from warehouse.reserving import take
from warehouse.shelves import bin_named, check_bin_code
from warehouse.stocking import change_level

MAX_ORDERS_PER_WAVE = 500


def create_wave(*, numbers: Sequence[str], by: User | None) -> Wave:
    """Make a wave of orders that have stock reserved and no shipment in picking.

    1. Lock the orders and their lines.
    2. Refuse, with every problem at once, what cannot be picked.
    3. Make a shipment and a slot for each order, and a pick for each level, shared out to the shipments.

    Raises Refusal `invalid` (400), or 409 `not_pickable`.
    """
    codes = [read_code("B14", number) for number in numbers]
    _refuse_bad_numbers(numbers, codes)
    with transaction.atomic():
        ids = dict(Order.objects.filter(number__in=codes).values_list("number", "pk"))
        orders = {order.number: order for order in lock_orders(ids.values())}
        lines = defaultdict(list)
        for line in lock_lines(ids.values()):
            lines[line.order_id].append(line)
        _refuse_unpickable(codes, orders, lines)
        wave = Wave.objects.create(created_at=timezone.now(), created_by=by)
        in_order = [orders[str(code)] for code in codes]
        _create_picks(wave, _create_shipments(wave, in_order, lines, staff(by)))
    return wave


def confirm_pick(
    *,
    wave_id: int,
    pick_id: int,
    quantity: int,
    short_reason: str = "",
    other_bin: str = "",
    scanned: str = "",
    by: User | None,
) -> Pick:
    """Record what was taken at one stop of the walk.

    1. Where the picker scanned something, it has to name this stop.
    2. Lock the orders and lines of the pick, then the items, then the pick itself.
    3. Hand what was picked to the shipments in the order of their slots; stock and ledger move.
    4. What is short leaves the books of its bin with its reason, and its lines are served again at once, from another
       bin, or wait. With the reason `other_bin`, `other_bin` may name where the rest lies: it is booked there.

    The same confirmation by the same picker again changes nothing. Raises NotFound, Refusal `invalid`, or 409
    `wrong_bin`, `wrong_item`, or `already_picked`: a second picker at the stop holds pieces that no order needs.
    """
    stop = Pick.objects.select_related("level__bin", "level__item__piece__part")
    pick = stop.filter(pk=pick_id, wave_id=wave_id).first()
    if pick is not None and pick.picked_at is None and scanned.strip():
        check_scan(pick, scanned)
    with transaction.atomic():
        order_ids = list(PickShare.objects.filter(pick=pick_id).values_list("line__order_id", flat=True))
        lock_orders(order_ids)
        lines = lock_lines(order_ids)
        pick = Pick.objects.select_related("level__bin").filter(pk=pick_id, wave_id=wave_id).first()
        if pick is None:
            raise NotFound("This wave has no such pick.")
        # All items that a shortage may touch, locked at once and so in the one order of locks. A pick can only shrink,
        # so what is no shortage now will be none under the lock.
        is_short = quantity < pick.quantity
        lock_items({pick.level.item_id, *(items_around(lines) if is_short else ())})
        locked = Pick.objects.select_for_update(of=("self",))
        pick = locked.select_related("level__bin", "picked_by").get(pk=pick_id)
        if pick.picked_at is not None:
            if pick.picked_quantity == quantity and pick.picked_by == by:
                return pick
            raise _already_picked(pick)
        _refuse_bad_pick(pick, quantity, short_reason, other_bin.strip())
        pick.picked_quantity, pick.picked_at, pick.picked_by = quantity, timezone.now(), by
        pick.short_reason = short_reason if quantity < pick.quantity else ""
        pick.save(update_fields=["picked_quantity", "picked_at", "picked_by", "short_reason"])
        short = _share_out(pick, quantity, by)
        if short:
            _handle_shortage(pick, short, other_bin.strip(), by)
    return pick


def wave_is_picked(wave: Wave) -> bool:
    """Whether every stop of the walk is done."""
    return not wave.picks.filter(picked_at=None).exists()


def _already_picked(pick: Pick) -> Refusal:
    who = f" by {pick.picked_by.username}" if pick.picked_by else ""
    taken = f"{pick.picked_quantity} of {pick.quantity} were taken{who} already"
    detail = f"{pick.level.bin.code} is done: {taken}. Put yours back."
    return Refusal("already_picked", detail, status=409)


def _refuse_bad_numbers(numbers: Sequence[str], codes: Sequence[str | None]) -> None:
    problems = []
    if not numbers:
        problems.append(Problem("/orders", "required", "Choose at least one order."))
    if len(numbers) > MAX_ORDERS_PER_WAVE:
        detail = f"A wave holds at most {MAX_ORDERS_PER_WAVE} orders."
        problems.append(Problem("/orders", "too_many_orders", detail))
    for index, code in enumerate(codes):
        if code is None:
            problems.append(Problem(f"/orders/{index}", "unknown_order", "This is not an order's number."))
        elif code in codes[:index]:
            problems.append(
                Problem(f"/orders/{index}", "order_twice", "This order stands in the wave already.")
            )
    if problems:
        raise Refusal("invalid", problems=problems)


def _packed_quantities(order_ids: Iterable[int]) -> dict[int, int]:
    """How many of each line lie in a packed shipment that has not left yet: reserved, but picked already."""
    rows = (
        ShipmentLine.objects.filter(shipment__order__in=order_ids, shipment__status=Shipment.Status.PACKED)
        .values_list("line_id")
        .annotate(Sum("quantity"))
    )
    return dict(rows)


def _refuse_unpickable(
    codes: Sequence[str | None], orders: dict[str, Order], lines: dict[int, list[OrderLine]]
) -> None:
    problems = []
    packed = _packed_quantities(order.pk for order in orders.values())
    busy = set(
        Shipment.objects.filter(order__in=orders.values(), status=Shipment.Status.PICKING).values_list(
            "order_id", flat=True
        )
    )
    for index, code in enumerate(codes):
        order = orders.get(str(code))
        if order is None:
            problems.append(Problem(f"/orders/{index}", "unknown_order", f"There is no order {code}."))
        elif order.pk in busy:
            problems.append(Problem(f"/orders/{index}", "in_picking", f"{code} is being picked already."))
        elif order.state not in (Order.State.ALLOCATED, Order.State.BACKORDERED):
            problems.append(Problem(f"/orders/{index}", "wrong_state", f"{code} is {order.state}."))
        elif not any(line.reserved > packed.get(line.pk, 0) for line in lines[order.pk]):
            problems.append(Problem(f"/orders/{index}", "nothing_reserved", f"{code} has no stock reserved."))
    if problems:
        raise Refusal("not_pickable", "These orders cannot be picked now.", problems=problems, status=409)


def _share_out(pick: Pick, quantity: int, by: User | None) -> dict[int, int]:
    """Give the picked quantity to the shares, first slot first. Returns how much each line falls short."""
    short: dict[int, int] = {}
    left = quantity
    for share in pick.shares.select_related("line", "shipment").order_by("shipment__slot", "pk"):
        taken = min(left, share.quantity)
        left -= taken
        if taken:
            take(
                reference=share.line.reference,
                level_id=pick.level_id,
                quantity=taken,
                movement_reference=f"shipment:{share.shipment_id}",
                by=by,
            )
            PickShare.objects.filter(pk=share.pk).update(picked_quantity=taken)
        if taken < share.quantity:
            short[share.line_id] = share.quantity - taken
    return short


def _handle_shortage(pick: Pick, short: dict[int, int], other_bin: str, by: User | None) -> None:
    """The bin held less than its books say: correct the books, and serve the lines again, oldest first."""
    actor = staff(by)
    lines = list(OrderLine.objects.filter(pk__in=short).select_related("order").order_by("pk"))
    for line in lines:
        take_back(line, {pick.level_id: short[line.pk]}, actor)
        record_event(line.order, "picked_short", actor, line=line.position, reason=pick.short_reason)
    _correct_books(pick, sum(short.values()), other_bin, by)
    for order_id in dict.fromkeys(line.order_id for line in lines):
        allocate_order(order_id, last_from=pick.level_id)


def _correct_books(pick: Pick, missing: int, other_bin: str, by: User | None) -> None:
    """Take what is missing off the books of its bin, and book it where the picker saw it."""
    reason = pick.short_reason
    if reason == Pick.ShortReason.OTHER_BIN:
        reason = StockMovement.Reason.MOVED if other_bin else StockMovement.Reason.NOT_FOUND
    item_id, reference = pick.level.item_id, f"wave:{pick.wave_id}"
    change_level(
        item_id=item_id, bin_id=pick.level.bin_id, delta=-missing, reason=reason, by=by, reference=reference
    )
    if reason == StockMovement.Reason.MOVED:
        bin_id = bin_named(other_bin).pk
        change_level(item_id=item_id, bin_id=bin_id, delta=missing, reason=reason, by=by, reference=reference)


def _refuse_bad_pick(pick: Pick, quantity: int, short_reason: str, other_bin: str) -> None:
    problems = []
    if other_bin.casefold() == pick.level.bin.code.casefold():
        problems.append(Problem("/other_bin", "same_bin", "Name another bin than the one you stand at."))
    elif other_bin:
        problems += check_bin_code(other_bin, "/other_bin")
    over = quantity - pick.quantity
    if quantity < 0:
        problems.append(Problem("/quantity", "out_of_range", f"Give 0 to {pick.quantity}."))
    elif over > 0:
        detail = f"{over} too many: only {pick.quantity} belong here. Put {over} back."
        problems.append(Problem("/quantity", "out_of_range", detail))
    elif over < 0 and short_reason not in Pick.ShortReason.values:
        reasons = ", ".join(str(reason).replace("_", " ") for reason in Pick.ShortReason.values)
        detail = f"{-over} short: say why ({reasons})."
        problems.append(Problem("/short_reason", "required", detail))
    if problems:
        raise Refusal("invalid", problems=problems)


def _create_shipments(
    wave: Wave, orders: Sequence[Order], lines: dict[int, list[OrderLine]], actor: Actor
) -> dict[str, tuple[Shipment, OrderLine]]:
    """A shipment for each order, slot by slot, with what is reserved and not packed. Keys: the lines' references."""
    packed = _packed_quantities(order.pk for order in orders)
    shipments = Shipment.objects.bulk_create(
        [
            Shipment(order=order, wave=wave, slot=slot, created_at=wave.created_at)
            for slot, order in enumerate(orders, start=1)
        ]
    )
    inside = [
        ShipmentLine(shipment=shipment, line=line, quantity=quantity)
        for shipment in shipments
        for line in lines[shipment.order_id]
        if (quantity := line.reserved - packed.get(line.pk, 0))
    ]
    ShipmentLine.objects.bulk_create(inside)
    Event.objects.bulk_create(
        [
            new_event(shipment.order, "picking", actor, shipment=shipment.pk, wave=wave.pk)
            for shipment in shipments
        ]
    )
    return {row.line.reference: (row.shipment, row.line) for row in inside}


def _create_picks(wave: Wave, by_reference: dict[str, tuple[Shipment, OrderLine]]) -> None:
    """One pick for each level where these lines have a reservation. `by_reference`: by the lines' references."""
    by_level = defaultdict(list)
    reservations = Reservation.objects.filter(reference__in=by_reference).order_by("level__bin__code", "pk")
    for reservation in reservations:
        by_level[reservation.level_id].append(reservation)
    picks = Pick.objects.bulk_create(
        [
            Pick(wave=wave, level_id=level_id, quantity=sum(r.quantity for r in reserved))
            for level_id, reserved in by_level.items()
        ]
    )
    PickShare.objects.bulk_create(
        [
            PickShare(
                pick=pick,
                shipment=by_reference[r.reference][0],
                line=by_reference[r.reference][1],
                quantity=r.quantity,
            )
            for pick in picks
            for r in by_level[pick.level_id]
        ]
    )
