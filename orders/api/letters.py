"""Letters by REST: the list, one version, and the letter of an order as text and as PDF."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsService
from core.api.pagination import paged_rows
from core.api.schema import PAGING, operation, page_example, page_of
from core.api.views import ApiView, id_parameter, moment
from core.refusals import NotFound
from orders.api import examples
from orders.api import serializers as shapes
from orders.api.base import OrderApiView
from orders.letters.writing import latest_version, letter_pdf
from orders.models import Access, LetterVersion, Order
from orders.permissions import MayReadLetter
from orders.privacy.access_log import note_api_access

PDF: dict[Any, Any] = {
    (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, description="An A5 page.")
}


class VersionInListSerializer(serializers.Serializer[Any]):
    order = serializers.CharField(help_text="Its number.")
    version = serializers.IntegerField()
    language = serializers.CharField()
    subject = serializers.CharField()
    created_at = serializers.DateTimeField()


class VersionSerializer(VersionInListSerializer):
    body = serializers.CharField()


class LettersView(ApiView):
    permission_classes = (IsService,)

    @operation(
        "listLetters",
        tag="letters",
        summary="List the versions of all letters, newest first",
        answers={200: page_of(VersionInListSerializer, "LetterPage")},
        parameters=PAGING,
        scope="letters:read",
        answered=page_example(examples.VERSION),
        links={
            "getLetterVersion": {
                "number": "$response.body#/results/0/order",
                "version": "$response.body#/results/0/version",
            }
        },
    )
    def get(self, request: Request) -> Response:
        rows = LetterVersion.objects.select_related("letter__order").defer("data", "html_body", "body")
        found, links = paged_rows(request, rows, "-pk")
        note_api_access(request, Access.Kind.LIST, [None])
        return Response({**links, "results": [version_in_list(row) for row in found]})


class LetterVersionView(OrderApiView):
    permission_classes = (IsService,)
    shows = Access.Kind.LETTER

    @operation(
        "getLetterVersion",
        tag="letters",
        summary="Get one version of a letter",
        answers={200: VersionSerializer},
        refusals=[404],
        parameters=[id_parameter("version")],
        scope="letters:read",
        answered=examples.VERSION_WITH_BODY,
    )
    def get(self, request: Request, version: int) -> Response:
        found = read_version(self.order, version)
        return Response({**version_in_list(found), "body": found.body})


class LetterVersionPdfView(OrderApiView):
    permission_classes = (IsService,)
    shows = Access.Kind.LETTER

    @operation(
        "getLetterVersionPdf",
        tag="letters",
        summary="Get one version of a letter as a PDF",
        answers=PDF,
        refusals=[404],
        parameters=[id_parameter("version")],
        scope="letters:read",
    )
    def get(self, request: Request, version: int) -> HttpResponse:
        found = read_version(self.order, version)
        return pdf_answer(letter_pdf(found), f"{found.letter.order.number}-letter-{version}.pdf")


def pdf_answer(page: bytes, name: str) -> HttpResponse:
    """A PDF that the browser shows, so that it can be printed from there."""
    disposition = f'inline; filename="{name}"'
    return HttpResponse(page, content_type="application/pdf", headers={"Content-Disposition": disposition})


def read_version(order: Order, version: int) -> LetterVersion:
    """Raises NotFound."""
    rows = LetterVersion.objects.select_related("letter__order")
    # A larger number does not fit the column, and no letter has that many versions.
    found = rows.filter(letter__order=order, version=version).first() if version < 2**15 else None
    if found is None:
        raise NotFound
    return found


def version_in_list(version: LetterVersion) -> dict[str, Any]:
    return {
        "order": version.letter.order.number,
        "version": version.version,
        "language": version.language,
        "subject": version.subject,
        "created_at": moment(version.created_at),
    }


class LetterView(OrderApiView):
    permission_classes = (MayReadLetter,)
    shows = Access.Kind.LETTER

    @operation(
        "getLetter",
        tag="orders",
        summary="Get the letter as text",
        description="The answer is 404 `letter_not_ready` until it is written, some seconds after the order.",
        answers={200: shapes.LetterSerializer},
        refusals=[403, 404, 410],
        scope="letters:read",
        answered=examples.LETTER,
    )
    def get(self, request: Request) -> Response:
        version = latest_version(self.order)
        return Response(
            {
                "language": version.language,
                "subject": version.subject,
                "body": version.body,
                "version": version.version,
            }
        )


class LetterPdfView(OrderApiView):
    permission_classes = (MayReadLetter,)
    shows = Access.Kind.LETTER

    @operation(
        "getLetterPdf",
        tag="orders",
        summary="Get the letter as a PDF, the page that lies in the parcel",
        description="The answer is 404 `letter_not_ready` until it is written, some seconds after the order.",
        answers={(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, description="An A5 page.")},
        refusals=[403, 404, 410],
        scope="letters:read",
    )
    def get(self, request: Request) -> HttpResponse:
        return pdf_answer(letter_pdf(latest_version(self.order)), f"{self.order.number}.pdf")
