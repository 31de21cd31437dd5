"""A customer's own data: opened only by a proof that only the order's mailbox gets."""

import re

import pytest

from notifications.models import Message
from orders.links import order_token
from orders.models import Order, OrderContact
from tests.api.callers import Caller
from tests.cast import SmallSet, order_for

pytestmark = pytest.mark.django_db


def proof_from_mail(order: Order, purpose: str) -> str:
    """The proof in the mail that the customer gets after asking for it."""
    customer = Caller(token=order_token(order))
    assert customer.post(f"orders/{order.number}/data-requests/", {"purpose": purpose}).status == 202
    mail = Message.objects.get(kind=purpose)
    found = re.search(r"proof=([\w:%-]+)", mail.body)
    assert found is not None
    assert mail.to_email == order.contact.email
    return found[1]


def test_proof_downloads_the_data(cantina: SmallSet, anybody: Caller) -> None:
    order = order_for()
    proof = proof_from_mail(order, "download")
    answer = anybody.get(f"orders/{order.number}/data/", proof=proof)
    assert answer.json["you"]["line1"] == order.contact.line1
    assert answer.json["lines"] == [{"bag": "14", "quantity": 1, "reason": "missing", "status": "received"}]


def test_proof_erases_the_data_and_the_token_stops_working(cantina: SmallSet, anybody: Caller) -> None:
    order = order_for()
    proof = proof_from_mail(order, "erase")
    assert anybody.post(f"orders/{order.number}/erase/", {"proof": proof}).json["number"] == order.number
    assert not OrderContact.objects.exists()
    assert Caller(token=order_token(order)).get(f"orders/{order.number}/").status == 404
    assert anybody.post(f"orders/{order.number}/erase/", {"proof": proof}).is_refused(404, "not_found")


def test_proof_works_for_its_own_purpose_and_order_only(cantina: SmallSet, anybody: Caller) -> None:
    order, other = order_for(), order_for()
    proof = proof_from_mail(order, "download")
    assert anybody.post(f"orders/{order.number}/erase/", {"proof": proof}).is_refused(404, "not_found")
    assert anybody.get(f"orders/{other.number}/data/", proof=proof).is_refused(404, "not_found")
    assert OrderContact.objects.count() == 2


def test_token_alone_neither_downloads_nor_erases_data(cantina: SmallSet) -> None:
    order = order_for()
    customer = Caller(token=order_token(order))
    assert customer.get(f"orders/{order.number}/data/", proof=order_token(order)).is_refused(404, "not_found")
    assert customer.post(f"orders/{order.number}/erase/", {"proof": order_token(order)}).status == 404
    assert OrderContact.objects.exists()
