"""The question whether another piece will do: one page, four answers, by the order's link."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from core.refusals import Refusal
from orders.actors import CUSTOMER
from orders.links import offer_path, order_path, order_token
from orders.models import Order, Substitution
from orders.substitutes import answer_offer, is_open, offer_of
from orders.views.following import by_link


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def substitute(request: HttpRequest, order: Order, offer_id: int) -> HttpResponse:
    """Ask, and keep the answer. A link of the mail only chooses: what opens mails beforehand answers nothing."""
    offer = offer_of(order, offer_id)
    status, problem = 200, ""
    if request.method == "POST":
        try:
            answer_offer(offer_id=offer.pk, answer=request.POST.get("answer", ""), actor=CUSTOMER)
        except Refusal as refusal:
            status, problem = refusal.status, refusal.code
            order.refresh_from_db()
            offer = offer_of(order, offer_id)
        else:
            return HttpResponseRedirect(offer_path(order, offer_id))
    chosen = request.GET.get("answer", "")
    context = {
        "order": order,
        "offer": offer,
        "is_open": is_open(order, offer.line),
        "chosen": chosen if chosen in Substitution.Answer.values else "",
        "problem": problem,
        "token": order_token(order),
        "way_back": order_path(order),
    }
    return render(request, "orders/substitute.html", context, status=status)
