"""The Celery application: one broker, four queues, no result backend.

The database holds the work and messages only wake a worker, so every option here
is chosen for quick recovery rather than for guaranteed delivery (docs/architecture.md).
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

# Celery's Django integration closes the database connection around every task unless told how often it may be
# reused; it reads this from the app's own configuration, where Django settings do not reach.
app.conf["CELERY_DB_REUSE_MAX"] = 1_000_000

# Named, not imported: the step needs Django's models, which are there when a worker starts.
app.steps["worker"].add("core.heartbeat:HeartbeatStep")


@worker_init.connect
def load_urls_once(**_: Any) -> None:
    """Jobs make links, and the first link loads every page there is: here, before the pool's processes are forked.

    Loaded by a pool's process it would count against its first job's time limit, and be loaded anew in each.
    """
    get_resolver().url_patterns  # noqa: B018 (reading it is what loads them)


@beat_init.connect
def sweep_at_once(**_: Any) -> None:
    """What lay there while nothing ran is found when beat starts, not an interval later."""
    app.send_task("core.sweep", queue="sweep", expires=app.conf.beat_schedule["sweep"]["schedule"])
