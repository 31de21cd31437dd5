"""How many mails one mailbox gets: the hour, the day, its other names, two mails at once, and what a person lets go."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from core.models import Job
from notifications.mail.bounds import mailbox_of
from notifications.mail.outbox import queue_message, release_message, repeat_message, wrote_lately
from notifications.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _three_an_hour_and_five_a_day(settings: Any) -> None:
    settings.MAILS_PER_ADDRESS_PER_HOUR, settings.MAILS_PER_ADDRESS_PER_DAY = 3, 5


def queue(number: int = 0, *, to: str = "john@example.com", kind: str = "link") -> Message:
    with transaction.atomic():
        return queue_message(
            reference=f"order:{number}",
            key=f"order:{number}:{kind}",
            kind=kind,
            language="en",
            to_email=to,
            subject="S",
            body="B",
        )


def states() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("state", flat=True))


def older(**age: int) -> None:
    Message.objects.update(created_at=timezone.now() - timedelta(**age))


def is_requested(message: Message) -> bool:
    return Job.objects.filter(kind="send_message", subject=str(message.pk)).exists()


def test_fourth_mail_of_an_hour_is_held_with_its_reason_and_not_sent() -> None:
    mails = [queue(number) for number in range(4)]
    assert states() == ["queued"] * 3 + ["held"]
    assert mails[3].hold_reason == "many_in_hour"
    assert [is_requested(mail) for mail in mails] == [True, True, True, False]


def test_sixth_mail_of_a_day_is_held_though_the_hour_has_room() -> None:
    for number in range(3):
        queue(number)
    older(hours=2)
    assert [queue(number).hold_reason for number in range(3, 7)] == ["", "", "many_in_day", "many_in_day"]


def test_place_is_free_again_after_the_time() -> None:
    for number in range(4):
        queue(number)
    older(hours=25)
    assert queue(9).state == "queued"


def test_held_mails_take_no_place() -> None:
    for number in range(20):
        queue(number)
    older(hours=2)
    assert [queue(number).state for number in range(20, 23)] == ["queued", "queued", "held"]


def test_same_mail_requested_again_changes_nothing() -> None:
    first = queue(1)
    for _ in range(5):
        assert queue(1).pk == first.pk
    assert [queue(number).state for number in (2, 3)] == ["queued", "queued"]


@pytest.mark.parametrize(
    ("email", "mailbox"),
    [
        ("John@Example.COM", "john@example.com"),
        ("john+1@example.com", "john@example.com"),
        ("john+a+b@example.com", "john@example.com"),
        ('"john"@example.com', "john@example.com"),
        ('"jo\\hn"@example.com', "john@example.com"),
        ("j.o.h.n+x@gmail.com", "john@gmail.com"),
        ("J.ohn@GoogleMail.com", "john@gmail.com"),
        ("john@me.com", "john@icloud.com"),
        ("jo.hn@pm.me", "john@proton.me"),
        ("john@m\u00fcller.example", "john@xn--mller-kva.example"),
        ("john@xn--mller-kva.example", "john@xn--mller-kva.example"),
        ("john@\uff45xample.com", "john@example.com"),
        ("john@example.com.", "john@example.com"),
        ("j.ohn@example.com", "j.ohn@example.com"),
        ("+@example.com", "+@example.com"),
        ("john@[192.0.2.1]", "john@[192.0.2.1]"),
    ],
)
def test_names_of_one_mailbox_count_together(email: str, mailbox: str) -> None:
    assert mailbox_of(email) == mailbox


def test_sub_addresses_do_not_get_round_it() -> None:
    kept = [queue(number, to=f"j.ohn+{number}@gmail.com").state for number in range(90)]
    assert kept == ["queued"] * 3 + ["held"] * 87
    assert queue(99, to="maria@gmail.com").state == "queued"


def test_key_holds_nothing_personal() -> None:
    key = queue().address_key
    assert len(key) == 64
    assert "john" not in key


def test_held_mail_that_a_person_releases_goes_out_once() -> None:
    for number in range(4):
        queue(number)
    held = Message.objects.get(state="held")
    assert release_message(held, to_email="john@new.example")
    held.refresh_from_db()
    assert (held.state, held.hold_reason, held.to_email) == ("queued", "", "john@new.example")
    assert is_requested(held)
    assert not release_message(held, to_email="john@new.example")


def test_mail_that_a_person_sends_again_is_not_held() -> None:
    mails = [queue(number) for number in range(4)]
    with transaction.atomic():
        assert repeat_message(mails[0], to_email="john@example.com").state == "queued"


def test_mailbox_that_was_written_to_lately_is_known_by_kind_and_time() -> None:
    queue(kind="in_review", to="j.ohn@gmail.com")
    with transaction.atomic():
        day = timedelta(days=1)
        assert wrote_lately(kind="in_review", to_email="john+2@gmail.com", within=day)
        assert not wrote_lately(kind="link", to_email="john@gmail.com", within=day)
        assert not wrote_lately(kind="in_review", to_email="maria@gmail.com", within=day)
        older(hours=25)
        assert not wrote_lately(kind="in_review", to_email="john@gmail.com", within=day)


def test_mails_queued_at_once_do_not_both_take_the_last_place(transactional_db: None) -> None:
    together = threading.Barrier(8)

    def one(number: int) -> None:
        together.wait()
        queue(number)
        connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states()) == ["held"] * 5 + ["queued"] * 3
