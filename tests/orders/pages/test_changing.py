"""Changing a request on its page until picking starts, and the customer's data by a link that only the mailbox gets."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from notifications.models import Message
from orders.floor.picking import create_wave
from orders.links import order_path, order_token
from orders.models import Order, OrderContact
from orders.privacy import confirmation_links
from tests.cast import allocated_order, order_for, small_set, staff_user, stock_bag
from tests.orders.pages.web_form import errors_of, inputs_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NEW = {
    "line1": "Calle Mayor 1",
    "city": "Madrid",
    "region": "Madrid",
    "postal_code": "28013",
    "country": "ES",
}


@pytest.fixture
def order() -> Order:
    cantina = small_set()
    stock_bag(cantina.bag14, 1)
    return allocated_order()


def path(order: Order, rest: str = "") -> str:
    return f"/orders/{order.number}/{rest}?token={order_token(order)}"


def post(client: Client, order: Order, rest: str, action: str = "save", **data: Any) -> Any:
    return client.post(path(order, rest), {**data, "action": action})


# --- the address ------------------------------------------------------------------------------------------------------


def test_the_page_offers_to_change_the_address_and_does_not_show_it(client: Client, order: Order) -> None:
    assert path(order, "address/").replace("&", "&amp;") in client.get(order_path(order)).content.decode()
    page = client.get(path(order, "address/")).content.decode()
    assert order.contact.line1 not in page
    assert '<option value="US" selected>' in page


def test_the_new_address_is_taken_and_confirmed(client: Client, order: Order) -> None:
    response = post(client, order, "address/", **NEW)
    assert "the parcel goes to the new address" in client.get(response["Location"]).content.decode()
    order.contact.refresh_from_db()
    assert order.contact.city == "Madrid"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"postal_code": "SW1A 1AA"}, {"postal_code"}),
        ({"country": ""}, {"country"}),
        ({"line1": "", "city": ""}, {"line1", "city"}),
        ({"line1": "L" * 121}, {"line1"}),
        ({"city": "Mad\x07rid"}, {"city"}),
    ],
)
@pytest.mark.parametrize("language", ["en", "es", "fa"])
def test_a_refusal_stands_at_its_field_and_in_the_summary(
    client: Client, order: Order, changes: dict[str, str], fields: set[str], language: str
) -> None:
    client.cookies["django_language"] = language
    page = post(client, order, "address/", **{**NEW, **changes}).content.decode()
    assert errors_of(page) == fields
    assert all(f'id="id_{name}-error"' in page for name in fields)
    assert inputs_of(page)["line1"] == {**NEW, **changes}["line1"]
    assert order.contact.city == "Springfield"


def test_country_and_language_change_and_what_was_typed_stays(client: Client, order: Order) -> None:
    page = post(
        client, order, "address/", "country", line1="Unter den Linden 1", country="DE"
    ).content.decode()
    assert inputs_of(page)["line1"] == "Unter den Linden 1"
    page = post(client, order, "address/", "language:fa", **NEW).content.decode()
    assert '<html lang="fa" dir="rtl">' in page
    assert inputs_of(page)["city"] == "Madrid"
    assert not errors_of(page)


# --- more -------------------------------------------------------------------------------------------------------------


def test_another_bag_is_added_and_a_requested_bag_is_not_offered_again(client: Client, order: Order) -> None:
    page = client.get(path(order, "more/")).content.decode()
    assert re.findall(r'name="bag" value="([^"]+)"', page) == ["13"]
    response = post(client, order, "more/", bag="13", bag_reason="lost", nonce=inputs_of(page)["nonce"])
    assert "It is on your list now" in client.get(response["Location"]).content.decode()
    assert list(order.lines.values_list("bag_label", "reason")) == [("14", "missing"), ("13", "lost")]


def test_pieces_are_searched_listed_and_dropped_as_in_the_request_form(client: Client, order: Order) -> None:
    assert "add:3070b:19" in post(client, order, "more/", "find", find="tile").content.decode()
    assert "add:3070b:19" in post(client, order, "more/", "enter", find="tile").content.decode()
    page = post(client, order, "more/", "add:3070b:19").content.decode()
    assert inputs_of(page)["piece"] == "3070b:19"
    page = post(
        client, order, "more/", "drop:0", piece="3070b:19", quantity="1", reason="lost"
    ).content.decode()
    assert "piece" not in inputs_of(page)
    page = post(client, order, "more/", "list", list="3024,71,1\n3024,71,1").content.decode()
    assert inputs_of(page)["piece"] == "3024:71"
    assert errors_of(page) == {"list"}
    assert order.lines.count() == 1


def test_sent_twice_it_is_added_once(client: Client, order: Order) -> None:
    wanted = {"piece": "3001:4", "quantity": "2", "reason": "missing", "nonce": "johns-more"}
    first, second = (post(client, order, "more/", **wanted) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert order.lines.count() == 2


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({}, {"bag"}),
        ({"bag": "14"}, {"bag"}),
        ({"bag": "99"}, {"bag"}),
        ({"piece": "3001:4", "quantity": "99", "reason": "lost"}, {"quantity-0"}),
        ({"piece": "3001:4", "quantity": "two", "reason": "lost"}, {"quantity-0"}),
        ({"piece": "3001:4", "quantity": "1", "reason": "eaten"}, {"reason-0"}),
        ({"list": "999999,1"}, {"list"}),
    ],
)
@pytest.mark.parametrize("language", ["en", "es", "fa"])
def test_a_refused_line_shows_its_error_at_its_field(
    client: Client, order: Order, data: dict[str, str], fields: set[str], language: str
) -> None:
    client.cookies["django_language"] = language
    page = post(client, order, "more/", **data).content.decode()
    assert errors_of(page) == fields
    assert all(f'id="id_{name}"' in page for name in fields)
    assert order.lines.count() == 1


@pytest.mark.parametrize("rest", ["address/", "more/"])
def test_once_picking_has_started_the_page_says_so_and_offers_no_change(
    client: Client, order: Order, rest: str
) -> None:
    create_wave(numbers=[order.number], by=staff_user())
    assert path(order, rest) not in client.get(order_path(order)).content.decode()
    for response in (client.get(path(order, rest)), post(client, order, rest, bag="13", **NEW)):
        assert "being picked already" in client.get(response["Location"]).content.decode()


def test_the_expected_day_stands_on_the_page(client: Client, order: Order) -> None:
    assert "We expect it to leave our house by" in client.get(order_path(order)).content.decode()
    waiting = allocated_order()
    assert "would rather not guess" in client.get(order_path(waiting)).content.decode()


# --- my data ----------------------------------------------------------------------------------------------------------


def proof_url(order: Order, purpose: str) -> str:
    """What stands in the mail."""
    mail = Message.objects.get(kind=purpose)
    assert mail.to_email == order.contact.email
    found = re.search(r"https?://[^/]+(/orders/\S+)", mail.body)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("purpose", ["download", "erase"])
def test_the_link_goes_to_the_mailbox_and_nowhere_else(client: Client, order: Order, purpose: str) -> None:
    page = post(client, order, "data/", purpose)
    again = post(client, order, "data/", purpose)
    assert "proof" not in page["Location"] + again["Location"]
    assert "proof=" not in client.get(page["Location"]).content.decode()
    assert client.get(proof_url(order, purpose)).status_code == 200
    assert OrderContact.objects.filter(order=order).exists()


def test_the_file_holds_everything_that_is_known(client: Client, order: Order) -> None:
    post(client, order, "data/", "download")
    response = client.get(proof_url(order, "download"))
    data = json.loads(response.content)
    assert response["Content-Disposition"] == f'attachment; filename="{order.number}.json"'
    assert "no-store" in response["Cache-Control"]
    assert data["you"]["email"] == order.contact.email
    fields = {field.name for field in OrderContact._meta.fields}
    assert fields - set(data["you"]) == {"order", "email_key", "address_key"}
    assert [line["bag"] for line in data["lines"]] == ["14"]
    assert [mail["kind"] for mail in data["mails"]] == ["download"]


def test_erasing_happens_on_the_button_and_not_when_a_program_opens_the_link(
    client: Client, order: Order
) -> None:
    post(client, order, "data/", "erase")
    link, old = proof_url(order, "erase"), order_path(order)
    assert "Yes, erase everything" in client.get(link).content.decode()
    client.head(link)
    assert OrderContact.objects.filter(order=order).exists()
    assert "Your data is erased" in client.post(link).content.decode()
    assert not OrderContact.objects.filter(order=order).exists()
    assert not Message.objects.exists(), "the mail with the link is the last one, and it is gone too"
    assert client.get(old).status_code == client.post(link).status_code == 404


def test_a_proof_is_for_one_purpose_one_order_and_one_day(
    client: Client, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(client, order, "data/", "download")
    link = proof_url(order, "download")
    assert client.get(link.replace("/download/", "/erase/")).status_code == 404
    assert client.get(link.replace(order.number, order_for().number)).status_code == 404
    assert client.get(f"/orders/{order.number}/erase/?token={order_token(order)}").status_code == 404
    monkeypatch.setattr(confirmation_links, "HOLDS_SECONDS", -1)
    assert client.get(link).status_code == 404


def test_a_mailbox_gets_one_link_an_hour_at_most(client: Client, order: Order) -> None:
    for _ in range(5):
        post(client, order, "data/", "erase")
    assert Message.objects.filter(kind="erase").count() == 1
    assert post(client, order, "data/", "everything").status_code == 400


def test_where_all_bags_are_requested_already_the_refusal_still_has_its_place(
    client: Client, order: Order
) -> None:
    post(client, order, "more/", bag="13", nonce="johns-more-1")
    page = post(client, order, "more/", nonce="johns-more-2").content.decode()
    assert errors_of(page) == {"bag"}
    assert 'id="id_bag-error"' in page
