"""Find my request: the same answer whether or not there is one, since the link goes out by mail only."""

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from redis.exceptions import RedisError

from core.languages import asked_language, with_language_buttons
from orders.finding import mail_link
from orders.forms import FindForm

ASK_PER_HOUR = 20


@csrf_exempt  # nobody gains by sending this from elsewhere: the mail goes to the customer, once an hour at most
@with_language_buttons
def find(request: HttpRequest) -> HttpResponse:
    """The form, and after it one answer for all."""
    if request.method != "POST":
        return render(request, "orders/find.html", {"form": FindForm()})
    form = FindForm(request.POST)
    if asked_language(request) or not form.check():
        return render(request, "orders/find.html", {"form": form})
    if _asks_too_often(request.META.get("REMOTE_ADDR", "")):
        return render(request, "orders/find.html", {"form": form, "too_often": True}, status=429)
    mail_link(number=form.number, email=form.email)
    return render(request, "orders/find_done.html")


def _asks_too_often(address: str) -> bool:
    """Counts by the hour and sender. A cache that is away stops nobody: the mail itself is limited anyway."""
    key = f"find:{address}"
    try:
        cache.add(key, 0, 3600)
        return cache.incr(key) > ASK_PER_HOUR
    except (RedisError, ValueError, OSError):
        return False


def privacy(request: HttpRequest) -> HttpResponse:
    """What happens to a customer's data, in plain words."""
    return render(request, "orders/privacy.html")
