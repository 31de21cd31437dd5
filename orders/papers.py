"""The papers of one parcel, as they are asked for. The address is printed from packing on and not before."""

from collections.abc import Callable

from django.db import transaction

from core.refusals import Refusal
from orders import slips
from orders.actors import Actor
from orders.models import Shipment
from orders.printing import note_prints

PAPERS: dict[str, Callable[[Shipment], bytes]] = {
    "slip": slips.packing_slip,
    "letter": slips.parcel_letter,
    "label": slips.address_label,
    "all": slips.parcel_papers,
}
WITH_ADDRESS = ("label", "all")


def print_paper(shipment: Shipment, paper: str, *, actor: Actor | None) -> bytes:
    """One paper of a parcel, or all of them, as a PDF. One with an address counts as printed, where an actor has it.

    Raises Refusal 409 `not_packed`, `address_erased`, or 404 `letter_not_ready`.
    """
    if paper in WITH_ADDRESS and shipment.status == Shipment.Status.PICKING:
        raise Refusal("not_packed", "Pack the parcel first: its label comes afterwards.", status=409)
    page = PAPERS[paper](shipment)
    if paper in WITH_ADDRESS and actor is not None:
        with transaction.atomic():
            note_prints([shipment.pk], actor)
    return page
