"""What a worker has ready before the processes of its pool are forked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

MADE = """
import sys
from config.celery import app
app.Worker(hostname="mail@here", queues=["mail"], pool="solo")
from django.conf import settings
print(settings.ROOT_URLCONF in sys.modules, "orders.api.serializers" in sys.modules)
"""


def test_all_pages_are_loaded_before_the_first_job_is_timed() -> None:
    """A first link that loaded them within a job took longer than its time limit on a busy machine."""
    # As `make run` starts it: Django's checks would load them too.
    unchecked = {**os.environ, "CELERY_SKIP_CHECKS": "true"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MADE],
        cwd=ROOT,
        env=unchecked,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == ["True", "True"], done.stderr
