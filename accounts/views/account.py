"""The user's own account: phone, recovery codes, password."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_otp import login as remember_second_factor

from accounts.access import PENDING, is_signed_in, pending_user
from accounts.forms import CodeForm, EnrolForm
from accounts.login_throttle import forget_tries, is_known, may_try, origin_of, remember_device
from accounts.models import User
from accounts.second_factor import (
    begin_enrolment,
    code_to_scan,
    finish_enrolment,
    match_code,
    new_recovery_codes,
    phone_of,
    recovery_codes_left,
    secret_in_groups,
)
from accounts.security_log import note, note_refusal
from accounts.views.sign_in import TOO_MANY, WRONG_CODE, wanted_page
from core.refusals import Refusal

#: In the session: the number of the phone that it sets up.
BEGUN = "phone begun"


@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    user = request.user
    if not is_signed_in(user):
        return redirect_to_login(request.get_full_path())
    with translation.override("en"):
        return _show_account(request, user)


@never_cache
@sensitive_post_parameters("code", "current")
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Set up a phone: the first one after the password, or a new one, which the user confirms with the old one."""
    signed_in = request.user if is_signed_in(request.user) else None
    user = signed_in or pending_user(request)
    if user is None:
        return redirect_to_login(request.get_full_path() if request.method == "GET" else "")
    phone = phone_of(user)
    if phone is not None and signed_in is None:
        # A password alone must not replace a phone.
        return redirect("accounts:sign_in_code")
    with translation.override("en"):
        form = EnrolForm(request.POST or None, asks_for_current=phone is not None)
        status = 200
        if request.method == "POST":
            codes = _finish(request, form, user) if form.is_valid() else None
            if codes is not None:
                return remember_device(
                    request, _show_codes(request, codes, wanted_page(request)), user.username
                )
            status = 429 if TOO_MANY in form.non_field_errors() else 400
        device = begin_enrolment(user, request.session.get(BEGUN))
        request.session[BEGUN] = device.pk
        return render(
            request,
            "accounts/enrol.html",
            {
                "form": form,
                "picture": mark_safe(code_to_scan(device)),  # noqa: S308 (drawn by us out of our own secret)
                "secret": secret_in_groups(device),
                "is_first": phone is None,
                "next": wanted_page(request),
            },
            status=status,
        )


def _finish(request: HttpRequest, form: EnrolForm, user: User) -> list[str] | None:
    """Sign the user in with the new phone and return the recovery codes, or set the form's errors and return None."""
    account_, address = f"{user.username}:code", origin_of(request, user.username)
    if not may_try(account=account_, address=address):
        note_refusal(request, "too many codes", user.username)
        form.add_error(None, TOO_MANY)
        return None
    known = is_known(address)
    if form.asks_for_current and match_code(user, form.cleaned_data["current"], known_browser=known) is None:
        note_refusal(request, "wrong code", user.username)
        form.add_error("current", WRONG_CODE)
        return None
    try:
        device, codes = finish_enrolment(user, request.session.get(BEGUN), form.cleaned_data["code"])
    except Refusal as refusal:
        form.add_error("code", str(refusal.problems[0].detail))
        return None
    forget_tries(account=account_, address=address)
    forget_tries(account=user.username, address=address)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    remember_second_factor(request, device)
    note(request, "set up a phone and signed in", user.username)
    request.session.pop(PENDING, None)
    request.session.pop(BEGUN, None)
    return codes


@never_cache
@sensitive_post_parameters("code")
@require_POST
def new_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, for a user who gives a code of the phone or one of the old recovery codes."""
    user = request.user
    if not is_signed_in(user):
        return redirect_to_login("")
    with translation.override("en"):
        form = CodeForm(request.POST)
        if not form.is_valid():
            return _show_account(request, user, code_form=form, status=400)
        account_, address = f"{user.username}:code", origin_of(request, user.username)
        if not may_try(account=account_, address=address):
            note_refusal(request, "too many codes", user.username)
            form.add_error(None, TOO_MANY)
            return _show_account(request, user, code_form=form, status=429)
        if match_code(user, form.cleaned_data["code"], known_browser=is_known(address)) is None:
            note_refusal(request, "wrong code", user.username)
            form.add_error("code", WRONG_CODE)
            return _show_account(request, user, code_form=form, status=400)
        forget_tries(account=account_, address=address)
        note(request, "made new recovery codes", user.username)
        return _show_codes(request, new_recovery_codes(user), "")


@never_cache
@sensitive_post_parameters()
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """Change the password; this ends the user's other sessions."""
    user = request.user
    if not is_signed_in(user):
        return redirect_to_login("")
    with translation.override("en"):
        form = PasswordChangeForm(user, request.POST)
        # A stranger who finds an open screen must not be able to guess the password here.
        account_, address = f"{user.username}:password", origin_of(request, user.username)
        if not may_try(account=account_, address=address):
            note_refusal(request, "too many passwords", user.username)
            form.errors.clear()  # they would show whether this try was right
            form.add_error(None, TOO_MANY)
            return _show_account(request, user, password_form=form, status=429)
        if not form.is_valid():
            if "old_password" in form.errors:
                note_refusal(request, "wrong password", user.username)
            return _show_account(request, user, password_form=form, status=400)
        forget_tries(account=account_, address=address)
        update_session_auth_hash(request, form.save())
        note(request, "changed the password", user.username)
        messages.success(request, "Your password is changed. Everywhere else you are signed out.")
        return redirect("accounts:account")


def _show_codes(request: HttpRequest, codes: list[str], next_page: str) -> HttpResponse:
    """Show the codes in answer to the form only: no cache keeps the page, and no request shows it again."""
    shown = [f"{code[:4]} {code[4:]}" for code in codes]
    return render(request, "accounts/codes.html", {"codes": shown, "next": next_page})


def _show_account(
    request: HttpRequest,
    user: User,
    *,
    code_form: CodeForm | None = None,
    password_form: PasswordChangeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "accounts/account.html",
        {
            "person": user,
            "phone": phone_of(user),
            "codes_left": recovery_codes_left(user),
            "code_form": code_form or CodeForm(),
            "password_form": password_form or PasswordChangeForm(user),
            "session_hours": settings.SESSION_HOURS,
        },
        status=status,
    )
