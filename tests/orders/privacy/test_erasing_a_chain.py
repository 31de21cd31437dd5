"""Orders that follow one another hold the same customer: erasing one of them erases all."""

import pytest
from django.test import Client

from orders.actors import CUSTOMER
from orders.intake.follow_up import ask_again
from orders.models import Order, OrderContact
from orders.privacy.confirmation_links import proof_path
from orders.privacy.erasing import erase_order
from tests.api.test_roles import shipped_order
from tests.cast import MARIA, SmallSet, order_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(cantina: SmallSet) -> Order:
    return shipped_order()


@pytest.fixture
def follower(first: Order) -> Order:
    return ask_again(order_id=first.pk, trouble="not_come", message="", actor=CUSTOMER)


@pytest.mark.parametrize("which", ["first", "follower"])
def test_erasing_one_leaves_nothing_of_the_customer_in_the_other(
    first: Order, follower: Order, which: str
) -> None:
    other_customer = order_for(customer=MARIA)
    erased = erase_order(order_id={"first": first, "follower": follower}[which].pk, actor=CUSTOMER)
    assert erased.erased_at is not None
    assert list(OrderContact.objects.values_list("order_id", flat=True)) == [other_customer.pk]
    for order in (first, follower):
        version = order.link_version
        order.refresh_from_db()
        assert order.erased_at is not None
        assert order.link_version > version, "its links end too"
    assert follower.state == Order.State.CANCELLED
    erase_order(order_id=first.pk, actor=CUSTOMER)
    assert follower.events.filter(type="erased").count() == 1


def test_customer_reads_before_confirming_what_else_is_erased(
    client: Client, first: Order, follower: Order
) -> None:
    page = client.get(proof_path(first, "erase")).content.decode()
    assert follower.number in page
    assert "it is erased with this one" in page
    assert client.post(proof_path(first, "erase")).status_code == 200
    assert not OrderContact.objects.exists()


def test_an_order_alone_names_no_other(client: Client, cantina: SmallSet) -> None:
    page = client.get(proof_path(order_for(), "erase")).content.decode()
    assert "erased with this one" not in page
