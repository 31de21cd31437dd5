"""Placing an order by REST."""

from typing import Any

import pytest

from accounts.models import Role
from catalog.models import Content
from orders.models import Order, OrderContact
from tests.api.callers import Caller
from tests.cast import SmallSet, small_set, staff_user

pytestmark = pytest.mark.django_db

EVERYTHING = {
    "set_num": "75290-1",
    "lines": [
        {"bag": "14", "reason": "missing"},
        {"part_num": "3001", "color_id": 4, "quantity": 2, "reason": "lost"},
        {"element_id": "300121", "quantity": 1, "reason": "damaged"},
    ],
    "customer": {"name": "John", "email": "john@example.com", "language": "en"},
    "address": {
        "line1": "1 Main St",
        "line2": "",
        "city": "Springfield",
        "region": "IL",
        "postal_code": "62701",
        "country": "US",
    },
    "builder": {"name": "Emma", "age_band": "7-12"},
    "message": "",
    "box_code": "45R0",
    "bought_at": "Target",
}


def test_order_with_everything_in_it_is_placed(cantina: SmallSet, anybody: Caller) -> None:
    answer = anybody.place(EVERYTHING)
    assert answer.status == 201
    order = Order.objects.get()
    placed = answer.json
    assert list(placed) == [
        "number",
        "status",
        "token",
        "status_url",
        "set",
        "lines",
        "language",
        "created_at",
    ]
    assert (placed["number"], placed["status"], placed["language"]) == (order.number, "received", "en")
    assert placed["set"] == {
        "set_num": "75290-1",
        "name": "Mos Eisley Cantina",
        "year": 2020,
        "theme": {"id": 158, "name": "Star Wars"},
        "num_parts": 12,
        "image_url": None,
    }
    assert placed["status_url"].endswith(f"/orders/{order.number}/?token={placed['token']}")
    assert answer.headers["Location"] == f"http://testserver/api/v1/orders/{order.number}/"
    bag, lost, damaged = placed["lines"]
    assert (bag["bag"], bag["quantity"], bag["reason"], "piece" in bag) == ("14", 1, "missing", False)
    assert (lost["quantity"], lost["reason"], "bag" in lost) == (2, "lost", False)
    assert damaged["piece"] == {
        "part_num": "3001",
        "color": {"id": 4, "name": "Red", "rgb": "C91A09"},
        "element_ids": ["300121"],
        "name": "Brick 2 x 4",
    }
    contact = OrderContact.objects.get()
    assert (contact.builder_name, contact.builder_age_band, contact.bought_at) == ("Emma", "7-12", "Target")
    assert (order.channel, order.box_code, order.placed_by) == ("api", "45R0", None)


def test_what_may_be_left_out_may_be_left_out(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    answer = anybody.place(body)
    assert answer.status == 201
    assert answer.json["lines"][0]["reason"] == "missing"


@pytest.mark.parametrize("bag", ["14", 14, " 14 ", "۱۴"])
def test_bag_is_a_string_or_a_number(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any], bag: object
) -> None:
    body["lines"] = [{"bag": bag, "part_num": None, "color_id": None, "element_id": None}]
    answer = anybody.place(body)
    assert answer.status == 201
    assert answer.json["lines"][0]["bag"] == "14"


def test_bare_set_number_means_the_first_of_that_number(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    body["set_num"] = "75290"
    assert anybody.place(body).json["set"]["set_num"] == "75290-1"


@pytest.mark.parametrize(("asked", "given"), [("es-MX", "es"), ("fa", "fa"), ("tlh", "en"), ("", "en")])
def test_answer_has_the_language_of_the_letter(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any], asked: str, given: str
) -> None:
    body["customer"]["language"] = asked
    assert anybody.place(body).json["language"] == given


def test_bag_that_is_not_entered_goes_to_review(db: None, anybody: Caller, body: dict[str, Any]) -> None:
    small_set(bags_known=False)
    Content.objects.all().delete()
    body["lines"] = [{"bag": "3B"}]
    assert anybody.place(body).json["status"] == "in_review"


def test_unknown_names_are_ignored(cantina: SmallSet, anybody: Caller, body: dict[str, Any]) -> None:
    assert anybody.place(body | {"colour": "blue"}).status == 201


def test_key_that_places_an_order_is_remembered(
    cantina: SmallSet, shop: Caller, body: dict[str, Any]
) -> None:
    shop.place(body)
    order = Order.objects.get()
    assert order.placed_by is not None
    assert order.placed_by.name == "shop"
    assert order.events.get().by == "customer"


def test_staff_program_places_without_limits_and_as_staff(
    cantina: SmallSet, works_as: Any, body: dict[str, Any], settings: Any
) -> None:
    settings.LIMIT_ORDERS_PER_HOUSEHOLD = 1
    settings.ANONYMOUS_ORDERS_PER_HOUR = 1
    desk = works_as("service")
    answers = [desk.place(body) for _ in range(3)]
    assert [(answer.status, answer.json["status"]) for answer in answers] == [(201, "received")] * 3
    assert "RateLimit" not in answers[0].headers
    assert Order.objects.latest("pk").events.get().by == "staff"
    assert Order.objects.latest("pk").events.get().actor == staff_user(Role.SERVICE)


def test_answer_must_not_be_cached(cantina: SmallSet, anybody: Caller, body: dict[str, Any]) -> None:
    answer = anybody.place(body)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
