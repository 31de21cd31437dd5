"""The catalogue's revision. Readers that cache something ask for it; corrections and the last step of an import raise
it, one after the other.
"""

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
    """The catalogue's state: its number, the number its search index was made from, and when it last changed."""

    number: int
    indexed_number: int
    changed_at: datetime | None


_held: ContextVar[State | None] = ContextVar("catalogue_state", default=None)


def read_state() -> State:
    """The catalogue's state now; within `one_state`, the state at its beginning."""
    return _held.get() or _read()


@contextmanager
def one_state() -> Iterator[State]:
    """Everything made within this is named by one and the same state, which is read once."""
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
    """Record that the catalogue changes: the first statement of a correction's transaction.

    Corrections and imports take this row as their lock, and its number names cached pages. With `names_changed` a job
    makes the search index again; without it the index stays.
    """
    Revision.objects.get_or_create(pk=1)
    index_stays = {} if names_changed else {"indexed_number": F("indexed_number") + 1}
    Revision.objects.filter(pk=1).update(number=F("number") + 1, changed_at=timezone.now(), **index_stays)
    if names_changed:
        request_job("index_catalog", "names")


def contents_changed() -> None:
    """Have the orders that wait for bags looked at again: the last statement of a transaction that changes contents."""
    request_job("look_again", "contents")
