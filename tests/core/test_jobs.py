"""The life of a job, step by step, with everything that can come between two steps."""

import errno
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from core import jobs, waking
from core.failures import TryLater
from core.jobs import Claim, JobKind, LeaseLost, claim_job, recording, request_job, run_job, sweep
from core.models import Job

pytestmark = pytest.mark.django_db

KIND = "send_message"


def _job(**fields: Any) -> Job:
    return Job.objects.create(**{"kind": KIND, "subject": "1", "due_at": timezone.now(), **fields})


def _claim(job: Job) -> Claim:
    claim = claim_job(job.pk)
    assert claim is not None
    return claim


def _state(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def test_a_requested_job_is_claimed_once() -> None:
    job = _job()
    assert _claim(job).subject == "1"
    assert claim_job(job.pk) is None


def test_a_job_that_is_not_due_is_not_claimed() -> None:
    assert claim_job(_job(due_at=timezone.now() + timedelta(seconds=60)).pk) is None


def test_a_lease_that_is_over_can_be_claimed_by_another() -> None:
    job = _job(leased_until=timezone.now() - timedelta(seconds=1))
    assert claim_job(job.pk) is not None


def test_recording_closes_the_job_with_its_results() -> None:
    job = _job()
    with recording(_claim(job)):
        Job.objects.create(kind="x", subject="result", due_at=timezone.now())
    assert _state(job) == "done"
    assert Job.objects.filter(subject="result").exists()


def test_results_that_fail_leave_the_job_open() -> None:
    job = _job()
    claim = _claim(job)

    def fail() -> None:
        with recording(claim):
            Job.objects.create(kind="x", subject="result", due_at=timezone.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _state(job) == "pending"
    assert not Job.objects.filter(subject="result").exists()


def test_what_a_worker_wrote_that_lost_the_lease_is_not_kept() -> None:
    job = _job()
    slow = _claim(job)
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    quick = _claim(job)
    with pytest.raises(LeaseLost), recording(slow):
        Job.objects.create(kind="x", subject="result", due_at=timezone.now())
    assert not Job.objects.filter(subject="result").exists()
    with recording(quick):
        pass
    assert _state(job) == "done"


def test_a_job_that_is_to_be_forgotten_leaves_no_row_unless_it_is_wanted_again() -> None:
    job = _job()
    claim = _claim(job)
    request_job(KIND, "1")
    with recording(claim, forget=True):
        pass
    assert _state(job) == "pending"
    with recording(_claim(job), forget=True):
        pass
    assert not Job.objects.exists()


def test_a_wish_that_comes_while_the_job_runs_is_not_lost(django_capture_on_commit_callbacks: Any) -> None:
    job = _job()
    claim = _claim(job)
    request_job(KIND, "1")
    with django_capture_on_commit_callbacks() as callbacks, recording(claim):
        pass
    assert _state(job) == "pending"
    assert len(callbacks) == 1, "the job is woken again"
    with recording(_claim(job)):
        pass
    assert _state(job) == "done"


def test_a_wish_that_comes_while_the_job_runs_does_not_start_a_second_run() -> None:
    job = _job()
    _claim(job)
    request_job(KIND, "1")
    assert claim_job(job.pk) is None


def test_asking_again_for_a_job_that_is_done_makes_it_due() -> None:
    job = _job(state="done")
    request_job(KIND, "1")
    assert claim_job(job.pk) is not None


def _fail_with(job: Job, error: Exception) -> Job:
    """Run the job once, now, with a handler that raises this."""

    def fail(claim: Claim) -> None:
        raise error

    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    run_job(job.pk, fail)
    job.refresh_from_db()
    return job


PASSING = [
    OperationalError("server closed the connection"),
    InterfaceError("connection already closed"),
    ConnectionRefusedError(111, "refused"),
    TimeoutError(),
    OSError(errno.ENOSPC, "no space left"),
    PermissionError(13, "denied"),
    BrokerError(),
    RedisError(),
    TryLater(),
]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_what_passes_is_tried_for_days_ever_more_slowly(error: Exception) -> None:
    job = _job()
    pauses = []
    for _attempt in range(40):
        before = timezone.now()
        assert _fail_with(job, error).state == "pending"
        pauses.append((job.due_at - before).total_seconds())
    assert pauses[0] < 3
    assert pauses[5] > 30
    assert max(pauses) < 1_100
    assert min(pauses[20:]) > 700
    assert job.failing_since is not None
    Job.objects.update(failing_since=timezone.now() - jobs.TRY_FOR - timedelta(seconds=1))
    assert _fail_with(job, error).state == "failed"
    assert (job.reason, job.leased_until) == ("too_long", None)


@pytest.mark.parametrize("error", [ValueError("John Doe, 1 Main St"), KeyError("x"), IntegrityError("John")])
def test_what_does_not_pass_is_set_aside_at_once_with_its_place(error: Exception) -> None:
    job = _fail_with(_job(), error)
    assert (job.state, job.reason, job.leased_until) == ("failed", "fault", None)
    assert job.failed_at is not None
    assert type(error).__name__ in job.last_error
    assert "John" not in job.last_error, "an error's text may quote a customer"
    assert claim_job(job.pk) is None


def test_a_job_that_kills_its_worker_each_time_is_set_aside() -> None:
    job = _job()
    for _worker in range(jobs.MOST_LOST):
        assert claim_job(job.pk) is not None
        Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert claim_job(job.pk) is None
    assert _state(job) == "failed"
    assert job.reason == "lost"


def test_a_job_that_takes_too_long_each_time_is_set_aside() -> None:
    job = _job()
    for _attempt in range(jobs.MOST_LOST - 1):
        assert _fail_with(job, SoftTimeLimitExceeded()).state == "pending"
    assert _fail_with(job, SoftTimeLimitExceeded()).state == "failed"
    assert job.reason == "lost"


def test_a_worker_that_is_lost_now_and_then_costs_nothing_in_the_long_run() -> None:
    job = _job()
    for _time in range(3 * jobs.MOST_LOST):
        assert claim_job(job.pk) is not None
        Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        with recording(_claim(job)):
            pass
        request_job(KIND, "1")
    assert _state(job) == "pending"


def test_a_failed_job_that_is_wanted_again_meanwhile_is_tried_again() -> None:
    job = _job()

    def fail(claim: Claim) -> None:
        request_job(KIND, "1")
        raise ValueError

    run_job(job.pk, fail)
    assert _state(job) == "pending"


def test_a_replayed_job_begins_afresh() -> None:
    job = _fail_with(_job(), ValueError())
    jobs.replay_job(job)
    job.refresh_from_db()
    assert (job.state, job.reason, job.failed_at, job.failing_since, job.attempts) == (
        "pending",
        "",
        None,
        None,
        0,
    )
    assert claim_job(job.pk) is not None


def test_a_job_that_is_given_up_says_why_and_is_not_done() -> None:
    job = _fail_with(_job(), ValueError())
    assert jobs.give_up_job(job, note="sent by hand", by="ana")
    assert not jobs.give_up_job(job, note="again", by="ben")
    assert _state(job) == "given_up"
    assert (job.note, job.decided_by) == ("sent by hand", "ana")
    assert claim_job(job.pk) is None


def test_setting_aside_and_replaying_keep_the_jobs_row_in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    kind = JobKind(
        KIND,
        "t",
        "mail",
        on_set_aside=lambda s: told.append(f"aside {s}"),
        on_replay=lambda s: told.append(f"replay {s}"),
    )
    monkeypatch.setitem(jobs.KINDS, KIND, kind)
    jobs.replay_job(_fail_with(_job(), ValueError()))
    assert told == ["aside 1", "replay 1"]


def test_a_hosts_clock_that_is_ahead_holds_up_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """One host is 90 seconds ahead of the database, the next one 8 behind it."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no clock but the host's")
    right = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: right() + timedelta(seconds=90))
    request_job(KIND, "1")
    monkeypatch.setattr(timezone, "now", lambda: right() - timedelta(seconds=8))
    assert claim_job(Job.objects.get().pk) is not None


def test_the_sweep_wakes_due_jobs_that_no_worker_has() -> None:
    long_ago = timezone.now() - timedelta(minutes=1)
    soon = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
    due = _job(subject="due", due_at=long_ago)
    dead = _job(subject="dead worker", due_at=long_ago, leased_until=long_ago)
    _job(subject="at work", due_at=long_ago, leased_until=soon)
    _job(subject="later", due_at=soon)
    _job(subject="done", due_at=long_ago, state="done")
    _job(subject="just woken", due_at=timezone.now())
    woken: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waking, "send", lambda task, job_id, queue: woken.append(job_id))
        assert sweep() == 2
    assert sorted(woken) == sorted([due.pk, dead.pk])


def test_the_sweep_leaves_a_long_queue_alone() -> None:
    _job(due_at=timezone.now() - timedelta(minutes=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "queue_length", lambda queue: jobs.SWEEP_BATCH)
        patch.setattr(waking, "send", lambda *arguments: pytest.fail("woken"))
        assert sweep() == 0


def test_a_broker_that_is_away_does_not_stop_a_request(
    broker: Any, django_capture_on_commit_callbacks: Any
) -> None:
    broker.stop()
    with django_capture_on_commit_callbacks(execute=True):
        request_job(KIND, "7")
    assert Job.objects.filter(subject="7", state="pending").exists()
