"""The list of parcels, and the steps of one: packing, handing over, arriving, coming back."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.refusals import NotFound, Refusal
from dashboard.access import LEAD, WAREHOUSE, StaffRequest, staff_page
from dashboard.form_errors import add_refusal
from dashboard.forms.parcels import PackForm, ReturnForm, ShipForm, WeighPieceForm
from dashboard.packing import read_shipment, weight_mismatch
from dashboard.paging import page_of
from dashboard.parcel_page import LAST_CARRIER, show_parcel
from orders.floor.put_backs import wave_of_lost_shipment
from orders.links import find_order
from orders.models import Shipment
from orders.parcels.returning import return_shipment
from orders.parcels.shipping import deliver_shipment, pack_shipment, ship_shipment
from warehouse.weights import weigh_piece

# The views of the list by name: title, and statuses shown.
VIEWS = {
    "picking": ("To pack", (Shipment.Status.PICKING,)),
    "packed": ("To ship", (Shipment.Status.PACKED,)),
    "shipped": ("Shipped", (Shipment.Status.SHIPPED,)),
    "delivered": ("Arrived", (Shipment.Status.DELIVERED, Shipment.Status.RETURNED)),
}


@require_safe
@staff_page(WAREHOUSE)
def parcels(request: StaffRequest) -> HttpResponse:
    """The parcels by step. A scanned packing slip opens its parcel."""
    scanned = request.GET.get("scan", "").strip()
    if scanned:
        order = find_order(scanned)
        shipment = None if order is None else Shipment.objects.filter(order=order).order_by("-pk").first()
        if shipment is not None:
            return redirect("dashboard:parcel", shipment.pk)
    name = request.GET.get("view", "picking")
    name = name if name in VIEWS else "picking"
    return render(
        request,
        "dashboard/parcels.html",
        {
            "views": [(key, title) for key, (title, _) in VIEWS.items()],
            "view": name,
            "page": page_of(_in_view(name), request),
            "not_found": scanned,
        },
    )


def _in_view(name: str) -> QuerySet[Shipment]:
    rows = Shipment.objects.filter(status__in=VIEWS[name][1]).select_related("order__set", "wave")
    if name in ("picking", "packed"):
        return rows.order_by("created_at", "pk")
    return rows.order_by(F("shipped_at").desc(nulls_last=True), "-pk")


def _or_its_wave(
    view: Callable[[StaffRequest, int], HttpResponse],
) -> Callable[[StaffRequest, int], HttpResponse]:
    """Where the order was cancelled or changed meanwhile, show the wave, with the reason."""

    @wraps(view)
    def led(request: StaffRequest, shipment_id: int) -> HttpResponse:
        try:
            return view(request, shipment_id)
        except NotFound:
            wave_id = wave_of_lost_shipment(shipment_id)
            if wave_id is None:
                raise
        messages.error(
            request, "Do not pack it: its order was cancelled or changed. Carry back what lies in its slot."
        )
        return redirect("dashboard:wave", wave_id)

    return led


@require_safe
@staff_page(WAREHOUSE)
@_or_its_wave
def parcel(request: StaffRequest, shipment_id: int) -> HttpResponse:
    return show_parcel(request, read_shipment(shipment_id))


@require_POST
@staff_page(WAREHOUSE)
@_or_its_wave
def pack(request: StaffRequest, shipment_id: int) -> HttpResponse:
    """Close the parcel if the scale agrees."""
    shipment = read_shipment(shipment_id)
    form = PackForm(request.POST)
    if not form.is_valid():
        return show_parcel(request, shipment, refused=form, status=400)
    weight = form.cleaned_data["weight"]
    may_override = request.user.has_role(LEAD)
    try:
        pack_shipment(
            shipment_id=shipment_id,
            weight_mg=weight,
            override_reason=form.cleaned_data["override_reason"],
            may_override=may_override,
            by=request.user,
        )
    except Refusal as refusal:
        if refusal.code == "weight_mismatch":
            form.add_mismatch(weight_mismatch(shipment, weight))
            return show_parcel(request, shipment, refused=form, status=refusal.status)
        status = add_refusal(form, refusal, {"/weight_mg": "weight", "/override_reason": "override_reason"})
        return show_parcel(request, read_shipment(shipment_id), refused=form, status=status)
    messages.success(request, "Packed. Now print slip, letter and label.")
    return redirect("dashboard:parcel", shipment_id)


@require_POST
@staff_page(WAREHOUSE)
def ship(request: StaffRequest, shipment_id: int) -> HttpResponse:
    """Hand the parcel over, and show the next one of its wave."""
    shipment = read_shipment(shipment_id)
    form = ShipForm(request.POST)
    if not form.is_valid():
        return show_parcel(request, shipment, refused=form, status=400)
    try:
        ship_shipment(
            shipment_id=shipment_id,
            carrier=form.cleaned_data["carrier"],
            tracking_number=form.cleaned_data["tracking_number"],
            by=request.user,
        )
    except Refusal as refusal:
        status = add_refusal(form, refusal, {"/carrier": "carrier", "/tracking_number": "tracking_number"})
        return show_parcel(request, read_shipment(shipment_id), refused=form, status=status)
    request.session[LAST_CARRIER] = form.cleaned_data["carrier"]
    messages.success(request, f"The parcel of {shipment.order.number} is on its way.")
    following = (
        Shipment.objects.filter(wave=shipment.wave, status__in=["picking", "packed"]).order_by("slot").first()
    )
    if following is not None:
        return redirect("dashboard:parcel", following.pk)
    return redirect("dashboard:wave", shipment.wave_id)


@require_POST
@staff_page(WAREHOUSE)
def deliver(request: StaffRequest, shipment_id: int) -> HttpResponse:
    """Note that the parcel has arrived."""
    shipment = read_shipment(shipment_id)
    try:
        deliver_shipment(shipment_id=shipment_id, by=request.user)
    except Refusal as refusal:
        return show_parcel(
            request, read_shipment(shipment_id), problem=str(refusal.detail), status=refusal.status
        )
    messages.success(request, f"The parcel of {shipment.order.number} has arrived.")
    return redirect("dashboard:parcel", shipment_id)


@require_POST
@staff_page(WAREHOUSE)
def give_back(request: StaffRequest, shipment_id: int) -> HttpResponse:
    """The parcel came back: its contents go onto the shelf again, except what is damaged."""
    shipment = read_shipment(shipment_id)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return show_parcel(request, shipment, refused=form, status=400)
    try:
        return_shipment(
            shipment_id=shipment_id,
            damaged=form.damaged(),
            bin_code=form.cleaned_data["bin"],
            by=request.user,
        )
    except Refusal as refusal:
        status = add_refusal(form, refusal, {"/bin": "bin"})
        return show_parcel(request, read_shipment(shipment_id), refused=form, status=status)
    messages.success(request, "It is back on the shelf. Service decides whether to send it again.")
    return redirect("dashboard:parcel", shipment_id)


@require_POST
@staff_page(WAREHOUSE)
def weigh(request: StaffRequest, shipment_id: int, piece_id: int) -> HttpResponse:
    """Weigh several of a piece without a weight: the scale can then check this parcel and all later ones."""
    shipment = read_shipment(shipment_id)
    form = WeighPieceForm(request.POST, piece_id=piece_id)
    status = 400
    if form.is_valid():
        try:
            weight = weigh_piece(
                piece_id=piece_id,
                count=form.cleaned_data["count"],
                total_mg=form.cleaned_data["total"],
                by=request.user,
            )
        except NotFound:
            raise
        except Refusal as refusal:
            status = add_refusal(form, refusal, {"/count": "count", "/total_mg": "total"})
        else:
            messages.success(
                request, f"Each weighs {weight.weight_mg / 1000:g} g. The scale checks it from now on."
            )
            return redirect("dashboard:parcel", shipment_id)
    return show_parcel(request, shipment, refused=form, status=status)
