"""PDFs to print: the papers of one shipment at once, the papers of a whole wave by a job."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.refusals import NotFound, Refusal
from dashboard.access import WAREHOUSE, StaffRequest, staff_page
from dashboard.access_notes import Kind, note_seen, note_seen_all
from dashboard.packing import read_shipment
from dashboard.walk import read_wave
from dashboard.wording import PRINT_FAILURES
from orders.actors import staff
from orders.models import PrintRun
from orders.parcels.documents import print_paper
from orders.parcels.printing import failure_of, orders_of_run, print_file, print_wave
from orders.parcels.wave_documents import TO_PRINT, without_letter


@require_safe
@staff_page(WAREHOUSE)
def parcel_paper(request: StaffRequest, shipment_id: int, paper: str) -> HttpResponse:
    """One paper of a shipment, or all of them. Only a packed shipment's papers have the address."""
    shipment = read_shipment(shipment_id)
    try:
        page = print_paper(shipment, paper, actor=staff(request.user) if request.method == "GET" else None)
    except Refusal as refusal:
        messages.error(request, str(refusal.detail))
        return redirect("dashboard:parcel", shipment_id)
    note_seen(request, Kind.PAPERS, shipment.order)
    return pdf_response(page, f"{shipment.order.number}-{paper}.pdf")


@require_safe
@staff_page(WAREHOUSE)
def wave_papers(request: StaffRequest, wave_id: int) -> HttpResponse:
    """The papers of a wave: how far the job is, and the PDFs made before."""
    return _show(request, wave_id)


@require_POST
@staff_page(WAREHOUSE)
def make_papers(request: StaffRequest, wave_id: int) -> HttpResponse:
    """Request the job that makes them, in walking order."""
    try:
        print_wave(wave_id=wave_id, by=request.user)
    except NotFound:
        raise
    except Refusal as refusal:
        return _show(request, wave_id, problem=str(refusal.detail), status=refusal.status)
    return redirect("dashboard:wave_papers", wave_id)


@require_safe
@staff_page(WAREHOUSE)
def wave_papers_file(request: StaffRequest, wave_id: int, run_id: int) -> HttpResponseBase:
    """The PDF itself; the packer prints it from the browser."""
    run = PrintRun.objects.filter(pk=run_id, wave_id=wave_id).first()
    if run is None:
        raise NotFound("There is no such print.")
    try:
        path = print_file(run)
    except Refusal as refusal:
        return _show(request, wave_id, problem=str(refusal.detail), status=refusal.status)
    note_seen_all(request, Kind.PAPERS, orders_of_run(run))
    return FileResponse(path.open("rb"), filename=f"wave-{wave_id}.pdf", content_type="application/pdf")


def pdf_response(page: bytes, name: str) -> HttpResponse:
    """A PDF that the browser shows, and prints."""
    disposition = f'inline; filename="{name}"'
    return HttpResponse(page, content_type="application/pdf", headers={"Content-Disposition": disposition})


def _show(request: StaffRequest, wave_id: int, *, problem: str = "", status: int = 200) -> HttpResponse:
    wave = read_wave(wave_id)
    runs = list(wave.print_runs.select_related("requested_by").order_by("-pk")[:10])
    unfinished = next((run for run in runs if run.finished_at is None), None)
    failure = failure_of(unfinished) if unfinished else ""
    return render(
        request,
        "dashboard/papers.html",
        {
            "wave": wave,
            "runs": runs,
            "under_way": unfinished if not failure else None,
            "failed": unfinished if failure else None,
            "failure": PRINT_FAILURES.get(failure, ""),
            "newest": next((run for run in runs if run.finished_at is not None), None),
            "parcels": wave.shipments.filter(status__in=TO_PRINT).count(),
            "letters_later": without_letter(wave),
            "problem": problem,
        },
        status=status,
    )
