"""The papers of one parcel, as they are asked for. The address is printed between packing and handing over only."""

from collections.abc import Callable

from django.db import transaction

from core.refusals import Refusal
from orders.actors import Actor
from orders.models import Shipment
from orders.parcels import documents
from orders.parcels.printing import note_prints

PAPERS: dict[str, Callable[[Shipment], bytes]] = {
    "slip": documents.packing_slip,
    "letter": documents.parcel_letter,
    "label": documents.address_label,
    "all": documents.parcel_papers,
}
WITH_ADDRESS = ("label", "all")


def print_paper(shipment: Shipment, paper: str, *, actor: Actor | None) -> bytes:
    """One paper of a parcel, or all of them, as a PDF. One with an address counts as printed, where an actor has it.

    Raises Refusal 409 `not_packed`, `handed_over`, `address_erased`, or 404 `letter_not_ready`.
    """
    if paper in WITH_ADDRESS:
        _refuse_unless_packed(shipment)
    page = PAPERS[paper](shipment)
    if paper in WITH_ADDRESS and actor is not None:
        with transaction.atomic():
            note_prints([shipment.pk], actor)
    return page


def _refuse_unless_packed(shipment: Shipment) -> None:
    """Where somebody lived who was sent a parcel once is nothing that a guessed address should tell."""
    if shipment.status == Shipment.Status.PICKING:
        raise Refusal("not_packed", "Pack the parcel first: its label comes afterwards.", status=409)
    if shipment.status != Shipment.Status.PACKED:
        detail = "This parcel was handed over: its label is not printed again."
        raise Refusal("handed_over", detail, status=409)
