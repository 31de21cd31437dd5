"""The periodic tasks of the core."""

from celery import shared_task
from django.conf import settings

from core import idempotency, jobs
from core.heartbeat import note_sweep


@shared_task(name="core.sweep")
def sweep() -> None:
    """Wake due work that no worker was woken for. Each run is also beat's sign of life.

    A message does not expire: hosts' clocks differ. Where many have waited, only the first sweeps.
    """
    if note_sweep(settings.SWEEP_SECONDS / 2):
        jobs.sweep()
        idempotency.forget_old_keys()
