"""What a mail server may do to us, in a real exchange: refuse, ask to come back, be slow, hang up."""

import smtplib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.jobs import TRY_FOR, run_job
from core.models import Job
from notifications.mail import outbox
from notifications.mail.outbox import queue_message
from notifications.models import Message
from tests.mail_server import MailServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(settings: Any) -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 0.3
    yield server
    server.stop()


@pytest.fixture
def message() -> Message:
    return queue_message(
        reference="order:1",
        key="order:1:letter:1",
        kind="letter",
        language="en",
        to_email="john@example.com",
        subject="Your letter",
        body="Dear John",
        html_body="<p>Dear John</p>",
    )


def send(message: Message) -> str:
    """Run the mail's job as a worker does; returns the row's state."""
    job = Job.objects.get(kind="send_message", subject=str(message.pk))
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now(), leased_until=None)
    run_job(job.pk, outbox.send_message)
    message.refresh_from_db()
    return message.state


def test_greylisting_a_recipient_is_taken_the_second_time(mail: MailServer, message: Message) -> None:
    mail.next_recipients.append("450 4.2.0 greylisted, try again in 5 minutes")
    assert send(message) == "queued"
    assert message.last_error == "not taken for now: [450]"
    job = Job.objects.get(kind="send_message")
    assert timedelta(seconds=1) < job.due_at - timezone.now() < timedelta(seconds=3)
    assert send(message) == "sent"
    assert (len(mail.messages), message.tries, message.last_error) == (1, 2, "")


def test_each_try_waits_longer_than_the_one_before(mail: MailServer, message: Message) -> None:
    waits = []
    for _ in range(6):
        mail.next_recipients.append("451 4.3.0 later")
        assert send(message) == "queued"
        waits.append((Job.objects.get(kind="send_message").due_at - timezone.now()).total_seconds())
    assert waits == sorted(waits)
    assert waits[-1] > 40


def test_a_refused_recipient_is_bounced_and_not_tried_again(mail: MailServer, message: Message) -> None:
    mail.next_recipients.append("550 5.1.1 <john@example.com> no such user")
    assert send(message) == "bounced"
    assert message.last_error == "refused: [550]"
    assert Job.objects.get(kind="send_message").state == "done"


def test_a_mail_refused_after_its_text_is_bounced_too(mail: MailServer, message: Message) -> None:
    mail.next_answers.append("554 5.7.1 we do not like it")
    assert send(message) == "bounced"
    assert not mail.messages


def test_a_server_that_does_not_know_us_costs_time_and_no_mail(mail: MailServer, message: Message) -> None:
    """A sender refused is our mistake: the mail waits until it is put right."""

    class Refusing(smtplib.SMTP):
        def mail(self, *arguments: Any, **options: Any) -> tuple[int, bytes]:
            return 550, b"5.7.1 sender unknown"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtplib, "SMTP", Refusing)
        patch.setattr("django.core.mail.backends.smtp.smtplib.SMTP", Refusing)
        assert send(message) == "queued"
    assert send(message) == "sent"


def test_a_server_slower_than_we_wait_is_tried_again(mail: MailServer, message: Message) -> None:
    mail.seconds_to_answer = 0.8
    assert send(message) == "queued"
    mail.seconds_to_answer = 0.0
    assert send(message) == "sent"
    # It had taken the first one, and both bear the same id: the reader's program shows one.
    assert {sent["Message-ID"] for sent in mail.messages} == {message.message_id}


def test_a_line_cut_after_the_text_sends_the_same_mail_again(mail: MailServer, message: Message) -> None:
    mail.drops = 1
    assert send(message) == "queued"
    assert send(message) == "sent"
    assert [sent["Message-ID"] for sent in mail.messages] == [message.message_id] * 2


def test_after_the_last_try_it_is_failed_where_staff_see_it(mail: MailServer, message: Message) -> None:
    Job.objects.update(failing_since=timezone.now() - TRY_FOR - timedelta(minutes=1))
    mail.next_recipients.append("451 4.3.0 later")
    assert send(message) == "failed"
    assert message.last_error == "not taken for now: [451]"


def test_what_arrives_is_text_and_html_in_one_thread_with_a_person_to_answer(
    mail: MailServer, message: Message
) -> None:
    second = queue_message(
        reference="order:1",
        key="order:1:shipped:1",
        kind="shipped",
        language="fa",
        to_email="john@example.com",
        subject="بسته‌تان راهی شد",
        body="سلام",
        html_body="<p>سلام</p>",
    )
    send(message)
    send(second)
    first, later = mail.messages
    assert first["In-Reply-To"] is None
    assert later["In-Reply-To"] == later["References"] == first["Message-ID"]
    assert later["Subject"] == "بسته‌تان راهی شد"
    assert later["Reply-To"] == "help@bag14.example"
    assert [part.get_content_type() for part in later.iter_parts()] == ["text/plain", "text/html"]
    assert later["Auto-Submitted"] == "auto-generated"
