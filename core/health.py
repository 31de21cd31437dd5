"""Whether the process lives (`/healthz`), and whether the system can do its work (`/readyz`)."""

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FuturesTimeout
from datetime import timedelta
from time import monotonic
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import clock
from core.heartbeat import beat_is_alive, living_queues
from core.jobs import KINDS
from core.models import Heartbeat
from core.overdue import oldest_due

ANSWER_WITHIN_SECONDS = 0.45
OK = "ok"
# Work that is due should have begun within this time.
OVERDUE = timedelta(seconds=60)
LEAST_DISK_MEGABYTES = 500
# Without these no page can be served, or no work is done at all.
NEEDED = ("database", "broker", "worker")

# All callers in a process share one answer for so long: a stranger may ask, and each check writes.
SHARED_SECONDS = 1.0

# The checks run in other threads with a time limit, so that a part that hangs does not hang the answer.
_checks = ThreadPoolExecutor(max_workers=8, thread_name_prefix="readyz")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Only the process itself answers; nothing else is checked."""
    return JsonResponse({"status": OK})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Each part by its name. 503 where no page can be served or no work is done at all; else `degraded` with 200."""
    parts = examine()
    if any(parts[name] != OK for name in NEEDED):
        return JsonResponse({"status": "unavailable", **parts}, status=503)
    wrong = any(answer != OK for answer in parts.values())
    return JsonResponse({"status": "degraded" if wrong else OK, **parts})


def troubles() -> dict[str, str]:
    """The parts that are not well, each with what is wrong."""
    return {name: answer for name, answer in examine().items() if answer != OK}


class _Latest:
    began = float("-inf")
    answers: dict[str, str] = {}


_looking = threading.Lock()


def examine() -> dict[str, str]:
    """What each part answers, by a look that began within the last second."""
    with _looking:
        began = monotonic()
        if began - _Latest.began >= SHARED_SECONDS:
            # The age counts from the look's beginning: a part that fails since then looks well for no longer.
            _Latest.answers = _look()
            _Latest.began = began
        return dict(_Latest.answers)


def _look() -> dict[str, str]:
    """What each part answers, within half a second."""
    futures = {name: _checks.submit(_closing, check) for name, check in CHECKS.items()}
    deadline = monotonic() + ANSWER_WITHIN_SECONDS
    answers = {}
    for name, future in futures.items():
        try:
            answers[name] = future.result(timeout=max(0.0, deadline - monotonic()))
        except FuturesTimeout:
            future.cancel()
            answers[name] = "does not answer"
        except Exception as error:
            answers[name] = f"fails ({type(error).__name__})"
    return answers


def _closing(check: Callable[[], str]) -> str:
    try:
        return check()
    finally:
        connection.close()


def _database() -> str:
    """A row is written: a database that can only be read takes no order."""
    try:
        Heartbeat.objects.update_or_create(name="readyz", defaults={"at": clock.now(), "queues": ""})
    except OperationalError:
        # On SQLite another one may be writing, which shows that it can be written; reading must work.
        if connection.vendor != "sqlite" or not Heartbeat.objects.exists():
            raise
    return OK


def _broker() -> str:
    """A value is written: a broker that is full, or a replica, takes no message."""
    with current_app.connection_for_read() as broker:
        channel: Any = broker.default_channel
        channel.client.set("bag14-readyz", 1, ex=60)
    return OK


def _worker() -> str:
    return OK if living_queues() & {kind.queue for kind in KINDS.values()} else "none lives"


def _queues() -> str:
    """Whether each queue that customers wait for has a worker."""
    idle = {kind.queue for kind in KINDS.values() if kind.vital} - living_queues()
    return f"no worker for {', '.join(sorted(idle))}" if idle else OK


def _work() -> str:
    late = {queue: age for queue, age in oldest_due().items() if age > OVERDUE}
    each = [f"{queue}: the oldest waits since {age.total_seconds():.0f} s" for queue, age in late.items()]
    return "; ".join(sorted(each)) or OK


def _beat() -> str:
    return OK if beat_is_alive() else "no sweep of late"


def _disk() -> str:
    left = shutil.disk_usage(settings.VAR).free // 10**6
    return OK if left >= LEAST_DISK_MEGABYTES else f"{left} MB left"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "worker": _worker,
    "queues": _queues,
    "work": _work,
    "beat": _beat,
    "disk": _disk,
}
