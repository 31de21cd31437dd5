"""Many households from one network within a day go to review: pages and API count together, programs do not."""

from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client

from accounts.models import Role, issue_api_key
from core.throttling import forget_absence
from orders.models import Order
from tests.api.callers import Caller
from tests.cast import SmallSet, staff_user
from tests.orders.pages.web_form import send
from tests.stack import Broker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _three_a_day(settings: Any) -> None:
    assert configured.NETWORK_ORDERS_PER_DAY == configured.ANONYMOUS_ORDERS_PER_HOUR * 2 // 3 == 40
    settings.NETWORK_ORDERS_PER_DAY = 3


def household(number: int) -> dict[str, Any]:
    return {
        "set_num": "75290-1",
        "lines": [{"bag": "14"}],
        "customer": {"name": "John", "email": f"john{number}@example{number}.com"},
        "address": {
            "line1": f"{number} Main St",
            "city": "Springfield",
            "region": "IL",
            "postal_code": "62701",
            "country": "US",
        },
    }


def place(number: int, *, address: str = "127.0.0.1", key: str = "") -> str:
    answer = Caller(key, address=address).place(household(number))
    assert answer.status == 201
    return str(answer.json["status"])


def by_form(client: Client, number: int) -> str:
    wanted = household(number)
    changes = {"email": wanted["customer"]["email"], "line1": wanted["address"]["line1"]}
    response = send(client, nonce=f"form-{number:08}", **changes)
    assert response.status_code == 302
    return Order.objects.latest("pk").state


def test_fourth_household_of_a_day_is_reviewed_and_not_refused(cantina: SmallSet) -> None:
    assert [place(number) for number in range(5)] == ["received"] * 3 + ["in_review"] * 2
    assert Order.objects.latest("pk").review_reasons == ["many_from_network"]
    assert place(9, address="198.51.100.7") == "received"


def test_page_and_api_count_together(client: Client, cantina: SmallSet) -> None:
    seen = [by_form(client, 1), place(2), by_form(client, 3), place(4), by_form(client, 5)]
    assert seen == ["received"] * 3 + ["in_review"] * 2


def test_customer_reads_it_before_sending(client: Client, cantina: SmallSet) -> None:
    said = "Many requests have come from your network today"
    for number in range(2):
        place(number)
    assert said not in send(client, "check").content.decode(), "a look takes no place"
    place(3)
    assert said in send(client, "check").content.decode()


def test_one_ipv6_network_is_one(cantina: SmallSet) -> None:
    seen = [place(number, address=f"2001:db8::{number + 1}") for number in range(4)]
    assert seen == ["received"] * 3 + ["in_review"]
    assert place(9, address="2001:db8:0:1::1") == "received"


def test_programs_and_signed_in_service_do_not_count(client: Client, cantina: SmallSet) -> None:
    shop = issue_api_key(name="shop")[1]
    assert {place(number, key=shop) for number in range(6)} == {"received"}
    client.force_login(staff_user(Role.SERVICE))
    assert {by_form(client, number) for number in range(10, 15)} == {"received"}
    assert place(20) == "received"


def test_refused_and_repeated_requests_do_not_count(cantina: SmallSet) -> None:
    for _ in range(5):
        assert Caller(address="127.0.0.1").place({**household(1), "set_num": "1-1"}).status == 400
        assert Caller(address="127.0.0.1").place(household(1), key="same").status == 201
    assert [place(number) for number in (2, 3, 4)] == ["received", "received", "in_review"]


def test_it_counts_without_the_broker(cantina: SmallSet, broker: Broker) -> None:
    broker.stop()
    try:
        assert [place(number) for number in range(4)] == ["received"] * 3 + ["in_review"]
    finally:
        forget_absence()
