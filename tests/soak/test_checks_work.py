"""Jobs: the check finds what is stuck, given up, leased for ever, or waits by a wrong clock."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import Job
from tests.soak.checks.work import check_jobs
from tests.soak.conftest import rules
from tests.soak.settling import hasten_pauses, open_jobs

pytestmark = pytest.mark.django_db


def job(
    *, due_in: float = 0, state: str = "pending", leased_for: float | None = None, attempts: int = 0
) -> Job:
    now = timezone.now()
    return Job.objects.create(
        kind="fulfil_order",
        subject=str(Job.objects.count()),
        state=state,
        due_at=now + timedelta(seconds=due_in),
        leased_until=None if leased_for is None else now + timedelta(seconds=leased_for),
        attempts=attempts,
    )


def test_what_is_done_or_just_due_or_waits_for_its_next_try_is_in_order() -> None:
    job(state="done", due_in=-900)
    job(due_in=-1)
    job(due_in=60, attempts=3)
    assert rules(check_jobs()) == set()


def test_a_job_that_is_due_for_long_is_found() -> None:
    job(due_in=-60)
    assert rules(check_jobs()) == {("stuck", "fulfil_order is due for long")}


def test_a_job_that_was_given_up_is_found() -> None:
    job(state="failed", due_in=-60)
    assert rules(check_jobs()) == {("stuck", "fulfil_order given up")}


def test_a_lease_that_ran_out_is_found() -> None:
    job(due_in=-5, leased_for=-1)
    assert rules(check_jobs()) == {("stuck", "fulfil_order has a lease that ran out")}


def test_a_job_that_was_never_tried_and_is_due_later_is_found() -> None:
    job(due_in=90)
    assert rules(check_jobs()) == {("stuck", "fulfil_order waits by a wrong clock")}


def test_a_pause_that_is_longer_than_any_is_found() -> None:
    job(due_in=7200, attempts=3)
    assert rules(check_jobs()) == {("stuck", "fulfil_order waits by a wrong clock")}


def test_settling_cuts_pauses_short_and_nothing_else() -> None:
    job(due_in=60, attempts=3)
    job(due_in=90)  # never tried: a wrong clock, which must stay to be found
    job(due_in=7200, attempts=3)
    assert open_jobs() == 0
    assert hasten_pauses() == 1
    assert open_jobs() == 1
    assert rules(check_jobs()) == {("stuck", "fulfil_order waits by a wrong clock")}
