"""The stack that tests of real processes stand on: its own data, real processes, nothing left of it afterwards."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from catalog.models import Set
from core.heartbeat import living_queues
from core.models import Heartbeat, Job
from tests.stack import Stack, answers, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.once]


def test_everything_starts_on_the_sample_and_is_ready(stack: Stack) -> None:
    url = stack.start_everything()
    stack.wait_until(lambda: answers(f"{url}/readyz"), "the stack is ready")
    assert living_queues() == {"fulfilment", "letters", "mail", "sweep"}
    assert answers(f"{url}/api/v1/sets/75290-1/")


def test_models_speak_to_the_stack_s_database_and_every_stack_has_its_own(stack: Stack) -> None:
    assert Set.objects.filter(set_num="75290-1").exists()
    assert not Job.objects.filter(kind="left").exists()
    Job.objects.create(kind="left", subject="behind", due_at="2026-01-01T00:00:00Z")
    assert stack.manage(
        "shell", "-c", "from core.models import Job; print(Job.objects.get(kind='left'))"
    ).endswith("left(behind)\n")


def test_nothing_of_an_earlier_stack_is_left(stack: Stack) -> None:
    assert not Job.objects.filter(kind="left").exists()
    assert not Heartbeat.objects.exists()


def test_a_worker_can_be_killed_with_its_pool_or_without(stack: Stack) -> None:
    stack.start_worker("letters", "letters,mail")
    (pool,) = stack.pool_pids("letters")
    stack.kill("letters")
    assert "letters" not in stack.alive()
    wait_until(lambda: not Path(f"/proc/{pool}/cmdline").exists() or not _command(pool), "its pool is gone")
    stack.start_worker("letters", "letters,mail")
    (pool,) = stack.pool_pids("letters")
    os.kill(pool, signal.SIGKILL)
    stack.wait_until(lambda: stack.pool_pids("letters") not in ([], [pool]), "the pool process is replaced")
    stack.kill("letters", signal.SIGTERM)
    assert "letters" not in stack.alive()


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_settings_are_given_by_stack_and_by_process(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(JOB_LEASE_SECONDS="7")
    asked = "from django.conf import settings; print(settings.JOB_LEASE_SECONDS, settings.EMAIL_URL)"
    assert stack.manage("shell", "-c", asked).split()[-2:] == ["7", stack.mail.url]


def test_what_the_processes_wrote_can_be_read(stack: Stack) -> None:
    stack.start_worker("letters", "letters,mail")
    assert "letters@" in stack.log("letters")
    with pytest.raises(AssertionError, match=r"in vain until pigs fly[\s\S]*letters@"):
        stack.wait_until(lambda: False, "pigs fly", timeout=0.1)


@pytest.mark.django_db
def test_after_a_stack_the_models_speak_to_the_tests_database_again() -> None:
    assert "stack_" not in str(connection.settings_dict["NAME"])
    assert not Set.objects.exists()
