"""Find my request. The answer does not reveal whether a request exists: the link goes out by mail only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from core import throttling
from core.callers import client_address
from core.languages import asked_language, with_language_buttons
from orders.intake.resend_link import mail_link
from orders.pages.forms import FindForm

TRIES = throttling.Window("find-my-request", amount=20, seconds=3600)


@csrf_exempt  # a forged form gains nothing: the mail goes to the customer, once an hour at most
@with_language_buttons
def find(request: HttpRequest) -> HttpResponse:
    """The form, and the same answer for every number."""
    if request.method != "POST":
        return render(request, "orders/find.html", {"form": FindForm()})
    form = FindForm(request.POST)
    if asked_language(request) or not form.check():
        return render(request, "orders/find.html", {"form": form})
    if not throttling.count(TRIES, client_address(request)).granted:
        return render(request, "orders/find.html", {"form": form, "too_often": True}, status=429)
    mail_link(number=form.number, email=form.email)
    return render(request, "orders/find_done.html")


def privacy(request: HttpRequest) -> HttpResponse:
    """What happens to a customer's data, in plain words."""
    return render(request, "orders/privacy.html")
