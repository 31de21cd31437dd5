"""What /readyz says when something lives and lies: a cancelled consumer, a full broker, a replica, a frozen beat."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core import health
from core.heartbeat import living_queues, note_sweep
from core.jobs import KINDS
from core.models import Heartbeat, Job
from tests.stack import Broker

# The checks run in threads with connections of their own.
pytestmark = pytest.mark.django_db(transaction=True)

ALL = ",".join(sorted({kind.queue for kind in KINDS.values()}))


@pytest.fixture(autouse=True)
def _all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker for each queue, and beat; more time than a busy machine needs."""
    monkeypatch.setattr(health, "ANSWER_WITHIN_SECONDS", 5.0)
    monkeypatch.setattr(health, "SHARED_SECONDS", 0.0)
    _alive("all@here", ALL)
    _alive("beat")


def _alive(name: str, queues: str = "", *, ago: float = 0.0) -> None:
    at = timezone.now() - timedelta(seconds=ago)
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at, "queues": queues})


def _ready() -> tuple[int, dict[str, Any]]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


def _degraded(part: str) -> str:
    """What the one part says that is not well; the site is not taken away for it."""
    status, answer = _ready()
    assert (status, answer.pop("status")) == (200, "degraded")
    wrong = {name: said for name, said in answer.items() if said != "ok"}
    assert set(wrong) == {part}
    assert set(health.troubles()) == {part}
    return str(wrong[part])


def test_all_is_well() -> None:
    status, answer = _ready()
    assert (status, set(answer.values())) == (200, {"ok"})


def test_a_cancelled_consumer_is_seen() -> None:
    _alive("all@here", ALL.replace("mail,", ""))
    assert _degraded("queues") == "no worker for mail"


def test_work_that_waits_too_long_is_seen_whatever_lives() -> None:
    Job.objects.create(kind="send_message", subject="1", due_at=timezone.now() - timedelta(seconds=95))
    assert _degraded("work").startswith("mail: the oldest waits since 9")


def test_work_that_is_at_work_or_due_later_is_no_trouble() -> None:
    long_ago, soon = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(minutes=1)
    Job.objects.create(kind="send_message", subject="1", due_at=long_ago, leased_until=soon)
    Job.objects.create(kind="send_message", subject="2", due_at=soon)
    Job.objects.create(kind="send_message", subject="3", due_at=long_ago, state="failed")
    assert _ready()[1]["status"] == "ok"


def test_a_frozen_beat_is_seen() -> None:
    _alive("beat", ago=40)
    assert _degraded("beat") == "no sweep of late"


@pytest.mark.parametrize("name", ["beat", "all@here"])
def test_a_sign_of_life_from_the_future_counts_for_nothing(name: str) -> None:
    _alive(name, "" if name == "beat" else ALL, ago=-90)
    assert _ready()[1]["status"] != "ok"
    assert name == "beat" or not living_queues()


def test_without_any_worker_the_site_says_so() -> None:
    _alive("all@here", ALL, ago=40)
    status, answer = _ready()
    assert (status, answer["status"], answer["worker"]) == (503, "unavailable", "none lives")


def test_a_full_disk_is_seen_before_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_DISK_MEGABYTES", 10**9)
    assert _degraded("disk").endswith("MB left")


def test_a_full_broker_takes_no_message(broker: Broker) -> None:
    with broker.client() as client:
        client.config_set("maxmemory", "1")
        try:
            status, answer = _ready()
        finally:
            client.config_set("maxmemory", "0")
    assert (status, answer["status"]) == (503, "unavailable")
    assert answer["broker"].startswith("fails")


def test_a_broker_that_is_a_replica_takes_no_message(broker: Broker) -> None:
    with broker.client() as client:
        client.replicaof("127.0.0.1", "1")
        try:
            status, answer = _ready()
        finally:
            client.replicaof("NO", "ONE")
    assert (status, answer["status"]) == (503, "unavailable")
    assert answer["broker"].startswith("fails")


def test_a_stopped_broker_does_not_hang_the_answer(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "ANSWER_WITHIN_SECONDS", 1.0)
    with broker.hanging(at_most=20):
        status, answer = _ready()
    assert (status, answer["broker"]) == (503, "does not answer")


def test_a_thousand_callers_within_a_second_cost_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []

    def look() -> str:
        looks.append(time.monotonic())
        time.sleep(0.1)
        return "ok"

    monkeypatch.setattr(health, "SHARED_SECONDS", 60.0)
    monkeypatch.setattr(health._Latest, "began", float("-inf"))
    monkeypatch.setitem(health.CHECKS, "disk", look)
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda _: health.examine(), range(1000)))
    assert len(looks) == 1
    assert all(answer == answers[0] for answer in answers)


def test_a_part_that_fails_looks_well_for_no_longer_than_the_shared_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "SHARED_SECONDS", 1.0)
    monkeypatch.setattr(health._Latest, "began", float("-inf"))
    now = 1000.0

    def look() -> str:
        nonlocal now
        now += 0.4  # a slow look: its answer is that old when it is given
        return said

    monkeypatch.setattr(health, "CHECKS", {"disk": look})
    monkeypatch.setattr(health, "monotonic", lambda: now)
    said = "ok"
    assert health.examine() == {"disk": "ok"}
    said = "full"
    now = 1000.9
    assert health.examine() == {"disk": "ok"}
    now = 1001.0
    assert health.examine() == {"disk": "full"}


def test_of_many_sweeps_that_waited_one_sweeps() -> None:
    Heartbeat.objects.all().delete()
    assert note_sweep(2.5)
    assert not note_sweep(2.5)
    _alive("beat", ago=3)
    assert note_sweep(2.5)


def test_a_sweep_noted_in_the_future_holds_up_none() -> None:
    _alive("beat", ago=-90)
    assert note_sweep(2.5)
