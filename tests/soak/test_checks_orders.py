"""What was promised to a client: the check finds what is lost, and what is there twice."""

import pytest

from orders.models import Order
from tests.cast import order_for
from tests.soak.checks.orders import check_orders
from tests.soak.conftest import rules, wish_for
from tests.soak.memory import Wish

pytestmark = pytest.mark.django_db


def test_an_order_as_promised_is_in_order(order: Order) -> None:
    assert rules(check_orders([wish_for(order)])) == set()


def test_a_lost_order_is_found(order: Order) -> None:
    wish = wish_for(order)
    order.lines.all().delete()
    Order.objects.filter(pk=order.pk).delete()
    assert rules(check_orders([wish])) == {("lost", "an accepted order is not there")}


def test_a_second_order_for_one_wish_is_found(order: Order) -> None:
    wish = wish_for(order)
    other = order_for()
    other.contact.email_key = wish.email
    other.contact.save()
    assert rules(check_orders([wish])) == {("double", "one wish, several orders")}


def test_two_numbers_for_one_request_are_found(order: Order) -> None:
    wish = wish_for(order)
    wish.others.add("B14-0000-0000")
    assert rules(check_orders([wish])) == {("double", "the same request made several orders")}


def test_one_number_for_two_wishes_is_found(order: Order) -> None:
    other = wish_for(order)
    other.email = "maria@example.com"
    found = rules(check_orders([wish_for(order), other]))
    assert ("lost", "two wishes were answered with one order") in found


def test_an_order_that_no_client_asked_for_is_found(order: Order) -> None:
    assert rules(check_orders([])) == {("double", "an order that no client asked for")}


def test_a_wish_that_was_never_answered_is_found(order: Order) -> None:
    found = rules(check_orders([wish_for(order), Wish("maria@example.com", again=True)]))
    assert found == {("untold", "never answered, though sent again and again")}


def test_a_cancellation_that_is_lost_is_found(order: Order) -> None:
    wish = wish_for(order)
    wish.cancelled = True
    assert rules(check_orders([wish])) == {("lost", "a granted cancellation")}


def test_an_erasure_that_is_lost_is_found(order: Order) -> None:
    wish = wish_for(order)
    wish.erased = wish.erasing = True
    assert rules(check_orders([wish])) == {("lost", "a granted erasure")}


def test_an_address_that_is_lost_is_found(order: Order) -> None:
    wish = wish_for(order)
    order.contact.delete()
    assert rules(check_orders([wish])) == {("lost", "the address of an order")}


@pytest.mark.parametrize(("promised", "fault"), [(2, "lost"), (0, "double")])
def test_lines_that_are_lost_or_double_are_found(order: Order, promised: int, fault: str) -> None:
    wish = wish_for(order)
    wish.lines = promised
    assert rules(check_orders([wish])) == {(fault, "lines")}


def test_a_line_whose_answer_was_lost_may_be_there_or_not(order: Order) -> None:
    wish = wish_for(order)
    wish.lines, wish.lines_unanswered = 0, 1
    assert rules(check_orders([wish])) == set()


def test_an_order_followed_up_twice_is_found(order: Order) -> None:
    wishes = [wish_for(order)]
    for _ in range(2):
        follower = order_for()
        Order.objects.filter(pk=follower.pk).update(follows=order)
    assert rules(check_orders(wishes)) == {("double", "followed up more than once")}
