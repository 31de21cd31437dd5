"""The periodic tasks of the core."""

from celery import shared_task
from django.utils import timezone

from core import idempotency, jobs
from core.models import Heartbeat


@shared_task(name="core.sweep")
def sweep() -> None:
    """Find due work nobody was woken for; that this runs is also beat's sign of life."""
    Heartbeat.objects.update_or_create(name="beat", defaults={"at": timezone.now(), "queues": ""})
    jobs.sweep()
    idempotency.forget_old_keys()
