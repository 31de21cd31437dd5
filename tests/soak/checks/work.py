"""Nothing is stuck: no job is due, leased or given up, none waits by a clock that was wrong."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from core.models import Job
from tests.soak.checks.finding import Finding

DUE_FOR = timedelta(seconds=20)
# No pause between two tries is longer.
LONGEST_PAUSE = timedelta(minutes=36)


def check_jobs() -> Iterator[Finding]:
    now = timezone.now()
    for job in Job.objects.exclude(state=Job.State.DONE):
        name = f"{job}, {job.attempts} attempts, {job.last_error[:160]}"
        if job.state == Job.State.FAILED:
            yield Finding("stuck", f"{job.kind} given up", name)
        elif job.leased_until is not None and job.leased_until < now:
            yield Finding("stuck", f"{job.kind} has a lease that ran out", name)
        elif job.due_at < now - DUE_FOR:
            yield Finding("stuck", f"{job.kind} is due for long", f"{name}, since {now - job.due_at}")
        elif job.due_at > now + LONGEST_PAUSE or (not job.attempts and job.due_at > now):
            yield Finding("stuck", f"{job.kind} waits by a wrong clock", f"{name}, for {job.due_at - now}")
