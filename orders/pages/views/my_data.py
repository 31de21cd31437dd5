"""A customer's own data: to take along, or to have erased.

Both go by a link in a mail: the customer may have passed the order's link on to another person.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core.refusals import NotFound
from orders.actors import CUSTOMER
from orders.links import order_token
from orders.models import Order
from orders.pages.views.following import by_link
from orders.privacy.confirmation_links import PURPOSES, mail_confirmation_link, order_by_confirmation
from orders.privacy.erasing import chain_of, erase_order
from orders.privacy.exporting import data_of


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def data(request: HttpRequest, order: Order) -> HttpResponse:
    """What we keep, and the buttons that send the two links."""
    context = {"order": order, "token": order_token(order)}
    if request.method != "POST":
        return render(request, "orders/data.html", context)
    purpose = request.POST.get("action", "")
    if purpose not in PURPOSES:
        return render(request, "orders/data.html", context, status=400)
    mail_confirmation_link(order, purpose)
    return HttpResponseRedirect(
        f"{reverse('orders:data_mailed', args=[order.number])}?token={order_token(order)}&for={purpose}"
    )


@require_safe
@by_link
def data_mailed(request: HttpRequest, order: Order) -> HttpResponse:
    """Ask the customer to look into the mailbox."""
    context = {"order": order, "token": order_token(order), "purpose": request.GET.get("for", "")}
    return render(request, "orders/data_mailed.html", context)


@require_safe
def download(request: HttpRequest, number: str) -> HttpResponse:
    """All of the data, as a file."""
    try:
        order = order_by_confirmation(number, request.GET.get("proof", ""), "download")
    except NotFound:
        return _private(render(request, "orders/no_such_order.html", status=404))
    response = JsonResponse(data_of(order), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="{order.number}.json"'
    return _private(response)


# The proof in the address is the whole right; no cookie adds to it.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, number: str) -> HttpResponse:
    """Ask "are you sure?", then erase everything personal, and the links with it.

    Opening the page erases nothing: programs that scan mails open every link in them.
    """
    proof = request.GET.get("proof", "")
    try:
        order = order_by_confirmation(number, proof, "erase")
    except NotFound:
        return _private(render(request, "orders/no_such_order.html", status=404))
    if request.method != "POST":
        others = Order.objects.filter(pk__in=chain_of(order.pk) - {order.pk}, erased_at=None).order_by("pk")
        context = {"order": order, "proof": proof, "others": others}
        return _private(render(request, "orders/erase.html", context))
    erase_order(order_id=order.pk, actor=CUSTOMER)
    return _private(render(request, "orders/erased.html", {"order": order}))


def _private(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"
    patch_cache_control(response, private=True, no_store=True)
    return response
