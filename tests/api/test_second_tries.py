"""Requests that lost a deadlock and are tried again: each counts once, and its files are read from their beginning."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg.errors
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

import catalog.api.imports as api
import dashboard.views.catalog_imports as page
from accounts.models import Role
from catalog.models import ImportRun
from orders.api import serializers
from orders.models import Order
from tests.api.callers import Caller
from tests.cast import SmallSet, staff_user
from tests.catalog.dumps import SmallDump

pytestmark = pytest.mark.django_db


def lose_the_first(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[int]:
    """Let the first call of a function lose a deadlock after its work."""
    work, calls = getattr(module, name), []

    def lose(*args: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            return work(*args, **named)
        for file in named.get("files", ()):
            file.read()
        error = OperationalError("deadlock detected")
        error.__cause__ = psycopg.errors.DeadlockDetected()
        raise error

    monkeypatch.setattr(module, name, lose)
    return calls


@pytest.fixture
def dump(settings: Settings, tmp_path: Path) -> SmallDump:
    settings.VAR = tmp_path / "var"
    settings.VAR.mkdir()
    return SmallDump(tmp_path / "dump")


def files_of(dump: SmallDump) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(f"{table}.csv", dump.text(table).encode()) for table in dump.headers]


def test_an_order_that_is_tried_again_counts_once(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ANONYMOUS_ORDERS_PER_HOUR = 3
    settings.NETWORK_ORDERS_PER_DAY = 1
    calls = lose_the_first(monkeypatch, serializers, "placed_order")
    answer = anybody.place(body)
    assert (answer.status, len(calls)) == (201, 2)
    assert '"orders";r=2;' in answer.headers["RateLimit"]
    assert '"requests";r=1199;' in answer.headers["RateLimit"]
    assert Order.objects.get().review_reasons == [], "its network has placed one order today"
    assert '"orders";r=1;' in anybody.place(body).headers["RateLimit"], "the next request counts by itself"


def test_an_import_by_api_that_is_tried_again_keeps_whole_files(
    works_as: Callable[[str], Caller], dump: SmallDump, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = lose_the_first(monkeypatch, api, "start_import")
    lead = works_as("lead")
    response = lead.client.post(
        "/api/v1/imports/", {"files": files_of(dump), "dry_run": "true"}, headers=lead.headers
    )
    assert (response.status_code, len(calls)) == (201, 2), response.content
    assert ImportRun.objects.get().files["sets.csv"] == len(dump.text("sets").encode())


def test_an_import_by_page_that_is_tried_again_keeps_whole_files(
    dump: SmallDump, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = Client(raise_request_exception=False)
    lead.force_login(staff_user(Role.LEAD))
    calls = lose_the_first(monkeypatch, page, "start_import")
    response = lead.post("/dashboard/catalog/imports/", {"tables": files_of(dump), "tolerated": "0.1"})
    assert (response.status_code, len(calls)) == (302, 2), response.content
    assert ImportRun.objects.get().files["sets.csv"] == len(dump.text("sets").encode())
