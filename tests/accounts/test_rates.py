"""How many pages an address may load and how many wrong keys it may try, with the broker and without it."""

from typing import Any

import pytest
from django.test import Client

from accounts.authentication import WRONG_KEYS
from accounts.models import Role, issue_api_key
from core.throttling import forget_absence
from tests.api.callers import Caller
from tests.cast import SmallSet, staff_user
from tests.stack import Broker

pytestmark = pytest.mark.django_db
HERE = "192.0.2.1"


@pytest.fixture(autouse=True)
def _three_pages_a_minute(settings: Any) -> Any:
    settings.PAGES_PER_MINUTE = 3
    forget_absence()
    yield
    forget_absence()


def statuses(client: Client, *paths: str) -> list[int]:
    return [client.get(path).status_code for path in paths]


def test_fourth_page_of_a_minute_is_refused_whichever_it_is(cantina: SmallSet) -> None:
    client = Client(REMOTE_ADDR=HERE)
    assert statuses(client, "/", "/sets/", "/orders/find/", "/privacy/") == [200, 200, 200, 429]
    assert client.post("/language/", {"language": "es"}).status_code == 429
    answer = client.get("/sets/75290-1/")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer["Cache-Control"] == "no-store"
    assert statuses(Client(REMOTE_ADDR="198.51.100.7"), "/") == [200]


def test_what_does_not_exist_counts_too(cantina: SmallSet) -> None:
    client = Client(REMOTE_ADDR=HERE)
    assert statuses(client, "/a/", "/b/", "/orders/B14-0000-0000/", "/c/") == [404, 404, 404, 429]


def test_health_pictures_and_the_api_are_not_counted(cantina: SmallSet) -> None:
    client = Client(REMOTE_ADDR=HERE)
    statuses(client, *["/"] * 4)
    assert statuses(client, "/healthz", "/api/v1/sets/") == [200, 200]
    assert client.get("/media/pieces/x.webp").status_code != 429
    assert client.get("/readyz").status_code != 429
    assert client.get("/static/x.css").status_code != 429


def test_staff_who_are_signed_in_are_not_counted_and_a_made_up_session_is(cantina: SmallSet) -> None:
    staff = Client(REMOTE_ADDR=HERE)
    staff.force_login(staff_user(Role.WAREHOUSE))
    assert statuses(staff, *["/dashboard/"] * 5, "/") == [200] * 6
    forger = Client(REMOTE_ADDR=HERE)
    forger.cookies["sessionid"] = "x" * 32
    assert statuses(forger, *["/"] * 4) == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "A little slower, please"),
        ("es", "Un poco más despacio, por favor"),
        ("fa", "لطفاً کمی آهسته‌تر"),
    ],
)
def test_refusal_is_kind_in_each_language(cantina: SmallSet, language: str, said: str) -> None:
    client = Client(REMOTE_ADDR=HERE)
    client.cookies["django_language"] = language
    statuses(client, *["/"] * 3)
    answer = client.get("/")
    assert (answer.status_code, said in answer.content.decode()) == (429, True)
    assert f'lang="{language}"' in answer.content.decode()


def test_page_of_a_stranger_does_not_come_to_depend_on_a_session(cantina: SmallSet) -> None:
    assert "Cookie" not in Client(REMOTE_ADDR=HERE).get("/privacy/").get("Vary", "")


def test_pages_are_counted_without_the_broker(cantina: SmallSet, broker: Broker) -> None:
    broker.stop()
    assert statuses(Client(REMOTE_ADDR=HERE), *["/privacy/"] * 4) == [200, 200, 200, 429]


def test_wrong_keys_come_to_an_end_and_good_ones_go_on(cantina: SmallSet) -> None:
    good = Caller(issue_api_key(name="shop")[1])
    wrong = [Caller(f"b14_{number:08x}_wrong").get("sets/") for number in range(300)]
    assert [answer.status for answer in wrong] == [401] * WRONG_KEYS.amount + [429] * (
        300 - WRONG_KEYS.amount
    )
    assert wrong[-1].is_refused(429, "throttled")
    assert 1 <= int(wrong[-1].headers["Retry-After"]) <= 60
    assert good.get("sets/").status == 200
    assert Caller().get("sets/").status == 200
    assert Caller("b14_00000000_wrong", address="198.51.100.7").get("sets/").status == 401


def test_malformed_keys_count_and_each_operation_counts_the_same(cantina: SmallSet) -> None:
    headers = ["Api-Key", "Api-Key a b", "api-key x", "API-KEY b14_"]
    paths = ["sets/", "orders/", "stock/", "nowhere/"]
    for number in range(WRONG_KEYS.amount):
        Caller().get(paths[number % 3], headers={"Authorization": headers[number % 4]})
    assert Caller().get("sets/", headers={"Authorization": "Api-Key x"}).status == 429


def test_wrong_keys_are_counted_without_the_broker(cantina: SmallSet, broker: Broker) -> None:
    broker.stop()
    answers = [Caller("b14_00000000_wrong").get("sets/").status for _ in range(WRONG_KEYS.amount + 1)]
    assert answers[-2:] == [401, 429]
