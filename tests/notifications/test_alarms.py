"""Mails to the people in charge: one for each trouble, daily while it lasts, and one at its end."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from config.celery import app
from core import health
from core.models import Job
from notifications import alarm_step, alarms, tasks
from notifications.alarm_step import AlarmStep
from notifications.models import Alarm, Message

pytestmark = pytest.mark.django_db

LATER = Callable[..., None]


@pytest.fixture(autouse=True)
def unwell(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the parts say: a test writes into it."""
    parts: dict[str, str] = {}
    monkeypatch.setattr(health, "troubles", lambda: dict(parts))
    return parts


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> LATER:
    """Time goes by, and a worker looks again."""
    at = timezone.now()

    def look(**span: float) -> None:
        nonlocal at
        at += timedelta(**span)
        monkeypatch.setattr("core.clock.now", lambda: at)
        alarms.raise_alarms()

    return look


def fail(kind: str = "fulfil_order", subject: str = "1", **fields: Any) -> Job:
    now = timezone.now()
    values = {"state": "failed", "due_at": now, "failing_since": now, "failed_at": now, **fields}
    return Job.objects.create(kind=kind, subject=subject, **values)


def subjects() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("subject", flat=True))


def test_a_part_that_is_not_well_for_two_minutes_is_mailed_once(
    unwell: dict[str, str], later: LATER, settings: Any
) -> None:
    settings.ALARM_EMAIL, settings.SITE_URL = "alarm@bag14.test", "https://parts.bag14.test"
    unwell["queues"] = "no worker for letters"
    later()
    assert subjects() == []
    for _ in range(20):
        later(minutes=1)
    assert subjects() == ["Alarm: queues"]
    mail = Message.objects.get()
    assert (mail.to_email, mail.state, mail.language) == ("alarm@bag14.test", "queued", "en")
    for words in (
        "queues: no worker for letters.",
        "2 minutes ago",
        "Start the worker of that queue.",
        "https://parts.bag14.test/readyz",
    ):
        assert words in mail.body
    assert "https://parts.bag14.test/readyz" in mail.html_body
    assert Job.objects.filter(kind="send_message", subject=str(mail.pk), state="pending").exists()


def test_a_part_that_is_soon_well_again_is_not_mailed(unwell: dict[str, str], later: LATER) -> None:
    for _ in range(5):
        unwell["beat"] = "no sweep of late"
        later(minutes=1)
        unwell.clear()
        later(minutes=1)
    assert subjects() == []
    assert not Alarm.objects.exists()


def test_what_lasts_is_mailed_again_after_a_day(unwell: dict[str, str], later: LATER) -> None:
    unwell["disk"] = "12 MB left"
    later()
    later(minutes=2)
    later(hours=23, minutes=59)
    assert subjects() == ["Alarm: disk"]
    later(minutes=1)
    assert subjects() == ["Alarm: disk", "Still not well: disk"]
    first, second = Message.objects.order_by("pk")
    assert second.in_reply_to == first.message_id, "one thread"
    assert "24 hours ago" in second.body


def test_the_end_is_mailed_once_and_a_new_trouble_is_a_new_alarm(
    unwell: dict[str, str], later: LATER
) -> None:
    unwell["disk"] = "12 MB left"
    later()
    later(minutes=10)
    unwell.clear()
    for _ in range(10):
        later(minutes=1)
    assert subjects() == ["Alarm: disk", "Well again: disk"]
    assert "lasted 11 minutes" in Message.objects.latest("pk").body
    unwell["disk"] = "12 MB left"
    later()
    later(minutes=2)
    assert subjects() == ["Alarm: disk", "Well again: disk", "Alarm: disk"]


def test_what_comes_and_goes_is_one_trouble(unwell: dict[str, str], later: LATER) -> None:
    for _ in range(5):
        unwell["work"] = "letters: the oldest waits since 70 s"
        later(minutes=2)
        later(minutes=2)
        unwell.clear()
        later(minutes=1)
        later(minutes=2)
    assert subjects() == ["Alarm: work"]


def test_each_trouble_has_a_mail_of_its_own(unwell: dict[str, str], later: LATER) -> None:
    unwell.update(disk="12 MB left", beat="no sweep of late")
    fail("write_letter")
    later()
    later(minutes=3)
    assert sorted(subjects()) == ["Alarm: beat", "Alarm: disk", "Alarm: failed work, write_letter"]


def test_failed_work_is_mailed_at_once_with_its_page_and_without_its_error(
    later: LATER, settings: Any
) -> None:
    settings.SITE_URL = "https://parts.bag14.test"
    fail(
        subject="1",
        last_error="KeyError: Maria Ortiz",
        failing_since=timezone.now() - timedelta(hours=3, minutes=1),
    )
    fail(subject="2")
    later()
    mail = Message.objects.get()
    assert "“fulfil_order” that failed and are not tried again by themselves: 2." in mail.body
    assert "https://parts.bag14.test/dashboard/failed/?kind=fulfil_order" in mail.body
    assert "3 hours ago" in mail.body
    assert "Maria" not in mail.body
    Job.objects.filter(kind="fulfil_order").update(state="given_up")
    later(minutes=1)
    later(minutes=5)
    assert subjects()[1:] == ["Well again: failed work, fulfil_order"]


def test_a_mail_that_did_not_arrive_is_an_alarm(later: LATER) -> None:
    fail("write_letter")
    later()
    Message.objects.update(state="bounced")
    Job.objects.filter(kind="send_message").update(state="done")
    later(minutes=1)
    assert subjects()[1:] == ["Alarm: mails that did not arrive"]
    assert "/dashboard/failed/?view=lost" in Message.objects.latest("pk").body


def test_work_that_is_tried_in_vain_for_long_is_an_alarm(later: LATER) -> None:
    """The mail server is away. The mail about it waits as all mails do, and comes when it is back."""
    fail("send_message", state="pending", failed_at=None, failing_since=timezone.now())
    later(minutes=14)
    assert subjects() == []
    later(minutes=2)
    assert subjects() == ["Alarm: failing work, send_message"]
    assert "See whether the mail server answers" in Message.objects.get().body
    assert Message.objects.get().state == "queued"


def test_alarms_are_never_held_for_being_many(later: LATER, settings: Any) -> None:
    settings.MAILS_PER_ADDRESS_PER_HOUR = settings.MAILS_PER_ADDRESS_PER_DAY = 1
    for kind in ("write_letter", "fulfil_order", "print_wave"):
        fail(kind)
    later()
    assert list(Message.objects.values_list("state", flat=True)) == ["queued"] * 3


def test_old_alarm_mails_are_forgotten(later: LATER) -> None:
    fail()
    later()
    Message.objects.update(created_at=timezone.now() - timedelta(days=91))
    later(hours=24)
    assert subjects() == ["Still not well: failed work, fulfil_order"]


def test_a_worker_that_read_before_another_one_mailed_sends_nothing(later: LATER) -> None:
    fail()
    now = timezone.now()
    (trouble,) = alarms.find_troubles(now)
    as_read = Alarm.objects.create(name=trouble.name, since=now)
    later()
    assert not alarms.mail_trouble(as_read, trouble, now)
    assert len(subjects()) == 1
    as_read = Alarm.objects.get()
    as_read.over_at = now
    Alarm.objects.update(over_at=now)
    assert alarms.mail_end(as_read, now)
    assert not alarms.mail_end(as_read, now)
    assert len(subjects()) == 2


@pytest.mark.django_db(transaction=True)
def test_workers_that_look_at_once_send_one_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    fail()
    both_have_read = threading.Barrier(2, timeout=20)
    mail_trouble = alarms.mail_trouble

    def together(alarm: Alarm, trouble: alarms.Trouble, now: datetime) -> bool:
        both_have_read.wait()
        return mail_trouble(alarm, trouble, now)

    monkeypatch.setattr(alarms, "mail_trouble", together)
    errors: list[BaseException] = []

    def look() -> None:
        try:
            alarms.raise_alarms()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=look) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    assert subjects() == ["Alarm: failed work, fulfil_order"]


def test_every_part_that_readyz_names_has_advice() -> None:
    assert alarms.ADVICE.keys() == health.CHECKS.keys()


def test_beat_asks_for_it_every_minute(settings: Any) -> None:
    every = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert every[tasks.raise_alarms.name] == 60.0


# --- a worker that looks by itself ----------------------------------------------------------------------------------


def worker_with(*queues: str) -> SimpleNamespace:
    """A worker that listens on these queues, and its timer, which notes what it is asked for."""
    asked: list[tuple[float, Callable[[], Any]]] = []
    timer = SimpleNamespace(call_repeatedly=lambda seconds, call: asked.append((seconds, call)))
    amqp = SimpleNamespace(queues=SimpleNamespace(consume_from=dict.fromkeys(queues)))
    return SimpleNamespace(app=SimpleNamespace(amqp=amqp), timer=timer, asked=asked)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_sends_mails_looks_every_minute_without_beat() -> None:
    fail()
    worker = worker_with("mail")
    step = AlarmStep(worker)
    step.start(worker)
    ((seconds, look),) = worker.asked
    assert seconds == 60.0
    look().join(timeout=20)
    assert subjects() == ["Alarm: failed work, fulfil_order"]


def test_a_worker_of_other_queues_does_not_look() -> None:
    worker = worker_with("letters", "fulfilment")
    AlarmStep(worker).start(worker)
    assert worker.asked == []


def test_a_look_that_hangs_holds_up_no_worker_and_is_not_joined_by_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    goes_on, looks = threading.Event(), []

    def hang() -> None:
        looks.append(1)
        goes_on.wait(timeout=20)

    monkeypatch.setattr(alarm_step, "raise_alarms", hang)
    step = AlarmStep(worker_with("mail"))
    thread = step.look()
    assert step.look() is thread
    assert looks == [1]
    goes_on.set()
    thread.join(timeout=20)
    step.look().join(timeout=20)
    assert looks == [1, 1]


def test_a_look_that_fails_ends_no_worker(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise OperationalError("the database of Maria Ortiz is away")

    monkeypatch.setattr(alarm_step, "raise_alarms", refuse)
    AlarmStep(worker_with("mail")).look().join(timeout=20)
    assert "alarms were not looked for: " in caplog.text
    assert "Maria" not in caplog.text


def test_workers_of_ours_take_this_step() -> None:
    assert "notifications.alarm_step:AlarmStep" in app.steps["worker"]
