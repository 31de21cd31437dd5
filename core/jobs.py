"""The life of a job: requested, claimed, worked on, recorded, found again.

The database row is the work; a Celery message only carries its id. A job is level-triggered: its handler does whatever
is still undone for the subject, so a caller may request it again at any time, even while it runs.

    request_job(...)          in the caller's transaction; a message goes out on commit
    claim = claim_job(id)     a short transaction of its own: a guarded UPDATE, which grants a lease
    ... work outside locks ...
    with recording(claim):    the second transaction: closes the job and writes its results together

A worker that is killed in between leaves a row whose lease runs out; `sweep` then wakes the job again.
"""

import logging
import random
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from celery import current_app, shared_task
from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from core.models import Job

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 15
SWEEP_GRACE = timedelta(seconds=3)
SWEEP_BATCH = 500


@dataclass(frozen=True, slots=True)
class JobKind:
    """Where the messages of a kind of job go: the name of a task, and the queue its workers listen on.

    `vital`: customers wait for it, so the system is not ready while no worker does it.
    """

    name: str
    task: str
    queue: str
    vital: bool = True


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do a job until `leased_until`. `due_at` is the request it answers."""

    job_id: int
    kind: str
    subject: str
    due_at: datetime
    leased_until: datetime
    attempts: int


class LeaseLost(Exception):
    """Another worker holds the job now; this one must not record its result."""


KINDS: dict[str, JobKind] = {}


def job_task(
    kind: str, *, queue: str, vital: bool = True, time_limit: timedelta | None = None
) -> Callable[[Callable[[Claim], None]], Any]:
    """Make a function that handles claims the Celery task for jobs of this kind. Used only in the rooms' tasks.py.

    A handler that may work longer than a lease passes `time_limit`, and keeps its lease with `renew_lease`.
    """

    def decorate(handler: Callable[[Claim], None]) -> Any:
        task_name = f"{handler.__module__.partition('.')[0]}.{kind}"
        KINDS[kind] = JobKind(name=kind, task=task_name, queue=queue, vital=vital)
        limits: dict[str, Any] = {}
        if time_limit is not None:
            limits = {
                "soft_time_limit": int(time_limit.total_seconds()),
                "time_limit": int(time_limit.total_seconds()) + 60,
            }

        @shared_task(name=task_name, **limits)
        def run(job_id: int) -> None:
            # Connections outlive tasks, so a connection that died in between must be noticed here.
            close_old_connections()
            run_job(job_id, handler)

        return run

    return decorate


def request_job(kind: str, subject: object, *, due_at: datetime | None = None) -> None:
    """Make a job due, inside the caller's transaction. Requesting it again is harmless, and no request is lost.

    A lower room may name a kind that a higher room handles.
    """
    request_jobs([(kind, subject)], due_at=due_at)


def request_jobs(wanted: Iterable[tuple[str, object]], *, due_at: datetime | None = None) -> None:
    """The same for several jobs, in one statement."""
    due_at = due_at or timezone.now()
    # Always in the same order, so that two requests for the same jobs cannot deadlock.
    jobs = [
        Job(kind=kind, subject=subject, due_at=due_at)
        for kind, subject in sorted({(k, str(s)) for k, s in wanted})
    ]
    # The lease stays: a running handler sees on recording that the job is due again, and leaves it pending.
    Job.objects.bulk_create(
        jobs,
        update_conflicts=True,
        unique_fields=["kind", "subject"],
        update_fields=["state", "due_at", "attempts"],
    )
    if due_at <= timezone.now():
        for job in jobs:
            transaction.on_commit(partial(wake, job.pk, job.kind), robust=True)


def wake(job_id: int, kind: str) -> None:
    """Send a worker the message that a job is due. If the broker is away, the sweep finds the row later."""
    target = KINDS[kind]
    try:
        current_app.send_task(target.task, args=[job_id], queue=target.queue, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("broker away, %s(%s) waits for the sweep: %s", kind, job_id, error)


def claim_job(job_id: int) -> Claim | None:
    """Lease the job. Returns None when it is done, not yet due, or leased to another worker."""
    now = timezone.now()
    leased_until = now + timedelta(seconds=settings.JOB_LEASE_SECONDS)
    claimed = (
        Job.objects.filter(pk=job_id, state=Job.State.PENDING, due_at__lte=now)
        .filter(Q(leased_until=None) | Q(leased_until__lte=now))
        .update(leased_until=leased_until, attempts=F("attempts") + 1)
    )
    if not claimed:
        return None
    job = Job.objects.filter(pk=job_id, leased_until=leased_until).first()
    if job is None:
        return None
    return Claim(
        job_id=job.pk,
        kind=job.kind,
        subject=job.subject,
        due_at=job.due_at,
        leased_until=leased_until,
        attempts=job.attempts,
    )


def renew_lease(claim: Claim) -> Claim:
    """Keep the job for another lease, from a handler that works long. Raises LeaseLost if another worker has it now."""
    leased_until = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
    kept = Job.objects.filter(
        pk=claim.job_id, state=Job.State.PENDING, leased_until=claim.leased_until
    ).update(leased_until=leased_until)
    if not kept:
        raise LeaseLost(f"{claim.kind}({claim.subject})")
    return replace(claim, leased_until=leased_until)


@contextmanager
def recording(claim: Claim) -> Iterator[None]:
    """The transaction that closes the job and holds everything it has to write.

    Raises LeaseLost before the body runs when the lease is no longer ours. When the job became due again since it was
    claimed, it stays pending and is woken.
    """
    with transaction.atomic():
        ours = Job.objects.filter(pk=claim.job_id, state=Job.State.PENDING, leased_until=claim.leased_until)
        closed = ours.filter(due_at=claim.due_at).update(
            state=Job.State.DONE, leased_until=None, attempts=0, last_error=""
        )
        if not closed:
            if not ours.update(leased_until=None):
                raise LeaseLost(f"{claim.kind}({claim.subject})")
            transaction.on_commit(partial(wake, claim.job_id, claim.kind), robust=True)
        yield


def postpone(claim: Claim, error: Exception) -> None:
    """Give the job back after a failure: due again after growing pauses, `failed` after the last attempt."""
    pause = min(600.0, 2.0 ** min(claim.attempts, 10)) * random.uniform(0.8, 1.2)  # noqa: S311 (jitter, not a secret)
    given_up = claim.attempts >= MAX_ATTEMPTS
    Job.objects.filter(pk=claim.job_id, state=Job.State.PENDING, leased_until=claim.leased_until).update(
        state=Job.State.FAILED if given_up else Job.State.PENDING,
        due_at=timezone.now() + timedelta(seconds=pause),
        leased_until=None,
        last_error=error_place(error)[:500],
    )


def run_job(job_id: int, handler: Callable[[Claim], None]) -> None:
    """Claim the job, work, and on failure give it back: the body of every job's Celery task."""
    claim = claim_job(job_id)
    if claim is None:
        return
    try:
        handler(claim)
    except LeaseLost:
        log.info("lease of %s(%s) lost, another worker does it", claim.kind, claim.subject)
    except Exception as error:
        log.error(
            "job %s(%s) failed, attempt %s: %s", claim.kind, claim.subject, claim.attempts, error_place(error)
        )
        postpone(claim, error)


def error_place(error: BaseException) -> str:
    """An error's class and the last calls that led to it, never its text: that may quote what a customer typed."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places}"


def sweep() -> int:
    """Wake every job that is due and that no worker has. Returns how many messages it sent.

    It leaves long queues alone: their messages are still under way, and sending them again would only make the queues
    longer.
    """
    now = timezone.now()
    sent = 0
    for queue in sorted({kind.queue for kind in KINDS.values()}):
        room = SWEEP_BATCH - queue_length(queue)
        if room <= 0:
            continue
        kinds = [kind.name for kind in KINDS.values() if kind.queue == queue]
        due = (
            Job.objects.filter(state=Job.State.PENDING, kind__in=kinds, due_at__lte=now - SWEEP_GRACE)
            .filter(Q(leased_until=None) | Q(leased_until__lte=now))
            .order_by("due_at")
            .values_list("pk", "kind")[:room]
        )
        for job_id, kind in due:
            wake(job_id, kind)
            sent += 1
    return sent


def queue_length(queue: str) -> int:
    """How many messages wait in a queue of the broker."""
    with current_app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        return int(channel.client.llen(queue))
