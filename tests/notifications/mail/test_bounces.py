"""What a mail provider tells us afterwards, through its webhook: closed unless its secret is set."""

import base64
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import include, path
from django.utils import timezone

from config import urls
from core.jobs import run_job
from core.models import Job
from notifications.mail import outbox
from notifications.mail.outbox import queue_message
from notifications.models import Message

pytestmark = pytest.mark.django_db

# As the addresses are once the secret is set.
urlpatterns = [*urls.urlpatterns, path("anymail/", include("anymail.urls"))]
handler400 = urls.handler400
SECRET = "anymail:a long secret"
ADDRESS = "/anymail/postmark/tracking/"


@pytest.fixture
def sent(settings: Any) -> Message:
    """A mail that a provider has taken."""
    settings.EMAIL_BACKEND = "anymail.backends.test.EmailBackend"
    message = queue_message(
        reference="order:1",
        key="order:1:letter:1",
        kind="letter",
        language="en",
        to_email="john@example.com",
        subject="Your letter",
        body="Dear John",
    )
    job = Job.objects.get(kind="send_message", subject=str(message.pk))
    run_job(job.pk, outbox.send_message)
    message.refresh_from_db()
    assert message.state == "sent"
    return message


def tell(message: Message, *, secret: str = SECRET, kind: str = "HardBounce", **more: Any) -> int:
    """What Postmark posts when a mail comes back."""
    event = {
        "RecordType": "Bounce",
        "Type": kind,
        "TypeCode": 1,
        "MessageID": "00000000-0000-0000-0000-000000000000",
        "Metadata": {"message": str(message.pk)},
        "Email": "john@example.com",
        "BouncedAt": timezone.now().isoformat(),
        "Description": "unknown user john@example.com",
        **more,
    }
    credentials = base64.b64encode(secret.encode()).decode()
    answer = Client(raise_request_exception=False).post(
        ADDRESS,
        json.dumps(event),
        content_type="application/json",
        headers={"Authorization": f"Basic {credentials}"},
    )
    return answer.status_code


@pytest.fixture
def webhook(settings: Any) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    settings.ROOT_URLCONF = "tests.notifications.mail.test_bounces"


@pytest.mark.usefixtures("webhook")
def test_a_mail_that_came_back_is_bounced_and_its_reason_names_no_person(sent: Message) -> None:
    assert tell(sent) == 200
    sent.refresh_from_db()
    assert (sent.state, sent.last_error) == ("bounced", "bounced by Postmark: bounced")


@pytest.mark.usefixtures("webhook")
def test_the_providers_own_name_for_it_will_do(sent: Message) -> None:
    assert sent.provider_id
    name = "883953f4-6105-42a2-a16a-77a8eac79483"
    Message.objects.filter(pk=sent.pk).update(provider_id=name)
    assert tell(sent, Metadata={}, MessageID=name) == 200
    sent.refresh_from_db()
    assert sent.state == "bounced"


@pytest.mark.usefixtures("webhook")
@pytest.mark.parametrize("more", [{"Metadata": {"message": "4711"}}, {"Metadata": {"message": "1 or 1"}}])
def test_a_stranger_to_us_changes_nothing(sent: Message, more: dict[str, Any]) -> None:
    assert tell(sent, **more) == 200
    sent.refresh_from_db()
    assert sent.state == "sent"


@pytest.mark.usefixtures("webhook")
def test_what_is_only_late_is_no_bounce(sent: Message) -> None:
    assert tell(sent, kind="Transient") == 200
    sent.refresh_from_db()
    assert sent.state == "sent"


@pytest.mark.usefixtures("webhook")
def test_without_the_secret_no_caller_is_heard(sent: Message) -> None:
    assert tell(sent, secret="anymail:guessed") == 400
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_where_no_secret_is_set_there_is_no_such_address(sent: Message) -> None:
    assert tell(sent) == 404
