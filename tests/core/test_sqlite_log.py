"""SQLite's log is written into the file by one way alone, which keeps writers out."""

from pathlib import Path

import pytest
from django.db import connection

from core import sqlite_log
from core.models import Heartbeat

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its own log"),
]


def _log() -> Path:
    return Path(f"{connection.settings_dict['NAME']}-wal")


def _write(rows: int) -> None:
    for number in range(rows):
        Heartbeat.objects.update_or_create(
            name=f"{number}", defaults={"at": "2026-01-01T00:00:00Z", "queues": "x" * 200}
        )


def test_sqlite_makes_no_checkpoint_by_itself() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_autocheckpoint")
        assert cursor.fetchone()[0] == 0
        cursor.execute("PRAGMA page_size")
        page = cursor.fetchone()[0]
    sqlite_log.empty_log()
    _write(1_100)
    assert _log().stat().st_size > 1_000 * page, "SQLite's own would have begun again after a thousand pages"


def test_a_log_that_has_grown_is_written_and_a_short_one_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite_log.empty_log()
    _write(3)
    assert not sqlite_log.write_log_if_large()
    monkeypatch.setattr(sqlite_log, "LARGEST_BYTES", 1)
    assert sqlite_log.write_log_if_large()
    assert _log().stat().st_size == 0
    assert Heartbeat.objects.count() == 3
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone()[0] == 20_000
