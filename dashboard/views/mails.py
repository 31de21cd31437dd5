"""A mail as the customer got it, and sending it again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.refusals import NotFound, Refusal
from core.text import without_secrets
from dashboard.access import SERVICE, StaffRequest, staff_page
from dashboard.access_notes import Kind, note_seen
from dashboard.paging import page_of
from notifications.models import Message
from orders.actors import staff
from orders.links import find_order
from orders.mails import order_reference, orders_of, send_again
from orders.models import Order


@require_safe
@staff_page(SERVICE)
def held_mails(request: StaffRequest) -> HttpResponse:
    """The mails over what one mailbox gets in a time, the oldest first: service reads them and sends them, or not."""
    rows = Message.objects.filter(state=Message.State.HELD).order_by("created_at", "pk")
    page = page_of(rows.only("reference", "kind", "language", "hold_reason", "created_at"), request)
    found = orders_of({mail.reference for mail in page.rows})
    shown = [(mail, found[mail.reference]) for mail in page.rows if mail.reference in found]
    return render(request, "dashboard/held_mails.html", {"page": page, "mails": shown})


@require_safe
@staff_page(SERVICE)
def mail(request: StaffRequest, number: str, mail_id: int) -> HttpResponse:
    order, found = _mail(number, mail_id)
    under_way = found.state in (Message.State.QUEUED, Message.State.SENDING)
    note_seen(request, Kind.MAIL, order)
    # Only the mailbox's owner may open the links: with the secret in one of them, an order can be erased.
    body = without_secrets(found.body)
    context = {
        "order": order,
        "mail": found,
        "body": body,
        "may_send": not under_way and order.erased_at is None,
    }
    return render(request, "dashboard/mail.html", context)


@require_POST
@staff_page(SERVICE)
def send_mail_again(request: StaffRequest, number: str, mail_id: int) -> HttpResponse:
    order, found = _mail(number, mail_id)
    try:
        send_again(order_id=order.pk, message_id=found.pk, actor=staff(request.user))
    except Refusal as refusal:
        messages.error(request, str(refusal.detail))
        return redirect("dashboard:mail", order.number, found.pk)
    messages.success(request, "The mail is in the outbox again.")
    return redirect("dashboard:order", order.number)


def _mail(number: str, mail_id: int) -> tuple[Order, Message]:
    order = find_order(number)
    found = Message.objects.filter(pk=mail_id, reference=order_reference(order)).first() if order else None
    if order is None or found is None:
        raise NotFound("There is no such mail.")
    return order, found
