"""Setting up a phone, recovery codes, losing both, and sessions that end."""

import re
from base64 import b32decode

import pytest
from django.contrib.admin import site
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from accounts import login_throttle
from accounts.models import Role, User
from accounts.second_factor import begin_enrolment, finish_enrolment, new_recovery_codes, take_away
from config.rules import problems_of
from config.running.check import production

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def mfa(settings: Settings) -> None:
    settings.STAFF_MFA = True


@pytest.fixture
def paula() -> User:
    return User.objects.create_user("paula", password=PASSWORD, role=Role.WAREHOUSE)


def _password(client: Client, next_page: str = "") -> str:
    typed = {"username": "paula", "password": PASSWORD, "next": next_page}
    return client.post("/sign-in/", typed)["Location"]


def _code(device: TOTPDevice, *, later: int = 0) -> str:
    """What the phone shows, or will show so many times thirty seconds later."""
    device.refresh_from_db()
    return f"{totp(device.bin_key, drift=later):06d}"


def _is_in(client: Client) -> bool:
    return client.get("/dashboard/").status_code == 200


def _enrolled(client: Client) -> list[str]:
    """Paula's phone is set up in this browser; her recovery codes."""
    _password(client)
    client.get("/sign-in/second-factor/")
    code = _code(TOTPDevice.objects.get(confirmed=False))
    page = client.post("/sign-in/second-factor/", {"code": code}).content.decode()
    return re.findall(r"<li>([a-z2-7]{4} [a-z2-7]{4})</li>", page)


def test_the_first_sign_in_sets_up_a_phone_and_goes_on(client: Client, paula: User) -> None:
    address = _password(client, "/dashboard/waves/")
    assert address == "/sign-in/second-factor/?next=%2Fdashboard%2Fwaves%2F"
    page = client.get(address).content.decode()
    assert not _is_in(client)
    device = TOTPDevice.objects.get()
    shown = re.search(r'secret">([A-Z2-7 ]+)<', page)
    assert shown is not None
    assert b32decode(shown[1].replace(" ", "")) == device.bin_key
    response = client.post("/sign-in/second-factor/", {"code": _code(device), "next": "/dashboard/waves/"})
    page = response.content.decode()
    assert "Your recovery codes" in page
    assert 'href="/dashboard/waves/"' in page
    assert _is_in(client)


def test_the_code_to_scan_is_drawn_without_styles_and_scripts(client: Client, paula: User) -> None:
    _password(client)
    response = client.get("/sign-in/second-factor/")
    picture = (
        response.content.decode()
        .partition('<div class="scan-frame"')[2]
        .partition(">")[2]
        .partition("</div>")[0]
    )
    assert picture.startswith("<svg")
    assert "style" not in picture
    assert "script" not in picture
    assert "unsafe-inline" not in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]


def test_a_page_loaded_again_shows_the_same_code(client: Client, paula: User) -> None:
    address = _password(client)
    shown = [re.search(r'secret">[A-Z2-7 ]+<', client.get(address).content.decode()) for _ in range(2)]
    assert shown[0]
    assert shown[1]
    assert shown[0][0] == shown[1][0]
    assert TOTPDevice.objects.count() == 1


def test_a_secret_that_another_session_has_seen_protects_nothing(client: Client, paula: User) -> None:
    stranger = Client()
    stranger.get(_password(stranger))
    seen = TOTPDevice.objects.get()
    address = _password(client)
    client.get(address)
    ours = TOTPDevice.objects.get()
    assert ours.bin_key != seen.bin_key
    assert "Your recovery codes" in client.post(address, {"code": _code(ours)}).content.decode()
    answer = stranger.post(address, {"code": f"{totp(seen.bin_key):06d}"})
    assert answer["Location"].startswith("/sign-in/code/")
    assert not _is_in(stranger)


def test_a_wrong_code_sets_up_nothing_and_guessing_is_slowed_down(client: Client, paula: User) -> None:
    _password(client)
    client.get("/sign-in/second-factor/")
    answers = [
        client.post("/sign-in/second-factor/", {"code": "000000"}).status_code
        for _ in range(login_throttle.TRIES_PER_ACCOUNT + 1)
    ]
    assert answers == [400] * login_throttle.TRIES_PER_ACCOUNT + [429]
    assert not TOTPDevice.objects.filter(confirmed=True).exists()
    assert not _is_in(client)


def test_every_recovery_code_opens_once(client: Client, paula: User) -> None:
    codes = _enrolled(client)
    assert len(set(codes)) == 10
    for code, expected in ((codes[0], True), (codes[0], False), (codes[1].upper(), True)):
        other = Client()
        assert _password(other) == "/sign-in/code/?next=%2Fdashboard%2F"
        other.post("/sign-in/code/", {"code": code})
        assert _is_in(other) == expected
        StaticDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
        TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    assert StaticToken.objects.count() == 8


def test_a_password_alone_never_replaces_a_phone(client: Client, paula: User) -> None:
    _enrolled(client)
    thief = Client()
    _password(thief)
    assert thief.get("/sign-in/second-factor/")["Location"] == "/sign-in/code/"
    assert thief.post("/sign-in/second-factor/", {"code": "123456"})["Location"] == "/sign-in/code/"
    assert TOTPDevice.objects.count() == 1


def test_wrong_codes_of_a_stranger_with_the_password_do_not_lock_the_owner_out(
    client: Client, paula: User
) -> None:
    _enrolled(client)
    client.post("/sign-out/")
    for number in range(3):
        stranger = Client(REMOTE_ADDR=f"203.0.113.{number}")
        _password(stranger)
        for _ in range(login_throttle.TRIES_PER_ACCOUNT):
            stranger.post("/sign-in/code/", {"code": "000000"})
            TOTPDevice.objects.update(
                throttling_failure_count=12, throttling_failure_timestamp=timezone.now()
            )
    code = _code(TOTPDevice.objects.get(), later=1)
    _password(stranger)
    stranger.post("/sign-in/code/", {"code": code})
    assert not _is_in(stranger), "elsewhere even the right code has to wait"
    _password(client)
    client.post("/sign-in/code/", {"code": code})
    assert _is_in(client)


def test_wrong_codes_in_a_known_browser_are_bounded_too(client: Client, paula: User) -> None:
    _enrolled(client)
    client.post("/sign-out/")
    _password(client)
    answers = [client.post("/sign-in/code/", {"code": "000000"}).status_code for _ in range(6)]
    assert answers == [400] * login_throttle.TRIES_PER_ACCOUNT + [429]


def test_another_phone_is_set_up_with_the_one_before_it(client: Client, paula: User) -> None:
    codes = _enrolled(client)
    old = TOTPDevice.objects.get()
    client.get("/sign-in/second-factor/")
    new = TOTPDevice.objects.get(confirmed=False)
    refused = client.post("/sign-in/second-factor/", {"current": "000000", "code": _code(new)})
    assert refused.status_code == 400
    assert "not right" in refused.content.decode()
    StaticDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    page = client.post("/sign-in/second-factor/", {"current": codes[0], "code": _code(new)})
    assert "Your recovery codes" in page.content.decode()
    assert list(TOTPDevice.objects.values_list("pk", "confirmed")) == [(new.pk, True)]
    assert not TOTPDevice.objects.filter(pk=old.pk).exists()
    assert _is_in(client)
    assert codes[1].replace(" ", "") not in StaticToken.objects.values_list("token", flat=True)


def test_new_recovery_codes_need_a_code_and_make_the_old_ones_void(client: Client, paula: User) -> None:
    codes = _enrolled(client)
    assert "<strong>10</strong> recovery codes left" in client.get("/account/").content.decode()
    assert client.post("/account/codes/", {"code": "000000"}).status_code == 400
    StaticDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    page = client.post("/account/codes/", {"code": codes[0]}).content.decode()
    assert len(re.findall(r"<li>[a-z2-7]{4} [a-z2-7]{4}</li>", page)) == 10
    assert codes[1] not in page


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/account/codes/", {"code": "000000"}),
        (
            "/account/password/",
            {"old_password": "guessed", "new_password1": "a b c d e f g", "new_password2": "a b c d e f g"},
        ),
    ],
)
def test_who_sits_down_at_an_open_screen_cannot_guess_for_long(
    client: Client, paula: User, path: str, typed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    _enrolled(client)
    caplog.clear()
    answers = [client.post(path, typed).status_code for _ in range(login_throttle.TRIES_PER_ACCOUNT + 1)]
    assert answers == [400] * login_throttle.TRIES_PER_ACCOUNT + [429]
    assert [record.getMessage().split(" ")[0] for record in caplog.records] == ["wrong"] * 5 + ["too"]
    page = client.post(path, typed).content.decode()
    assert "Too many tries." in page
    assert "incorrect" not in page, "nor is it told whether the try was right"


def test_a_lead_takes_the_second_factor_away_and_the_session_ends(
    client: Client, paula: User, settings: Settings
) -> None:
    _enrolled(client)
    leo = Client()
    leo.force_login(User.objects.create_superuser("leo", password=PASSWORD, role=Role.LEAD))
    settings.STAFF_MFA = False  # the lead's own is not what this is about
    leo.post("/admin/accounts/user/", {"action": "take_away_second_factor", "_selected_action": [paula.pk]})
    settings.STAFF_MFA = True
    assert not TOTPDevice.objects.exists()
    assert not _is_in(client)
    assert _password(Client()).startswith("/sign-in/second-factor/")


def test_who_sits_down_at_the_open_screen_of_a_lead_changes_nothing_by_the_admin(
    client: Client, settings: Settings
) -> None:
    """Neither guesses the password there, nor does without it, nor takes the phone away."""
    settings.STAFF_MFA = False  # the admin opens without a code
    leo = User.objects.create_superuser("leo", password=PASSWORD, role=Role.LEAD)
    phone = TOTPDevice.objects.create(user=leo, name="phone", confirmed=True)
    client.force_login(leo)
    new = "four words of my own only"
    typed = {
        "old_password": PASSWORD,
        "new_password1": new,
        "new_password2": new,
        "password1": new,
        "password2": new,
        "usable_password": "true",
    }
    own = f"/admin/accounts/user/{leo.pk}/password/"
    for path in ("/admin/password_change/", own, own.replace("user/", "user/0")):
        assert client.post(path, typed)["Location"] == "/account/"
        assert client.get(path)["Location"] == "/account/"
    action = {"action": "take_away_second_factor", "_selected_action": [leo.pk]}
    assert client.post("/admin/accounts/user/", action).status_code == 302
    leo.refresh_from_db()
    assert leo.check_password(PASSWORD)
    assert TOTPDevice.objects.filter(pk=phone.pk).exists()
    paula = User.objects.create_user("paula", password=PASSWORD, role=Role.WAREHOUSE)
    assert client.post(f"/admin/accounts/user/{paula.pk}/password/", typed).status_code == 302
    paula.refresh_from_db()
    assert paula.check_password(new)


def test_no_secret_is_shown_in_the_admin_pages() -> None:
    assert not {TOTPDevice, StaticDevice} & set(site._registry)


def test_a_new_password_ends_the_other_sessions(client: Client, paula: User) -> None:
    codes = _enrolled(client)
    other = Client()
    _password(other)
    other.post("/sign-in/code/", {"code": codes[0]})
    assert _is_in(other)
    new = "four words of my own only"
    typed = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/account/password/", {**typed, "old_password": "x"}).status_code == 400
    assert (
        client.post(
            "/account/password/", {**typed, "new_password1": "short", "new_password2": "short"}
        ).status_code
        == 400
    )
    assert client.post("/account/password/", typed)["Location"] == "/account/"
    assert _is_in(client)
    assert not _is_in(other)


def test_a_stranger_has_no_account_page(client: Client, paula: User) -> None:
    for path in ("/account/", "/sign-in/second-factor/"):
        assert client.get(path)["Location"].startswith("/sign-in/?next=")
    for path in ("/account/codes/", "/account/password/", "/sign-in/second-factor/"):
        assert client.post(path, {"code": "1"})["Location"].startswith("/sign-in/")


def test_half_the_way_in_is_forgotten_after_a_while(
    client: Client, paula: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    _password(client)
    later = timezone.now().timestamp() + 601
    monkeypatch.setattr("accounts.access.time.time", lambda: later)
    assert client.get("/sign-in/second-factor/")["Location"].startswith("/sign-in/?next=")


def test_half_the_way_in_ends_with_the_password_that_led_there(client: Client, paula: User) -> None:
    """Who knew the old password must not set up a phone after a lead has given out a new one."""
    _password(client)
    paula.set_password("four words of my own only")
    paula.save()
    take_away(paula)
    for path in ("/sign-in/second-factor/", "/sign-in/code/"):
        assert client.get(path)["Location"].startswith("/sign-in/")
    assert not TOTPDevice.objects.exists()


def test_what_was_taken_away_opens_nothing(paula: User) -> None:
    begun = begin_enrolment(paula, None)
    device, codes = finish_enrolment(paula, begun.pk, _code(begun))
    take_away(paula)
    assert not TOTPDevice.objects.filter(pk=device.pk).exists()
    assert not StaticToken.objects.filter(token__in=codes).exists()
    assert len(new_recovery_codes(paula)) == 10


@pytest.mark.once
@pytest.mark.parametrize("word", ["false", "no", "0"])
def test_production_does_not_start_without_a_second_factor(word: str) -> None:
    problems = problems_of(production() | {"STAFF_MFA": word})
    assert problems == ["STAFF_MFA: in production every member of staff needs a second factor."]
