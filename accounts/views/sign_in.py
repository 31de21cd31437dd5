"""The staff's sign-in: user name and password, then the second factor where it is required; and signing out."""

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as remember_second_factor
from django_otp import user_has_device

from accounts.access import PENDING, pending_user, remember_pending
from accounts.forms import CodeForm, SignInForm
from accounts.login_throttle import forget_tries, is_known, may_try, origin_of, remember_device
from accounts.models import User
from accounts.second_factor import match_code
from accounts.security_log import note, note_refusal

TOO_MANY = "Too many tries. Wait five minutes, then try again."
WRONG = "Wrong user name or password."
WRONG_CODE = "This code is not right, or was used already. Wait for the next one."


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Step one: user name and password."""
    with translation.override("en"):
        form = SignInForm(request.POST or None)
        status = 200
        if request.method == "POST":
            if form.is_valid():
                status = _check_password(request, form)
                if status == 302:
                    if settings.STAFF_MFA:
                        return redirect(_second_step(request))
                    return remember_device(
                        request, redirect(wanted_page(request)), form.cleaned_data["username"]
                    )
            else:
                status = 400
        return render(
            request,
            "accounts/sign_in.html",
            {"form": form, "next": request.POST.get("next", request.GET.get("next", ""))},
            status=status,
        )


def _check_password(request: HttpRequest, form: SignInForm) -> int:
    """Sign the user in, or go to the second step (302). Otherwise set the form's error and return the status."""
    username = form.cleaned_data["username"]
    address = origin_of(request, username)
    if not may_try(account=username, address=address):
        note_refusal(request, "too many passwords", username)
        form.add_error(None, TOO_MANY)
        return 429
    user = authenticate(request, username=username, password=form.cleaned_data["password"])
    if not isinstance(user, User):
        note_refusal(request, "wrong password", username)
        form.add_error(None, WRONG)
        return 400
    if not settings.STAFF_MFA:
        forget_tries(account=username, address=address)
        login(request, user)
        note(request, "signed in by password", username)
        return 302
    note(request, "right password, code asked for", username)
    remember_pending(request, user)
    return 302


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Step two: the code."""
    user = pending_user(request)
    if user is None:
        return redirect("accounts:sign_in")
    if not user_has_device(user):
        return redirect(_second_step(request))
    with translation.override("en"):
        form = CodeForm(request.POST or None)
        status = 200
        if request.method == "POST":
            status = _check_code(request, form, user) if form.is_valid() else 400
            if status == 302:
                return remember_device(request, redirect(wanted_page(request)), user.username)
        return render(
            request,
            "accounts/code.html",
            {"form": form, "next": request.POST.get("next", request.GET.get("next", ""))},
            status=status,
        )


def _check_code(request: HttpRequest, form: CodeForm, user: User) -> int:
    # The colon keeps these tries apart from those at the password.
    account, address = f"{user.username}:code", origin_of(request, user.username)
    if not may_try(account=account, address=address):
        note_refusal(request, "too many codes", user.username)
        form.add_error(None, TOO_MANY)
        return 429
    device = match_code(user, form.cleaned_data["code"], known_browser=is_known(address))
    if device is None:
        note_refusal(request, "wrong code", user.username)
        form.add_error("code", WRONG_CODE)
        return 400
    forget_tries(account=account, address=address)
    forget_tries(account=user.username, address=address)
    login(request, user)
    remember_second_factor(request, device)
    note(request, "signed in by password and code", user.username)
    request.session.pop(PENDING, None)
    return 302


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, by POST only, so that no link or picture signs a user out."""
    note(request, "signed out", request.user.get_username())
    logout(request)
    return redirect("accounts:sign_in")


def _second_step(request: HttpRequest) -> str:
    """The page for the code; a user without a phone sets one up first."""
    user = pending_user(request)
    name = "sign_in_code" if user is not None and user_has_device(user) else "enrol"
    path: str = reverse(f"accounts:{name}", query={"next": wanted_page(request)})
    return path


def wanted_page(request: HttpRequest) -> str:
    """The page that the user wanted to open, if it is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return str(settings.LOGIN_REDIRECT_URL)
