"""Requesting parts: the form, "check your answers", and the order.

Everything the customer typed travels in the form itself: no session can run out, and the back button, an error or
another language loses nothing.
"""

import secrets

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import Throttled

from accounts.permissions import network_of
from accounts.throttling import counted_order
from catalog.choosing import count_keys, find_chosen
from catalog.models import Set
from catalog.queries import find_set
from core.answer_headers import kept_by_its_browser
from core.idempotency import Answer, hashed, once
from core.languages import asked_language, with_language_buttons
from core.models import IdempotencyKey
from core.refusals import Refusal
from core.writing import current_language
from orders.intake.box_codes import read_box_code
from orders.intake.placing import place_order, preview_order
from orders.links import order_path
from orders.mails import order_reference
from orders.models import Order, OrderContact
from orders.pages import countries, request_form
from orders.pages.form_actions import ShowAgain, action_of, apply_action, choices_of
from orders.pages.request_form import RequestForm
from orders.pages.too_often import refused_too_often


# No session is used here, and anyone may send the same to the open API: a forged form gains nothing.
@csrf_exempt
@kept_by_its_browser
@with_language_buttons
def request_parts(request: HttpRequest, set_num: str) -> HttpResponse:
    """The form about a set, "check your answers", and the order."""
    set_ = find_set(set_num)
    if set_ is None or set_.retired_at is not None:
        raise Http404("no such set")
    if request.method != "POST" and set_.set_num != set_num:
        query = request.GET.urlencode()
        path = _here(set_)
        return HttpResponseRedirect(f"{path}?{query}" if query else path)
    return _answer(request, set_)


@csrf_exempt
@kept_by_its_browser
@with_language_buttons
def request_unlisted(request: HttpRequest) -> HttpResponse:
    """The same for a set that is not in our catalogue."""
    return _answer(request, None)


def _here(set_: Set | None) -> str:
    return reverse("orders:request", args=[set_.set_num]) if set_ else reverse("orders:request_unlisted")


def _answer(request: HttpRequest, set_: Set | None) -> HttpResponse:
    if request.method != "POST":
        country = countries.likely_country(request.headers.get("Accept-Language", ""))
        return _show_form(request, set_, request_form.blank_form(request.GET, country=country))
    form = request_form.read_form(request.POST)
    action, _ = action_of(request)
    if asked_language(request):
        form.values = {**form.values, "language": current_language()}
        show = _show_answers if request.POST.get("page") == "check" else _show_form
        return show(request, set_, form)
    if action in ("change", "country"):
        return _show_form(request, set_, form)
    if again := apply_action(request, set_, form):
        return _show_form(request, set_, form, again)
    if action == "place":
        return _place(request, set_, form)
    return _show_answers(request, set_, form)


def _show_form(
    request: HttpRequest, set_: Set | None, form: RequestForm, again: ShowAgain | None = None
) -> HttpResponse:
    again = again or ShowAgain()
    country = form.value("country").strip().upper()
    context = {
        "set": set_,
        "here": _here(set_),
        "form": form,
        "matched": again.matched,
        "countries": countries.country_choices(current_language()),
        "country": country,
        "address_fields": countries.address_fields(country),
        "regions": countries.region_choices(country),
        "age_bands": OrderContact.AgeBand.values,
        "box_code": read_box_code(form.value("box_code"), set_year=set_.year if set_ else None),
    }
    if set_ is not None:
        context |= choices_of(set_, form, find=again.find)
    return render(request, "orders/request.html", context)


def _show_answers(
    request: HttpRequest,
    set_: Set | None,
    form: RequestForm,
    *,
    sent_before: str = "",
    too_often: Throttled | None = None,
    erased_before: bool = False,
) -> HttpResponse:
    """Show "check your answers", or the form again with its problems."""
    set_num = set_.set_num if set_ else ""
    wanted = request_form.to_request(form, set_num=set_num)
    problems = request_form.own_problems(form, set_num=set_num)
    reasons: list[str] = []
    try:
        reasons = preview_order(wanted=wanted, network=network_of(request))
    except Refusal as refusal:
        request_form.show_problems(form, refusal, problems)
        return _show_form(request, set_, form)
    if problems:
        request_form.show_problems(form, problems)
        return _show_form(request, set_, form)
    chosen = {}
    if set_ is not None:
        chosen = {each.key: each for each in find_chosen(set_, count_keys(p.key for p in form.pieces))}
    address = [
        form.value(name)
        for field in countries.address_fields(form.value("country"))
        if form.value(name := field.name).strip()
    ]
    context = {
        "set": set_,
        "here": _here(set_),
        "form": form,
        "labels": request_form.labels_of(form),
        "lines": [(piece, chosen[piece.key]) for piece in form.pieces if piece.key in chosen],
        "address": [*address, countries.country_name(form.value("country"))],
        "box_code": read_box_code(form.value("box_code"), set_year=set_.year if set_ else None),
        "text_fields": request_form.TEXT_FIELDS,
        "reasons": reasons,
        "sent_before": sent_before,
        "erased_before": erased_before,
    }
    if too_often is not None:
        return refused_too_often(request, "orders/check.html", context, too_often)
    return render(request, "orders/check.html", context, status=410 if erased_before else 200)


def _place(request: HttpRequest, set_: Set | None, form: RequestForm) -> HttpResponse:
    """Place the order. A form sent twice leads to the same order."""
    set_num = set_.set_num if set_ else ""
    wanted = request_form.to_request(form, set_num=set_num)
    if request_form.own_problems(form, set_num=set_num):
        return _show_answers(request, set_, form)

    def work() -> Answer:
        with counted_order(request):
            order = place_order(wanted=wanted, channel="web", network=network_of(request)).order
        # The link stays out of the kept answer: tokens are computed when needed and stored nowhere. Its version is
        # kept, so that an old form never opens a link that was renewed since.
        body = {"number": order.number, "link_version": order.link_version}
        return Answer(status=201, body=body, reference=order_reference(order))

    try:
        answer = once(
            callers=[f"form:{set_num}"],
            key=form.nonce,
            operation="ask",
            request_hash=hashed(repr(wanted)),
            work=work,
        )
    except Throttled as error:
        return _show_answers(request, set_, form, too_often=error)
    except Refusal as refusal:
        if refusal.code not in ("idempotency_key_reused", "erased"):
            request_form.show_problems(form, refusal)
            return _show_form(request, set_, form)
        # It was sent before, and changed or erased since: the page asks before it sends a second request.
        number, was_erased = _sent_with(form.nonce)
        form.nonce = secrets.token_urlsafe(16)
        return _show_answers(request, set_, form, sent_before=number, erased_before=was_erased)
    return HttpResponseRedirect(f"{order_path(Order(**answer.body))}&new=1")


def _sent_with(nonce: str) -> tuple[str, bool]:
    """The number of the order that this form became, while its idempotency key is kept, and whether it is erased."""
    kept = IdempotencyKey.objects.filter(key=nonce, operation="ask").first()
    order = Order.objects.filter(pk=kept.reference.rpartition(":")[2]).first() if kept else None
    return (order.number, order.erased_at is not None) if order else ("", False)
