"""One order: its lines, what they wait for, what happened, and what service decides about it."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.refusals import NotFound, Refusal
from dashboard.access import SERVICE, WAREHOUSE, StaffRequest, staff_page
from dashboard.access_notes import Kind, note_seen
from dashboard.failed_work import failed_jobs_of
from dashboard.form_errors import add_refusal
from dashboard.forms.fields import read_id
from dashboard.forms.orders import ReviewForm
from dashboard.queue import suspicious_of
from notifications.models import Message
from orders.actors import staff
from orders.allocation.substitutes import candidates_of, offer_substitute, offers_of
from orders.intake.box_codes import plain_code
from orders.intake.cancelling import cancel_order
from orders.intake.resend_link import renew_link
from orders.intake.reviewing import review_order
from orders.lifecycle import shown_status
from orders.links import find_order, link_ends_at
from orders.mails import order_reference
from orders.models import Letter, LetterVersion, Order, OrderContact, OrderLine
from orders.parcels.documents import address_lines
from orders.parcels.returning import close_order, send_again

HOUSEHOLD_ROWS = 10
DONE = {
    "approve": "approved: stock and letter are on their way",
    "trim": "approved for less; the customer gets a mail",
    "decline": "declined; the customer gets a mail",
}


@require_safe
@staff_page(SERVICE, WAREHOUSE)
def order(request: StaffRequest, number: str) -> HttpResponse:
    found = _order(number)
    if found.number != number:
        return redirect("dashboard:order", found.number)
    return _show(request, found)


@require_POST
@staff_page(SERVICE)
def review(request: StaffRequest, number: str) -> HttpResponse:
    """Approve, send less of it, or decline."""
    found = _order(number)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form=form, status=400)
    decision = form.cleaned_data["decision"]
    try:
        review_order(
            order_id=found.pk,
            decision=decision,
            note=form.cleaned_data["note"],
            word=form.cleaned_data["word"],
            quantities=form.quantities() if decision == "trim" else None,
            actor=staff(request.user),
        )
    except Refusal as refusal:
        status = add_refusal(form, refusal, {"/note": "note", "/word": "word"})
        return _show(request, _order(number), form=form, status=status)
    messages.success(request, f"{found.number} is {DONE[decision]}.")
    return redirect("dashboard:order", found.number)


@require_POST
@staff_page(SERVICE)
def cancel(request: StaffRequest, number: str) -> HttpResponse:
    """Cancel for a customer who asked for it."""
    return _step(request, number, cancel_order, "is cancelled.")


@require_POST
@staff_page(SERVICE)
def renew(request: StaffRequest, number: str) -> HttpResponse:
    """Mail the customer a new link; the old one stops working."""
    found = _order(number)
    try:
        renewed = renew_link(order_id=found.pk, actor=staff(request.user))
    except Refusal as refusal:
        return _show(request, found, problem=str(refusal.detail), status=refusal.status)
    if renewed:
        messages.success(request, "The customer gets a mail with a new link. The old one no longer works.")
    else:
        messages.error(request, "A new link was mailed within the last hour. Nothing changed.")
    return redirect("dashboard:order", found.number)


@require_POST
@staff_page(SERVICE)
def resend(request: StaffRequest, number: str) -> HttpResponse:
    """Send again what came back."""
    return _step(request, number, send_again, "waits for stock again, in its old place.")


@require_POST
@staff_page(SERVICE)
def close(request: StaffRequest, number: str) -> HttpResponse:
    """End it: nothing more is sent."""
    return _step(request, number, close_order, "is closed.")


def _step(request: StaffRequest, number: str, take: Callable[..., object], done: str) -> HttpResponse:
    """Take a step that needs only the order and the actor. The page says that it is done, or why not."""
    found = _order(number)
    try:
        take(order_id=found.pk, actor=staff(request.user))
    except Refusal as refusal:
        return _show(request, _order(number), problem=str(refusal.detail), status=refusal.status)
    messages.success(request, f"{found.number} {done}")
    return redirect("dashboard:order", found.number)


@require_POST
@staff_page(SERVICE)
def offer(request: StaffRequest, number: str) -> HttpResponse:
    """Ask the customer whether another piece will do."""
    found = _order(number)
    line_id, wanted_id, offered_id = (
        read_id(request.POST.get(name, "")) for name in ("line", "wanted", "offered")
    )
    try:
        if not found.lines.filter(pk=line_id).exists():
            raise NotFound("This order has no such line.")
        offer_substitute(
            line_id=line_id, wanted_id=wanted_id, offered_id=offered_id, actor=staff(request.user)
        )
    except Refusal as refusal:
        return _show(request, _order(number), problem=str(refusal.detail), status=refusal.status)
    messages.success(request, "The customer gets a mail with the question, and answers with one click.")
    return redirect("dashboard:order", found.number)


def _order(number: str) -> Order:
    found = find_order(number)
    if found is None:
        raise NotFound("There is no order with this number.")
    return found


def _show(
    request: StaffRequest,
    order: Order,
    *,
    form: ReviewForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    lines = list(
        order.lines.select_related("piece__part", "piece__color", "bag").prefetch_related(
            "piece__elements",
            "backorders__item__piece__part",
            "backorders__item__piece__color",
            "backorders__item__bag__set",
        )
    )
    shipments = list(order.shipments.order_by("pk").prefetch_related("lines__line"))
    mails = list(
        Message.objects.filter(reference=order_reference(order))
        .order_by("pk")
        .only("kind", "state", "hold_reason", "tries", "created_at", "sent_at")
    )
    is_service = request.user.has_role(SERVICE)
    contact = OrderContact.objects.filter(order=order).first() if is_service else None
    if contact is not None:
        note_seen(request, Kind.ORDER, order)
    in_review = order.state == Order.State.IN_REVIEW
    packed = any(shipment.status != "picking" for shipment in shipments)
    waits = any(line.backordered for line in lines)
    came_back = any(each.status == "returned" and each.resent_at is None for each in shipments)
    has_ended = order.state in (Order.State.CANCELLED, Order.State.DECLINED) or bool(order.end_reason)
    return render(
        request,
        "dashboard/order.html",
        {
            "order": order,
            "status": shown_status(order, lines, shipments),
            "lines": lines,
            "shipments": shipments,
            "events": order.events.select_related("actor").order_by("-id"),
            "mails": mails,
            "failed_jobs": failed_jobs_of(order, mails),
            "held_letter": Letter.objects.filter(order=order).exclude(hold_reason="").first(),
            "versions": LetterVersion.objects.filter(letter__order=order)
            .order_by("version")
            .only("version", "language", "created_at"),
            "contact": contact,
            "address": address_lines(contact) if contact else [],
            # Customers type what they like beside the code.
            "box_code": order.box_code if contact else plain_code(order.box_code),
            "is_service": is_service,
            "suspicious": suspicious_of([order]).get(order.pk, []) if is_service and in_review else [],
            "household": _household(order, contact) if contact else [],
            "form": form or ReviewForm(),
            "may_review": is_service and in_review,
            "offers": offers_of(order),
            "candidates": candidates_of(order) if is_service and waits and contact else [],
            "may_resend": is_service and came_back and contact is not None and not has_ended,
            "may_close": is_service and packed and not has_ended and (came_back or waits),
            "unknown_bags": _unknown_bags(order, lines) if in_review else set(),
            "may_cancel": is_service
            and not packed
            and order.state not in (Order.State.CANCELLED, Order.State.DECLINED, Order.State.CLOSED),
            "link_ends_at": link_ends_at(order),
            "problem": problem,
        },
        status=status,
    )


def _unknown_bags(order: Order, lines: list[OrderLine]) -> set[int]:
    """The lines that ask for a bag whose contents are not entered."""
    known = {
        label.casefold()
        for label in order.set.bags.filter(retired_at=None, contents__isnull=False)
        .values_list("label", flat=True)
        .distinct()
    }
    return {line.pk for line in lines if line.bag_label and line.bag_label.casefold() not in known}


def _household(order: Order, contact: OrderContact) -> QuerySet[Order]:
    """Other orders from the same mail address or the same postal address, newest first."""
    same = Q(contact__email_key=contact.email_key) | Q(contact__address_key=contact.address_key)
    return (
        Order.objects.filter(same)
        .exclude(pk=order.pk)
        .select_related("set")
        .prefetch_related("lines__piece__part", "lines__piece__color")
        .order_by("-created_at")[:HOUSEHOLD_ROWS]
    )
