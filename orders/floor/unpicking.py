"""Taking things out of a walk and its parcels again: the line ends, or the shelf does not hold what was reserved."""

from collections.abc import Iterable

from django.db.models import F
from django.utils import timezone

from orders.actors import Actor
from orders.allocation.fulfilment import wake_behind
from orders.lifecycle import record_event
from orders.models import Backorder, Order, OrderLine, Pick, PickShare, PutBack, Shipment, ShipmentLine
from warehouse.locks import lock_items
from warehouse.models import Reservation, StockMovement
from warehouse.reserving import release, release_some
from warehouse.stocking import change_level


def stop_picking(order: Order, lines: Iterable[OrderLine], actor: Actor) -> None:
    """Take lines out of the parcel in picking; what was picked already goes back to its bin.

    The books change at once; a `PutBack` shows the worker what to carry to the bin from which slot. The caller holds
    the locks of order and lines. Reservations stay until they are released.
    """
    wanted = {line.pk: line for line in lines}
    shipment = Shipment.objects.filter(order=order, status=Shipment.Status.PICKING).first()
    if shipment is None:
        return
    shares = PickShare.objects.filter(shipment=shipment, line_id__in=wanted).select_related("pick__level")
    lock_items(share.pick.level.item_id for share in shares)
    for share in shares.order_by("pk"):
        if share.pick.picked_at is None:
            _shrink_pick(share.pick, share.quantity)
    # After the picks: what goes back wakes who waits, and a job's row is locked last.
    for share in shares.order_by("pk"):
        if share.picked_quantity:
            change_level(
                item_id=share.pick.level.item_id,
                bin_id=share.pick.level.bin_id,
                delta=share.picked_quantity,
                reason=StockMovement.Reason.PUT_BACK,
                by=actor.user,
                reference=f"shipment:{shipment.pk}",
            )
            PutBack.objects.create(
                wave_id=shipment.wave_id,
                slot=shipment.slot,
                parcel=shipment.pk,
                level_id=share.pick.level_id,
                quantity=share.picked_quantity,
                at=timezone.now(),
            )
    shares.delete()
    ShipmentLine.objects.filter(shipment=shipment, line_id__in=wanted).delete()
    if not ShipmentLine.objects.filter(shipment=shipment).exists():
        record_event(order, "picking_stopped", actor, shipment=shipment.pk)
        shipment.delete()


def take_back(line: OrderLine, quantities: dict[int, int], actor: Actor) -> None:
    """Take reservations back from a line, `{level id: quantity}` not picked yet, and out of the parcel in picking.

    A bag is served whole: it loses every reservation, and what was picked of it goes back to its bin. The caller holds
    the locks of order, lines and items, and serves the line again.
    """
    if line.bag_label:
        stop_picking(line.order, [line], actor)
        wake_behind(release([line.reference]))
        OrderLine.objects.filter(pk=line.pk).update(reserved=0)
        return
    for level_id, quantity in quantities.items():
        reserved = Reservation.objects.get(reference=line.reference, level=level_id).quantity
        shares = PickShare.objects.filter(
            line=line, pick__level=level_id, shipment__status=Shipment.Status.PICKING
        )
        share = shares.select_related("pick").first()
        if share is not None:
            in_parcel = share.quantity - share.picked_quantity
            # What was reserved since the walk began goes first. A stop that is done gets nothing more: its shortage
            # comes out of the parcel.
            beside = reserved - in_parcel
            from_parcel = min(quantity, in_parcel) if share.pick.picked_at else max(quantity - beside, 0)
            if from_parcel:
                _shrink_share(line, share, from_parcel, actor)
        release_some(reference=line.reference, level_id=level_id, quantity=quantity)
    OrderLine.objects.filter(pk=line.pk).update(reserved=F("reserved") - sum(quantities.values()))


def _shrink_share(line: OrderLine, share: PickShare, quantity: int, actor: Actor) -> None:
    """Take a quantity of a piece line that is not picked out of its parcel; the rest of the line stays in it."""
    inside = ShipmentLine.objects.get(shipment_id=share.shipment_id, line=line)
    if inside.quantity == quantity:
        stop_picking(line.order, [line], actor)
        return
    ShipmentLine.objects.filter(pk=inside.pk).update(quantity=F("quantity") - quantity)
    PickShare.objects.filter(pk=share.pk).update(quantity=F("quantity") - quantity)
    if share.pick.picked_at is None:
        PickShare.objects.filter(pk=share.pk, quantity=0).delete()
        _shrink_pick(share.pick, quantity)


def _shrink_pick(pick: Pick, quantity: int) -> None:
    """Ask for less at a stop that is not done yet; delete a stop with nothing left to take."""
    Pick.objects.filter(pk=pick.pk).update(quantity=F("quantity") - quantity)
    Pick.objects.filter(pk=pick.pk, quantity=0).delete()


def free_lines(order: Order, lines: list[OrderLine], actor: Actor) -> None:
    """Give back all that is reserved or picked for these lines, and wake the lines that wait behind them."""
    stop_picking(order, lines, actor)
    freed = release(line.reference for line in lines)
    waited_for = set(Backorder.objects.filter(line__in=lines).values_list("item_id", flat=True))
    Backorder.objects.filter(line__in=lines).delete()
    for line in lines:
        line.reserved = line.backordered = 0
        line.save(update_fields=["reserved", "backordered"])
    wake_behind(freed | waited_for)
