"""The life of a job, step by step, with everything that can come between two steps."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from core import jobs
from core.jobs import Claim, LeaseLost, claim_job, recording, request_job, run_job, sweep
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


def test_a_worker_that_lost_the_lease_cannot_record() -> None:
    job = _job()
    slow = _claim(job)
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    quick = _claim(job)
    with pytest.raises(LeaseLost), recording(slow):
        raise AssertionError("the body must not run")
    with recording(quick):
        pass
    assert _state(job) == "done"


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


def test_a_failure_gives_the_job_back_for_later() -> None:
    job = _job()

    def fail(claim: Claim) -> None:
        raise ValueError("John Doe, 1 Main St")

    run_job(job.pk, fail)
    job.refresh_from_db()
    assert (job.state, job.leased_until, job.attempts) == ("pending", None, 1)
    assert job.due_at > timezone.now()
    assert "ValueError" in job.last_error
    assert "John" not in job.last_error, "an error's text may quote a customer"


def test_the_last_failure_ends_the_job_where_a_person_can_see_it() -> None:
    job = _job(attempts=jobs.MAX_ATTEMPTS - 1)

    def fail(claim: Claim) -> None:
        raise ValueError

    run_job(job.pk, fail)
    assert _state(job) == "failed"
    assert claim_job(job.pk) is None


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
        patch.setattr(jobs, "wake", lambda job_id, kind: woken.append(job_id))
        assert sweep() == 2
    assert sorted(woken) == sorted([due.pk, dead.pk])


def test_the_sweep_leaves_a_long_queue_alone() -> None:
    _job(due_at=timezone.now() - timedelta(minutes=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "queue_length", lambda queue: jobs.SWEEP_BATCH)
        patch.setattr(jobs, "wake", lambda job_id, kind: pytest.fail("woken"))
        assert sweep() == 0


def test_a_broker_that_is_away_does_not_stop_a_request(
    broker: Any, django_capture_on_commit_callbacks: Any
) -> None:
    broker.stop()
    with django_capture_on_commit_callbacks(execute=True):
        request_job(KIND, "7")
    assert Job.objects.filter(subject="7", state="pending").exists()
