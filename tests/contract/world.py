"""What the API's addresses can name while it is fuzzed, and requests that it grants."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db import transaction

from accounts.models import Role, issue_api_key
from orders.fulfilment import allocate_order
from orders.models import Order
from orders.picking import create_wave
from tests.cast import order_for, small_set, staff_user, stock_bag, stock_piece


@dataclass(frozen=True)
class World:
    """A set, orders, a wave and a parcel; and the key of a lead, who may do all."""

    names: dict[str, Any]
    key: str


def make_world() -> World:
    cantina = small_set()
    stock_bag(cantina.bag14, 30)
    stock_piece(cantina.red, 50)
    order = order_for()
    with transaction.atomic():
        allocate_order(order.pk)
    wave = create_wave(numbers=[order.number], by=None)
    return World(
        names={
            "set_num": "75290-1",
            "element_id": "300121",
            "number": order.number,
            "line_id": order.lines.get().pk,
            "wave_id": wave.pk,
            "pick_id": wave.picks.get().pk,
            "shipment_id": wave.shipments.get().pk,
        },
        key=issue_api_key(name="lead", role="lead", user=staff_user(Role.LEAD))[1],
    )


_household = count(1)


def granted_body(operation_id: str) -> Any:
    """A body that this operation grants as things stand, so that what follows it has something to follow; or None.

    A wave needs an order that its job has seen: there is no worker here, so that is done on the way.
    """
    if operation_id == "createOrder":
        number = next(_household)
        return {
            "set_num": "75290-1",
            "lines": [{"bag": "14"}, {"part_num": "3001", "color_id": 4, "reason": "lost"}],
            "customer": {"name": "John", "email": f"john{number}@example.org"},
            "address": {
                "line1": f"{number} Main St",
                "city": "Springfield",
                "region": "IL",
                "postal_code": "62701",
                "country": "US",
            },
        }
    if operation_id == "createWave":
        order = Order.objects.filter(state="received").order_by("pk").last()
        if order is None:
            return None
        with transaction.atomic():
            allocate_order(order.pk)
        return {"orders": [order.number]}
    bodies = {
        "addLines": {"lines": [{"element_id": "300121"}]},
        "changeAddress": {
            "line1": "Calle Mayor 1",
            "city": "Madrid",
            "region": "Madrid",
            "postal_code": "28013",
            "country": "ES",
        },
        "followUp": {"trouble": "not_come"},
        "reviewOrder": {"decision": "approve"},
        "createMovement": {"sku": "P:3001:4", "bin": "A-01-1-01", "delta": 1, "reason": "received"},
        "confirmPick": {"quantity": 1},
        "packShipment": {"weight_mg": 24_000, "override_reason": "a heavy letter"},
        "shipShipment": {"carrier": "Post"},
    }
    return bodies.get(operation_id)
