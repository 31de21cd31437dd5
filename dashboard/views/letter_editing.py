"""How service changes a letter - a note, another sentence, a preview - and releases a letter that waits."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.refusals import NotFound, Refusal
from dashboard.access import SERVICE, StaffRequest, staff_page
from dashboard.access_notes import Kind, note_seen
from dashboard.form_errors import add_refusal
from dashboard.forms.letters import LetterForm, ReleaseForm
from dashboard.views.printing import pdf_response
from orders.actors import staff
from orders.letters.editing import OpenLetter, change_letter, open_letter, preview_letter
from orders.letters.holds import release_letter
from orders.links import find_order
from orders.models import Letter, Order


@require_safe
@staff_page(SERVICE)
def edit_letter(request: StaffRequest, number: str) -> HttpResponse:
    order = _order(number)
    opened = open_letter(order)
    initial = {"version": opened.version.version, "note": opened.note, "serious": opened.tone == "serious"}
    form = LetterForm(None, texts=opened.texts, language=order.language, initial=initial)
    return _show(request, order, opened, form)


@require_POST
@staff_page(SERVICE)
def save_letter(request: StaffRequest, number: str) -> HttpResponse:
    """Save a new version, or show the page with the error beside each text."""
    order = _order(number)
    opened = open_letter(order)
    form = LetterForm(request.POST, texts=opened.texts, language=order.language)
    if not form.is_valid():
        return _show(request, order, opened, form, status=400)
    try:
        version = change_letter(
            order_id=order.pk,
            based_on=form.cleaned_data["version"],
            wishes=form.wishes(),
            actor=staff(request.user),
        )
    except Refusal as refusal:
        status = add_refusal(form, refusal, form.field_of())
        return _show(request, order, opened, form, status=status)
    again = " It was printed before: print it again." if opened.is_printed else ""
    messages.success(request, f"Saved as version {version.version}.{again}")
    return redirect("dashboard:letter", order.number, version.version)


@require_POST
@staff_page(SERVICE)
def letter_preview(request: StaffRequest, number: str) -> HttpResponse:
    """The letter as it would be printed. Nothing is saved."""
    order = _order(number)
    opened = open_letter(order)
    form = LetterForm(request.POST, texts=opened.texts, language=order.language)
    if not form.is_valid():
        return _show(request, order, opened, form, status=400)
    try:
        page = preview_letter(order=order, wishes=form.wishes())
    except Refusal as refusal:
        status = add_refusal(form, refusal, form.field_of())
        return _show(request, order, opened, form, status=status)
    note_seen(request, Kind.LETTER, order)
    return pdf_response(page, f"{order.number}-preview.pdf")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(SERVICE)
def waiting_letter(request: StaffRequest, number: str) -> HttpResponse:
    """Why a letter waits, and the text to print instead of each text that cannot be printed."""
    order = _order(number)
    letter = Letter.objects.filter(order=order).exclude(hold_reason="").first()
    if letter is None:
        raise NotFound("This letter does not wait.")
    posted = request.method == "POST"
    form = ReleaseForm(request.POST if posted else None, troubles=letter.hold_detail)
    status = 200
    if posted and form.is_valid():
        try:
            release_letter(order_id=order.pk, print_as=form.print_as(), actor=staff(request.user))
        except Refusal as refusal:
            status = add_refusal(form, refusal, form.field_of())
        else:
            messages.success(request, f"The letter of {order.number} is on its way.")
            return redirect("dashboard:order", order.number)
    elif posted:
        status = 400
    note_seen(request, Kind.LETTER, order)
    context = {"order": order, "letter": letter, "form": form}
    return render(request, "dashboard/letter_waits.html", context, status=status)


def _order(number: str) -> Order:
    order = find_order(number)
    if order is None:
        raise NotFound("There is no order with this number.")
    return order


def _show(
    request: StaffRequest, order: Order, opened: OpenLetter, form: LetterForm, *, status: int = 200
) -> HttpResponse:
    note_seen(request, Kind.LETTER, order)
    context = {"order": order, "opened": opened, "form": form, "version": opened.version}
    return render(request, "dashboard/letter_edit.html", context, status=status)
