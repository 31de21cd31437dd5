"""Whether the process lives (`/healthz`), and whether the system can do its work (`/readyz`)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FuturesTimeout
from time import monotonic
from typing import Any

from celery import current_app
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.heartbeat import living_queues
from core.jobs import KINDS

ANSWER_WITHIN_SECONDS = 0.45

# The checks run in other threads with a time limit, so that a part that hangs does not hang the answer.
_checks = ThreadPoolExecutor(max_workers=4, thread_name_prefix="readyz")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Only the process itself answers; nothing else is checked."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """503 names each part that fails: database, broker, worker."""
    parts = {"database": _database, "broker": _broker, "worker": _worker}
    futures = {name: _checks.submit(_closing, check) for name, check in parts.items()}
    deadline = monotonic() + ANSWER_WITHIN_SECONDS
    answers = {}
    for name, future in futures.items():
        try:
            answers[name] = future.result(timeout=max(0.0, deadline - monotonic()))
        except FuturesTimeout:
            answers[name] = "does not answer"
        except Exception as error:
            answers[name] = f"fails ({type(error).__name__})"
    ready = all(answer == "ok" for answer in answers.values())
    return JsonResponse({"status": "ok" if ready else "unavailable", **answers}, status=200 if ready else 503)


def _closing(check: Callable[[], str]) -> str:
    try:
        return check()
    finally:
        connection.close()


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _broker() -> str:
    with current_app.connection_for_read() as broker:
        channel: Any = broker.default_channel
        channel.client.ping()
    return "ok"


def _worker() -> str:
    idle = {kind.queue for kind in KINDS.values() if kind.vital} - living_queues()
    return f"none for {', '.join(sorted(idle))}" if idle else "ok"
