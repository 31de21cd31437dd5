"""The Celery application: one broker, six queues, no result backend.

The database holds the work and messages only wake a worker, so every option here is chosen for quick recovery rather
than for guaranteed delivery (docs/architecture.md).
"""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("bag14")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Celery's Django integration closes the database connection around every task, unless this says how often it may be
# reused. It reads the app's own configuration, which Django settings do not reach.
app.conf["CELERY_DB_REUSE_MAX"] = 1_000_000

# By name, not imported: the steps need Django's models, which are not loaded before a worker starts.
app.steps["worker"].add("core.heartbeat:HeartbeatStep")
app.steps["worker"].add("notifications.alarm_step:AlarmStep")


@worker_init.connect
def load_urls_once(**_: Any) -> None:
    """Load all URLs here, before the pool's processes are forked: jobs make links, and the first link needs them.

    Otherwise each process would load them, and the time would count against the limit of its first job.
    """
    get_resolver().url_patterns  # noqa: B018 (reading it loads them)


@worker_init.connect
def limit_the_database(**_: Any) -> None:
    """Have no statement of a worker outlast its job's lease."""
    from core.database_limits import limit_this_process, worker_limits

    limit_this_process(worker_limits())


@beat_init.connect
def sweep_at_once(**_: Any) -> None:
    """Send a sweep when beat starts, so that work left from before is found at once and not an interval later."""
    app.send_task("core.sweep", queue="sweep")
