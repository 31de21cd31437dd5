"""An order from its request to its shipment, by programs alone."""

from collections.abc import Callable
from typing import Any

import pytest

from orders.allocation.fulfilment import allocate_order
from orders.models import Order
from tests.api.callers import Caller
from tests.cast import SmallSet, allocated_order, levels, small_set, stock_bag, stock_piece

pytestmark = pytest.mark.django_db
Roles = Callable[[str], Caller]


def placed(caller: Caller, body: dict[str, Any]) -> tuple[str, Caller]:
    """The number of a new order after the search for its stock, and its customer."""
    answer = caller.place(body).json
    allocate_order(Order.objects.get(number=answer["number"]).pk)
    return answer["number"], Caller(token=answer["token"])


@pytest.fixture(autouse=True)
def _letters_without_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shipment here has no letter: other tests check letters."""
    monkeypatch.setattr("orders.parcels.shipping.shipment_version", lambda order, shipment: None)


def test_bag_and_pieces_from_the_request_to_the_shipment(
    cantina: SmallSet, shop: Caller, packer: Caller, body: dict[str, Any]
) -> None:
    bag = stock_bag(cantina.bag14, 1, "B-02")
    red = stock_piece(cantina.red, 10, "A-01")
    body["lines"] = [
        {"bag": 14},
        {"part_num": "3001", "color_id": 4, "quantity": 2, "reason": "lost"},
        {"element_id": "300121", "reason": "damaged"},
    ]
    number, customer = placed(shop, body)
    assert customer.get(f"orders/{number}/").json["status"] == "allocated"

    made = packer.post("waves/", {"orders": [number]})
    assert made.status == 201
    wave = made.json
    assert [(pick["bin"], pick["sku"], pick["quantity"]) for pick in wave["picks"]] == [
        ("A-01", red.sku, 3),
        ("B-02", bag.sku, 1),
    ]
    assert wave["picks"][0]["orders"] == [{"number": number, "slot": 1, "quantity": 3}]
    (shipment,) = wave["shipments"]
    assert shipment["order"] == number
    assert customer.get(f"orders/{number}/").json["status"] == "picking"

    path = f"shipments/{shipment['id']}/"
    weight = packer.get(path).json
    assert weight["status"] == "picking"
    assert packer.post(f"{path}pack/", {"weight_mg": weight["expected_weight_mg"]}).is_refused(
        409, "not_picked"
    )
    for pick in wave["picks"]:
        done = packer.post(f"waves/{wave['id']}/picks/{pick['id']}/", {"quantity": pick["quantity"]})
        assert (done.status, done.json["picked_quantity"]) == (200, pick["quantity"])

    light = packer.post(f"{path}pack/", {"weight_mg": weight["expected_weight_mg"] - 2_320})
    assert light.is_refused(409, "weight_mismatch")
    assert light.problems == {("/weight_mg", "weight_mismatch")}
    packed = packer.post(f"{path}pack/", {"weight_mg": weight["expected_weight_mg"] + weight["tolerance_mg"]})
    assert (packed.status, packed.json["status"]) == (200, "packed")
    assert customer.post(f"orders/{number}/cancel/").is_refused(409, "already_packed")

    shipped = packer.post(f"{path}ship/", {"carrier": "Post", "tracking_number": "RR 1"})
    assert (shipped.status, shipped.json["status"]) == (200, "shipped")
    order = customer.get(f"orders/{number}/").json
    assert order["status"] == "shipped"
    (shown,) = order["shipments"]
    assert (shown["carrier"], shown["tracking_number"]) == ("Post", "RR 1")
    assert shown["lines"] == [{"line": line["id"], "quantity": line["quantity"]} for line in order["lines"]]
    assert [line["status"] for line in order["lines"]] == ["shipped"] * 3
    assert [(event["type"], event["by"]) for event in order["events"]] == [
        ("received", "customer"),
        ("allocated", "system"),
        ("picking", "staff"),
        ("packed", "staff"),
        ("shipped", "staff"),
        ("closed", "system"),
    ]
    assert levels(bag) == {"B-02": (0, 0)}
    assert levels(red) == {"A-01": (7, 0)}


def test_nothing_personal_is_in_an_order(
    cantina: SmallSet, anybody: Caller, packer: Caller, body: dict[str, Any]
) -> None:
    number, _customer = placed(anybody, body | {"message": "All well", "builder": {"name": "Emma"}})
    shown = packer.get(f"orders/{number}/").response.content.decode()
    for secret in ("John", "john@", "Main St", "Springfield", "62701", "Emma", "All well"):
        assert secret not in shown


def test_customer_cancels_while_nothing_is_packed(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    stock_bag(cantina.bag14, 1)
    number, customer = placed(anybody, body)
    answer = customer.post(f"orders/{number}/cancel/")
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    assert [line["status"] for line in answer.json["lines"]] == ["cancelled"]
    assert answer.json["events"][-1] | {"at": ""} == {"at": "", "type": "cancelled", "by": "customer"}
    assert customer.post(f"orders/{number}/cancel/").is_refused(409, "already_ended")


def test_line_without_stock_waits(cantina: SmallSet, anybody: Caller, body: dict[str, Any]) -> None:
    stock_piece(cantina.red, 1)
    number, customer = placed(anybody, body | {"lines": [{"element_id": "300121", "quantity": 3}]})
    order = customer.get(f"orders/{number}/").json
    (line,) = order["lines"]
    assert order["status"] == line["status"] == "backordered"
    assert (line["reserved"], line["backordered"], line["shipped"]) == (1, 2, 0)


def test_number_is_read_in_any_case_and_without_hyphens(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    number, customer = placed(anybody, body)
    for typed in (number.lower(), number.replace("-", ""), number[4:]):
        assert customer.get(f"orders/{typed}/").json["number"] == number


def test_service_decides_on_orders_in_review(
    cantina: SmallSet, works_as: Roles, anybody: Caller, body: dict[str, Any], settings: Any
) -> None:
    settings.LIMIT_BAGS_PER_ORDER = 1
    body["lines"] = [{"bag": "13"}, {"bag": "14"}]
    desk, numbers = works_as("service"), [anybody.place(body).json["number"] for _ in range(2)]
    approved = desk.post(f"orders/{numbers[0]}/review/", {"decision": "approve"})
    declined = desk.post(f"orders/{numbers[1]}/review/", {"decision": "decline", "note": "Sorry."})
    assert [approved.json["status"], declined.json["status"]] == ["received", "declined"]
    again = desk.post(f"orders/{numbers[0]}/review/", {"decision": "approve"})
    assert again.is_refused(409, "not_in_review")
    assert desk.post(f"orders/{numbers[0]}/review/", {"decision": "maybe"}).problems == {
        ("/decision", "unknown_decision")
    }


def test_unknown_bag_is_approved_only_once_it_is_entered(
    db: None, works_as: Roles, anybody: Caller, body: dict[str, Any]
) -> None:
    small_set(bags_known=False)
    number = anybody.place(body | {"lines": [{"bag": "99"}]}).json["number"]
    desk = works_as("service")
    assert desk.post(f"orders/{number}/review/", {"decision": "approve"}).is_refused(
        409, "bag_contents_unknown"
    )


def test_wave_is_refused_with_every_reason_at_once(cantina: SmallSet, packer: Caller) -> None:
    stock_bag(cantina.bag14, 1)
    ready, waiting = allocated_order(), allocated_order()
    assert packer.post("waves/", {"orders": [ready.number]}).status == 201
    answer = packer.post("waves/", {"orders": [ready.number, waiting.number]})
    assert answer.is_refused(409, "not_pickable")
    assert answer.problems == {("/orders/0", "in_picking"), ("/orders/1", "nothing_reserved")}
    assert packer.post("waves/", {"orders": ["x", 7]}).problems == {("/orders/1", "wrong_type")}
    assert packer.post("waves/", {"orders": ["x", ready.number, ready.number]}).problems == {
        ("/orders/0", "unknown_order"),
        ("/orders/2", "order_twice"),
    }


def test_short_pick_says_why(cantina: SmallSet, packer: Caller) -> None:
    stock_bag(cantina.bag14, 1)
    wave = packer.post("waves/", {"orders": [allocated_order().number]}).json
    path = f"waves/{wave['id']}/picks/{wave['picks'][0]['id']}/"
    assert packer.post(path, {"quantity": 0}).problems == {("/short_reason", "required")}
    assert packer.post(path, {"quantity": 2}).problems == {("/quantity", "out_of_range")}
    short = packer.post(path, {"quantity": 0, "short_reason": "not_found"})
    assert (short.status, short.json["short_reason"]) == (200, "not_found")
    assert packer.post(path, {"quantity": 1}).is_refused(409, "already_picked")


def test_only_a_lead_overrides_the_scale(cantina: SmallSet, packer: Caller, works_as: Roles) -> None:
    stock_bag(cantina.bag14, 1)
    wave = packer.post("waves/", {"orders": [allocated_order().number]}).json
    packer.post(f"waves/{wave['id']}/picks/{wave['picks'][0]['id']}/", {"quantity": 1})
    path, heavy = f"shipments/{wave['shipments'][0]['id']}/pack/", {"weight_mg": 9_999_999}
    assert packer.post(path, heavy | {"override_reason": "wet"}).is_refused(403, "only_a_lead")
    assert works_as("lead").post(path, heavy).is_refused(409, "weight_mismatch")
    packed = works_as("lead").post(path, heavy | {"override_reason": "wet"})
    assert (packed.status, packed.json["measured_weight_mg"]) == (200, 9_999_999)
    assert packer.post(path, heavy).is_refused(409, "wrong_status")


@pytest.mark.parametrize("path", ["shipments/7/pack/", "shipments/7/ship/", "waves/7/picks/7/"])
def test_what_is_not_there_is_not_found(db: None, packer: Caller, path: str) -> None:
    body = {"weight_mg": 1, "carrier": "Post", "quantity": 1}
    assert packer.post(path, body).is_refused(404, "not_found")
    assert packer.post(path.replace("7", "9" * 18), body).is_refused(404, "not_found")
    assert packer.post(path.replace("7", "9" * 30), body).is_refused(404, "not_found")
