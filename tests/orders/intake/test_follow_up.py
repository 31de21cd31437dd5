"""Not come, or still wrong: one click and a line make an order that follows the first, once."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.refusals import Refusal
from orders.actors import CUSTOMER
from orders.intake.follow_up import ask_again
from orders.intake.order_request import LineRequest
from orders.links import order_path, order_token
from orders.models import Order, Shipment, Wave
from orders.privacy.erasing import erase_order
from tests.cast import allocated_order, small_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped() -> Order:
    """An order whose only parcel has left the house."""
    small_set()
    order = allocated_order(
        LineRequest(bag="14", reason="damaged"), LineRequest(part_num="3070b", color_id=19, quantity=3)
    )
    parcel(order, Shipment.Status.SHIPPED)
    return order


def parcel(order: Order, status: str) -> None:
    now = timezone.now()
    wave = Wave.objects.create(created_at=now)
    Shipment.objects.create(
        order=order, wave=wave, slot=1, status=status, created_at=now, packed_at=now, shipped_at=now
    )


def again(client: Client, order: Order, **typed: str) -> Any:
    data = {"trouble": "not_come", "message": "The letter box is empty.", **typed}
    return client.post(f"/orders/{order.number}/again/?token={order_token(order)}", data)


def test_the_same_things_go_to_the_same_address_after_a_person_has_read_it(
    client: Client, shipped: Order, settings: Any
) -> None:
    settings.LIMIT_ORDERS_PER_HOUSEHOLD = 1
    response = again(client, shipped)
    follower = Order.objects.get(follows=shipped)
    assert response["Location"] == f"{order_path(follower)}&new=1"
    assert follower.state == Order.State.IN_REVIEW
    assert follower.review_reasons == ["follows_another"]
    assert follower.contact.line1 == shipped.contact.line1
    assert follower.contact.message == "The letter box is empty."
    lines = follower.lines.values_list("bag_label", "piece__part__part_num", "quantity", "reason")
    assert list(lines) == [("14", None, 1, "damaged"), ("", "3070b", 3, "missing")]
    assert shipped.events.filter(type="asked_again", data__trouble="not_come").count() == 1


def test_pressed_twice_is_one_order(client: Client, shipped: Order) -> None:
    again(client, shipped)
    second = again(client, shipped)
    assert "said=asked_already" in second["Location"]
    assert Order.objects.filter(follows=shipped).count() == 1
    assert "again/" not in client.get(order_path(shipped)).content.decode()


def test_it_is_offered_once_a_parcel_has_left(client: Client) -> None:
    small_set()
    order = allocated_order()
    assert "again/" not in client.get(order_path(order)).content.decode()
    assert "said=nothing_shipped" in again(client, order)["Location"]
    parcel(order, Shipment.Status.DELIVERED)
    assert "again/" in client.get(order_path(order)).content.decode()


def test_what_was_not_said_or_too_long_is_said_beside_the_field(client: Client, shipped: Order) -> None:
    page = again(client, shipped, trouble="", message="x" * 20).content.decode()
    assert 'href="#id_trouble"' in page
    assert "x" * 20 in page
    page = again(client, shipped, message="x" * 1001).content.decode()
    assert 'href="#id_message"' in page
    assert not Order.objects.filter(follows=shipped).exists()


def test_no_follow_up_for_an_erased_customer(shipped: Order) -> None:
    erase_order(order_id=shipped.pk, actor=CUSTOMER)
    with pytest.raises(Refusal) as refused:
        ask_again(order_id=shipped.pk, trouble="not_come", message="", actor=CUSTOMER)
    assert refused.value.code == "erased"
    assert not Order.objects.filter(follows=shipped).exists()


def test_what_was_found_meanwhile_is_not_asked_for_again(client: Client, shipped: Order) -> None:
    shipped.lines.filter(position=1).update(found_at=timezone.now())
    again(client, shipped, trouble="still_wrong")
    assert Order.objects.get(follows=shipped).lines.count() == 1
