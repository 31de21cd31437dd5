"""Signs of life: a worker's row that its main loop renews, and what a worker does that lives and does nothing."""

import logging
import time
from datetime import timedelta
from typing import Any

from celery import bootsteps
from celery.beat import Scheduler
from celery.worker import state
from django.conf import settings
from django.db import DatabaseError, connection

from core import clock, signs
from core.models import Heartbeat
from core.overdue import oldest_due

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
ALIVE = timedelta(seconds=15)
# A worker that has finished nothing for so long, while work waits for it as long, is replaced.
IDLE_SECONDS = 60.0


class HeartbeatStep(bootsteps.StartStopStep):
    """Writes the worker's row from the timer of its main loop.

    The connection is closed each time, so that no forked child inherits it.
    """

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        self.timer_entry: Any = None
        self._queues: set[str] = set()
        self._finished = -1
        self._idle_since = self._listening_since = time.monotonic()

    def start(self, parent: Any) -> None:
        self._queues = set(parent.app.amqp.queues.consume_from)
        self.timer_entry = parent.timer.call_repeatedly(HEARTBEAT_SECONDS, self.beat, (parent,))
        self.beat(parent)

    def stop(self, parent: Any) -> None:
        if self.timer_entry is not None:
            self.timer_entry.cancel()

    def beat(self, parent: Any) -> None:
        """One sign of life. The queues are those that the worker listens on now, not those that it began with."""
        name = str(parent.hostname)
        queues = set(parent.app.amqp.queues.consume_from)
        signs.touch(settings.VAR, name.partition("@")[0])
        write_heartbeat(name, ",".join(sorted(queues)))
        if self._is_deaf(queues) or self._does_nothing():
            log.error("this worker has done nothing for %s s while work waits: it is replaced", IDLE_SECONDS)
            # The main loop ends by this; the supervisor starts the next one.
            state.should_stop = 1  # type: ignore[assignment]

    def _is_deaf(self, queues: set[str]) -> bool:
        """Whether it has not listened on one of its queues for long."""
        if queues >= self._queues:
            self._listening_since = time.monotonic()
            return False
        return time.monotonic() - self._listening_since > IDLE_SECONDS

    def _does_nothing(self) -> bool:
        """Whether it has long finished nothing, while work of its queues waits as long."""
        finished = sum(state.total_count.values())
        if finished != self._finished or state.active_requests:
            self._finished, self._idle_since = finished, time.monotonic()
            return False
        if time.monotonic() - self._idle_since < IDLE_SECONDS:
            return False
        try:
            ages = oldest_due(self._queues)
        except DatabaseError:
            return False
        finally:
            connection.close()
        return any(age.total_seconds() > IDLE_SECONDS for age in ages.values())


class WatchedScheduler(Scheduler):
    """Beat's scheduler, with a sign of life at each tick. The schedule is short and lies in memory."""

    def tick(self, *arguments: Any, **options: Any) -> Any:
        signs.touch(settings.VAR, "beat")
        return min(HEARTBEAT_SECONDS, super().tick(*arguments, **options))


def write_heartbeat(name: str, queues: str) -> None:
    """Renew the row of one worker. When the database is away, the worker waits for it and does not die."""
    try:
        Heartbeat.objects.update_or_create(
            name=name[:100], defaults={"at": clock.now(), "queues": queues[:200]}
        )
    except DatabaseError:
        pass
    finally:
        connection.close()


def living_queues() -> set[str]:
    """The queues that some living worker listens on. A sign from the future counts for nothing."""
    now = clock.now()
    rows = Heartbeat.objects.filter(at__gt=now - ALIVE, at__lte=now).values_list("queues", flat=True)
    return {queue for row in rows for queue in row.split(",") if queue}


def note_sweep(seconds: float) -> bool:
    """Note that beat lives, as a sweep that it sent is at work. Returns False where another one just was."""
    now = clock.now()
    just_now = Heartbeat.objects.filter(name="beat", at__gt=now - timedelta(seconds=seconds), at__lte=now)
    if just_now.exists():
        return False
    Heartbeat.objects.update_or_create(name="beat", defaults={"at": now, "queues": ""})
    return True


def beat_is_alive() -> bool:
    """Whether beat's last sweep is recent, which needs beat, the broker and a worker."""
    now = clock.now()
    recent = max(ALIVE, 3 * timedelta(seconds=settings.SWEEP_SECONDS))
    return Heartbeat.objects.filter(name="beat", at__gt=now - recent, at__lte=now).exists()
