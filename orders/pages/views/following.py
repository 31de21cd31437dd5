"""Following a request by its signed link: its progress, its letter, and what can still be changed."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.exceptions import Throttled

from accounts.throttling import counted_order
from core.form_state import FormState
from core.languages import asked_language, with_language_buttons
from core.refusals import NotFound, Refusal
from orders.actors import CUSTOMER
from orders.allocation.differences import substituted_in_all
from orders.allocation.estimates import expect
from orders.allocation.fulfilment import OPEN_STATES
from orders.allocation.substitutes import open_offers
from orders.intake.cancelling import cancel_order, mark_line_found, why_not_cancellable
from orders.intake.changing import why_not_changeable
from orders.intake.follow_up import ask_again, can_ask_again
from orders.intake.resend_link import renew_link
from orders.letters.writing import latest_version, letter_pdf
from orders.lifecycle import shown_status
from orders.links import (
    LinkEnded,
    has_link_ended,
    link_prefix,
    order_by_old_token,
    order_by_token,
    order_path,
    order_token,
)
from orders.models import LetterVersion, Order, OrderContact, OrderLine, Shipment
from orders.pages.timeline import dates_of, history_of, steps_of
from orders.pages.too_often import refused_too_often
from orders.pages.tracking import parts_of

Rest = ParamSpec("Rest")
# Codes of the messages on top of the page after a change; the sentences are in the template.
SAID = (
    "cancelled",
    "found",
    "address_changed",
    "added",
    "picking_started",
    "already_packed",
    "already_ended",
    "already_found",
    "not_found",
    "nothing_shipped",
    "asked_already",
)


def by_link(
    view: Callable[Concatenate[HttpRequest, Order, Rest], HttpResponse],
) -> Callable[..., HttpResponse]:
    """A view of an order for anyone with its link. The link gives the whole right: no cookie adds to it.

    So there is no session to forge a request with. The headers keep the link from other sites and the page from caches.
    A link whose time is up gets the page whose one button mails a new one.
    """
    return _opened_by(order_by_token, view)


def by_old_link(
    view: Callable[Concatenate[HttpRequest, Order, Rest], HttpResponse],
) -> Callable[..., HttpResponse]:
    """The same, also by a link whose time is up."""
    return _opened_by(order_by_old_token, view)


def _opened_by(
    find: Callable[[str, str], Order],
    view: Callable[Concatenate[HttpRequest, Order, Rest], HttpResponse],
) -> Callable[..., HttpResponse]:
    @wraps(view)
    def wrapped(request: HttpRequest, number: str, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        try:
            order = find(number, request.GET.get("token", ""))
            response = view(request, order, *args, **kwargs)
        except LinkEnded as ended:
            context = {"order": ended.order, "token": order_token(ended.order)}
            response = render(request, "orders/link_ended.html", context, status=410)
        except NotFound:
            response = render(request, "orders/no_such_order.html", status=404)
        response["Referrer-Policy"] = "no-referrer"
        patch_cache_control(response, private=True, no_store=True)
        return response

    return csrf_exempt(wrapped)


@require_safe
@by_link
def status(request: HttpRequest, order: Order) -> HttpResponse:
    """The progress of the request and what comes next."""
    lines = list(
        OrderLine.objects.filter(order=order)
        .select_related("bag", "piece__part", "piece__color")
        .order_by("position")
    )
    shipments = list(Shipment.objects.filter(order=order).prefetch_related("lines__line").order_by("pk"))
    events = list(order.events.all())
    shown = shown_status(order, lines, shipments)
    letter = LetterVersion.objects.filter(letter__order=order).order_by("version").last()
    letter_is_coming = letter is None and order.erased_at is None and order.state in OPEN_STATES
    said = request.GET.get("said", "")
    swaps = substituted_in_all(shipments) if shipments else {}
    parts = parts_of(order, lines, shipments, events, swaps)
    context = {
        "order": order,
        "status": shown,
        "parts": parts,
        "all_arrived": all(part.arrived for part in parts),
        "steps": [] if parts else steps_of(shown, dates_of(events)),
        "history": history_of(events),
        "lines": lines,
        "parcels": [(each, swaps.get(each.pk, [])) for each in shipments if each.status != "picking"],
        "is_trimmed": any(event.type == "trimmed" for event in events),
        "letter": letter,
        "letter_text": _to_read(letter.body, order) if letter else "",
        "letter_is_coming": letter_is_coming,
        "can_cancel": why_not_cancellable(order, shipments) is None,
        "can_change": why_not_changeable(order, shipments) is None,
        "is_listed": order.set.retired_at is None,
        "in_words": OrderContact.objects.filter(order=order).first() if order.to_identify else None,
        "expected": None if parts else expect(order),
        "can_ask_again": can_ask_again(order),
        "offers": open_offers(order),
        "is_new": "new" in request.GET,
        "said": said if said in SAID else "",
        "token": order_token(order),
    }
    return render(request, "orders/status.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@by_old_link
def new_link(request: HttpRequest, order: Order) -> HttpResponse:
    """Mail a new link to the order's own address. The holder of the old one sees nothing of the new one.

    Opening the page changes nothing: programs that scan mails open every link in them.
    """
    if request.method != "POST":
        if has_link_ended(order):
            raise LinkEnded(order)
        return render(request, "orders/new_link.html", {"order": order, "token": order_token(order)})
    renew_link(order_id=order.pk, actor=CUSTOMER)
    return render(request, "orders/link_mailed.html")


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def cancel(request: HttpRequest, order: Order) -> HttpResponse:
    """Ask "are you sure?", then cancel."""
    if request.method != "POST":
        return render(request, "orders/cancel.html", {"order": order, "token": order_token(order)})
    return _after(order, lambda: cancel_order(order_id=order.pk, actor=CUSTOMER), "cancelled")


@require_POST
@by_link
def found(request: HttpRequest, order: Order, line_id: int) -> HttpResponse:
    """ "Found it!": the customer takes a line back."""
    return _after(order, lambda: mark_line_found(order_id=order.pk, line_id=line_id, actor=CUSTOMER), "found")


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
@with_language_buttons
def again(request: HttpRequest, order: Order) -> HttpResponse:
    """The parcel has not come, or something is still wrong: the report makes an order that follows this one."""
    form = FormState({name: request.POST.get(name, "") for name in ("trouble", "message")})
    if request.method != "POST":
        form.values = {"trouble": request.GET.get("trouble", "")}
    elif not asked_language(request):
        try:
            message = form.value("message").replace("\r\n", "\n")
            with transaction.atomic(), counted_order(request):
                follower = ask_again(
                    order_id=order.pk, trouble=form.value("trouble"), message=message, actor=CUSTOMER
                )
        except Throttled as error:
            if not can_ask_again(order):
                return HttpResponseRedirect(f"{order_path(order)}&said=asked_already")
            return refused_too_often(request, "orders/again.html", _again_page(order, form), error)
        except Refusal as refusal:
            if refusal.code != "invalid":
                return HttpResponseRedirect(f"{order_path(order)}&said={refusal.code}")
            for problem in refusal.problems:
                if problem.pointer == "/trouble":
                    form.add_error("trouble", _("Choose what happened."))
                else:
                    form.add_error("message", problem.detail)
        else:
            return HttpResponseRedirect(f"{order_path(follower)}&new=1")
    return render(request, "orders/again.html", _again_page(order, form))


def _again_page(order: Order, form: FormState) -> dict[str, Any]:
    return {"order": order, "token": order_token(order), "form": form}


@require_safe
@by_link
def letter(request: HttpRequest, order: Order) -> HttpResponse:
    """The letter as a PDF, as it lies in the parcel."""
    try:
        version = latest_version(order)
    except Refusal:
        return render(
            request, "orders/no_letter.html", {"order": order, "token": order_token(order)}, status=404
        )
    response = HttpResponse(letter_pdf(version), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{order.number}.pdf"'
    return response


def _to_read(letter: str, order: Order) -> SafeString:
    """The letter's text for its page. The link to that page becomes clickable, and its text leaves out the token.

    The letter may have been written with an older link.
    """
    prefix = link_prefix(order)
    link = format_html('<a href="{}" dir="ltr">{}</a>', order_path(order), prefix.partition("?")[0])
    parts = re.split(re.escape(prefix) + r"[\w-]+", letter)
    return format_html_join(link, "{}", ((part,) for part in parts))


def _after(order: Order, change: Callable[[], Order], said: str) -> HttpResponse:
    """Make the change and redirect to the page, which shows what was done or why not."""
    try:
        change()
    except Refusal as refusal:
        said = refusal.code
    return HttpResponseRedirect(f"{order_path(order)}&said={said}")
