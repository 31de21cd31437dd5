"""A worker's sign of life: a row that its main loop renews, whatever its tasks are doing."""

from datetime import timedelta
from typing import Any

from celery import bootsteps
from django.db import DatabaseError, connection
from django.utils import timezone

from core.models import Heartbeat

HEARTBEAT_SECONDS = 5.0
ALIVE = timedelta(seconds=15)


class HeartbeatStep(bootsteps.StartStopStep):
    """Writes the worker's row from the timer of its main loop.

    The connection is closed each time, so that no forked child inherits it.
    """

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        self.timer_entry: Any = None

    def start(self, parent: Any) -> None:
        queues = ",".join(sorted(parent.app.amqp.queues.consume_from))
        beat = (parent.hostname, queues)
        self.timer_entry = parent.timer.call_repeatedly(HEARTBEAT_SECONDS, write_heartbeat, beat)
        write_heartbeat(*beat)

    def stop(self, parent: Any) -> None:
        if self.timer_entry is not None:
            self.timer_entry.cancel()


def write_heartbeat(name: str, queues: str) -> None:
    """Renew the row of one worker. When the database is away, the worker waits for it and does not die."""
    try:
        Heartbeat.objects.update_or_create(
            name=name[:100], defaults={"at": timezone.now(), "queues": queues[:200]}
        )
    except DatabaseError:
        pass
    finally:
        connection.close()


def living_queues() -> set[str]:
    """The queues that some living worker listens on."""
    rows = Heartbeat.objects.filter(at__gt=timezone.now() - ALIVE).values_list("queues", flat=True)
    return {queue for row in rows for queue in row.split(",") if queue}


def beat_is_alive() -> bool:
    """Whether beat's last sweep is recent, which needs beat, the broker and a worker."""
    return Heartbeat.objects.filter(name="beat", at__gt=timezone.now() - ALIVE).exists()
