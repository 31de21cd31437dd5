"""The rows of all voices, written by the loader once for each test process and copied from then on.

A hundred tests begin with them: half a second each to write, a hundredth to copy.
"""

from typing import Any

import pytest
from django.db import connection

from notifications.letters import voices_loading
from notifications.models import Sentence, Voice
from tests.notifications.letters.letter_samples import real_book

_rows: dict[str, list[tuple[Any, ...]]] = {}


def load_kept_voices() -> None:
    """As `load_voices` leaves them, but without its letters on trial: test_voice_files.py has these written."""
    tables = [model._meta.db_table for model in (Voice, Sentence)]
    with connection.cursor() as cursor:
        if _rows:
            for table in tables:
                places = ", ".join(["%s"] * len(_rows[table][0]))
                cursor.executemany(f"INSERT INTO {table} VALUES ({places})", _rows[table])  # noqa: S608
            return
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(voices_loading, "checked_voicebook", lambda folder: real_book())
            voices_loading.load_voices()
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            _rows[table] = cursor.fetchall()
