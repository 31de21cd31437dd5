"""The page of an order, and what service decides on it."""

import pytest
from django.test import Client

from notifications.models import Message
from orders.actors import SYSTEM
from orders.intake.order_request import LineRequest
from orders.models import Order
from orders.privacy.erasing import erase_order
from tests.cast import SmallSet, allocated_order, order_for, small_set, stock_bag, stock_piece

pytestmark = pytest.mark.django_db

RED = LineRequest(part_num="3001", color_id=4, quantity=2)
UNKNOWN = {"set_num": "10255-1"}


def _page(client: Client, order: Order) -> str:
    return client.get(f"/dashboard/orders/{order.number}/").content.decode()


def _in_review() -> Order:
    """A request for a bag whose contents are not entered."""
    small_set("10255-1", bags_known=False)
    return order_for(LineRequest(bag="77"), **UNKNOWN)


def test_the_page_shows_what_is_reserved_what_waits_and_since_when(paula: Client, cantina: SmallSet) -> None:
    stock_piece(cantina.red, 1)
    page = _page(paula, allocated_order(RED))
    assert "1 &times; Brick 2 x 4, Red" in page
    assert "Waits for stock" in page
    assert "300121" in page


def test_an_order_is_found_however_its_number_is_typed(paula: Client, cantina: SmallSet) -> None:
    order = order_for()
    response = paula.get(f"/dashboard/orders/{order.number.lower().replace('-', '')}/")
    assert response["Location"] == f"/dashboard/orders/{order.number}/"


@pytest.mark.parametrize("word", ["John", "Main St", "Springfield", "@example.com"])
def test_service_sees_the_customer_and_the_floor_does_not(
    sandra: Client, leo: Client, paula: Client, cantina: SmallSet, word: str
) -> None:
    order = order_for()
    assert word.casefold() in _page(sandra, order).casefold()
    assert word.casefold() in _page(leo, order).casefold()
    assert word.casefold() not in _page(paula, order).casefold()


def test_service_sees_the_other_orders_of_the_household(sandra: Client, cantina: SmallSet) -> None:
    order, other = order_for(), order_for()
    Message.objects.all().delete()
    assert other.number not in _page(sandra, order)
    other.contact.email_key = order.contact.email_key
    other.contact.save(update_fields=["email_key"])
    assert other.number in _page(sandra, order)


def test_a_hostile_name_is_shown_as_typed(sandra: Client, cantina: SmallSet) -> None:
    order = order_for()
    order.contact.name = '<script>alert("1")</script>{{ x }}'
    order.contact.save(update_fields=["name"])
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;{{ x }}" in _page(sandra, order)


def test_an_erased_order_shows_no_personal_data(sandra: Client, cantina: SmallSet) -> None:
    order = order_for()
    erase_order(order_id=order.pk, actor=SYSTEM)
    page = _page(sandra, order)
    assert "Personal data erased" in page
    assert "Springfield" not in page.title()


def test_an_approved_order_goes_on(sandra: Client) -> None:
    order = _in_review()
    bag = order.set.bags.create(label="77")
    stock_bag(bag, 1)
    response = sandra.post(f"/dashboard/orders/{order.number}/review/", {"decision": "approve"})
    assert response["Location"] == f"/dashboard/orders/{order.number}/"
    order.refresh_from_db()
    assert order.state == "received"
    event = order.events.get(type="approved")
    assert event.actor is not None
    assert event.actor.username == "sandra"


def test_a_refused_approval_gives_its_reason_and_keeps_the_note(sandra: Client) -> None:
    order = _in_review()
    response = sandra.post(
        f"/dashboard/orders/{order.number}/review/", {"decision": "approve", "note": "Kind words"}
    )
    assert response.status_code == 409
    assert "Enter the pieces of bag 77 first." in response.content.decode()
    assert "Kind words" in response.content.decode()
    order.refresh_from_db()
    assert order.state == "in_review"


def test_a_declined_customer_gets_the_note_by_mail(sandra: Client) -> None:
    order = _in_review()
    sandra.post(
        f"/dashboard/orders/{order.number}/review/", {"decision": "decline", "note": "We are sorry, John."}
    )
    order.refresh_from_db()
    assert order.state == "declined"
    assert "We are sorry, John." in Message.objects.get(kind="declined").body
    # The note may name people, so only the mail has it.
    assert "sorry" not in str(list(order.events.values_list("data", flat=True)))


def test_a_second_decision_is_refused_with_its_reason(sandra: Client, leo: Client) -> None:
    order = _in_review()
    address = f"/dashboard/orders/{order.number}/review/"
    leo.post(address, {"decision": "decline"})
    response = sandra.post(address, {"decision": "decline"})
    assert response.status_code == 409
    assert "This order is not in review: it is decided already." in response.content.decode()
    assert Message.objects.filter(kind="declined").count() == 1


@pytest.mark.parametrize("typed", [{}, {"decision": "burn"}, {"decision": "decline", "note": "x" * 2000}])
def test_an_invalid_decision_changes_nothing(sandra: Client, typed: dict[str, str]) -> None:
    order = _in_review()
    response = sandra.post(f"/dashboard/orders/{order.number}/review/", typed)
    assert response.status_code == 400
    order.refresh_from_db()
    assert order.state == "in_review"


def test_service_cancels_for_a_customer(sandra: Client, cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    order = allocated_order()
    sandra.post(f"/dashboard/orders/{order.number}/cancel/")
    order.refresh_from_db()
    assert order.state == "cancelled"
    response = sandra.post(f"/dashboard/orders/{order.number}/cancel/")
    assert response.status_code == 409
    assert "This order has ended already." in response.content.decode()
