"""Printing by REST: the documents of a shipment at once, those of a whole wave by a job."""

from typing import Any

from django.http import FileResponse, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsWarehouse, user_of
from core.api.schema import operation
from core.api.views import ApiView, id_parameter, moment
from core.refusals import NotFound
from orders.actors import staff
from orders.api import floor_examples as examples
from orders.api.letters import pdf_answer
from orders.models import Access, PrintRun, Shipment
from orders.parcels.documents import PAPERS, print_paper
from orders.parcels.printing import failure_of, orders_of_run, print_file, print_wave
from orders.privacy.access_log import note_api_access

SCOPE = "picking"
WAVE_ID, PRINT_ID = id_parameter("wave_id"), id_parameter("print_id")
OF_THIS_PRINT = {
    name: {"wave_id": "$response.body#/wave", "print_id": "$response.body#/id"}
    for name in ("getWavePapers", "getWavePapersPdf")
}
PDF: dict[Any, Any] = {
    (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, description="The pages to print.")
}


class PrintRunSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    wave = serializers.IntegerField()
    requested_at = serializers.DateTimeField()
    parcels = serializers.IntegerField()
    done = serializers.IntegerField(help_text="The parcels whose papers are ready.")
    pages = serializers.IntegerField()
    finished_at = serializers.DateTimeField(allow_null=True)
    failure = serializers.CharField(
        help_text="Why the papers could not be made: `storage`, `incomplete` or `other`; empty otherwise."
    )


class PrintWaveView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "printWave",
        tag="warehouse",
        summary="Make the papers of a wave, in walking order",
        description=examples.ABOUT_PRINTING,
        answers={202: PrintRunSerializer},
        refusals=[404],
        conflicts=["nothing_to_print"],
        parameters=[WAVE_ID],
        scope=SCOPE,
        links=OF_THIS_PRINT,
        answered=examples.PRINT_RUN,
    )
    def post(self, request: Request, wave_id: int) -> Response:
        return Response(_run(print_wave(wave_id=wave_id, by=user_of(request))), status=202)


class PrintRunView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "getWavePapers",
        tag="warehouse",
        summary="Get the progress of a wave's papers",
        answers={200: PrintRunSerializer},
        refusals=[404],
        parameters=[WAVE_ID, PRINT_ID],
        scope=SCOPE,
        links=OF_THIS_PRINT,
        answered={**examples.PRINT_RUN, "done": 1, "pages": 3, "finished_at": "2026-11-22T09:12:05.123456Z"},
    )
    def get(self, request: Request, wave_id: int, print_id: int) -> Response:
        return Response(_run(_read(wave_id, print_id)))


class PrintFileView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "getWavePapersPdf",
        tag="warehouse",
        summary="Get the papers of a wave as a PDF",
        description="They are kept for some hours only, since they show addresses.",
        answers=PDF,
        refusals=[404, 410],
        conflicts=["not_printed_yet", "print_failed"],
        parameters=[WAVE_ID, PRINT_ID],
        scope=SCOPE,
    )
    def get(self, request: Request, wave_id: int, print_id: int) -> FileResponse:
        run = _read(wave_id, print_id)
        path = print_file(run)
        note_api_access(request, Access.Kind.PAPERS, orders_of_run(run))
        return FileResponse(path.open("rb"), filename=f"wave-{wave_id}.pdf", content_type="application/pdf")


class ShipmentDocumentView(ApiView):
    permission_classes = (IsWarehouse,)

    @operation(
        "getParcelPaper",
        tag="warehouse",
        summary="Get one paper of a parcel, or all, as a PDF",
        description=examples.ABOUT_PAPERS,
        answers=PDF,
        refusals=[404],
        conflicts=["not_packed", "handed_over", "address_erased", "letter_waits"],
        parameters=[
            id_parameter("shipment_id"),
            id_parameter("paper", {"type": "string", "enum": list(PAPERS)}),
        ],
        scope=SCOPE,
    )
    def get(self, request: Request, shipment_id: int, paper: str) -> HttpResponse:
        shipment = (
            Shipment.objects.select_related("order__set", "letter_version").filter(pk=shipment_id).first()
        )
        if shipment is None or paper not in PAPERS:
            raise NotFound
        page = print_paper(shipment, paper, actor=staff(user_of(request)))
        note_api_access(request, Access.Kind.PAPERS, [shipment.order_id])
        return pdf_answer(page, f"{shipment.order.number}-{paper}.pdf")


def _read(wave_id: int, print_id: int) -> PrintRun:
    """Raises NotFound."""
    found = PrintRun.objects.filter(pk=print_id, wave=wave_id).first()
    if found is None:
        raise NotFound
    return found


def _run(run: PrintRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "wave": run.wave_id,
        "requested_at": moment(run.requested_at),
        "parcels": len(run.parcels),
        "done": run.done,
        "pages": run.pages,
        "finished_at": moment(run.finished_at),
        "failure": failure_of(run),
    }
