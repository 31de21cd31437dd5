"""How often strangers may ask, counted in the broker, and without it."""

import threading
import time
from typing import Any

import pytest
from django.db import connections

from core import throttling
from core.throttling import Window, count, look
from orders.models import Order
from tests.api.callers import Caller
from tests.cast import SmallSet, small_set
from tests.stack import Broker

pytestmark = pytest.mark.django_db
ORDERS = Window("orders", 3, 3600)


@pytest.fixture(autouse=True)
def _three_orders_an_hour(settings: Any) -> None:
    settings.ANONYMOUS_ORDERS_PER_HOUR = 3


def test_stranger_who_orders_too_often_learns_when_to_ask_again(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    assert [anybody.place(body).status for _ in range(3)] == [201] * 3
    answer = anybody.place(body)
    assert answer.is_refused(429, "throttled")
    assert 3500 < (seconds := int(answer.headers["Retry-After"])) <= 3600
    assert answer.json["detail"] == f"Too many requests. Ask again in {seconds} seconds."
    assert '"orders";q=3;w=3600' in answer.headers["RateLimit-Policy"]
    assert answer.headers["RateLimit"].endswith('"orders";r=0;t=3600')
    assert Order.objects.count() == 3


def test_headers_show_what_is_left(cantina: SmallSet, anybody: Caller, body: dict[str, Any]) -> None:
    answer = anybody.place(body)
    assert answer.headers["RateLimit-Policy"] == '"requests";q=1200;w=60, "orders";q=3;w=3600'
    assert answer.headers["RateLimit"] == '"requests";r=1199;t=60, "orders";r=2;t=3600'


def test_stranger_at_another_address_is_not_throttled(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    for _ in range(4):
        anybody.place(body)
    assert Caller(address="198.51.100.7").place(body).status == 201
    assert Caller(address="2001:db8::1").place(body).status == 201


def test_one_network_of_addresses_is_one_stranger(cantina: SmallSet, body: dict[str, Any]) -> None:
    answers = [Caller(address=f"2001:db8::{n}").place(body).status for n in range(1, 5)]
    assert answers == [201, 201, 201, 429]


def test_address_is_taken_from_trusted_proxies_only(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any], settings: Any
) -> None:
    pretended = [
        anybody.post("orders/", body, headers={"X-Forwarded-For": f"203.0.113.{n}"}).status for n in range(4)
    ]
    assert pretended == [201, 201, 201, 429]
    settings.TRUSTED_PROXIES = 1
    behind = {"X-Forwarded-For": "192.0.2.1, 203.0.113.77"}
    assert anybody.post("orders/", body, headers=behind).status == 201


def test_only_orders_count_not_requests_that_were_refused_or_repeated(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    for _ in range(5):
        assert anybody.place(body | {"set_num": "1-1"}).status == 400
        assert anybody.place(body, key="k-1").status == 201
    assert '"orders";r=1;' in anybody.place(body).headers["RateLimit"]


def test_order_over_the_rate_leaves_nothing_behind_also_when_many_come_at_once(
    body: dict[str, Any], transactional_db: None
) -> None:
    small_set()
    statuses: list[int] = []
    together = threading.Barrier(8)

    def order() -> None:
        together.wait()
        statuses.append(Caller().place(body).status)
        connections.close_all()

    threads = [threading.Thread(target=order) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] * 3 + [429] * 5
    assert Order.objects.count() == 3


def test_program_with_a_key_has_a_rate_of_its_own(
    cantina: SmallSet, anybody: Caller, shop: Caller, body: dict[str, Any], settings: Any
) -> None:
    settings.KEY_ORDERS_PER_HOUR = 5
    for _ in range(4):
        anybody.place(body)
    assert [shop.place(body).status for _ in range(6)] == [201] * 5 + [429]


def test_reading_is_counted_too(cantina: SmallSet, anybody: Caller, settings: Any) -> None:
    settings.REQUESTS_PER_MINUTE = 2
    assert [anybody.get("sets/").status for _ in range(3)] == [200, 200, 429]


def test_staff_program_may_ask_as_often_as_it_likes(cantina: SmallSet, works_as: Any, settings: Any) -> None:
    settings.REQUESTS_PER_MINUTE = 1
    desk = works_as("service")
    assert [desk.get("sets/").status for _ in range(3)] == [200] * 3


def test_without_the_broker_it_still_answers_quickly_and_counts_by_itself(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any], broker: Broker
) -> None:
    broker.stop()
    began = time.monotonic()
    statuses = [anybody.place(body).status for _ in range(4)]
    assert statuses == [201, 201, 201, 429]
    assert time.monotonic() - began < 10


def test_flood_of_addresses_takes_bounded_room_without_the_broker(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "MOST_CALLERS", 100)
    broker.stop()
    for number in range(1000):
        count(ORDERS, f"address:{number}")
        assert count(ORDERS, "regular").granted == (number < 3), "who asks again and again is not forgotten"
    assert len(throttling._moments) == 100


def test_broker_that_hangs_delays_no_caller(db: None, broker: Broker) -> None:
    began = time.monotonic()
    with broker.hanging(at_most=20):
        for _ in range(5):
            count(ORDERS, "stranger")
        assert look(ORDERS, "stranger").remaining == 0
    assert time.monotonic() - began < 4, "the client by itself would have waited 5 s"


def test_counts_do_not_lose_any_when_made_at_once(db: None) -> None:
    window = Window("many", 50, 60)
    granted: list[bool] = []
    together = threading.Barrier(8)

    def run() -> None:
        together.wait()
        granted.extend(count(window, "stranger").granted for _ in range(10))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 50
