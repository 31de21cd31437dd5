"""How long a process waits for the database: for a lock, for a statement, and how long it may idle in a transaction.

Without limits, one session that holds an order's row would hold every request about it, and with them the site. A
request gives up soon, since its visitor waits; a worker may take as long as its lease. What has no role, such as a
command of an administrator, has no limits.

Behind a pooler that gives a connection away after each transaction (PgBouncer) a session has no settings of its own:
there the limits belong to the database's role (docs/operations.md), and statements are not prepared.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.signals import connection_created


@dataclass(frozen=True, slots=True)
class Limits:
    """In milliseconds; 0 is no limit."""

    lock: int = 0
    statement: int = 0
    idle_in_transaction: int = 0


WEB = Limits(lock=3_000, statement=10_000, idle_in_transaction=15_000)
NONE = Limits()
_SET = """
SELECT pg_backend_pid(), CASE WHEN pg_backend_pid() = %(session)s THEN
  set_config('lock_timeout', %(lock)s, false)
  || set_config('statement_timeout', %(statement)s, false)
  || set_config('idle_in_transaction_session_timeout', %(idle)s, false)
END
"""


class _OfThisProcess:
    limits = NONE


def worker_limits() -> Limits:
    """A statement ends before the lease of its job does."""
    return Limits(
        lock=10_000, statement=settings.CELERY_TASK_SOFT_TIME_LIMIT * 1_000, idle_in_transaction=60_000
    )


def limit_this_process(limits: Limits) -> None:
    """From now on each connection of this process has these limits."""
    _OfThisProcess.limits = limits
    connection.close()


@contextmanager
def working_longer(time_limit: timedelta | None) -> Iterator[None]:
    """Within, a job that may take longer than a lease has its own time for a statement, and waits longer for locks."""
    usual = _OfThisProcess.limits
    if time_limit is None or usual == NONE:
        yield
        return
    milliseconds = int(time_limit.total_seconds() * 1_000)
    limit_this_process(Limits(lock=60_000, statement=milliseconds, idle_in_transaction=milliseconds))
    try:
        yield
    finally:
        limit_this_process(usual)


def set_limits(sender: Any, connection: Any, **more: Any) -> None:
    """On each new connection. A pooler is known by its own number for the session, which is no backend's."""
    if connection.vendor != "postgresql":
        return
    limits, session = _OfThisProcess.limits, connection.connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute(
            _SET,
            {
                "session": session,
                "lock": str(limits.lock),
                "statement": str(limits.statement),
                "idle": str(limits.idle_in_transaction),
            },
        )
        if cursor.fetchone()[0] != session:
            connection.connection.prepare_threshold = None


def begin() -> None:
    """Once, when the apps are loaded."""
    connection_created.connect(set_limits, dispatch_uid="database_limits")
