"""An open order by REST: what customers may still change, and what they may ask when something went wrong."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from notifications.models import Message
from orders.allocation.fulfilment import allocate_order
from orders.floor.picking import confirm_pick, create_wave
from orders.models import Order, OrderContact
from orders.parcels.shipping import pack_shipment, ship_shipment
from orders.parcels.weighing import expected_weight
from tests.api.callers import Caller
from tests.cast import SmallSet, stock_bag
from tests.orders.link_jobs import run_link_jobs

# A shipment is packed with its letter.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices")]

MADRID = {
    "line1": "Calle Mayor 1",
    "city": "Madrid",
    "region": "Madrid",
    "postal_code": "28013",
    "country": "ES",
}


@pytest.fixture
def placed(cantina: SmallSet, anybody: Caller, body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = anybody.place(body).json
    return answer


@pytest.fixture
def john(placed: dict[str, Any]) -> Caller:
    return Caller(token=placed["token"])


def shipped(number: str) -> None:
    """The warehouse does its work."""
    order = Order.objects.get(number=number)
    with transaction.atomic():
        allocate_order(order.pk)
    wave = create_wave(numbers=[number], by=None)
    pick, shipment = wave.picks.get(), wave.shipments.get()
    confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=pick.quantity, by=None)
    pack_shipment(shipment_id=shipment.pk, weight_mg=expected_weight(shipment).weight_mg, by=None)
    ship_shipment(shipment_id=shipment.pk, carrier="Post", by=None)


def test_order_goes_to_another_address(john: Caller, placed: dict[str, Any]) -> None:
    answer = john.post(f"orders/{placed['number']}/address/", MADRID)
    assert answer.status == 200
    assert answer.json["events"][-1]["type"] == "address_changed"
    contact = OrderContact.objects.get()
    assert (contact.city, contact.country) == ("Madrid", "ES")
    assert "Madrid" not in answer.response.content.decode()


def test_bad_address_is_refused_with_every_problem_and_changes_nothing(
    john: Caller, placed: dict[str, Any]
) -> None:
    wrong = MADRID | {"postal_code": "1", "line1": 7}
    answer = john.post(f"orders/{placed['number']}/address/", wrong)
    assert answer.problems == {("/line1", "wrong_type")}
    answer = john.post(f"orders/{placed['number']}/address/", MADRID | {"postal_code": "1"})
    assert {pointer for pointer, _ in answer.problems} == {"/postal_code"}
    assert OrderContact.objects.get().country == "US"


def test_more_is_asked_for_once(john: Caller, placed: dict[str, Any]) -> None:
    path, more = f"orders/{placed['number']}/lines/", {"lines": [{"bag": "13"}]}
    answers = [john.post(path, more, headers={"Idempotency-Key": "more"}) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].response.content == answers[1].response.content
    assert [line["bag"] for line in answers[0].json["lines"]] == ["14", "13"]
    again = john.post(path, more)
    assert again.is_refused(400, "invalid")
    assert {code for _, code in again.problems} == {"bag_twice"}


def test_nothing_changes_once_picking_has_started(
    cantina: SmallSet, john: Caller, placed: dict[str, Any]
) -> None:
    stock_bag(cantina.bag14, 1)
    with transaction.atomic():
        allocate_order(Order.objects.get().pk)
    create_wave(numbers=[placed["number"]], by=None)
    path = f"orders/{placed['number']}"
    assert john.post(f"{path}/address/", MADRID).is_refused(409, "picking_started")
    assert john.post(f"{path}/lines/", {"lines": [{"bag": "13"}]}).is_refused(409, "picking_started")


def test_line_that_was_found_ends_the_order(john: Caller, placed: dict[str, Any]) -> None:
    path = f"orders/{placed['number']}/lines/{placed['lines'][0]['id']}/found/"
    answer = john.post(path)
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    assert answer.json["lines"][0]["status"] == "found"
    assert john.post(path).is_refused(409, "already_ended")
    assert john.post(f"orders/{placed['number']}/lines/1{10**9}/found/").status in (404, 409)


def test_shipment_that_did_not_come_is_followed_up_once(
    cantina: SmallSet, john: Caller, placed: dict[str, Any], shop: Caller
) -> None:
    path = f"orders/{placed['number']}/follow-up/"
    assert john.post(path, {"trouble": "not_come"}).is_refused(409, "nothing_shipped")
    stock_bag(cantina.bag14, 1)
    shipped(placed["number"])
    assert john.post(path, {"trouble": "lost at sea"}).problems == {("/trouble", "unknown_trouble")}
    answer = john.post(path, {"trouble": "not_come", "message": "The bell did not ring."})
    assert (answer.status, answer.json["status"]) == (201, "in_review")
    new = Caller(token=answer.json["token"]).get(f"orders/{answer.json['number']}/")
    assert new.json["lines"][0]["bag"] == "14"
    assert john.get(f"orders/{answer.json['number']}/").is_refused(404, "not_found")
    assert john.post(path, {"trouble": "not_come"}).is_refused(409, "asked_already")


def test_follow_up_by_a_program_belongs_to_it(cantina: SmallSet, shop: Caller, body: dict[str, Any]) -> None:
    number = shop.place(body).json["number"]
    stock_bag(cantina.bag14, 1)
    shipped(number)
    follower = shop.post(f"orders/{number}/follow-up/", {"trouble": "still_wrong"}).json["number"]
    assert {row["number"] for row in shop.get("orders/").json["results"]} == {number, follower}


def test_expected_day_is_shown(cantina: SmallSet, john: Caller, placed: dict[str, Any]) -> None:
    path = f"orders/{placed['number']}/expected/"
    assert john.get(path).json == {"leaves_on": None, "arrives_on": None, "left": False, "waits": False}
    stock_bag(cantina.bag14, 1)
    assert john.get(path).json["leaves_on"] is not None


def test_link_is_mailed_again_and_the_answer_does_not_show_whose_it_is(
    anybody: Caller, placed: dict[str, Any]
) -> None:
    before = Message.objects.filter(kind="link").count()
    wrong = anybody.post("order-links/", {"number": placed["number"], "email": "maria@example.com"})
    nowhere = anybody.post("order-links/", {"number": "B14-0000-0000", "email": "john@example.com"})
    right = anybody.post("order-links/", {"number": placed["number"].lower(), "email": "JOHN@example.com"})
    assert [answer.status for answer in (wrong, nowhere, right)] == [202] * 3
    assert wrong.response.content == right.response.content == nowhere.response.content
    assert run_link_jobs() == 3
    assert Message.objects.filter(kind="link").count() == before + 1


def test_what_came_back_is_sent_again_or_closed(
    cantina: SmallSet, works_as: Callable[[str], Caller], placed: dict[str, Any]
) -> None:
    stock_bag(cantina.bag14, 1)
    shipped(placed["number"])
    desk, packer = works_as("service"), works_as("warehouse")
    path = f"orders/{placed['number']}"
    assert desk.post(f"{path}/send-again/").is_refused(409, "nothing_returned")
    shipment = desk.get(f"{path}/").json["shipments"][0]["id"]
    sku = packer.get("stock/").json["results"][0]["sku"]
    wrong = packer.post(f"shipments/{shipment}/return/", {"damaged": {sku: 7}})
    assert {code for _, code in wrong.problems} == {"out_of_range"}
    assert packer.post(f"shipments/{shipment}/return/", {}).json["status"] == "returned"
    assert desk.post(f"{path}/send-again/").status == 200
    assert desk.post(f"{path}/close/").status in (200, 409)


def test_count_is_true_and_a_move_carries(cantina: SmallSet, packer: Caller) -> None:
    sku = stock_bag(cantina.bag14, 5).sku
    bin_ = packer.get("stock/").json["results"][0]["bin"]
    counted = {"sku": sku, "bin": bin_, "counted": 3}
    answers = [packer.post("stock/counts/", counted, headers={"Idempotency-Key": "c"}) for _ in range(2)]
    assert [answer.json for answer in answers] == [{**counted, "delta": -2}] * 2
    move = {"sku": sku, "from_bin": bin_, "to_bin": "Z-9", "quantity": 2}
    assert packer.post("stock/moves/", move).status == 201
    assert packer.post("stock/moves/", move).is_refused(409, "not_enough")
    levels = {row["bin"]: row["on_hand"] for row in packer.get("stock/").json["results"]}
    assert levels == {bin_: 1, "Z-9": 2}
    assert packer.get("stock/movements/").json["results"][0]["sku"] == sku
