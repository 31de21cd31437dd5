"""The messages that wake workers: a thread sends them, so that a silent broker holds up no transaction that commits."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app

from core import jobs, waking
from core.jobs import request_jobs
from core.models import Job
from tests.stack import Broker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_under_way() -> Iterator[None]:
    """The thread outlives a test."""
    yield
    deadline = time.monotonic() + 15
    while waking._waiting.unfinished_tasks and time.monotonic() < deadline:
        time.sleep(0.05)
    waking.forget_silence()


def test_a_stopped_broker_holds_up_no_request_and_no_delivery(
    broker: Broker, django_capture_on_commit_callbacks: Any
) -> None:
    """Stopped, not dead: it takes connections and says nothing."""
    with django_capture_on_commit_callbacks() as callbacks:
        request_jobs([("serve_waiting", number) for number in range(2_000)])
    with broker.hanging(at_most=20):
        began = time.monotonic()
        for callback in callbacks:
            callback()
        assert time.monotonic() - began < 3
        assert Job.objects.filter(state="pending").count() == 2_000


def test_messages_arrive_when_the_broker_answers(broker: Broker) -> None:
    waking.send_soon("orders.serve_waiting", 1, "fulfilment")
    waking.flush()
    assert jobs.queue_length("fulfilment") == 1


def test_a_silent_broker_is_asked_once_and_then_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def silence(task: str, *, args: list[int], queue: str, retry: bool) -> None:
        asked.extend(args)
        raise TimeoutError

    monkeypatch.setattr(current_app, "send_task", silence)
    monkeypatch.setattr(waking._broker, "_reset_timeout", 0.2)
    for number in range(50):
        waking.send_soon("orders.serve_waiting", number, "fulfilment")
    waking.flush()
    assert asked == [0]
    time.sleep(0.3)
    waking.send_soon("orders.serve_waiting", 50, "fulfilment")
    waking.flush()
    assert asked == [0, 50]


def test_so_many_may_wait_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()
    monkeypatch.setattr(waking, "send", lambda *arguments: held.wait(10))
    began = time.monotonic()
    for number in range(waking.MOST_WAITING + 100):
        waking.send_soon("orders.serve_waiting", number, "fulfilment")
    assert waking._waiting.unfinished_tasks <= waking.MOST_WAITING + 1
    assert time.monotonic() - began < 2
    held.set()
    waking.flush()
