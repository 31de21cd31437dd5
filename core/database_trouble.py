"""What a request does when the database is in its way: it is tried again after a deadlock, or says when to come back.

A deadlock or a failed serialisation has undone the whole transaction, so the request can begin again. A view does all
it writes in one transaction, and counts once in each window. What else it notes beside that (who looked) may be noted
twice.
"""

import random
import sys
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, RawPostDataException

from core.throttling import counting_once
from core.uploads import rewind_files

TRIES = 4
TROUBLE = (OperationalError, InterfaceError)
#: Seconds after which it is worth coming again.
RETRY_AFTER = 5
# deadlock_detected, serialization_failure
_CONFLICTS = {"40P01", "40001"}
# lock_not_available
_LOCKED = "55P03"


def sqlstate_of(error: BaseException) -> str:
    """PostgreSQL's code for an error; empty on SQLite."""
    return str(getattr(error.__cause__, "sqlstate", None) or "")


def is_conflict(error: BaseException) -> bool:
    """Whether two transactions stood in each other's way, so that one was undone."""
    return isinstance(error, OperationalError) and sqlstate_of(error) in _CONFLICTS


def waited_too_long(error: BaseException) -> bool:
    """Whether the database gave up waiting for a lock."""
    return isinstance(error, OperationalError) and sqlstate_of(error) == _LOCKED


def is_database_trouble() -> bool:
    """Whether the error that is being handled is one that passes by itself."""
    return isinstance(sys.exception(), TROUBLE)


class TriesAgain:
    """Middleware: begins a request again whose transaction lost against another one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """The answer of the view. Large bodies are read only once: such a request says when to come back instead."""
        if request.method in ("GET", "HEAD"):
            return None
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return None
        try:
            request.body  # noqa: B018 (kept, so that it can be read again)
        except RawPostDataException:
            # A form was read already, and is kept; what was read of a file is not.
            if request.FILES:
                return None
        with counting_once() as tries:
            for attempt in range(1, TRIES):
                try:
                    return view(request, *args, **kwargs)
                except OperationalError as error:
                    if not is_conflict(error):
                        raise
                time.sleep(random.uniform(0.02, 0.1) * attempt)  # noqa: S311 (so that the two do not meet again)
                tries.begin()
                rewind_files(request)
            return view(request, *args, **kwargs)
