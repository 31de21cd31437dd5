"""What the other tests stand on: a broker that can be killed, a mail server, a cluster."""

import smtplib
from email.message import EmailMessage

import pytest

from tests.cluster import Cluster
from tests.mail_server import MailServer
from tests.stack import Broker

pytestmark = [pytest.mark.once, pytest.mark.slow]


def test_the_broker_keeps_what_it_wrote_down_over_a_kill(broker: Broker) -> None:
    with broker.client() as client:
        client.set("kept", "yes")
        client.execute_command("WAITAOF", 1, 0, 2000)  # type: ignore[no-untyped-call]
    broker.kill()
    assert not broker.answers()
    broker.start()
    with broker.client() as client:
        assert client.get("kept") == b"yes"


def test_the_broker_is_empty_for_the_next_test(broker: Broker) -> None:
    with broker.client() as client:
        assert client.dbsize() == 0


def test_the_mail_server_keeps_what_it_accepts_and_only_that() -> None:
    server = MailServer()
    server.start()
    server.next_answers.append("451 later")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@bag14.example", "b@bag14.example", "Bag 14"
    message.set_content("here")
    with smtplib.SMTP("127.0.0.1", server.port) as client:
        with pytest.raises(smtplib.SMTPDataError):
            client.send_message(message)
        client.send_message(message)
    server.stop()
    assert [kept["Subject"] for kept in server.sent_to("b@bag14.example")] == ["Bag 14"]


def test_the_cluster_starts_again_with_what_was_committed() -> None:
    with Cluster() as cluster:
        cluster.execute("CREATE TABLE kept AS SELECT 14 AS bag")
        cluster.execute("CHECKPOINT")
        cluster.stop()
        cluster.start()
        with cluster.connect() as connection:
            assert connection.execute("SELECT bag FROM kept").fetchall() == [(14,)]
