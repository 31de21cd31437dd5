"""The admin pages, for leads only, behind the same sign-in as every other staff page."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import Role, User


class LeadAdminSite(AdminSite):
    site_header = "Bag 14: records"
    site_title = "Bag 14"
    index_title = "Records"

    def has_permission(self, request: HttpRequest) -> bool:
        """A lead who may enter the admin, and who has given the second factor where it is required."""
        user = request.user
        if not isinstance(user, User) or not user.is_active or not user.is_staff:
            return False
        if settings.STAFF_MFA and not user.is_verified():  # type: ignore[attr-defined]
            return False
        return user.is_superuser or user.role == Role.LEAD

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Use the staff's sign-in: Django's own page here would ask for no second factor and count no tries."""
        if request.user.is_authenticated:
            return render(request, "403.html", status=403)
        return redirect_to_login(request.GET.get("next", "/admin/"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """One's own password is changed on the account page: it counts tries and writes the log."""
        return redirect("accounts:account")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("accounts:account")
