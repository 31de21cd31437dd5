"""What the customer may change until picking starts: the address, and what else is missing."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from catalog.models import Set
from core.form_state import FormState
from core.idempotency import Answer, hashed, once
from core.languages import asked_language, with_language_buttons
from core.refusals import Refusal
from core.writing import current_language
from orders.actors import CUSTOMER
from orders.intake.changing import add_lines, change_address, why_not_changeable
from orders.intake.order_request import AddressRequest
from orders.links import order_path, order_token
from orders.mails import order_reference
from orders.models import Order
from orders.pages import countries, request_form
from orders.pages.form_actions import ShowAgain, apply_action, choices_of
from orders.pages.request_form import RequestForm
from orders.pages.views.following import by_link

ADDRESS = ("line1", "line2", "city", "region", "postal_code", "country")


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
@with_language_buttons
def address(request: HttpRequest, order: Order) -> HttpResponse:
    """Another address. The page hides the old one: anyone with the link could read it."""
    if why_not_changeable(order, order.shipments.all()):
        return _too_late(order)
    form = FormState({name: request.POST.get(name, "") for name in ADDRESS})
    if request.method != "POST":
        form.values = {**form.values, "country": order.country}
        return _show_address(request, order, form)
    if asked_language(request) or request.POST.get("action") == "country":
        return _show_address(request, order, form)
    wanted = AddressRequest(**{name: form.value(name) for name in ADDRESS})
    try:
        change_address(order_id=order.pk, address=wanted, actor=CUSTOMER)
    except Refusal as refusal:
        if refusal.code != "invalid":
            return HttpResponseRedirect(f"{order_path(order)}&said={refusal.code}")
        for problem in refusal.problems:
            form.add_error(problem.pointer.removeprefix("/address/"), problem.detail)
        return _show_address(request, order, form)
    return HttpResponseRedirect(f"{order_path(order)}&said=address_changed")


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
@with_language_buttons
def more(request: HttpRequest, order: Order) -> HttpResponse:
    """Another bag, other pieces of the same set."""
    if why_not_changeable(order, order.shipments.all()) or order.set.retired_at is not None:
        return _too_late(order)
    set_ = order.set
    if request.method != "POST":
        return _show_more(request, order, request_form.blank_form(request.GET, country=""))
    form = request_form.read_form(request.POST)
    if asked_language(request):
        return _show_more(request, order, form)
    if again := apply_action(request, set_, form):
        return _show_more(request, order, form, again)
    return _add(request, order, set_, form)


def _add(request: HttpRequest, order: Order, set_: Set, form: RequestForm) -> HttpResponse:
    """Add the lines. A form sent twice adds them once."""
    wanted = request_form.to_request(form, set_num=set_.set_num)
    if form.problems:
        request_form.show_problems(form, form.problems)
        return _show_more(request, order, form)

    def work() -> Answer:
        add_lines(order_id=order.pk, lines=wanted.lines, actor=CUSTOMER)
        return Answer(status=200, body={}, reference=order_reference(order))

    try:
        once(
            callers=[f"more:{order.number}"],
            key=form.nonce,
            operation="add",
            request_hash=hashed(repr(wanted.lines)),
            work=work,
        )
    except Refusal as refusal:
        if refusal.code == "invalid":
            request_form.show_problems(form, refusal)
            return _show_more(request, order, form)
        if refusal.code != "idempotency_key_reused":
            return HttpResponseRedirect(f"{order_path(order)}&said={refusal.code}")
    return HttpResponseRedirect(f"{order_path(order)}&said=added")


def _too_late(order: Order) -> HttpResponse:
    return HttpResponseRedirect(f"{order_path(order)}&said=picking_started")


def _show_address(request: HttpRequest, order: Order, form: FormState) -> HttpResponse:
    country = form.value("country").strip().upper()
    context = {
        "order": order,
        "token": order_token(order),
        "here": f"{reverse('orders:address', args=[order.number])}?token={order_token(order)}",
        "form": form,
        "countries": countries.country_choices(current_language()),
        "country": country,
        "address_fields": countries.address_fields(country),
        "regions": countries.region_choices(country),
    }
    return render(request, "orders/address.html", context)


def _show_more(
    request: HttpRequest, order: Order, form: RequestForm, again: ShowAgain | None = None
) -> HttpResponse:
    again = again or ShowAgain()
    context = choices_of(order.set, form, find=again.find)
    asked = set(order.lines.filter(found_at=None).values_list("bag_label", flat=True))
    context |= {
        "bags": [bag for bag in context["bags"] if bag.label not in asked],
        "order": order,
        "set": order.set,
        "token": order_token(order),
        "here": f"{reverse('orders:more', args=[order.number])}?token={order_token(order)}",
        "form": form,
        "matched": again.matched,
    }
    return render(request, "orders/more.html", context)
