"""Letters and mails: the check finds a lost one and a double one; one sent again with its Message-ID is one mail."""

import pytest
from django.utils import timezone

from notifications.models import Message
from orders.models import LetterVersion, Order
from tests.soak.checks.mails import check_letters, check_mails
from tests.soak.conftest import as_received, rules, send_all

pytestmark = pytest.mark.django_db


def test_one_letter_and_one_mail_are_in_order(order: Order, waiting: Order) -> None:
    assert rules(check_letters()) == set()
    assert rules(check_mails(send_all())) == set()


def test_a_mail_sent_again_with_its_message_id_is_one_mail(order: Order) -> None:
    assert rules(check_mails([*send_all(), *send_all()])) == set()


def test_a_mail_that_no_server_accepted_is_found(order: Order) -> None:
    send_all()
    assert rules(check_mails([])) == {("lost", "a mail that is sent was never accepted")}


@pytest.mark.parametrize("state", ["queued", "sending"])
def test_a_mail_on_its_way_is_found(order: Order, state: str) -> None:
    Message.objects.update(state=state)
    assert rules(check_mails([])) == {("stuck", f"a mail is {state}")}


@pytest.mark.parametrize("state", ["failed", "bounced"])
def test_a_mail_that_was_given_up_is_found(order: Order, state: str) -> None:
    Message.objects.update(state=state)
    assert rules(check_mails([])) == {("lost", f"a mail is {state}")}


def test_a_mail_that_the_outbox_does_not_know_is_found(order: Order) -> None:
    received = send_all()
    stranger = as_received(Message(message_id="<other@example.com>", to_email="a@example.com", subject="Hi"))
    assert rules(check_mails([*received, stranger])) == {("double", "a mail that the outbox does not know")}


def test_a_mail_of_an_erased_customer_may_be_unknown(order: Order) -> None:
    received = send_all()
    Message.objects.all().delete()
    assert rules(check_mails(received, erased=[order.contact.email])) == set()
    assert rules(check_mails(received)) == {("double", "a mail that the outbox does not know")}


def test_the_same_mail_under_two_keys_is_found(order: Order) -> None:
    row = Message.objects.get()
    row.pk, row.key, row.message_id = None, "another", "<another@example.com>"
    row.save(force_insert=True)
    assert rules(check_mails(send_all())) == {("double", "the same mail under two keys")}


def test_an_order_without_a_letter_is_found(order: Order) -> None:
    LetterVersion.objects.all().delete()
    Message.objects.all().delete()
    assert rules(check_letters()) == {("lost", "no letter")}


def test_a_letter_that_was_not_mailed_is_found(order: Order) -> None:
    Message.objects.all().delete()
    assert rules(check_letters()) == {("lost", "letters by mail")}


def test_a_letter_written_twice_is_found(order: Order) -> None:
    version = LetterVersion.objects.get()
    version.pk, version.version, version.created_at = None, 2, timezone.now()
    version.save(force_insert=True)
    assert ("double", "letters") in rules(check_letters())


def test_a_letter_mailed_twice_is_found(order: Order) -> None:
    row = Message.objects.get(kind="letter")
    row.pk, row.key, row.message_id = None, f"{row.reference}:letter:7", "<another@example.com>"
    row.save(force_insert=True)
    assert rules(check_letters()) == {("double", "letters by mail")}
