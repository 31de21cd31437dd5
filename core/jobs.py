"""The life of a job: requested, claimed, worked on, recorded, found again.

The database row is the work; a Celery message only carries its id. A job is level-triggered: its handler does whatever
is still undone for the subject, so a caller may request it again at any time, even while it runs.

    request_job(...)          in the caller's transaction; a message goes out on commit
    claim = claim_job(id)     a short transaction of its own: a guarded UPDATE, which grants a lease
    ... work outside locks ...
    with recording(claim):    the second transaction: writes the results, and closes the job last

A worker that is killed in between leaves a row whose lease runs out; `sweep` then wakes the job again. What is passing
(`core.failures`) is tried for days; anything else is set aside at once, where a person sees it.

A job's row is the last that a transaction locks: a transaction that holds one waits for no other row.
"""

import logging
import random
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app, shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import DatabaseError, close_old_connections, transaction
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce

from core import clock, waking
from core.database_limits import working_longer
from core.failures import error_place, is_passing
from core.models import Job

log = logging.getLogger(__name__)

# For so long a job is tried that fails for a passing reason, with pauses that grow up to this one.
TRY_FOR = timedelta(days=5)
LONGEST_PAUSE = timedelta(minutes=15)
# So many attempts may end without an answer: their worker was killed, or the job took too long.
MOST_LOST = 5
SWEEP_GRACE = timedelta(seconds=3)
SWEEP_BATCH = 500


@dataclass(frozen=True, slots=True)
class JobKind:
    """Where the messages of a kind of job go: the name of a task, and the queue its workers listen on.

    `vital`: customers wait for it. `on_set_aside` and `on_replay` keep the row that the job is about in step; both get
    the job's subject, in the transaction that changes the job.
    """

    name: str
    task: str
    queue: str
    vital: bool = True
    on_set_aside: Callable[[str], None] | None = None
    on_replay: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do a job until `leased_until`. `wish` is the request it answers."""

    job_id: int
    kind: str
    subject: str
    wish: str
    leased_until: datetime
    attempts: int
    lost: int
    failing_since: datetime | None


class LeaseLost(Exception):
    """Another worker holds the job now; this one must not record its result."""


KINDS: dict[str, JobKind] = {}


def job_task(
    kind: str,
    *,
    queue: str,
    vital: bool = True,
    time_limit: timedelta | None = None,
    on_set_aside: Callable[[str], None] | None = None,
    on_replay: Callable[[str], None] | None = None,
) -> Callable[[Callable[[Claim], None]], Any]:
    """Make a function that handles claims the Celery task for jobs of this kind. Used only in the rooms' tasks.py.

    A handler that may work longer than a lease passes `time_limit`, and keeps its lease with `renew_lease`.
    """

    def decorate(handler: Callable[[Claim], None]) -> Any:
        task_name = f"{handler.__module__.partition('.')[0]}.{kind}"
        KINDS[kind] = JobKind(
            name=kind,
            task=task_name,
            queue=queue,
            vital=vital,
            on_set_aside=on_set_aside,
            on_replay=on_replay,
        )
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
            with working_longer(time_limit):
                run_job(job_id, handler)

        return run

    return decorate


def request_job(kind: str, subject: object, *, after: timedelta | None = None) -> None:
    """Make a job due, inside the caller's transaction. Requesting it again is harmless, and no request is lost.

    A lower room may name a kind that a higher room handles.
    """
    request_jobs([(kind, subject)], after=after)


def request_jobs(wanted: Iterable[tuple[str, object]], *, after: timedelta | None = None) -> None:
    """The same for several jobs, in one statement."""
    due_at = clock.now() + (after or timedelta())
    # Always in the same order, so that two requests for the same jobs cannot deadlock.
    jobs = [
        Job(kind=kind, subject=subject, due_at=due_at, wish=secrets.token_hex(8))
        for kind, subject in sorted({(k, str(s)) for k, s in wanted})
    ]
    # The lease stays: a running handler sees on recording that the job is due again, and leaves it pending.
    Job.objects.bulk_create(
        jobs,
        update_conflicts=True,
        unique_fields=["kind", "subject"],
        update_fields=[
            "state", "wish", "due_at", "attempts", "lost", "failing_since", "failed_at", "reason", "note", "decided_by"
        ],
    )  # fmt: skip
    if not after:
        for job in jobs:
            transaction.on_commit(partial(wake, job.pk, job.kind), robust=True)


def wake(job_id: int, kind: str) -> None:
    """Send a worker the message that a job is due, without waiting for the broker. The sweep finds what is not sent."""
    target = KINDS[kind]
    waking.send_soon(target.task, job_id, target.queue)


def claim_job(job_id: int) -> Claim | None:
    """Lease the job. Returns None when it is done, not yet due, or leased to another worker.

    A lease that ran out was lost. A job that loses its worker again and again is set aside: it would take the next
    worker with it, too.
    """
    now = clock.now()
    leased_until = now + timedelta(seconds=settings.JOB_LEASE_SECONDS)
    claimed = (
        Job.objects.filter(pk=job_id, state=Job.State.PENDING, due_at__lte=now)
        .filter(Q(leased_until=None) | Q(leased_until__lte=now))
        .update(
            leased_until=leased_until,
            attempts=F("attempts") + 1,
            lost=Case(When(leased_until=None, then=F("lost")), default=F("lost") + 1),
        )
    )
    if not claimed:
        return None
    job = Job.objects.filter(pk=job_id, leased_until=leased_until).first()
    if job is None:
        return None
    claim = Claim(
        job_id=job.pk,
        kind=job.kind,
        subject=job.subject,
        wish=job.wish,
        leased_until=leased_until,
        attempts=job.attempts,
        lost=job.lost,
        failing_since=job.failing_since,
    )
    if claim.lost >= MOST_LOST:
        set_aside(claim, Job.Reason.LOST, f"{claim.lost} attempts ended without an answer")
        return None
    return claim


def renew_lease(claim: Claim) -> Claim:
    """Keep the job for another lease, from a handler that works long. Raises LeaseLost if another worker has it now."""
    leased_until = clock.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
    if not _ours(claim).update(leased_until=leased_until):
        raise LeaseLost(f"{claim.kind}({claim.subject})")
    return replace(claim, leased_until=leased_until)


@contextmanager
def recording(claim: Claim, *, forget: bool = False) -> Iterator[None]:
    """The transaction that holds everything the job has to write, and closes the job last.

    Raises LeaseLost, and nothing is written, when the lease is no longer ours. When the job was requested again since
    it was claimed, it stays pending and is woken. With `forget`, a job that is done leaves no row.
    """
    with transaction.atomic():
        yield
        ours = _ours(claim)
        answered = ours.filter(wish=claim.wish)
        if forget:
            closed = answered.delete()[0]
        else:
            closed = answered.update(
                state=Job.State.DONE, leased_until=None, attempts=0, lost=0, last_error="", failing_since=None
            )
        if not closed:
            if not ours.update(leased_until=None):
                raise LeaseLost(f"{claim.kind}({claim.subject})")
            transaction.on_commit(partial(wake, claim.job_id, claim.kind), robust=True)


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
        try:
            give_back(claim, error)
        except DatabaseError as trouble:
            log.error(
                "%s(%s) waits for its lease to end: %s", claim.kind, claim.subject, error_place(trouble)
            )
    finally:
        waking.flush()


def give_back(claim: Claim, error: Exception) -> None:
    """After a failure: due again after a pause where it may pass, set aside where it does not."""
    place = error_place(error)
    if isinstance(error, SoftTimeLimitExceeded):
        if claim.lost + 1 >= MOST_LOST:
            set_aside(claim, Job.Reason.LOST, place)
            return
        _postpone(claim, place, lost=claim.lost + 1)
    elif not is_passing(error):
        set_aside(claim, Job.Reason.FAULT, place)
    elif claim.failing_since is not None and clock.now() - claim.failing_since > TRY_FOR:
        set_aside(claim, Job.Reason.TOO_LONG, place)
    else:
        _postpone(claim, place)


def _postpone(claim: Claim, place: str, **fields: Any) -> None:
    """Due again after a pause that grows with every attempt."""
    seconds = min(LONGEST_PAUSE.total_seconds(), 2.0 ** min(claim.attempts, 12))
    now = clock.now()
    _ours(claim).update(
        due_at=now + timedelta(seconds=seconds * random.uniform(0.8, 1.2)),  # noqa: S311 (jitter, not a secret)
        leased_until=None,
        failing_since=Coalesce(F("failing_since"), now),
        last_error=place[:500],
        **fields,
    )


def set_aside(claim: Claim, reason: str, place: str) -> None:
    """End a job as failed, for a person to look at. One that was requested again meanwhile is tried again instead."""
    hook = KINDS[claim.kind].on_set_aside if claim.kind in KINDS else None
    now = clock.now()
    with transaction.atomic():
        if hook is not None:
            hook(claim.subject)
        closed = (
            _ours(claim)
            .filter(wish=claim.wish)
            .update(
                state=Job.State.FAILED,
                leased_until=None,
                failing_since=Coalesce(F("failing_since"), now),
                failed_at=now,
                reason=reason,
                last_error=place[:500],
            )
        )
        if not closed:
            transaction.set_rollback(True)
    if not closed:
        _postpone(claim, place)
    else:
        log.error("job %s(%s) is set aside: %s", claim.kind, claim.subject, reason)


def replay_job(job: Job) -> None:
    """Try a job again that was set aside or given up, in the caller's transaction: what it is about is open again."""
    replay_jobs([job])


def replay_jobs(jobs: Sequence[Job]) -> None:
    """The same for several jobs. What they are about is opened first: the rows of jobs are locked last."""
    for job in sorted(jobs, key=lambda each: (each.kind, each.subject)):
        kind = KINDS.get(job.kind)
        if kind is not None and kind.on_replay is not None:
            kind.on_replay(job.subject)
    request_jobs((job.kind, job.subject) for job in jobs)


def give_up_job(job: Job, *, note: str, by: str) -> bool:
    """Leave a failed job undone, as a person decided. Returns False where it had not failed any more."""
    failed = Job.objects.filter(pk=job.pk, state=Job.State.FAILED)
    return bool(failed.update(state=Job.State.GIVEN_UP, note=note[:300], decided_by=by[:150]))


def _ours(claim: Claim) -> Any:
    return Job.objects.filter(pk=claim.job_id, state=Job.State.PENDING, leased_until=claim.leased_until)


def sweep() -> int:
    """Wake every job that is due and that no worker has. Returns how many messages it sent.

    It leaves long queues alone: their messages are still under way, and sending them again would only make the queues
    longer.
    """
    now = clock.now()
    sent = 0
    for queue in sorted({kind.queue for kind in KINDS.values()}):
        room = SWEEP_BATCH - queue_length(queue)
        if room <= 0:
            continue
        kinds = [kind.name for kind in KINDS.values() if kind.queue == queue]
        for job_id, kind in due_jobs(kinds, before=now - SWEEP_GRACE, now=now)[:room]:
            waking.send(KINDS[kind].task, job_id, queue)
            sent += 1
    return sent


def due_jobs(kinds: Iterable[str], *, before: datetime, now: datetime) -> Any:
    """Id and kind of the jobs that were due at `before` and that no worker has now, longest due first."""
    return (
        Job.objects.filter(state=Job.State.PENDING, kind__in=kinds, due_at__lte=before)
        .filter(Q(leased_until=None) | Q(leased_until__lte=now))
        .order_by("due_at")
        .values_list("pk", "kind")
    )


def queue_length(queue: str) -> int:
    """How many messages wait in a queue of the broker."""
    with current_app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        return int(channel.client.llen(queue))
