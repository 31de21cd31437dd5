"""The papers of many parcels at once: which sheets each gets, read in a few queries."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Exists, Min, OuterRef

from orders.allocation.differences import AGREED
from orders.letters.writing import page_data
from orders.models import (
    LetterVersion,
    OrderContact,
    OrderLine,
    PickShare,
    Shipment,
    ShipmentLine,
    Substitution,
    Wave,
)
from orders.parcels.documents import LABEL, SLIP, label_of, slips_data

# A parcel that is handed over needs no label any more.
TO_PRINT = (Shipment.Status.PICKING, Shipment.Status.PACKED)

#: A template's name and its data.
Sheet = tuple[str, Mapping[str, Any]]


def walking_order(wave: Wave) -> list[int]:
    """The ids of the wave's shipments that are not handed over, in the order in which the walk fills them.

    By the first bin that something of each comes from, then by slot.
    """
    first = dict(
        PickShare.objects.filter(shipment__wave=wave)
        .order_by()
        .values_list("shipment_id")
        .annotate(Min("pick__level__bin__code"))
    )
    slots = dict(Shipment.objects.filter(wave=wave, status__in=TO_PRINT).values_list("pk", "slot"))
    return sorted(slots, key=lambda pk: (first.get(pk, ""), slots[pk]))


def sheets_of(shipment_ids: Sequence[int]) -> list[Sheet]:
    """Slip, letter and label of each parcel that still exists, parcel after parcel.

    Packing settles what a parcel's letter says. Before that, the letter is printed only where the parcel holds all that
    was asked for, since it is then the letter that was mailed; else it is printed after packing. A parcel whose
    customer was erased has neither letter nor label.
    """
    shipments = Shipment.objects.select_related("order__set", "letter_version").in_bulk(list(shipment_ids))
    order_ids = {shipment.order_id for shipment in shipments.values()}
    slips = slips_data(list(shipments.values()))
    contacts = OrderContact.objects.in_bulk(order_ids)
    letters = _known_letters(shipments.values())
    sheets: list[Sheet] = []
    for shipment_id in shipment_ids:
        shipment = shipments.get(shipment_id)
        if shipment is None:
            continue
        sheets.append((SLIP, slips[shipment_id]))
        letter = letters.get(shipment_id)
        contact = contacts.get(shipment.order_id)
        if letter is not None and contact is not None:
            sheets.append((letter.template, page_data(letter, shipment.order)))
        if contact is not None and shipment.status in TO_PRINT:
            sheets.append((LABEL, label_of(contact, shipment.order.number)))
    return sheets


def without_letter(wave: Wave) -> int:
    """How many parcels of a wave get their letter only after packing."""
    shipments = list(wave.shipments.select_related("letter_version"))
    return len(shipments) - len(_known_letters(shipments))


def _known_letters(shipments: Collection[Shipment]) -> dict[int, LetterVersion]:
    """The version of the letter in each shipment, where it is known already; three queries at most."""
    found = {shipment.pk: shipment.letter_version for shipment in shipments if shipment.letter_version}
    picking = [shipment for shipment in shipments if shipment.status == Shipment.Status.PICKING]
    order_ids = {shipment.order_id for shipment in picking}
    mailed = {
        version.letter.order_id: version  # the newest stays: versions come in the order of their numbers
        for version in LetterVersion.objects.filter(
            letter__order__in=order_ids, letter__hold_reason=""
        ).select_related("letter")
    }
    differing = _with_differences(picking, order_ids)
    for shipment in picking:
        version = mailed.get(shipment.order_id)
        if version is not None and version.shipment_id is None and shipment.pk not in differing:
            found[shipment.pk] = version
    return found


def _with_differences(shipments: Collection[Shipment], order_ids: Collection[int]) -> set[int]:
    """The shipments that do not hold exactly what was asked for: something is not inside, replaced or left out."""
    inside = {
        (shipment_id, line_id): quantity
        for shipment_id, line_id, quantity in ShipmentLine.objects.filter(
            shipment__in=[shipment.pk for shipment in shipments]
        ).values_list("shipment_id", "line_id", "quantity")
    }
    shipment_of = {shipment.order_id: shipment.pk for shipment in shipments}
    lines = OrderLine.objects.filter(order__in=order_ids).annotate(
        agreed=Exists(Substitution.objects.filter(line=OuterRef("pk"), answer__in=AGREED))
    )
    return {
        shipment_of[line.order_id]
        for line in lines
        if line.agreed
        or line.found_at is not None
        or inside.get((shipment_of[line.order_id], line.pk)) != line.quantity
    }
