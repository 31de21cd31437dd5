"""The demo accounts of a laptop: one for each role, in a file that only its owner reads."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from accounts.models import ApiKey, Role, User, find_api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(settings: Settings, tmp_path: Path) -> Path:
    settings.VAR = tmp_path
    return tmp_path / "demo-accounts.json"


def test_every_role_gets_an_account_that_opens_its_doors(path: Path) -> None:
    call_command("make_demo_accounts")
    accounts = json.loads(path.read_text())
    assert set(accounts) == set(Role.values)
    for role, account in accounts.items():
        user = User.objects.get(username=account["username"])
        key = find_api_key(account["api_key"])
        assert user.role == role
        assert user.check_password(account["password"])
        assert key is not None
        assert (key.role, key.user) == (role, user)
        assert TOTPDevice.objects.filter(user=user, confirmed=True).count() == 1


def test_only_its_owner_reads_the_file(path: Path) -> None:
    call_command("make_demo_accounts")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["demo-accounts.json"]


def test_only_the_lead_may_enter_the_admin(path: Path) -> None:
    call_command("make_demo_accounts")
    assert list(User.objects.filter(is_staff=True).values_list("role", flat=True)) == ["lead"]


def test_a_second_run_changes_nothing(path: Path) -> None:
    call_command("make_demo_accounts")
    before = path.read_text(), list(User.objects.values_list("username", "password")), ApiKey.objects.count()
    call_command("make_demo_accounts")
    after = path.read_text(), list(User.objects.values_list("username", "password")), ApiKey.objects.count()
    assert before == after
    assert TOTPDevice.objects.count() == 4


def test_a_new_database_gets_the_accounts_the_file_names(path: Path) -> None:
    call_command("make_demo_accounts")
    kept = json.loads(path.read_text())
    User.objects.all().delete()
    call_command("make_demo_accounts")
    assert json.loads(path.read_text()) == kept
    assert find_api_key(kept["warehouse"]["api_key"]) is not None


def test_a_lost_file_is_made_again_and_its_passwords_hold(path: Path) -> None:
    call_command("make_demo_accounts")
    path.unlink()
    call_command("make_demo_accounts")
    account = json.loads(path.read_text())["service"]
    assert User.objects.get(username=account["username"]).check_password(account["password"])


@pytest.mark.parametrize("text", ["", "[]", '{"service": {}}', "{"])
def test_a_file_that_cannot_be_read_is_said_in_a_sentence(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("make_demo_accounts")


def test_production_never_makes_any(path: Path, settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("make_demo_accounts")
    assert not path.exists()
    assert not User.objects.exists()
