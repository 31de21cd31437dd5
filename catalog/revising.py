"""The catalogue's revision: read by whoever holds something made of it, raised by whoever changes it by hand, in one
line with each other and with an import's last step."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import NamedTuple

from django.db.models import F
from django.utils import timezone

from catalog.models import Revision
from core.jobs import request_job


class State(NamedTuple):
    """The catalogue as it is: its number, the one its search index was made of, when it last changed."""

    number: int
    indexed_number: int
    changed_at: datetime | None


_held: ContextVar[State | None] = ContextVar("catalogue_state", default=None)


def read_state() -> State:
    """The catalogue's state now; within `one_state` as it was when that began."""
    return _held.get() or _read()


@contextmanager
def one_state() -> Iterator[State]:
    """Whatever is made within this names itself by one and the same state, read once."""
    state = _read()
    token = _held.set(state)
    try:
        yield state
    finally:
        _held.reset(token)


def _read() -> State:
    row = Revision.objects.filter(pk=1).values_list(*State._fields).first()
    return State(*row) if row else State(0, 0, None)


def raise_revision(*, names_changed: bool = False) -> None:
    """Say that the catalogue changed: the first thing a correction does in its transaction.

    The row is the lock that corrections and imports meet at, and its number what cached pages are known by. With
    `names_changed` the search index is made anew by a job; else it stays what it was.
    """
    Revision.objects.get_or_create(pk=1)
    index_stays = {} if names_changed else {"indexed_number": F("indexed_number") + 1}
    Revision.objects.filter(pk=1).update(number=F("number") + 1, changed_at=timezone.now(), **index_stays)
    if names_changed:
        request_job("index_catalog", "names")
