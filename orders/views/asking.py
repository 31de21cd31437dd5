"""Asking for parts: one form, "check your answers", and the order. All that was typed travels in the form itself,

so no session can run out, and the back button, an error or another language loses nothing.
"""

import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from catalog.choosing import count_keys, find_chosen
from catalog.looking_again import look_alikes, spares_of
from catalog.models import Set
from catalog.reading import bags_of, contents_of, find_set
from core.idempotency import Answer, hashed, once
from core.languages import asked_language, with_language_buttons
from core.models import IdempotencyKey
from core.refusals import Refusal
from core.writing import current_language
from orders import asking, countries
from orders.links import order_path
from orders.mails import order_reference
from orders.models import Order, OrderContact
from orders.placing import place_order, preview_order

MOST_FOUND = 12


# Whoever can send this form could as well send the same to the open API: nobody's session is used here.
@csrf_exempt
@with_language_buttons
def ask(request: HttpRequest, set_num: str) -> HttpResponse:
    """The form, its steps, and at last the order."""
    set_ = find_set(set_num)
    if set_ is None or set_.retired_at is not None:
        raise Http404("no such set")
    if request.method != "POST":
        if set_.set_num != set_num:
            query = request.GET.urlencode()
            path = reverse("orders:request", args=[set_.set_num])
            return HttpResponseRedirect(f"{path}?{query}" if query else path)
        country = countries.likely_country(request.headers.get("Accept-Language", ""))
        return _show_form(request, set_, asking.blank_form(request.GET, country=country))
    form = asking.read_form(request.POST)
    action, _, argument = request.POST.get("action", "").partition(":")
    if asked_language(request):
        form.values = {**form.values, "language": current_language()}
        show = _show_answers if request.POST.get("page") == "check" else _show_form
        return show(request, set_, form)
    if action in ("change", "country"):
        return _show_form(request, set_, form)
    if action == "add":
        form.add_piece(argument)
        return _show_form(request, set_, form)
    if action == "drop":
        form.drop_piece(argument)
        return _show_form(request, set_, form)
    typed = request.POST.get("find", "").strip()[:100]
    if action == "find" or (action == "enter" and typed and typed != request.POST.get("found", "")):
        return _show_form(request, set_, form, find=typed)
    if action == "place":
        return _place(request, set_, form)
    return _show_answers(request, set_, form)


def _show_form(request: HttpRequest, set_: Set, form: asking.AskForm, *, find: str = "") -> HttpResponse:
    keys = dict.fromkeys(piece.key for piece in form.pieces)
    chosen = {each.key: each for each in find_chosen(set_, count_keys(keys))}
    pieces = [each.piece for each in chosen.values() if each.piece]
    spares, alike = (spares_of(set_, pieces), look_alikes(set_, pieces)) if pieces else ({}, {})
    country = form.value("country").strip().upper()
    bags = bags_of(set_)
    labels = {bag.label for bag in bags}
    context = {
        "set": set_,
        "form": form,
        "bags": bags,
        "other_bags": ", ".join(label for label in form.bags if label not in labels),
        "lines": [
            {
                "typed": piece,
                "piece": (known := chosen[piece.key].piece),
                "spares": spares.get(known.pk, 0) if known else 0,
                "alike": alike.get(known.pk, []) if known else [],
            }
            for piece in form.pieces
        ],
        "find": find,
        "found": list(contents_of(set_, search=find)[:MOST_FOUND]) if find else None,
        "countries": countries.country_choices(current_language()),
        "country": country,
        "address_fields": countries.address_fields(country),
        "regions": countries.region_choices(country),
        "age_bands": OrderContact.AgeBand.values,
        "most_bags": settings.LIMIT_BAGS_PER_ORDER,
        "most_pieces": settings.LIMIT_PIECES_PER_ORDER,
    }
    return render(request, "orders/request.html", context)


def _show_answers(
    request: HttpRequest, set_: Set, form: asking.AskForm, *, sent_before: str = ""
) -> HttpResponse:
    """Check your answers; with a problem, the form again."""
    wanted = asking.to_request(form, set_num=set_.set_num)
    problems = asking.own_problems(form)
    reasons: list[str] = []
    try:
        reasons = preview_order(request=wanted)
    except Refusal as refusal:
        asking.show_problems(form, refusal, problems)
        return _show_form(request, set_, form)
    if problems:
        asking.show_problems(form, problems)
        return _show_form(request, set_, form)
    chosen = {each.key: each for each in find_chosen(set_, count_keys(p.key for p in form.pieces))}
    address = [
        form.value(name)
        for field in countries.address_fields(form.value("country"))
        if form.value(name := field.name).strip()
    ]
    context = {
        "set": set_,
        "form": form,
        "labels": asking.labels_of(form),
        "lines": [(piece, chosen[piece.key]) for piece in form.pieces],
        "address": [*address, countries.country_name(form.value("country"))],
        "text_fields": asking.TEXT_FIELDS,
        "reasons": reasons,
        "sent_before": sent_before,
    }
    return render(request, "orders/check.html", context)


def _place(request: HttpRequest, set_: Set, form: asking.AskForm) -> HttpResponse:
    """Place the order, once for each form: sent twice, it leads to the same order."""
    wanted = asking.to_request(form, set_num=set_.set_num)
    if asking.own_problems(form):
        return _show_answers(request, set_, form)

    def work() -> Answer:
        order = place_order(request=wanted, channel="web")
        # Without the link: a token is made again whenever it is needed, and stored nowhere.
        return Answer(status=201, body={"number": order.number}, reference=order_reference(order))

    try:
        answer = once(
            callers=[f"form:{set_.set_num}"],
            key=form.nonce,
            operation="ask",
            request_hash=hashed(repr(wanted)),
            work=work,
        )
    except Refusal as refusal:
        if refusal.code != "idempotency_key_reused":
            asking.show_problems(form, refusal)
            return _show_form(request, set_, form)
        # Changed after it was sent. Not lost, and not sent a second time by mistake: asked about.
        number = _number_sent_with(form.nonce)
        form.nonce = secrets.token_urlsafe(16)
        return _show_answers(request, set_, form, sent_before=number)
    order = Order.objects.get(number=answer.body["number"])
    return HttpResponseRedirect(f"{order_path(order)}&new=1")


def _number_sent_with(nonce: str) -> str:
    """The number of the order that this form has become already, as far as that is still known."""
    kept = IdempotencyKey.objects.filter(key=nonce, operation="ask").first()
    order = Order.objects.filter(pk=kept.reference.rpartition(":")[2]).first() if kept else None
    return order.number if order else ""
