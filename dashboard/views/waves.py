"""The walk along the bins."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from core.refusals import NotFound, Refusal
from dashboard.access import WAREHOUSE, StaffRequest, staff_page
from dashboard.form_errors import add_refusal
from dashboard.forms.waves import PickForm
from dashboard.paging import page_of
from dashboard.walk import (
    Stop,
    read_wave,
    shipments_of,
    stops_of,
    stretch_around,
)
from orders.floor.picking import confirm_pick
from orders.floor.put_backs import confirm_put_back, open_put_backs
from orders.models import Pick, Shipment, Wave
from orders.queries import waves_with_progress
from warehouse.models import StockLevel

SHIPMENTS_SHOWN = 40


@require_safe
@staff_page(WAREHOUSE)
def waves(request: StaffRequest) -> HttpResponse:
    return render(request, "dashboard/waves.html", {"page": page_of(waves_with_progress(), request)})


@require_safe
@staff_page(WAREHOUSE)
def wave(request: StaffRequest, wave_id: int) -> HttpResponse:
    """The next stop, big; the whole walk and the parcels below it. `?stop=` goes to another stop first."""
    found = read_wave(wave_id)
    stops = stops_of(found)
    asked = request.GET.get("stop", "")
    chosen = next((stop for stop in stops if str(stop.pick.pk) == asked and not stop.is_done), None)
    return _show(request, found, stops, chosen)


@require_safe
@staff_page(WAREHOUSE)
def pick_list(request: StaffRequest, wave_id: int) -> HttpResponse:
    """The whole walk on paper."""
    found = read_wave(wave_id)
    context = {"wave": found, "stops": stops_of(found), "parcels": found.shipments.count()}
    return render(request, "dashboard/pick_list.html", context)


@require_POST
@staff_page(WAREHOUSE)
def pick(request: StaffRequest, wave_id: int, pick_id: int) -> HttpResponse:
    """Confirm one stop."""
    found = read_wave(wave_id)
    stops = stops_of(found)
    stop = next((stop for stop in stops if stop.pick.pk == pick_id), None)
    if stop is None:
        # The order was cancelled meanwhile: the picker takes nothing here any more.
        problem = "This stop is gone: its order was changed or cancelled. Put nothing into the slots for it."
        return _show(request, found, stops, None, problem=problem, status=409)
    form = PickForm(request.POST)
    if not form.is_valid():
        return _show(request, found, stops, stop, form=form, status=400)
    quantity = form.cleaned_data["quantity"]
    try:
        confirm_pick(
            wave_id=wave_id,
            pick_id=pick_id,
            quantity=quantity,
            short_reason=form.cleaned_data["short_reason"],
            other_bin=form.cleaned_data["other_bin"],
            scanned=form.cleaned_data["scan"],
            by=request.user,
        )
    except NotFound:
        raise
    except Refusal as refusal:
        if refusal.code == "already_picked":
            # Another picker was here first: the stop is done, and the next one comes.
            return _show(request, found, stops_of(found), None, problem=str(refusal.detail), status=409)
        if refusal.code in ("wrong_item", "wrong_bin"):
            # The next scan starts with an empty field.
            form.data = {**request.POST.dict(), "scan": ""}
        fields = {f"/{name}": name for name in ("quantity", "short_reason", "other_bin")} | {
            "/scanned": "scan"
        }
        status = add_refusal(form, refusal, fields)
        return _show(request, found, stops_of(found), stop, form=form, status=status)
    wanted, bin_code = stop.pick.quantity, stop.pick.level.bin.code
    if quantity < wanted:
        said = f"{bin_code}: {quantity} of {wanted} taken. The rest is looked for elsewhere."
        still = StockLevel.objects.get(pk=stop.pick.level_id).on_hand
        if still and form.cleaned_data["short_reason"] != Pick.ShortReason.DAMAGED:
            said += f" The books still have {still} here: count them."
        messages.warning(request, said)
    else:
        messages.success(request, f"{bin_code}: {quantity} of {wanted} taken.")
    return redirect(_onward(wave_id, stops, stop))


@require_POST
@staff_page(WAREHOUSE)
def carried_back(request: StaffRequest, wave_id: int, put_back_id: int) -> HttpResponse:
    """It lies in its bin again."""
    done = confirm_put_back(put_back_id=put_back_id, wave_id=wave_id, by=request.user)
    messages.success(request, f"Slot {done.slot}: {done.quantity} back in {done.level.bin.code}.")
    return redirect("dashboard:wave", wave_id)


def _onward(wave_id: int, stops: list[Stop], stop: Stop) -> str:
    """Where the walk goes on: a picker who began in the middle is not sent back to where another picker walks."""
    address = reverse("dashboard:wave", args=[wave_id])
    at = stops.index(stop)
    ahead = next((each for each in stops[at + 1 :] if not each.is_done), None)
    behind = any(not each.is_done for each in stops[:at])
    return f"{address}?stop={ahead.pick.pk}" if ahead is not None and behind else address


def _show(
    request: StaffRequest,
    wave: Wave,
    stops: list[Stop],
    stop: Stop | None,
    *,
    form: PickForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    parcels = page_of(shipments_of(wave), request, size=SHIPMENTS_SHOWN)
    done = sum(1 for each in stops if each.is_done)
    stop = stop or next((each for each in stops if not each.is_done), None)
    if stop is not None and form is None:
        form = PickForm(initial={"quantity": stop.pick.quantity})
    return render(
        request,
        "dashboard/wave.html",
        {
            "wave": wave,
            "stops": len(stops),
            "stretch": stretch_around(stops, stop),
            "stop": stop,
            "form": form,
            "done": done,
            "parcels": parcels,
            "next_parcel": shipments_of(wave).filter(status=Shipment.Status.PICKING).first()
            if stop is None
            else None,
            "put_backs": list(open_put_backs().filter(wave=wave)),
            "problem": problem,
        },
        status=status,
    )
