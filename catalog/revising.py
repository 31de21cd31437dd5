"""Changing the live catalogue by hand: in one line with each other and with an import's last step."""

from django.db.models import F
from django.utils import timezone

from catalog.models import Revision
from core.jobs import request_job


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
