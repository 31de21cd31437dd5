"""The periodic tasks of the core."""

from celery import shared_task
from django.utils import timezone

from core import idempotency, jobs
from core.models import Heartbeat


@shared_task(name="core.sweep")
def sweep() -> None:
    """Wake due work that no worker was woken for. Each run is also beat's sign of life."""
    Heartbeat.objects.update_or_create(name="beat", defaults={"at": timezone.now(), "queues": ""})
    jobs.sweep()
    idempotency.forget_old_keys()
