"""A mail server that is silent, a letter that kills its worker: what each may hold up, and what not."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from core.jobs import MOST_LOST
from core.models import Job
from notifications.models import Message
from orders.models import LetterVersion, Order
from tests.cast import order_for
from tests.faults.conftest import INJECT, QUICK
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.once]


def _letters() -> int:
    return LetterVersion.objects.count()


def test_a_mail_server_that_says_nothing_holds_up_no_letter_and_no_order(
    make_stack: Callable[..., Stack],
) -> None:
    """It accepts and is silent; mails wait in a process of their own, and go out when it speaks again."""
    stack = make_stack(**QUICK)
    stack.mail.seconds_to_answer = 30.0
    stack.start_beat()
    stack.start_programs("fulfilment", "letters", "mail", "sweep")
    orders = [order_for() for _order in range(6)]
    stack.wait_until(lambda: _letters() == len(orders), "every letter is written", timeout=60)
    assert not Order.objects.filter(state="received").exists()
    assert Message.objects.exclude(state="sent").count() >= len(orders)
    stack.mail.seconds_to_answer = 0.0
    # The pauses that have grown meanwhile are not what this is about.
    Job.objects.filter(kind="send_message", leased_until=None).update(due_at=timezone.now())
    stack.wait_until(
        lambda: not Message.objects.exclude(state="sent").exists(), "every mail is sent", timeout=90
    )


def test_a_letter_that_kills_its_worker_is_set_aside_and_the_next_one_is_written(
    make_stack: Callable[..., Stack], fault_dir: Path
) -> None:
    faults = {
        "PYTHONPATH": f"{INJECT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        "FAULT_POINT": "after_claim",
        "FAULT_KINDS": "write_letter",
        "FAULT_DIR": str(fault_dir),
        "FAULT_SCOPE": "child",
        "FAULT_SUBJECT": "1",  # the first order
    }
    stack = make_stack(JOB_LEASE_SECONDS="3", SWEEP_SECONDS="0.5", **faults)
    stack.start_beat(env={"PYTHONPATH": ""})
    bad, good = order_for(), order_for()
    assert bad.pk == 1
    stack.start_worker("worker")
    stack.wait_until(
        lambda: Job.objects.filter(kind="write_letter", subject=str(bad.pk), state="failed").exists(),
        "the letter that kills is set aside",
        timeout=120,
    )
    job = Job.objects.get(kind="write_letter", subject=str(bad.pk))
    assert (job.reason, job.lost) == ("lost", MOST_LOST)
    stack.wait_until(
        lambda: LetterVersion.objects.filter(letter__order=good).exists(),
        "the next one is written",
        timeout=60,
    )
