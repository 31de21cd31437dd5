"""The messages that wake workers. Sending one never holds up what commits a job: a thread sends, and may give up.

A broker that is silent is left alone for a while after the first failure. The sweep finds what was not sent.
"""

import logging
import os
import queue
import threading
import time

from celery import current_app
from kombu.exceptions import OperationalError
from pybreaker import CircuitBreaker, CircuitBreakerError

log = logging.getLogger(__name__)

MOST_WAITING = 1_000
LEAVE_ALONE_SECONDS = 5.0
FLUSH_WITHIN_SECONDS = 1.0

_broker = CircuitBreaker(
    fail_max=1, reset_timeout=LEAVE_ALONE_SECONDS, name="broker", throw_new_error_on_trip=False
)
_waiting: "queue.Queue[tuple[str, int, str]]" = queue.Queue(MOST_WAITING)
_thread: threading.Thread | None = None
_starting = threading.Lock()


def send(task: str, job_id: int, to_queue: str) -> None:
    """Send now. Raises kombu's OperationalError, OSError, or CircuitBreakerError while the broker is left alone."""
    _broker.call(current_app.send_task, task, args=[job_id], queue=to_queue, retry=False)


def send_soon(task: str, job_id: int, to_queue: str) -> None:
    """Have a thread of this process send. Where too many wait already, this one is left to the sweep."""
    try:
        _waiting.put_nowait((task, job_id, to_queue))
    except queue.Full:
        return
    _start()


def flush() -> None:
    """Give the thread a moment to send what waits: for a process that may end now."""
    deadline = time.monotonic() + FLUSH_WITHIN_SECONDS
    while _waiting.unfinished_tasks and time.monotonic() < deadline:
        time.sleep(0.005)


def forget_silence() -> None:
    """Try the broker again at once."""
    _broker.close()


def _start() -> None:
    global _thread
    with _starting:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_send_all, name="waking", daemon=True)
            _thread.start()


def _send_all() -> None:
    while True:
        task, job_id, to_queue = _waiting.get()
        try:
            send(task, job_id, to_queue)
        except CircuitBreakerError:
            pass
        except (OperationalError, OSError) as error:
            log.warning("broker away, the sweep will wake what waits: %s", error)
        except Exception:
            log.exception("%s(%s) was not sent, the sweep will wake it", task, job_id)
        finally:
            _waiting.task_done()


def _begin_again() -> None:
    """In a process that was forked: its parent's thread does not run here, and the parent sends what waited there."""
    global _waiting, _thread, _starting
    _waiting, _thread, _starting = queue.Queue(MOST_WAITING), None, threading.Lock()


os.register_at_fork(after_in_child=_begin_again)
