"""The page of a parcel: one template and one context for each status of its shipment.

A form can reach the server after a colleague has moved the parcel on. The page of the new status then says at its top
why the form was refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render

from catalog.models import Piece
from dashboard.access import LEAD, StaffRequest
from dashboard.access_notes import Kind, note_seen
from dashboard.forms.parcels import PackForm, ReturnForm, ShipForm, WeighPieceForm
from dashboard.packing import last_step, shipment_rows
from orders.floor.put_backs import open_put_backs
from orders.models import OrderContact, Shipment
from orders.parcels.carriers import carrier_named, carriers
from orders.parcels.documents import address_lines
from orders.parcels.weighing import expected_weight, unweighed_pieces

LAST_CARRIER = "carrier"  # in the session: the carrier of the last parcel that this packer handed over

F = TypeVar("F", bound=Form)
Context = dict[str, Any]


def show_parcel(
    request: StaffRequest,
    shipment: Shipment,
    *,
    refused: Form | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of the shipment's status. `refused` is the form that was just sent, with its errors."""
    page = PAGES[Shipment.Status(shipment.status)]
    lines = shipment_rows(shipment)
    context = {
        "shipment": shipment,
        "order": shipment.order,
        "lines": lines,
        "open_shares": [share for line in lines for share in line.shares if share.pick.picked_at is None],
        "problem": problem,
        "stray_form": None if isinstance(refused, page.forms) else refused,
        **page.context(request, shipment, refused),
    }
    return render(request, page.template, context, status=status)


def _picking(request: StaffRequest, shipment: Shipment, refused: Form | None) -> Context:
    """Weigh it and close it."""
    expected = expected_weight(shipment)
    return {
        "put_backs": list(open_put_backs().filter(parcel=shipment.pk)),
        "expected": expected,
        "pack_form": _if_it_is(PackForm, refused) or PackForm(),
        "is_lead": request.user.has_role(LEAD),
        "to_weigh": [] if expected.is_known else _to_weigh(shipment, _if_it_is(WeighPieceForm, refused)),
    }


def _to_weigh(shipment: Shipment, refused: WeighPieceForm | None) -> list[tuple[Piece, WeighPieceForm]]:
    """Each piece without a weight, and the form to enter one."""
    return [
        (
            piece,
            refused
            if refused is not None and refused.piece_id == piece.pk
            else WeighPieceForm(piece_id=piece.pk, initial={"count": 10}, auto_id=f"weigh{piece.pk}_%s"),
        )
        for piece in unweighed_pieces(shipment)
    ]


def _packed(request: StaffRequest, shipment: Shipment, refused: Form | None) -> Context:
    """Print its papers and hand it over. No other page has the address: the label is printed here."""
    contact = OrderContact.objects.filter(order=shipment.order_id).first()
    if contact is not None:
        note_seen(request, Kind.ADDRESS, shipment.order)
    letter = shipment.letter_version
    return {
        "last_step": last_step(shipment),
        "address": address_lines(contact) if contact else [],
        "own_letter": letter is not None and letter.shipment_id == shipment.pk,
        "ship_form": _if_it_is(ShipForm, refused)
        or ShipForm(initial={"carrier": request.session.get(LAST_CARRIER, "")}),
        "carriers": [carrier.name for carrier in carriers()],
    }


def _shipped(request: StaffRequest, shipment: Shipment, refused: Form | None) -> Context:
    """With the carrier, or with the customer: it can still come back."""
    return {
        **_returned(request, shipment, refused),
        "return_form": _if_it_is(ReturnForm, refused) or ReturnForm(),
    }


def _returned(request: StaffRequest, shipment: Shipment, refused: Form | None) -> Context:
    """Nothing is left to do."""
    carrier = carrier_named(shipment.carrier)
    return {
        "last_step": last_step(shipment),
        "tracking_url": carrier.tracking_url(shipment.tracking_number),
    }


def _if_it_is(form_class: type[F], refused: Form | None) -> F | None:
    return refused if isinstance(refused, form_class) else None


@dataclass(frozen=True, slots=True)
class StatusPage:
    """What one status shows, and the forms that this page has."""

    template: str
    context: Callable[[StaffRequest, Shipment, Form | None], Context]
    forms: tuple[type[Form], ...] = ()


PAGES = {
    Shipment.Status.PICKING: StatusPage(
        "dashboard/parcel_picking.html", _picking, (PackForm, WeighPieceForm)
    ),
    Shipment.Status.PACKED: StatusPage("dashboard/parcel_packed.html", _packed, (ShipForm,)),
    Shipment.Status.SHIPPED: StatusPage("dashboard/parcel_shipped.html", _shipped, (ReturnForm,)),
    Shipment.Status.DELIVERED: StatusPage("dashboard/parcel_delivered.html", _shipped, (ReturnForm,)),
    Shipment.Status.RETURNED: StatusPage("dashboard/parcel_returned.html", _returned),
}
