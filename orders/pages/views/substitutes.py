"""The question whether another piece will do: one page, four answers, by the order's link."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.form_state import FormState
from core.languages import asked_language, with_language_buttons
from core.refusals import Refusal
from orders.actors import CUSTOMER
from orders.allocation.substitutes import answer_offer, is_open, offer_of
from orders.links import offer_path, order_path, order_token
from orders.models import Order
from orders.pages.views.following import by_link


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
@with_language_buttons
def substitute(request: HttpRequest, order: Order, offer_id: int) -> HttpResponse:
    """Ask, and keep the answer. A link in the mail only preselects it: a program that scans mails answers nothing."""
    offer = offer_of(order, offer_id)
    form = FormState({"answer": (request.POST or request.GET).get("answer", "")})
    status, settled_before = 200, False
    if request.method == "POST" and not asked_language(request):
        try:
            answer_offer(offer_id=offer.pk, answer=form.value("answer"), actor=CUSTOMER)
        except Refusal as refusal:
            status, settled_before = refusal.status, refusal.code == "answered_already"
            if refusal.code == "invalid":
                form.add_error("answer", _("Please choose one of the answers."))
            order.refresh_from_db()
            offer = offer_of(order, offer_id)
        else:
            return HttpResponseRedirect(offer_path(order, offer_id))
    context = {
        "order": order,
        "offer": offer,
        "is_open": is_open(order, offer.line),
        "form": form,
        "settled_before": settled_before,
        "token": order_token(order),
        "way_back": order_path(order),
    }
    return render(request, "orders/substitute.html", context, status=status)
