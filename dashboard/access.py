"""Who may see which page: one decorator, and the table that the navigation is made from."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django_htmx.middleware import HtmxDetails

from accounts.access import is_signed_in
from accounts.models import Role, User
from core.refusals import NotFound

P = ParamSpec("P")

SERVICE, WAREHOUSE, QUALITY, LEAD = Role.SERVICE, Role.WAREHOUSE, Role.QUALITY, Role.LEAD
EVERYBODY = (SERVICE, WAREHOUSE, QUALITY)


class StaffRequest(HttpRequest):
    """A request that has passed `staff_page`."""

    user: User
    htmx: HtmxDetails


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A page of the navigation: the roles that see it, and the pages that belong to it."""

    name: str
    title: str
    roles: tuple[str, ...]
    belonging: tuple[str, ...] = ()


NAVIGATION = (
    NavEntry("home", "Home", EVERYBODY),
    NavEntry(
        "queue", "Orders", (SERVICE, WAREHOUSE), ("order", "review", "cancel", "bag", "set_bag", "make_wave")
    ),
    NavEntry("waves", "Waves", (WAREHOUSE,), ("wave", "pick", "wave_papers", "pick_list", "carried_back")),
    NavEntry(
        "parcels", "Parcels", (WAREHOUSE,), ("parcel", "pack", "ship", "give_back", "weigh", "hand_over")
    ),
    NavEntry("stock", "Stock", (WAREHOUSE,), ("item", "bins", "bin", "receive", "bin_count", "load_file")),
    NavEntry(
        "letters",
        "Letters",
        (SERVICE,),
        ("letter", "edit_letter", "save_letter", "waiting_letter", "held_mails"),
    ),
    NavEntry(
        "catalog",
        "Catalogue",
        (SERVICE,),
        (
            "catalog_set",
            "catalog_bag",
            "catalog_piece",
            "catalog_imports",
            "catalog_import",
            "catalog_import_report",
        ),
    ),
    NavEntry("failed_work", "Failed", (SERVICE,), ("failed_job", "lost_mail", "give_up_job", "give_up_mail")),
    NavEntry("reports", "Reports", (QUALITY,)),
    NavEntry("privacy", "Privacy", (LEAD,), ("retention",)),
)


def staff_page(
    *roles: str,
) -> Callable[
    [Callable[Concatenate[StaffRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Open a page to these roles and to leads. A stranger is sent to sign-in, another role sees whose page it is.

    Staff pages are in English whatever the browser asks for, and are never cached. A NotFound of the domain becomes
    the 404 page.
    """

    def decorate(
        view: Callable[Concatenate[StaffRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        @never_cache
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = request.user
            if not is_signed_in(user):
                return _to_sign_in(request)
            with translation.override("en"):
                if not user.has_role(*roles):
                    return render(request, "dashboard/forbidden.html", {"roles": roles}, status=403)
                try:
                    return view(request, *args, **kwargs)  # type: ignore[arg-type]
                except NotFound as refusal:
                    raise Http404(str(refusal.detail)) from refusal

        guarded.staff_roles = roles  # type: ignore[attr-defined]
        return guarded

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    # Sign-in leads back to a page; a form that was sent by POST has to be sent again.
    back_to = request.get_full_path() if request.method == "GET" else reverse("dashboard:home")
    if request.headers.get("HX-Request"):
        # A part that refreshes itself must not show the sign-in page inside it: the whole page goes there.
        sign_in_page = redirect_to_login(reverse("dashboard:home"))["Location"]
        return HttpResponse(status=401, headers={"HX-Redirect": sign_in_page})
    return redirect_to_login(back_to)
