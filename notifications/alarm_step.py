"""A worker that sends mails looks for troubles by itself, so that an alarm needs neither beat nor the queue `sweep`."""

import logging
import threading
from typing import Any

from celery import bootsteps
from django.db import connection

from core import waking
from core.failures import error_place
from notifications.alarms import raise_alarms

log = logging.getLogger(__name__)

QUEUE = "mail"
LOOK_EVERY_SECONDS = 60.0


class AlarmStep(bootsteps.StartStopStep):
    """Begins a look from the timer of the worker's main loop. A thread looks: a part that hangs must not hold the loop.

    Only workers with mails do it. They have threads, so no child is forked while another thread looks.
    """

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        self.timer_entry: Any = None
        self._looking: threading.Thread | None = None

    def start(self, parent: Any) -> None:
        if QUEUE in parent.app.amqp.queues.consume_from:
            self.timer_entry = parent.timer.call_repeatedly(LOOK_EVERY_SECONDS, self.look)

    def stop(self, parent: Any) -> None:
        if self.timer_entry is not None:
            self.timer_entry.cancel()

    def look(self) -> threading.Thread:
        """Have a thread look, unless the last one still does."""
        if self._looking is None or not self._looking.is_alive():
            self._looking = threading.Thread(target=_look, name="alarms", daemon=True)
            self._looking.start()
        return self._looking


def _look() -> None:
    try:
        raise_alarms()
        waking.flush()
    except Exception as error:
        log.error("alarms were not looked for: %s", error_place(error))
    finally:
        connection.close()
