"""A clock that tests move: `django.utils.timezone.now`, which everything here reads."""

from datetime import timedelta

import pytest
from django.utils import timezone

_real = timezone.now


def move_clock(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """From now on it is so much later than it is; counted from the real time, not from an earlier move."""
    monkeypatch.setattr(timezone, "now", lambda: _real() + by)
