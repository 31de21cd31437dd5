"""Parcels that come back: what lies in them goes back on the shelf, and the order is sent again or closed."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from core.refusals import Problem, Refusal
from orders.actors import Actor, staff
from orders.allocation.fulfilment import allocate_order
from orders.floor.unpicking import free_lines
from orders.lifecycle import move_order, move_shipment, record_event
from orders.locks import lock_lines, lock_order
from orders.models import Order, OrderContact, OrderLine, PickShare, Shipment
from orders.parcels.shipping import lock_shipment
from warehouse.locks import lock_items
from warehouse.models import Bin, StockMovement
from warehouse.shelves import bin_named, check_bin_code
from warehouse.stocking import change_level

ENDED = (Order.State.CANCELLED, Order.State.DECLINED)


def return_shipment(
    *, shipment_id: int, damaged: Mapping[str, int] | None = None, bin_code: str = "", by: User | None
) -> Shipment:
    """Take back a parcel that could not be delivered.

    1. Lock the order, then the items that lie in the parcel.
    2. Book all of it back: to the bins it was taken from, or to the bin `bin_code`.
    3. Take what is damaged, `{sku: quantity}`, off the books again, so that the ledger shows both movements.

    A person decides whether the order is sent again. Raises NotFound, Refusal `invalid`, or 409 `wrong_status`.
    """
    damaged = dict(damaged or {})
    if bin_code.strip() and (problems := check_bin_code(bin_code)):
        raise Refusal("invalid", problems=problems)
    with transaction.atomic():
        shipment, _order = lock_shipment(shipment_id)
        shares = list(
            PickShare.objects.filter(shipment=shipment, picked_quantity__gt=0)
            .select_related("pick__level__item")
            .order_by("pk")
        )
        _refuse_bad_damage(shares, damaged)
        lock_items(share.pick.level.item_id for share in shares)
        move_shipment(shipment, Shipment.Status.RETURNED, staff(by), returned_at=timezone.now())
        other_bin = bin_named(bin_code) if bin_code.strip() else None
        for share in shares:
            _book_back(share, damaged, other_bin, by)
    return shipment


def send_again(*, order_id: int, actor: Actor) -> Order:
    """Send what came back again: its lines wait for stock in their old place in the queue.

    Raises Refusal 409 `nothing_returned`, or `erased` where no address is left.
    """
    with transaction.atomic():
        order = lock_order(order_id)
        lock_lines([order.pk])
        returned = _returned(order)
        if not OrderContact.objects.filter(order=order).exists():
            raise Refusal("erased", "The address of this order is erased.", status=409)
        for shipment in returned:
            for inside in shipment.lines.all():
                OrderLine.objects.filter(pk=inside.line_id).update(shipped=F("shipped") - inside.quantity)
        now = timezone.now()
        shipment_ids = [shipment.pk for shipment in returned]
        Shipment.objects.filter(pk__in=shipment_ids).update(resent_at=now)
        Order.objects.filter(pk=order.pk).update(end_reason="")
        if order.state == Order.State.CLOSED:
            move_order(order, Order.State.BACKORDERED, actor, event="sent_again", shipments=shipment_ids)
        else:
            record_event(order, "sent_again", actor, shipments=shipment_ids)
        allocate_order(order.pk)
        order.refresh_from_db()
    return order


def close_order(*, order_id: int, actor: Actor) -> Order:
    """End an order of which a parcel was handed over: nothing more is sent, and nothing is sent again.

    What still waits, or is reserved and not packed, is given up. Raises Refusal 409 `nothing_shipped`, `packed`,
    `already_ended`.
    """
    with transaction.atomic():
        order = lock_order(order_id)
        lines = lock_lines([order.pk])
        if order.state in ENDED or (order.state == Order.State.CLOSED and order.end_reason):
            raise Refusal("already_ended", f"This order is {order.state} already.", status=409)
        statuses = set(order.shipments.values_list("status", flat=True))
        if Shipment.Status.PACKED in statuses:
            raise Refusal("packed", "A parcel of this order is packed. Hand it over first.", status=409)
        if not statuses - {Shipment.Status.PICKING}:
            raise Refusal("nothing_shipped", "No parcel was handed over: cancel it instead.", status=409)
        came_back = order.shipments.filter(status=Shipment.Status.RETURNED, resent_at=None).exists()
        give_up_rest(order, lines, actor, reason="returned" if came_back else "given_up")
    return order


def give_up_rest(order: Order, lines: list[OrderLine], actor: Actor, *, reason: str) -> None:
    """Close an order of which no parcel is packed: free what is not sent, and count it as waived.

    The caller holds the locks of order and lines.
    """
    free_lines(order, lines, actor)
    for line in lines:
        OrderLine.objects.filter(pk=line.pk).update(waived=F("waived") + line.open_quantity)
    if order.state == Order.State.CLOSED:
        record_event(order, "closed", actor, reason=reason)
    else:
        move_order(order, Order.State.CLOSED, actor, reason=reason)
    Order.objects.filter(pk=order.pk).update(end_reason=reason)
    order.end_reason = reason


def _returned(order: Order) -> list[Shipment]:
    found = list(
        order.shipments.filter(status=Shipment.Status.RETURNED, resent_at=None).prefetch_related("lines")
    )
    if not found:
        raise Refusal("nothing_returned", "No parcel of this order came back.", status=409)
    return found


def _book_back(share: PickShare, damaged: dict[str, int], other_bin: Bin | None, by: User | None) -> None:
    level = share.pick.level
    bin_id = other_bin.pk if other_bin else level.bin_id
    reference = f"shipment:{share.shipment_id}"
    change_level(
        item_id=level.item_id,
        bin_id=bin_id,
        delta=share.picked_quantity,
        reason=StockMovement.Reason.RETURNED,
        by=by,
        reference=reference,
    )
    broken = min(damaged.get(level.item.sku, 0), share.picked_quantity)
    if broken:
        damaged[level.item.sku] -= broken
        change_level(
            item_id=level.item_id,
            bin_id=bin_id,
            delta=-broken,
            reason=StockMovement.Reason.DAMAGED,
            by=by,
            reference=reference,
        )


def _refuse_bad_damage(shares: list[PickShare], damaged: Mapping[str, int]) -> None:
    inside: dict[str, int] = {}
    for share in shares:
        sku = share.pick.level.item.sku
        inside[sku] = inside.get(sku, 0) + share.picked_quantity
    problems = [
        Problem(f"/damaged/{sku}", "out_of_range", f"{inside.get(sku, 0)} of {sku} lie in this parcel.")
        for sku, quantity in damaged.items()
        if not 0 <= quantity <= inside.get(sku, 0)
    ]
    if problems:
        raise Refusal("invalid", problems=problems)
