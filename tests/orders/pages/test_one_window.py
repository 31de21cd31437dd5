"""Placing by the customer's pages and by the API counts in one window of the caller's address."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from core.models import IdempotencyKey
from core.throttling import forget_absence
from notifications.models import Message
from orders.allocation.fulfilment import allocate_order
from orders.links import order_path, order_token
from orders.models import Order, Shipment, Wave
from tests.api.callers import Caller
from tests.cast import SmallSet, order_for, staff_user
from tests.orders.pages.web_form import HERE, inputs_of, send
from tests.stack import Broker

pytestmark = pytest.mark.django_db
BODY = {
    "set_num": "75290-1",
    "lines": [{"bag": "14"}],
    "customer": {"name": "John", "email": "john@example.com"},
    "address": {
        "line1": "1 Main St", "city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US",
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def _three_orders_an_hour(settings: Any) -> None:
    settings.ANONYMOUS_ORDERS_PER_HOUR = 3


def by_api(address: str = "127.0.0.1") -> int:
    return Caller(address=address).place(BODY).status


def shipped_order() -> Order:
    order = order_for()
    allocate_order(order.pk)
    now = timezone.now()
    wave = Wave.objects.create(created_at=now)
    Shipment.objects.create(
        order=order, wave=wave, slot=1, status="shipped", created_at=now, packed_at=now, shipped_at=now
    )
    return order


def test_form_refuses_after_the_api_has_said_that_it_is_too_often(client: Client, cantina: SmallSet) -> None:
    assert [by_api() for _ in range(4)] == [201, 201, 201, 429]
    response = send(client, nonce="another-form")
    assert response.status_code == 429
    assert 3500 < int(response["Retry-After"]) <= 3600
    assert Order.objects.count() == 3


def test_api_refuses_after_the_form_was_sent_too_often(client: Client, cantina: SmallSet) -> None:
    assert [send(client, nonce=f"form-{n:08}").status_code for n in range(4)] == [302, 302, 302, 429]
    assert by_api() == 429
    assert by_api("198.51.100.7") == 201


def test_ninety_forms_for_one_address_place_no_more_than_the_window_holds(
    client: Client, cantina: SmallSet, settings: Any
) -> None:
    settings.ANONYMOUS_ORDERS_PER_HOUR = 10
    name = "Dear customer, your refund waits: http://refund.example/"
    statuses = [
        send(client, nonce=f"form-{n:08}", email="victim@example.org", name=name).status_code
        for n in range(90)
    ]
    assert (statuses.count(302), statuses.count(429)) == (10, 80)
    assert Order.objects.count() == 10
    assert Message.objects.count() <= 10


def test_refused_form_comes_back_with_all_that_was_typed_and_can_be_sent_later(
    client: Client, cantina: SmallSet, broker: Broker
) -> None:
    for _ in range(3):
        by_api()
    typed = {
        "name": "María Ruiz",
        "message": "Thank you!",
        "builder_name": "Leo",
        "bought_at": "the corner shop",
    }
    response = send(client, nonce="johns-own-form", **typed)
    page = response.content.decode()
    kept = inputs_of(page)
    assert kept["nonce"] == "johns-own-form"
    assert {name: kept[name] for name in ("name", "builder_name", "bought_at", "bag", "line1")} == {
        "name": "María Ruiz", "builder_name": "Leo", "bought_at": "the corner shop", "bag": "14", "line1": "1 Main St",
    }  # fmt: skip
    assert "Thank you!" in page
    assert "please send this again in 60 minutes" in page
    broker.ensure_empty()
    assert send(client, nonce="johns-own-form", **typed).status_code == 302


@pytest.mark.parametrize(
    ("language", "said"),
    [("es", "vuelve a enviarlo dentro de 60 minutos"), ("fa", "۶۰ دقیقهٔ دیگر دوباره بفرستید")],
)
def test_wait_is_said_in_the_customers_language(
    client: Client, cantina: SmallSet, language: str, said: str
) -> None:
    for _ in range(3):
        by_api()
    client.cookies["django_language"] = language
    assert said in send(client, nonce="another-form").content.decode()


def test_form_that_was_placed_before_still_leads_to_its_order(client: Client, cantina: SmallSet) -> None:
    first = send(client)["Location"]
    assert [by_api() for _ in range(3)] == [201, 201, 429]
    assert send(client)["Location"] == first
    assert send(client, nonce="another-form").status_code == 429


def test_refused_form_leaves_nothing_behind(client: Client, cantina: SmallSet) -> None:
    for _ in range(3):
        by_api()
    before = (Order.objects.count(), Message.objects.count(), IdempotencyKey.objects.count())
    send(client, nonce="another-form")
    assert (Order.objects.count(), Message.objects.count(), IdempotencyKey.objects.count()) == before


def test_follow_up_counts_in_the_same_window(client: Client, cantina: SmallSet) -> None:
    orders = [shipped_order() for _ in range(5)]
    paths = [f"/orders/{order.number}/again/?token={order_token(order)}" for order in orders]
    typed = {"trouble": "not_come", "message": "The letter box is empty."}
    assert [client.post(path, typed).status_code for path in paths] == [302, 302, 302, 429, 429]
    page = client.post(paths[3], typed).content.decode()
    assert "The letter box is empty." in page
    assert re.search(r'value="not_come"[^>]*checked', page)
    assert by_api() == 429
    holder = Caller(token=order_token(orders[4]), address="127.0.0.1")
    assert holder.post(f"orders/{orders[4].number}/follow-up/", {"trouble": "not_come"}).status == 429
    assert client.post(paths[0], typed)["Location"] == f"{order_path(orders[0])}&said=asked_already"
    assert Order.objects.filter(follows=None).count() == 5


def test_service_that_is_signed_in_has_no_window_and_no_other_exemption(
    client: Client, cantina: SmallSet, settings: Any
) -> None:
    """A form that another site forges with their cookie gains nothing: the household's limits hold."""
    settings.LIMIT_BAGS_PER_ORDER = 0
    client.force_login(staff_user(Role.SERVICE))
    assert [send(client, nonce=f"form-{n:08}").status_code for n in range(5)] == [302] * 5
    assert set(Order.objects.values_list("state", flat=True)) == {"in_review"}


def test_without_the_broker_page_and_api_still_count_together(
    client: Client, cantina: SmallSet, broker: Broker
) -> None:
    broker.stop()
    try:
        assert [by_api() for _ in range(2)] == [201, 201]
        assert send(client).status_code == 302
        assert send(client, nonce="another-form").status_code == 429
        assert client.get(HERE).status_code == 200
    finally:
        forget_absence()
