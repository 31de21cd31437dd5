"""A worker that lives and does nothing replaces itself: one that is deaf, and one that is idle while work waits."""

from collections import Counter
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker import state
from django.utils import timezone

from core import heartbeat
from core.heartbeat import HeartbeatStep
from core.models import Heartbeat, Job

pytestmark = pytest.mark.django_db(transaction=True)


class Timer:
    def call_repeatedly(self, *arguments: Any) -> None:
        """The test calls instead."""


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.setattr(heartbeat, "IDLE_SECONDS", 0.0)
    monkeypatch.setattr(state, "should_stop", None)
    monkeypatch.setattr(state, "total_count", Counter())
    monkeypatch.setattr(state, "active_requests", set())
    queues = SimpleNamespace(consume_from={"mail": None})
    return SimpleNamespace(
        hostname="mail@here", timer=Timer(), app=SimpleNamespace(amqp=SimpleNamespace(queues=queues))
    )


@pytest.fixture
def step(worker: SimpleNamespace) -> HeartbeatStep:
    step = HeartbeatStep(worker)
    step.start(worker)
    return step


def _due(*, ago: float, **more: Any) -> None:
    due_at = timezone.now() - timedelta(seconds=ago)
    Job.objects.create(**{"kind": "send_message", "subject": "1", "due_at": due_at, **more})


def test_a_worker_without_work_is_left_alone(worker: SimpleNamespace, step: HeartbeatStep) -> None:
    step.beat(worker)
    assert state.should_stop is None
    assert Heartbeat.objects.get(name="mail@here").queues == "mail"


def test_a_worker_that_is_idle_while_its_work_waits_is_replaced(
    worker: SimpleNamespace, step: HeartbeatStep
) -> None:
    _due(ago=10)
    step.beat(worker)
    assert state.should_stop


def test_work_of_other_queues_is_no_reason(worker: SimpleNamespace, step: HeartbeatStep) -> None:
    _due(ago=10, kind="write_letter")
    step.beat(worker)
    assert state.should_stop is None


def test_a_worker_that_finishes_something_is_left_alone(worker: SimpleNamespace, step: HeartbeatStep) -> None:
    _due(ago=10)
    state.total_count["notifications.send_message"] += 1
    step.beat(worker)
    assert state.should_stop is None


def test_a_worker_at_a_long_task_is_left_alone(worker: SimpleNamespace, step: HeartbeatStep) -> None:
    _due(ago=10)
    state.active_requests.add("a task")
    step.beat(worker)
    assert state.should_stop is None


def test_a_worker_whose_consumer_was_cancelled_says_so_and_is_replaced(
    worker: SimpleNamespace, step: HeartbeatStep
) -> None:
    """It lives, it renews its row, and it takes no message."""
    worker.app.amqp.queues.consume_from = {}
    step.beat(worker)
    assert Heartbeat.objects.get(name="mail@here").queues == ""
    assert state.should_stop


def test_a_consumer_that_is_back_soon_is_no_reason(
    worker: SimpleNamespace, step: HeartbeatStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "IDLE_SECONDS", 60.0)
    worker.app.amqp.queues.consume_from = {}
    step.beat(worker)
    worker.app.amqp.queues.consume_from = {"mail": None}
    step.beat(worker)
    assert state.should_stop is None
