"""Mails over what one mailbox gets: service finds them from the home page, reads them and sends them."""

from typing import Any

import pytest
from django.test import Client

from notifications.models import Message
from orders.mails import queue_mail
from orders.models import Order
from tests.cast import SmallSet, order_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(cantina: SmallSet, settings: Any) -> tuple[Order, Message]:
    settings.MAILS_PER_ADDRESS_PER_HOUR = 0
    order = order_for()
    queue_mail(order, "link")
    return order, Message.objects.get()


def test_home_counts_them_and_leads_service_to_the_list(
    sandra: Client, paula: Client, held: tuple[Order, Message]
) -> None:
    page = sandra.get("/dashboard/").content.decode()
    assert "1 mail held" in page
    assert 'href="/dashboard/mails/held/"' in page
    assert 'href="/dashboard/mails/held/"' not in paula.get("/dashboard/").content.decode()


def test_order_and_mail_say_why_it_is_held(sandra: Client, held: tuple[Order, Message]) -> None:
    order, mail = held
    why = "This mailbox has got as many mails as it may in an hour."
    assert why in sandra.get(f"/dashboard/orders/{order.number}/").content.decode()
    page = sandra.get(f"/dashboard/orders/{order.number}/mails/{mail.pk}/").content.decode()
    assert why in page
    assert "Send it</button>" in page


def test_list_shows_them_and_sends_one(sandra: Client, held: tuple[Order, Message]) -> None:
    order, mail = held
    page = sandra.get("/dashboard/mails/held/").content.decode()
    assert order.number in page
    sandra.post(f"/dashboard/orders/{order.number}/mails/{mail.pk}/again/")
    mail.refresh_from_db()
    assert mail.state == "queued"
    assert "No mail is held." in sandra.get("/dashboard/mails/held/").content.decode()
    assert "mail held" not in sandra.get("/dashboard/").content.decode()


def test_list_takes_as_many_queries_for_many_as_for_one(
    sandra: Client, held: tuple[Order, Message], django_assert_num_queries: Any
) -> None:
    for _ in range(9):
        queue_mail(order_for(), "link")
    sandra.get("/dashboard/mails/held/")
    with django_assert_num_queries(4):
        sandra.get("/dashboard/mails/held/")
