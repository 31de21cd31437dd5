"""PDFs to print, made when they are asked for."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from core.refusals import NotFound, Refusal
from dashboard.access import WAREHOUSE, StaffRequest, staff_page
from dashboard.packing import read_parcel
from orders import slips
from orders.models import Shipment

PAPERS: dict[str, Callable[[Shipment], bytes]] = {
    "slip": slips.packing_slip,
    "letter": slips.parcel_letter,
    "label": slips.address_label,
    "all": slips.parcel_papers,
}
NEEDS_PACKING = ("label", "all")


@require_safe
@staff_page(WAREHOUSE)
def parcel_paper(request: StaffRequest, shipment_id: int, paper: str) -> HttpResponse:
    """One paper of a parcel, or all of them. The address is printed from packing on and not before."""
    shipment = read_parcel(shipment_id)
    try:
        if paper in NEEDS_PACKING and shipment.status == Shipment.Status.PICKING:
            raise Refusal("not_packed", "Pack the parcel first: its label comes afterwards.", status=409)
        page = PAPERS[paper](shipment)
    except Refusal as refusal:
        messages.error(request, str(refusal.detail))
        return redirect("dashboard:parcel", shipment_id)
    return pdf_response(page, f"{shipment.order.number}-{paper}.pdf")


@require_safe
@staff_page(WAREHOUSE)
def wave_papers(request: StaffRequest, wave_id: int) -> HttpResponse:
    """The papers of all parcels of a wave, slot after slot."""
    shipments = list(
        Shipment.objects.filter(wave=wave_id).select_related("order__set", "letter_version").order_by("slot")
    )
    if not shipments:
        raise NotFound("There is nothing to print for this wave.")
    return pdf_response(slips.wave_papers(shipments), f"wave-{wave_id}.pdf")


def pdf_response(page: bytes, name: str) -> HttpResponse:
    """Shown in the browser, where it is printed from."""
    disposition = f'inline; filename="{name}"'
    return HttpResponse(page, content_type="application/pdf", headers={"Content-Disposition": disposition})
