"""The outbox: each mail sent once, what a mail server may say, and the one gap."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from core.jobs import TRY_FOR, Claim, claim_job, replay_job, run_job
from core.models import Job
from notifications import tasks
from notifications.mail import mailbox, outbox, server
from notifications.mail.outbox import forget_files, forget_strays, queue_message
from notifications.models import Message
from tests.mail_server import MailServer

pytestmark = pytest.mark.django_db


def erase(reference: str) -> None:
    """Erase the mails of a reference as erasing an order does: their files first, then the rows."""
    with transaction.atomic():
        forget_files([reference])
        Message.objects.filter(reference=reference).delete()


@pytest.fixture
def mail(settings: Any) -> Iterator[MailServer]:
    """A real mail server that the settings name."""
    receiver = MailServer()
    receiver.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", receiver.port
    yield receiver
    receiver.stop()


def _queue(key: str = "order:1:letter", **more: Any) -> Message:
    return queue_message(
        **{
            "reference": "order:1",
            "key": key,
            "kind": "letter",
            "language": "fa",
            "to_email": "john@example.com",
            "subject": "نامه‌ای برای شما",
            "body": "سلام John",
            "html_body": "<p>سلام</p>",
            **more,
        }
    )


def _send(message: Message) -> str:
    """Run the mail's job as a worker does; returns the row's state."""
    job = Job.objects.get(kind="send_message", subject=str(message.pk))
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    run_job(job.pk, outbox.send_message)
    message.refresh_from_db()
    return message.state


def test_a_mail_goes_out_as_text_and_html_with_its_headers(mail: MailServer) -> None:
    message = _queue()
    assert _send(message) == "sent"
    (sent,) = mail.messages
    assert sent["Message-ID"] == message.message_id
    assert sent["Subject"] == "نامه‌ای برای شما"
    assert sent["Reply-To"] == "help@bag14.example"
    plain = sent.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().strip() == "سلام John"
    assert sent.get_body(("html",)) is not None


def test_asking_twice_for_the_same_mail_sends_one(mail: MailServer) -> None:
    assert _queue() == _queue(subject="another subject")
    _send(_queue())
    Job.objects.update(state="pending")
    _send(_queue())
    assert len(mail.messages) == 1


def test_mails_of_one_order_thread(mail: MailServer) -> None:
    first, second = _queue(), _queue("order:1:shipped")
    _send(second)
    assert mail.messages[0]["In-Reply-To"] == mail.messages[0]["References"] == first.message_id


def test_a_mail_server_that_is_away_is_tried_again(mail: MailServer) -> None:
    message = _queue()
    mail.stop()
    assert _send(message) == "queued"
    mail.start()
    assert _send(message) == "sent"
    assert message.tries == 2


def test_a_mail_server_that_says_later_is_tried_again(mail: MailServer) -> None:
    message = _queue()
    mail.next_answers.append("451 try later")
    assert _send(message) == "queued"
    assert _send(message) == "sent"


def test_an_address_that_does_not_exist_is_not_tried_again(mail: MailServer, monkeypatch: Any) -> None:
    async def refuse(*arguments: Any) -> str:
        return "550 no such user"

    monkeypatch.setattr(MailServer, "handle_RCPT", refuse, raising=False)
    message = _queue()
    assert _send(message) == "bounced"
    assert Job.objects.get(kind="send_message").state == "done"
    assert "john" not in message.last_error


@pytest.mark.parametrize(
    "kept", [f"john@{'ü' * 60}.de", "john@☃.com", "niña@example.com", "john@" + "b" * 64 + ".com"]
)
def test_an_address_of_older_data_that_cannot_be_encoded_is_bounced(mail: MailServer, kept: str) -> None:
    message = _queue(to_email=kept)
    assert _send(message) == "bounced"
    assert Job.objects.get(kind="send_message").state == "done"
    assert "john" not in message.last_error
    assert not mail.messages


def test_a_domain_in_other_letters_is_reached_by_its_own_name(mail: MailServer) -> None:
    assert _send(_queue(to_email="user@straße.de")) == "sent"
    assert mail.messages[0]["To"] == "user@xn--strae-oqa.de"


def test_a_mail_server_that_was_away_for_an_hour_and_more_gets_every_mail(mail: MailServer) -> None:
    message = _queue()
    mail.stop()
    for _hour in range(30):
        Job.objects.update(failing_since=timezone.now() - timedelta(minutes=70))
        assert _send(message) == "queued"
        server.forget_silence()
    mail.start()
    assert _send(message) == "sent"
    assert Job.objects.get(kind="send_message").state == "done"


def test_a_mail_that_did_not_get_through_for_days_is_failed_where_staff_see_it(mail: MailServer) -> None:
    message = _queue()
    mail.stop()
    Job.objects.update(failing_since=timezone.now() - TRY_FOR - timedelta(minutes=1))
    assert _send(message) == "failed"
    job = Job.objects.get(kind="send_message")
    assert (job.state, job.reason) == ("failed", "too_long")


@pytest.mark.parametrize("state", ["failed", "bounced"])
def test_a_failed_mail_that_is_replayed_is_sent(mail: MailServer, state: str) -> None:
    """The job alone made due again would be done at once, and the mail stay failed."""
    message = _queue()
    Message.objects.update(state=state)
    Job.objects.update(state="failed", failed_at=timezone.now())
    with transaction.atomic():
        replay_job(Job.objects.get(kind="send_message"))
    assert _send(message) == "sent"
    assert len(mail.messages) == 1


def test_a_mail_that_cannot_be_made_is_set_aside_at_once(mail: MailServer, monkeypatch: Any) -> None:
    monkeypatch.setattr(outbox, "_mail", lambda message: 1 / 0)
    message = _queue()
    assert _send(message) == "failed"
    assert Job.objects.get(kind="send_message").reason == "fault"


def test_a_silent_server_is_left_alone_and_tried_again(
    mail: MailServer, monkeypatch: Any, settings: Any
) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    monkeypatch.setattr(server._server, "_reset_timeout", 1.0)
    mail.seconds_to_answer = 0.6
    messages = [_queue(f"order:1:{number}") for number in range(5)]
    began = time.monotonic()
    assert [_send(message) for message in messages] == ["queued"] * 5
    assert len(mail.messages) <= server.SILENT_TIMES, "the others did not wait for it"
    assert "left alone" in messages[-1].last_error
    mail.seconds_to_answer = 0.0
    time.sleep(max(0.0, 2.5 - (time.monotonic() - began)))
    assert _send(messages[-1]) == "sent"
    assert _send(messages[0]) == "sent"


def test_in_the_one_gap_the_second_mail_bears_the_same_message_id(mail: MailServer, monkeypatch: Any) -> None:
    """The worker dies after the server took the mail and before our record of it."""

    def away(claim: Claim) -> None:
        raise OperationalError

    message = _queue()
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "recording", away)
        _send(message)
    assert _send(message) == "sent"
    assert [sent["Message-ID"] for sent in mail.messages] == [message.message_id] * 2


def test_an_erased_mail_is_not_sent(mail: MailServer) -> None:
    message = _queue()
    job = Job.objects.get(kind="send_message", subject=str(message.pk))
    erase("order:1")
    run_job(job.pk, outbox.send_message)
    assert not mail.messages
    job.refresh_from_db()
    assert job.state == "done"


def _erasing_while_it_goes_out(message: Message, monkeypatch: Any, then: Callable[[], None]) -> None:
    """Send a mail whose order is erased just before its file is written; `then` happens just after."""
    compose = outbox._mail

    def erased_meanwhile(row: Message) -> Any:
        erase(message.reference)
        mail = compose(row)
        write = mail.send

        def send() -> int:
            written = write()
            assert list(settings.MAILBOX_DIR.iterdir())
            then()
            return written

        monkeypatch.setattr(mail, "send", send)
        return mail

    monkeypatch.setattr(outbox, "_mail", erased_meanwhile)
    run_job(Job.objects.get(kind="send_message", subject=str(message.pk)).pk, outbox.send_message)
    assert not Message.objects.exists()


def test_a_mail_erased_while_it_goes_out_leaves_no_file(settings: Any, monkeypatch: Any) -> None:
    settings.EMAIL_BACKEND = "notifications.mail.mailbox.MailboxBackend"
    _erasing_while_it_goes_out(_queue(), monkeypatch, then=lambda: None)
    assert not list(settings.MAILBOX_DIR.iterdir())


def test_nor_does_one_whose_sender_was_too_slow_or_failed(settings: Any, monkeypatch: Any) -> None:
    settings.EMAIL_BACKEND = "notifications.mail.mailbox.MailboxBackend"

    def lose_the_lease() -> None:
        Job.objects.filter(kind="send_message").update(leased_until=None)

    with monkeypatch.context() as patch:
        _erasing_while_it_goes_out(_queue(key="slow"), patch, then=lose_the_lease)
    assert not list(settings.MAILBOX_DIR.iterdir())

    def fail() -> None:
        raise OSError("no space left")

    _erasing_while_it_goes_out(_queue(key="failed"), monkeypatch, then=fail)
    assert not list(settings.MAILBOX_DIR.iterdir())


@pytest.mark.django_db(transaction=True)
def test_a_file_written_before_the_erasing_holds_goes_with_it(settings: Any) -> None:
    settings.EMAIL_BACKEND = "notifications.mail.mailbox.MailboxBackend"
    message = _queue()
    with transaction.atomic():
        erase("order:1")
        outbox._mail(message).send()  # by a sender who still sees the row
    assert not list(settings.MAILBOX_DIR.iterdir())


class Killed(BaseException):
    """Nothing runs after it, as after SIGKILL."""


@pytest.mark.parametrize("stage", ["replace", "write_bytes"])
def test_a_file_left_by_a_worker_killed_while_its_mail_was_erased_is_found(
    settings: Any, monkeypatch: Any, tmp_path: Path, stage: str
) -> None:
    """Killed right after the file was there, or half of it; the erasing looked before and saw none."""
    settings.MAILBOX_DIR = tmp_path
    settings.EMAIL_BACKEND = "notifications.mail.mailbox.MailboxBackend"
    kept, erased = _queue(reference="order:2", key="kept"), _queue()
    assert _send(kept) == "sent"
    step = getattr(Path, stage)

    def die_after(path: Path, *arguments: Any) -> None:
        erase("order:1")
        step(path, *arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Path, stage, die_after)
        patch.setattr(mailbox, "forget", lambda message_ids: None)
        with pytest.raises(Killed):
            _send(erased)
    (settings.MAILBOX_DIR / "a note of mine.eml").touch()
    assert len(list(settings.MAILBOX_DIR.iterdir())) == 3
    forget_strays()
    assert {path.stem for path in settings.MAILBOX_DIR.iterdir()} == {
        "a note of mine",
        mailbox.name_of(kept.message_id),
    }


def test_strays_are_looked_for_by_the_clock(settings: Any) -> None:
    assert tasks.forget_strays.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def test_a_subject_cannot_smuggle_in_a_header(mail: MailServer) -> None:
    message = _queue(subject="Hello\r\nBcc: everyone@example.com")
    assert _send(message) == "sent"
    assert mail.messages[0]["Bcc"] is None


def test_without_a_mail_server_each_mail_is_a_file_that_erasing_removes(settings: Any) -> None:
    settings.EMAIL_BACKEND = "notifications.mail.mailbox.MailboxBackend"
    message = _queue()
    assert _send(message) == "sent"
    assert claim_job(Job.objects.get(kind="send_message").pk) is None
    (path,) = settings.MAILBOX_DIR.glob("*.eml")
    assert path.stem in message.message_id
    erase("order:1")
    assert not list(settings.MAILBOX_DIR.iterdir())
