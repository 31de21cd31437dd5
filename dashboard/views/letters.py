"""The letters as they were written, for service."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.refusals import NotFound
from dashboard.access import SERVICE, StaffRequest, staff_page
from dashboard.access_notes import Kind, note_seen, note_seen_all
from dashboard.paging import page_of
from dashboard.views.printing import pdf_response
from orders.letters.writing import letter_pdf
from orders.links import find_order
from orders.models import Letter, LetterVersion

MOST_WAITING = 50


@require_safe
@staff_page(SERVICE)
def letters(request: StaffRequest) -> HttpResponse:
    """All letters, the newest first; above them the letters that wait for service."""
    versions = (
        LetterVersion.objects.select_related("letter__order__set")
        .only(
            "version",
            "language",
            "subject",
            "created_at",
            "letter__order__number",
            "letter__order__set__set_num",
            "letter__order__set__name",
        )
        .order_by("-pk")
    )
    waiting = Letter.objects.select_related("order").exclude(held_at=None).order_by("held_at")[:MOST_WAITING]
    context = {"page": page_of(versions, request), "waiting": waiting}
    note_seen_all(request, Kind.LIST, [None])  # subjects may name the customer
    return render(request, "dashboard/letters.html", context)


@require_safe
@staff_page(SERVICE)
def letter(request: StaffRequest, number: str, version: int) -> HttpResponse:
    """One version of a letter, with links to the others."""
    found = _version(number, version)
    note_seen(request, Kind.LETTER, found.letter.order)
    versions = list(found.letter.versions.select_related("author").defer("data", "html_body", "body"))
    is_newest = found.version == versions[-1].version
    context = {"version": found, "versions": versions, "is_newest": is_newest}
    return render(request, "dashboard/letter.html", context)


@require_safe
@staff_page(SERVICE)
def letter_paper(request: StaffRequest, number: str, version: int) -> HttpResponse:
    """The letter as a PDF."""
    found = _version(number, version)
    note_seen(request, Kind.LETTER, found.letter.order)
    return pdf_response(letter_pdf(found), f"{found.letter.order.number}-letter-{version}.pdf")


def _version(number: str, version: int) -> LetterVersion:
    order = find_order(number)
    found = (
        LetterVersion.objects.select_related("letter__order__set", "author")
        .filter(letter__order=order, version=version)
        .first()
        if order
        else None
    )
    if found is None:
        raise NotFound("There is no such letter.")
    return found
