"""Find my request. The answer does not reveal whether a request exists: the link goes out by mail only."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from accounts.permissions import caller_of
from accounts.throttling import link_window
from core.languages import asked_language, with_language_buttons
from core.throttling import count
from orders.intake.resend_link import request_link
from orders.pages.forms import FindForm


@csrf_exempt  # a forged form gains nothing: the mail goes to the customer, once an hour at most
@with_language_buttons
def find(request: HttpRequest) -> HttpResponse:
    """The form, and the same answer for every number."""
    if request.method != "POST":
        return render(request, "orders/find.html", {"form": FindForm()})
    form = FindForm(request.POST)
    if asked_language(request) or not form.check():
        return render(request, "orders/find.html", {"form": form})
    window = link_window(request)
    if window is not None and not count(window, caller_of(request)).granted:
        return render(request, "orders/find.html", {"form": form, "too_often": True}, status=429)
    request_link(number=form.number, email=form.email)
    return render(request, "orders/find_done.html")


def privacy(request: HttpRequest) -> HttpResponse:
    """What happens to a customer's data, in plain words."""
    days = {"link_days": settings.LINK_DAYS, "retention_days": settings.RETENTION_DAYS}
    return render(request, "orders/privacy.html", days)
