"""Keys of programs: limited to scopes, with their own rates, revoked at once."""

from datetime import timedelta
from hashlib import sha256
from itertools import chain
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import ApiKey, issue_api_key
from accounts.scopes import SCOPES
from tests.api.callers import Caller
from tests.api.test_who import TABLE, Scene, _letters_are_not_composed, whole_document
from tests.cast import SmallSet

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
__all__ = ["_letters_are_not_composed"]  # a fixture, known by its name

OPEN_TO_ANYBODY = {"listSets", "getSet", "listPieces", "listSetsWithElement"}


def scope_of(operation: str) -> str:
    """The scope that a key needs for an operation, by the OpenAPI document."""
    for methods in whole_document()["paths"].values():
        for described in methods.values():
            if described["operationId"] == operation:
                return str(described["description"]).partition("needs `")[2].partition("`")[0]
    raise AssertionError(operation)


@pytest.mark.usefixtures("_letters_are_not_composed")
@pytest.mark.parametrize("operation", TABLE)
def test_key_with_scopes_does_only_what_they_allow(cantina: SmallSet, operation: str) -> None:
    names = Scene(cantina).names["shop's"]
    method, path, _who, _granted = TABLE[operation]
    scope = scope_of(operation)
    assert bool(scope) == (operation not in OPEN_TO_ANYBODY)
    others = [name for name in SCOPES if name != scope]
    without = Caller(issue_api_key(name="without", role="lead", scopes=others)[1])
    refused = getattr(without, method)(path.format(**names))
    if not scope:
        assert refused.status == 200
        return
    assert refused.is_refused(403, "insufficient_scope")
    having = Caller(issue_api_key(name="having", role="lead", scopes=[scope])[1])
    assert getattr(having, method)(path.format(**names)).status != 403


def test_key_cannot_be_read_anywhere_after_it_was_shown(
    cantina: SmallSet, body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a table nor the log holds it, also after its use; the hash cannot be turned back."""
    row, key = issue_api_key(name="shop")
    with caplog.at_level("DEBUG"):
        assert Caller(key).place(body, key="once").status == 201
    prefix, secret = key.removeprefix("b14_").split("_", 1)
    row.refresh_from_db()
    assert (row.prefix, row.secret_hash) == (prefix, sha256(secret.encode()).hexdigest())
    rows = chain.from_iterable(model._base_manager.all() for model in apps.get_models())
    kept = serializers.serialize("json", rows) + caplog.text
    assert row.secret_hash in kept
    assert all(secret[at : at + 8] not in kept for at in range(len(secret) - 7))


def test_scope_gives_no_more_than_the_role(cantina: SmallSet) -> None:
    shop = Caller(issue_api_key(name="shop", scopes=["stock:read"])[1])
    assert shop.get("stock/").is_refused(403, "permission_denied")


def test_key_has_the_limits_it_was_given(cantina: SmallSet, body: dict[str, Any]) -> None:
    shop = Caller(issue_api_key(name="shop", requests_per_minute=4, orders_per_hour=2)[1])
    assert [shop.place(body).status for _ in range(5)] == [201, 201, 429, 429, 429]
    answer = shop.get("sets/")
    assert answer.is_refused(429, "throttled")
    assert answer.headers["RateLimit-Policy"] == '"requests";q=4;w=60'


def test_staff_program_with_a_limit_of_its_own_has_it(cantina: SmallSet) -> None:
    desk = Caller(issue_api_key(name="desk", role="service", requests_per_minute=1)[1])
    assert [desk.get("sets/").status for _ in range(2)] == [200, 429]


def test_last_use_is_stored_once_a_minute(cantina: SmallSet) -> None:
    row, key = issue_api_key(name="shop")
    Caller(key).get("sets/")
    row.refresh_from_db()
    first = row.last_used_at
    assert first is not None
    Caller(key).get("sets/")
    row.refresh_from_db()
    assert row.last_used_at == first
    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    Caller(key).get("sets/")
    row.refresh_from_db()
    assert row.last_used_at is not None
    assert row.last_used_at >= first


def test_revoked_key_fails_with_the_next_request(cantina: SmallSet) -> None:
    row, key = issue_api_key(name="shop")
    assert Caller(key).get("orders/").status == 200
    call_command("api_keys", "revoke", row.prefix)
    assert Caller(key).get("orders/").is_refused(401, "authentication_failed")


def test_command_issues_a_narrow_key(capsys: pytest.CaptureFixture[str]) -> None:
    call_command(
        "api_keys", "issue", "ERP", "--scopes", "orders:read, letters:read", "--orders-per-hour", "10"
    )
    row = ApiKey.objects.get()
    assert (row.scopes, row.orders_per_hour) == ("letters:read orders:read", 10)
    assert capsys.readouterr().out.startswith("b14_")
    call_command("api_keys", "list")
    assert "only letters:read orders:read" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no scope everything"):
        call_command("api_keys", "issue", "ERP", "--scopes", "everything")
    with pytest.raises(CommandError, match="at least 1"):
        call_command("api_keys", "issue", "ERP", "--requests-per-minute", "0")


@pytest.mark.parametrize(
    ("path", "language", "detail"),
    [
        ("stock/", "es", "API"),
        ("orders/", "fa", "کلید"),
    ],
)
def test_refusal_of_a_key_is_in_the_language_asked_for(
    cantina: SmallSet, path: str, language: str, detail: str
) -> None:
    key = Caller("b14_unknown_key")
    english = key.get(path).json["detail"]
    translated = key.get(path, headers={"Accept-Language": language}).json["detail"]
    assert detail in translated
    assert translated != english
