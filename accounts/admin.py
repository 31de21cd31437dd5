"""Staff, and the keys of programs, for leads. These pages never show a secret, nor a key's hash."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django_otp.plugins.otp_static import admin as _static_admin  # noqa: F401 (registers what goes below)
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp import admin as _totp_admin  # noqa: F401
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import ApiKey, User
from accounts.second_factor import take_away

# Their pages show secrets, and would let a lead set up another user's phone. A lead only needs to take a phone away.
admin.site.unregister([TOTPDevice, StaticDevice])


@admin.register(User)
class StaffAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = ("username", "role", "is_active", "is_staff", "last_login")
    list_filter = ("role", "is_active")
    fieldsets = (
        (None, {"fields": ("username", "password", "role")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "role", "usable_password", "password1", "password2")}),)

    actions = ("take_away_second_factor",)

    @admin.action(description="Take away the second factor: a new phone is set up at the next sign-in")
    def take_away_second_factor(self, request: HttpRequest, people: QuerySet[User]) -> None:
        others = [person for person in people if person != request.user]
        for person in others:
            take_away(person)
        if len(others) < len(people):
            self.message_user(request, "Your own phone is replaced on your account page.", messages.WARNING)
        self.message_user(request, f"Taken away from {len(others)}.", messages.SUCCESS)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """For others. One's own password is changed on the account page, which asks for the present one."""
        if self.get_object(request, unquote(id)) == request.user:
            return redirect("accounts:account")
        answer: HttpResponse = super().user_change_password(request, id, form_url)
        return answer

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Accounts are switched off, not deleted: the records still name the user who acted."""
        return False


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = (
        "name",
        "prefix",
        "role",
        "user",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    list_filter = ("role",)
    fields = (
        "name",
        "prefix",
        "role",
        "scopes",
        "user",
        "requests_per_minute",
        "orders_per_hour",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    readonly_fields = ("prefix", "role", "scopes", "user", "created_at", "last_used_at")
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A key is shown once, where it is issued. This form could only make a key that no program knows."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Orders name the key that placed them, so a key is revoked, not deleted."""
        return False

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        keys.filter(revoked_at=None).update(revoked_at=timezone.now())
