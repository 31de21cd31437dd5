"""The staff's door: password, second factor, guessing, and the way out."""

import logging
from base64 import b32encode
from datetime import timedelta

import pytest
from django.conf import settings as settings_
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisAway

from accounts import login_throttle
from accounts.models import Role, User
from core import throttling

pytestmark = pytest.mark.django_db

DOOR = "/sign-in/"
PASSWORD = "correct horse battery"
SECRET = b"12345678901234567890"


@pytest.fixture
def paula() -> User:
    return User.objects.create_user("paula", password=PASSWORD, role=Role.WAREHOUSE)


@pytest.fixture
def mfa(settings: Settings) -> None:
    settings.STAFF_MFA = True


@pytest.fixture
def device(paula: User) -> TOTPDevice:
    return TOTPDevice.objects.create(user=paula, key=SECRET.hex(), confirmed=True)


def _enter(client: Client, **typed: str) -> int:
    return client.post(DOOR, {"username": "paula", "password": PASSWORD, **typed}).status_code


def _is_in(client: Client) -> bool:
    return client.get("/dashboard/").status_code == 200


def _code() -> str:
    return f"{totp(SECRET):06d}"


def test_the_right_password_leads_to_where_one_wanted_to_go(client: Client, paula: User) -> None:
    typed = {"username": "paula", "password": PASSWORD, "next": "/dashboard/waves/"}
    assert client.post(DOOR, typed)["Location"] == "/dashboard/waves/"
    assert _is_in(client)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"]
)
def test_the_sign_in_leads_to_no_other_site(client: Client, paula: User, elsewhere: str) -> None:
    typed = {"username": "paula", "password": PASSWORD, "next": elsewhere}
    assert client.post(DOOR, typed)["Location"] == "/dashboard/"


@pytest.mark.parametrize(
    "typed",
    [
        {"password": "wrong"},
        {"username": "nobody"},
        {"username": "paula\x00"},
        {"password": ""},
        {"username": "x" * 999},
    ],
)
def test_what_does_not_fit_is_refused_in_words(client: Client, paula: User, typed: dict[str, str]) -> None:
    response = client.post(DOOR, {"username": "paula", "password": PASSWORD, **typed})
    assert response.status_code == 400
    page = response.content.decode()
    assert "error" in page or "Wrong user name or password" in page
    assert PASSWORD not in page
    assert not _is_in(client)


def test_a_stranger_and_a_wrong_password_are_told_the_same(client: Client, paula: User) -> None:
    pages = [
        client.post(DOOR, {"username": name, "password": "wrong"}).content.decode().replace(name, "")
        for name in ("paula", "nobody")
    ]
    cut = [page[page.index("<h1>") : page.index("csrfmiddlewaretoken")] for page in pages]
    assert cut[0] == cut[1]


def test_who_left_stays_outside(client: Client, paula: User) -> None:
    User.objects.update(is_active=False)
    assert _enter(client) == 400


def test_guessing_is_slowed_down_and_the_right_password_does_not_help_meanwhile(
    client: Client, paula: User
) -> None:
    for _ in range(login_throttle.TRIES_PER_ACCOUNT):
        assert _enter(client, password="wrong") == 400
    assert _enter(client) == 429
    cache.clear()  # five minutes later
    assert _enter(client) == 302


def test_guessing_at_one_account_does_not_lock_another(client: Client, paula: User) -> None:
    User.objects.create_user("leo", password=PASSWORD, role=Role.LEAD)
    for _ in range(login_throttle.TRIES_PER_ACCOUNT + 1):
        _enter(client, password="wrong")
    assert _enter(client, username="leo") == 302


def test_guessing_elsewhere_does_not_lock_out_the_person_herself(client: Client, paula: User) -> None:
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(login_throttle.TRIES_PER_ACCOUNT + 1):
        _enter(elsewhere, password="wrong")
    assert _enter(client) == 302


def test_behind_a_proxy_the_guesser_does_not_lock_out_the_owner(
    client: Client, paula: User, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = 1
    for _ in range(login_throttle.TRIES_PER_ACCOUNT + 1):
        client.post(
            DOOR, {"username": "paula", "password": "wrong"}, headers={"X-Forwarded-For": "203.0.113.9"}
        )
    assert _enter(client) == 302


def test_one_address_cannot_try_all_accounts(client: Client, paula: User) -> None:
    for number in range(login_throttle.TRIES_PER_ADDRESS):
        assert login_throttle.may_try(account=f"user{number}", address="127.0.0.1")
    assert _enter(client) == 429


def test_earlier_slips_are_forgotten_by_signing_in(client: Client, paula: User) -> None:
    for _ in range(3):
        for _ in range(login_throttle.TRIES_PER_ACCOUNT - 1):
            _enter(client, password="wrong")
        assert _enter(client) == 302
        client.post("/sign-out/")


def test_a_cache_that_is_away_lets_people_in_and_still_bounds_guesses(
    client: Client, paula: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise RedisAway

    monkeypatch.setattr(throttling, "_shared", away)
    monkeypatch.setattr(throttling, "_client", away)
    throttling.forget_absence()
    try:
        assert _enter(client, password="wrong") == 400
        assert _enter(client) == 302
        other = Client(REMOTE_ADDR="203.0.113.9")
        for _ in range(login_throttle.TRIES_PER_ACCOUNT):
            assert _enter(other, password="wrong") == 400
        assert _enter(other) == 429
    finally:
        throttling.forget_absence()


@pytest.mark.usefixtures("mfa")
def test_with_a_second_factor_a_password_is_half_the_way(client: Client, device: TOTPDevice) -> None:
    response = client.post(DOOR, {"username": "paula", "password": PASSWORD, "next": "/dashboard/stock/"})
    assert response["Location"] == "/sign-in/code/?next=%2Fdashboard%2Fstock%2F"
    assert not _is_in(client)
    response = client.post(response["Location"], {"code": _code()})
    assert response["Location"] == "/dashboard/stock/"
    assert _is_in(client)


@pytest.mark.usefixtures("mfa")
def test_a_code_counts_once(client: Client, device: TOTPDevice) -> None:
    code = _code()
    for expected in (True, False):
        other = Client()
        _enter(other)
        other.post("/sign-in/code/", {"code": code})
        assert _is_in(other) == expected


@pytest.mark.usefixtures("mfa")
def test_a_recovery_code_opens_once(client: Client, device: TOTPDevice) -> None:
    recovery = StaticDevice.objects.create(user=device.user, name="recovery")
    recovery.token_set.create(token="k3xv2mqa")
    for expected in (True, False):
        other = Client()
        _enter(other)
        other.post("/sign-in/code/", {"code": " k3xv 2mqa "})
        assert _is_in(other) == expected


@pytest.mark.usefixtures("mfa")
@pytest.mark.parametrize("code", ["000000", "", "x", "1" * 99, "۱۲۳"])
def test_a_wrong_code_opens_nothing(client: Client, device: TOTPDevice, code: str) -> None:
    _enter(client)
    assert client.post("/sign-in/code/", {"code": code}).status_code == 400
    assert not _is_in(client)


@pytest.mark.usefixtures("mfa")
def test_guessing_codes_is_slowed_down(client: Client, device: TOTPDevice) -> None:
    _enter(client)
    answers = [
        client.post("/sign-in/code/", {"code": "000000"}).status_code
        for _ in range(login_throttle.TRIES_PER_ACCOUNT + 1)
    ]
    assert answers[-1] == 429


@pytest.mark.usefixtures("mfa")
def test_the_second_step_is_not_reached_without_the_first(client: Client, device: TOTPDevice) -> None:
    assert client.get("/sign-in/code/")["Location"] == DOOR
    assert client.post("/sign-in/code/", {"code": _code()})["Location"] == DOOR


@pytest.mark.usefixtures("mfa")
def test_the_second_step_is_waited_for_some_minutes_only(client: Client, device: TOTPDevice) -> None:
    _enter(client)
    session = client.session
    session["second_factor"] = {**session["second_factor"], "until": 1}
    session.save()
    assert client.post("/sign-in/code/", {"code": _code()})["Location"] == DOOR


def test_the_secret_of_the_demo_file_is_the_one_apps_understand(paula: User) -> None:
    assert b32encode(SECRET).decode() == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_signing_out_is_done_by_post_only(client: Client, paula: User) -> None:
    _enter(client)
    assert client.get("/sign-out/").status_code == 405
    assert _is_in(client)
    client.post("/sign-out/")
    assert not _is_in(client)


def test_a_session_ends_after_twelve_hours(client: Client, paula: User) -> None:
    _enter(client)
    left = client.session.get_expiry_date() - timezone.now()
    assert timedelta(hours=11, minutes=59) < left <= timedelta(hours=12)


def test_signing_in_gives_the_session_a_new_key(client: Client, paula: User) -> None:
    client.get(DOOR)
    session = client.session
    session["before"] = 1
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before or ""
    _enter(client)
    assert client.session.session_key != before


@pytest.mark.parametrize("role", ["service", "warehouse", "quality"])
def test_the_admin_is_for_leads(client: Client, role: str) -> None:
    client.force_login(User.objects.create(username="newcomer", role=role, is_staff=True))
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_lead_enters_the_admin_through_the_same_door(client: Client) -> None:
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/sign-in/?next=")
    lead = User.objects.create_superuser("leo", password=PASSWORD, role=Role.LEAD)
    client.force_login(lead)
    assert client.get("/admin/").status_code == 200
    for page in ("accounts_user", "accounts_apikey", "core_job"):
        assert client.get(reverse(f"admin:{page}_changelist")).status_code == 200


@pytest.mark.usefixtures("mfa")
def test_the_admin_asks_for_the_second_factor_too(client: Client) -> None:
    client.force_login(User.objects.create_superuser("leo", password=PASSWORD, role=Role.LEAD))
    assert client.get("/admin/", follow=True).status_code == 403


def _guess(client: Client, times: int = login_throttle.TRIES_PER_ADDRESS + 1) -> None:
    for _ in range(times):
        _enter(client, password="wrong")


def test_guesser_behind_the_same_address_does_not_lock_out_a_browser_that_signed_in_before(
    client: Client, paula: User
) -> None:
    assert _enter(client) == 302
    client.post("/sign-out/")
    _guess(Client())
    assert _enter(Client()) == 429
    assert _enter(client) == 302


@pytest.mark.usefixtures("mfa")
def test_guesser_behind_the_same_address_does_not_lock_out_the_second_step(
    client: Client, device: TOTPDevice
) -> None:
    _enter(client)
    client.post("/sign-in/code/", {"code": _code()})
    assert _is_in(client)
    client.post("/sign-out/")
    _guess(Client())
    TOTPDevice.objects.update(last_t=-1)
    assert _enter(client) == 302
    client.post("/sign-in/code/", {"code": _code()})
    assert _is_in(client)


@pytest.mark.usefixtures("mfa")
def test_password_alone_makes_no_browser_known(client: Client, device: TOTPDevice) -> None:
    _enter(client)
    assert settings_.DEVICE_COOKIE_NAME not in client.cookies


def test_known_browser_has_few_tries_too(client: Client, paula: User) -> None:
    _enter(client)
    client.post("/sign-out/")
    for _ in range(login_throttle.TRIES_PER_ACCOUNT):
        assert _enter(client, password="wrong") == 400
    assert _enter(client) == 429


def test_known_browser_is_known_for_its_own_accounts_only(client: Client, paula: User) -> None:
    User.objects.create_user("leo", password=PASSWORD, role=Role.LEAD)
    _enter(client)
    client.post("/sign-out/")
    for _ in range(login_throttle.TRIES_PER_ACCOUNT):
        _enter(client, username="leo", password="wrong")
    assert _enter(client, username="leo") == 429
    assert _enter(client, username=" PAULA ") in (
        302,
        400,
    )  # counted as hers, whatever the password check says


def test_browser_of_a_desk_is_known_for_everybody_who_signs_in_there(client: Client, paula: User) -> None:
    User.objects.create_user("leo", password=PASSWORD, role=Role.LEAD)
    for name in ("paula", "leo"):
        assert _enter(client, username=name) == 302
        client.post("/sign-out/")
    _guess(Client())
    assert [_enter(client, username=name) for name in ("paula", "leo")] == [302, 302]


@pytest.mark.parametrize("forged", ["", "x", "e30:1abc:def", "a" * 5000, '{"a": "b"}'])
def test_forged_cookie_makes_no_browser_known(client: Client, paula: User, forged: str) -> None:
    for number in range(login_throttle.TRIES_PER_ACCOUNT + 1):
        client.cookies[settings_.DEVICE_COOKIE_NAME] = f"{forged}{number}"
        status = _enter(client, password="wrong")
    assert status == 429


def test_cookie_of_a_known_browser_opens_nothing_and_tells_no_name(client: Client, paula: User) -> None:
    _enter(client)
    cookie = client.cookies[settings_.DEVICE_COOKIE_NAME]
    assert cookie["httponly"]
    assert "paula" not in cookie.value
    stranger = Client()
    stranger.cookies[settings_.DEVICE_COOKIE_NAME] = cookie.value
    assert not _is_in(stranger)


@pytest.mark.usefixtures("mfa")
def test_every_step_of_signing_in_is_a_line_of_the_log_without_password_or_code(
    client: Client, device: TOTPDevice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bag14.security")
    _enter(client, username="paula\nsigned in", password="wrong")
    _enter(client, password="wrong")
    _enter(client)
    client.post("/sign-in/code/", {"code": "000000"})
    TOTPDevice.objects.update(throttling_failure_count=0)  # a second later
    client.post("/sign-in/code/", {"code": (code := _code())})
    client.post("/sign-out/")
    lines = [record.getMessage() for record in caplog.records if record.name == "bag14.security"]
    assert lines[-5:] == [
        f"{event}: user 'paula' from 127.0.0.1"
        for event in (
            "wrong password",
            "right password, code asked for",
            "wrong code",
            "signed in by password and code",
            "signed out",
        )
    ]
    assert all("\n" not in line and PASSWORD not in line and code not in line for line in lines)
