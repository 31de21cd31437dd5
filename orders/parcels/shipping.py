"""Packing a parcel against the scale, and handing it to the carrier."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from core.refusals import NotFound, Problem, Refusal
from orders import mails
from orders.actors import SYSTEM, staff
from orders.letters.writing import shipment_version
from orders.lifecycle import move_order, move_shipment
from orders.locks import lock_lines, lock_order
from orders.models import Order, OrderLine, PickShare, Shipment
from orders.parcels.carriers import carrier_named
from orders.parcels.weighing import ExpectedWeight, expected_weight

MAX_WEIGHT_MG = 100_000_000


def pack_shipment(
    *,
    shipment_id: int,
    weight_mg: int,
    override_reason: str = "",
    may_override: bool = False,
    by: User | None,
) -> Shipment:
    """Close a parcel whose picks are done and whose weight is right.

    1. Lock the order; refuse a parcel that another packer packed meanwhile.
    2. Compare the scale, in mg, with what the pieces weigh; only a lead may override a difference, with a reason.
    3. Freeze the letter that lies in it.

    Raises NotFound, Refusal `invalid`, 403 `only_a_lead`, or 409 `wrong_status`, `not_picked`, `weight_mismatch`.
    """
    _refuse_bad_numbers(weight_mg, override_reason)
    with transaction.atomic():
        shipment, order = lock_shipment(shipment_id)
        if shipment.status != Shipment.Status.PICKING:
            raise Refusal("wrong_status", f"This parcel is {shipment.status} already.", status=409)
        if PickShare.objects.filter(shipment=shipment, pick__picked_at=None).exists():
            raise Refusal("not_picked", "Some of this parcel is not picked yet.", status=409)
        expected = expected_weight(shipment)
        if not expected.agrees_with(weight_mg):
            _refuse_mismatch(expected, weight_mg, override_reason, may_override)
        move_shipment(
            shipment,
            Shipment.Status.PACKED,
            staff(by),
            packed_at=timezone.now(),
            measured_weight_mg=weight_mg,
            expected_weight_mg=expected.weight_mg if expected.is_known else None,
            tolerance_mg=expected.tolerance_mg if expected.is_known else None,
            override_reason="" if expected.agrees_with(weight_mg) else override_reason.strip(),
            letter_version=shipment_version(order, shipment),
        )
        mails.queue_mail(order, "packed", key=str(shipment.pk), letter=_unmailed_letter(order, shipment))
    return shipment


def _unmailed_letter(order: Order, shipment: Shipment) -> str:
    """The text of a parcel's letter, if the customer was not mailed this version; else empty."""
    version = shipment.letter_version
    return "" if version is None or mails.was_mailed(order, version.version) else version.body


def ship_shipment(*, shipment_id: int, carrier: str, tracking_number: str = "", by: User | None) -> Shipment:
    """Hand a packed parcel to the carrier: what lies in it counts as shipped, and the customer gets a mail.

    Raises NotFound, Refusal `invalid`, or 409 `wrong_status`.
    """
    adapter = carrier_named(carrier)
    carrier, problems = adapter.name, []
    try:
        tracking_number = adapter.plain_number(tracking_number)
    except ValueError as error:
        problems.append(Problem("/tracking_number", "invalid", str(error)))
    if not carrier or len(carrier) > 40 or not carrier.isprintable():
        problems.append(Problem("/carrier", "invalid", "Name the carrier, in at most 40 characters."))
    if len(tracking_number) > 60 or not tracking_number.isprintable():
        problems.append(Problem("/tracking_number", "invalid", "At most 60 characters."))
    if problems:
        raise Refusal("invalid", problems=problems)
    with transaction.atomic():
        shipment, order = lock_shipment(shipment_id)
        lock_lines([order.pk])
        move_shipment(
            shipment,
            Shipment.Status.SHIPPED,
            staff(by),
            shipped_at=timezone.now(),
            carrier=carrier,
            tracking_number=tracking_number,
        )
        for inside in shipment.lines.all():
            OrderLine.objects.filter(pk=inside.line_id).update(
                reserved=F("reserved") - inside.quantity, shipped=F("shipped") + inside.quantity
            )
        more_follows = order.lines.filter(found_at=None, shipped__lt=F("quantity") - F("waived")).exists()
        if not more_follows and order.state != Order.State.CLOSED:
            move_order(order, Order.State.CLOSED, SYSTEM)
        mails.queue_mail(
            order,
            "shipped",
            key=str(shipment.pk),
            carrier=carrier,
            tracking_number=tracking_number,
            more_follows=more_follows,
        )
    return shipment


def deliver_shipment(*, shipment_id: int, by: User | None) -> Shipment:
    """Note that a parcel has arrived. Raises NotFound, or Refusal 409 `wrong_status`."""
    with transaction.atomic():
        shipment, _order = lock_shipment(shipment_id)
        move_shipment(shipment, Shipment.Status.DELIVERED, staff(by), delivered_at=timezone.now())
    return shipment


def lock_shipment(shipment_id: int) -> tuple[Shipment, Order]:
    """The shipment as it is now, under its order's lock. Raises NotFound."""
    order_id = Shipment.objects.filter(pk=shipment_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound("There is no such parcel.")
    order = lock_order(order_id)
    shipment = Shipment.objects.filter(pk=shipment_id).select_related("order").first()
    if shipment is None:
        raise NotFound("There is no such parcel.")
    return shipment, order


def _refuse_bad_numbers(weight_mg: int, override_reason: str) -> None:
    problems = []
    if not 0 < weight_mg <= MAX_WEIGHT_MG:
        problems.append(Problem("/weight_mg", "out_of_range", "Give what the scale shows, in mg."))
    if len(override_reason) > 200:
        problems.append(Problem("/override_reason", "too_long", "At most 200 characters."))
    if problems:
        raise Refusal("invalid", problems=problems)


def _refuse_mismatch(
    expected: ExpectedWeight, measured: int, override_reason: str, may_override: bool
) -> None:
    if override_reason.strip():
        if not may_override:
            raise Refusal("only_a_lead", "Only a lead may override the scale.", status=403)
        return
    difference = measured - expected.weight_mg
    detail = (
        f"{abs(difference)} mg too {'heavy' if difference > 0 else 'light'}: expected {expected.weight_mg} mg, "
        f"give or take {expected.tolerance_mg}."
    )
    raise Refusal(
        "weight_mismatch", detail, problems=[Problem("/weight_mg", "weight_mismatch", detail)], status=409
    )
