"""Keys of programs, issued, listed and revoked from the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiKey, Role, User, find_api_key
from tests.cast import staff_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("api_keys", *arguments, stdout=out)
    return out.getvalue()


def test_key_is_shown_once_and_only_its_hash_is_kept() -> None:
    staff_user(Role.SERVICE)
    key = run("issue", "Toy shop", "--role", "service", "--user", "sandra", "--days", "30").strip()
    row = find_api_key(key)
    assert row is not None
    assert (row.name, row.role, row.user and row.user.username) == ("Toy shop", "service", "sandra")
    assert row.expires_at is not None
    secret = key.split("_", 2)[2]
    assert secret not in repr(ApiKey.objects.values().get())
    assert secret not in run("list")
    assert row.prefix in run("list")


def test_revoked_key_is_good_for_nothing_at_once() -> None:
    key = run("issue", "Toy shop").strip()
    prefix = key.split("_")[1]
    run("revoke", prefix)
    assert find_api_key(key) is None
    assert "revoked" in run("list")
    with pytest.raises(CommandError):
        run("revoke", prefix)


def test_unknown_user_and_unknown_role_are_refused() -> None:
    for arguments in (["--user", "nobody"], ["--role", "king"]):
        with pytest.raises(CommandError):
            run("issue", "Toy shop", *arguments)
    assert not ApiKey.objects.exists()


def test_a_key_in_a_persons_name_does_not_outlive_the_persons_role() -> None:
    key = run("issue", "Desk", "--role", "lead", "--user", staff_user(Role.LEAD, "lea").username).strip()
    assert find_api_key(key) is not None
    User.objects.filter(username="lea").update(role=Role.WAREHOUSE)
    assert find_api_key(key) is None
    with pytest.raises(CommandError):
        run("issue", "Desk", "--role", "service", "--user", "lea")
    User.objects.filter(username="lea").update(role=Role.LEAD, is_active=False)
    assert find_api_key(key) is None
