"""After the last fault: wait until the work is done, as long as it goes on being done."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.db import close_old_connections
from django.db.models import Q
from django.utils import timezone

from core.models import Job

QUIET_FOR = 8.0
PATIENCE = 60.0  # without any job being done


def open_jobs() -> int:
    """Jobs that are due or leased. Those that wait for their next try are not."""
    return (
        Job.objects.filter(state=Job.State.PENDING)
        .filter(Q(due_at__lte=timezone.now()) | Q(leased_until__isnull=False))
        .count()
    )


def hasten_pauses() -> int:
    """Make due what waits for its next try after a failure, as staff may at any time. Returns how many jobs."""
    postponed = Job.objects.filter(
        state=Job.State.PENDING,
        attempts__gt=0,
        leased_until=None,
        due_at__gt=timezone.now(),
        due_at__lt=timezone.now() + timedelta(minutes=36),
    )
    return postponed.update(due_at=timezone.now())


def settle(*, at_most: float, say: Callable[[str], None]) -> tuple[bool, int]:
    """Returns whether all work was done in time, and how many pauses were cut short.

    It ends early where no job was done for a minute: what is left then is stuck.
    """
    deadline = time.monotonic() + at_most
    least, since_least, quiet_since, hastened = 10**9, time.monotonic(), None, 0
    while time.monotonic() < deadline:
        close_old_connections()
        hastened += hasten_pauses()
        left = open_jobs()
        now = time.monotonic()
        if left < least:
            least, since_least = left, now
        if left:
            quiet_since = None
            if now - since_least > PATIENCE:
                say(f"{left} jobs are open and none was done for {PATIENCE:.0f} s")
                return False, hastened
        else:
            quiet_since = quiet_since or now
            if now - quiet_since > QUIET_FOR:
                return True, hastened
        time.sleep(1)
    return False, hastened
