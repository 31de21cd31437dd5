"""The web form: what the customer sends becomes one order, and nothing typed is lost on the way."""

import re
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from catalog.models import Bag, Content
from core.models import IdempotencyKey
from orders.actors import CUSTOMER
from orders.models import Order, OrderLine
from orders.privacy.erasing import erase_order
from tests.cast import SmallSet, small_set
from tests.cast import piece as make_piece
from tests.orders.pages.web_form import HERE, JOHNS, errors_of, inputs_of, send, ticked

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_whole_bag_needs_a_tick_a_name_an_address_and_nothing_else(
    client: Client, cantina: SmallSet
) -> None:
    response = send(client, bag_reason=None, language="en", nonce=None)
    order = Order.objects.get()
    assert response.status_code == 302
    assert response["Location"].startswith(f"/orders/{order.number}/?token=")
    line = order.lines.get()
    assert (line.bag, line.reason, line.quantity) == (cantina.bag14, OrderLine.Reason.MISSING, 1)
    assert (order.channel, order.language, order.country) == ("web", "en", "US")


def test_the_form_offers_each_bag_by_its_label_and_every_field_its_autocomplete(
    client: Client, cantina: SmallSet
) -> None:
    page = client.get(HERE).content.decode()
    assert re.findall(r'type="checkbox" name="bag" value="([^"]+)"', page) == ["13", "14"]
    wanted = {
        "name",
        "email",
        "country",
        "address-line1",
        "address-line2",
        "address-level2",
        "address-level1",
    }
    assert wanted | {"postal-code"} <= set(re.findall(r'autocomplete="([^"]+)"', page))
    assert 'value="missing" id="id_bag_reason" checked' in page


def test_nothing_is_required_that_is_not_needed(client: Client, cantina: SmallSet) -> None:
    page = client.get(HERE, headers={"Accept-Language": "en-US"}).content.decode()
    tags = re.findall(r"<(?:input|select)[^>]* required[^>]*>", page)
    required = [name[1] for tag in tags if (name := re.search(r'name="([^"]+)"', tag))]
    assert required == ["name", "email", "country", "line1", "city", "region", "postal_code"]


def test_answers_are_shown_before_anything_is_placed(client: Client, cantina: SmallSet) -> None:
    page = send(client, "check", message="Dear packers,\nthank you").content.decode()
    assert "Check your answers" in page
    assert not Order.objects.exists()
    assert (
        inputs_of(page).items()
        >= {"name": "John", "bag": "14", "postal_code": "62701", "nonce": "johns-form"}.items()
    )
    assert "Dear packers,\nthank you</textarea>" in page


def test_change_goes_back_to_the_form_with_everything_in_it(client: Client, cantina: SmallSet) -> None:
    page = send(client, "change", builder_name="Emma", age_band="7-12").content.decode()
    assert inputs_of(page).items() >= {"name": "John", "builder_name": "Emma", "line1": "1 Main St"}.items()
    assert ticked(page) == ["14"]
    assert 'value="7-12" checked' in page
    assert not errors_of(page)


def test_pieces_come_with_their_quantity_and_reason(client: Client, cantina: SmallSet) -> None:
    response = send(
        client,
        bag=None,
        piece=["3001:4", "3070b:19", "3001:4"],
        quantity=["2", "۵", "1"],
        reason=["missing", "lost", "damaged"],
    )
    assert response.status_code == 302
    lines = OrderLine.objects.order_by("position").values_list("piece__part__part_num", "quantity", "reason")
    assert list(lines) == [("3001", 2, "missing"), ("3070b", 5, "lost"), ("3001", 1, "damaged")]


def test_pieces_chosen_on_the_sets_page_stand_in_the_form(client: Client, cantina: SmallSet) -> None:
    page = client.get(HERE, {"bag": "13", "piece": ["3001:4", "3001:4", "3024:71"]}).content.decode()
    assert re.findall(r'name="quantity" value="([^"]+)"', page) == ["2", "1"]
    assert ticked(page) == ["13"]


def test_the_rest_of_a_list_keeps_its_header_and_is_numbered_as_shown(
    client: Client, cantina: SmallSet
) -> None:
    pasted = "Quantity,Color,Part\n2,4,3001\n1,4,9999\n1,71,3024\n9,19,3070b"
    page = unescape(send(client, "list", bag=None, list=pasted).content.decode())
    assert re.findall(r'name="piece" value="([^"]+)"', page) == ["3001:4", "3024:71"]
    assert "Quantity,Color,Part\n1,4,9999\n9,19,3070b</textarea>" in page
    assert "Line 2, \u20681,4,9999\u2069: We do not know this piece." in page
    assert "Line 3, \u20689,19,3070b\u2069: This set has only 5" in page
    mended = "Quantity,Color,Part\n5,19,3070b"
    page = unescape(send(client, "list", bag=None, list=mended).content.decode())
    assert re.findall(r'name="quantity" value="([^"]+)"', page) == ["5"]


def test_of_an_endless_list_nothing_is_lost_and_nothing_misread(client: Client, cantina: SmallSet) -> None:
    pasted = "\n".join(f"{number},1" for number in range(100_000, 100_600))
    page = send(client, "list", bag=None, list=pasted).content.decode()
    assert "100599,1</textarea>" in page
    cut = "x" * 39_990 + ",1\n300121,25"
    assert "piece" not in inputs_of(send(client, "list", bag=None, list=cut).content.decode())


def test_a_customer_who_needs_only_pieces_sees_the_bags_folded(client: Client, cantina: SmallSet) -> None:
    folded = '<details id="bags">'
    assert folded in client.get(HERE, {"piece": "3001:4"}).content.decode()
    assert folded not in client.get(HERE, {"bag": "13", "piece": "3001:4"}).content.decode()
    assert folded not in client.get(HERE).content.decode()
    wrong = send(client, "check", bag="99", piece="3001:4", quantity="1", reason="lost").content.decode()
    assert folded not in wrong, "what has to be looked at again is in sight"
    Content.objects.update(bag=None)
    Bag.objects.all().delete()
    assert folded not in client.get(HERE, {"piece": "3001:4"}).content.decode(), "there is nothing to unfold"


def test_a_piece_is_found_added_and_taken_off_without_a_script_and_without_losing_what_was_typed(
    client: Client, cantina: SmallSet
) -> None:
    found = send(client, "find", find="tile", name="Jo").content.decode()
    assert 'value="add:3070b:19"' in found
    assert inputs_of(found)["name"] == "Jo"
    added = send(client, "add:3070b:19", name="Jo").content.decode()
    assert inputs_of(added).items() >= {"piece": "3070b:19", "quantity": "1", "name": "Jo"}.items()
    more = send(client, "add:3070b:19", piece="3070b:19", quantity="1", reason="lost").content.decode()
    assert inputs_of(more)["quantity"] == "2"
    dropped = send(client, "drop:0", piece="3070b:19", quantity="2", reason="lost").content.decode()
    assert "piece" not in inputs_of(dropped)


def test_enter_in_the_search_for_pieces_searches_and_elsewhere_goes_on(
    client: Client, cantina: SmallSet
) -> None:
    assert "add:3070b:19" in send(client, "enter", find="tile", found="").content.decode()
    assert "Check your answers" in send(client, "enter", find="tile", found="tile").content.decode()


def test_before_the_request_the_page_says_what_may_be_in_the_box_already(
    client: Client, cantina: SmallSet
) -> None:
    inventory = cantina.set.inventory
    assert inventory is not None
    blue = make_piece("3001", 1, "Brick 2 x 4", "Blue", "0055BF", 2_320)
    Content.objects.create(inventory=inventory, piece=blue, quantity=1)
    Content.objects.create(inventory=inventory, piece=cantina.red, quantity=2, is_spare=True)
    page = client.get(HERE, {"piece": "3001:4"}).content.decode()
    assert "there are 2 spares of it in the box" in page
    assert "Brick 2 x 4, Blue" in page
    assert "kindly" not in client.get(HERE, {"piece": "3070b:19"}).content.decode()


def test_a_bag_not_in_the_catalogue_is_requested_in_words(client: Client) -> None:
    small_set(bags_known=False)
    page = client.get(HERE).content.decode()
    assert 'id="id_bag" name="bag" type="text"' in page
    send(client, bag=["14", "3b, ۷"])
    order = Order.objects.get()
    assert [line.bag_label for line in order.lines.all()] == ["14", "3B", "7"]
    assert order.state == Order.State.IN_REVIEW


def test_the_page_announces_a_review_before_the_request_is_sent(
    client: Client, cantina: SmallSet, settings: Any
) -> None:
    settings.LIMIT_PIECES_PER_ORDER = 1
    page = send(client, "check", piece="3001:4", quantity="2", reason="missing").content.decode()
    assert "one of us reads it before we pack" in page


def test_limits_are_shown_before_the_customer_starts(
    client: Client, cantina: SmallSet, settings: Any
) -> None:
    settings.LIMIT_BAGS_PER_ORDER, settings.LIMIT_PIECES_PER_ORDER = 3, 45
    settings.LIMIT_ORDERS_PER_HOUSEHOLD, settings.LIMIT_PERIOD_DAYS = 6, 80
    settings.LIMIT_FIGURE_PIECES_PER_ORDER = 7
    for path in ("/sets/75290-1/", HERE, "/not-listed/"):
        page = client.get(path).content.decode()
        assert "Up to 3 bags or 45 pieces, 7 of them from minifigures, go out at once." in page
        assert "Each household may ask 6 times in 80 days." in page


def test_a_pasted_list_joins_the_pieces_and_what_does_not_fit_stays(
    client: Client, cantina: SmallSet
) -> None:
    text = "300121,2\n999999,1\n3024,71,1"
    page = send(client, "list", list=text, piece="3001:4", quantity="1", reason="lost").content.decode()
    assert re.findall(r'name="piece" value="([^"]+)"', page) == ["3001:4", "3024:71"]
    assert re.findall(r'name="quantity" value="([^"]+)"', page) == ["3", "1"]
    assert errors_of(page) == {"list"}
    assert "Line 1, \u2068999999,1\u2069: We do not know this piece." in page
    assert "2 lines of your list fit and stand above." in page
    assert "999999,1</textarea>" in page
    assert 'name="name"' in page
    assert inputs_of(page)["name"] == "John"


def test_a_list_left_in_its_field_is_not_forgotten(client: Client, cantina: SmallSet) -> None:
    checked = send(client, "check", list="3024,71,1").content.decode()
    assert "Check your answers" in checked
    assert inputs_of(checked)["piece"] == "3024:71"
    refused = send(client, "check", list="3024,71,9").content.decode()
    assert errors_of(refused) == {"list"}


def test_a_file_does_as_well(client: Client, cantina: SmallSet) -> None:
    file = SimpleUploadedFile("parts.csv", b"\xef\xbb\xbfPart,Color,Quantity\r\n3001,4,2\r\n", "text/csv")
    page = send(client, "list", list_file=file).content.decode()
    assert inputs_of(page).items() >= {"piece": "3001:4", "quantity": "2"}.items()
    picture = SimpleUploadedFile("parts.png", bytes(range(256)) * 50, "image/png")
    assert errors_of(send(client, "list", list_file=picture).content.decode()) == {"list"}
    assert errors_of(send(client, "list").content.decode()) == {"list"}


def test_the_code_of_the_box_is_read_and_kept_as_it_was_typed(client: Client, cantina: SmallSet) -> None:
    page = send(client, "check", box_code="45ro").content.decode()
    assert "your box was packed in week 45 of 2020" in page
    send(client, box_code="45ro")
    assert Order.objects.get().box_code == "45ro"


@pytest.mark.parametrize(
    "typed", ["?!", "99Z9", "45R0 6321045 and something smeared by the seal", "کد پاک شده"]
)
def test_an_unreadable_code_is_kept_and_stops_no_request(
    client: Client, cantina: SmallSet, typed: str
) -> None:
    assert send(client, box_code=typed).status_code == 302
    assert Order.objects.get().box_code == typed


def test_the_answers_carry_all_that_was_typed(client: Client, cantina: SmallSet) -> None:
    typed = {
        "line2": "Flat 3",
        "builder_name": "Emma",
        "age_band": "7-12",
        "box_code": "45R0",
        "bought_at": "Target",
        "message": "Dear packers",
        "described": "And the little blue thing",
    }
    page = send(client, "check", **typed).content.decode()
    shown = inputs_of(page) | dict(re.findall(r'<textarea name="(\w+)" hidden>&#10;(.*?)</textarea>', page))
    client.post(HERE, {**shown, "action": "place"})
    order = Order.objects.get()
    kept = {name: getattr(order.contact, name.replace("age_band", "builder_age_band"), "") for name in typed}
    assert kept | {"box_code": order.box_code} == typed


def test_a_piece_that_is_not_listed_is_described(client: Client, cantina: SmallSet) -> None:
    page = send(client, "check", bag=None, described="The grey dome").content.decode()
    assert "The grey dome" in page
    assert "finds out what it is" in page
    send(client, bag=None, described="The grey dome")
    assert Order.objects.get().to_identify


def test_a_set_that_is_not_listed_is_described(client: Client) -> None:
    data = {**JOHNS, "described_set": "Pirate ship", "described": "Its mast", "action": "check"}
    data.pop("bag")
    page = client.post("/not-listed/", data).content.decode()
    assert "Pirate ship" in page
    response = client.post("/not-listed/", {**data, "action": "place"}, follow=True)
    order = Order.objects.get()
    assert (order.contact.described_set, order.contact.described) == ("Pirate ship", "Its mast")
    page = response.content.decode()
    assert "Pirate ship" in page
    assert "One of us reads your words" in page
    assert "/more/" not in page


# --- once -------------------------------------------------------------------------------------------------------------


def test_a_form_sent_twice_is_one_order(client: Client, cantina: SmallSet) -> None:
    first, second = send(client), send(client)
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1


def test_sent_again_after_a_change_is_asked_about_and_not_sent(client: Client, cantina: SmallSet) -> None:
    send(client)
    changed = send(client, bag="13")
    page = changed.content.decode()
    number = Order.objects.get().number
    assert changed.status_code == 200
    assert number in page
    confirmed = send(client, bag="13", nonce=inputs_of(page)["nonce"])
    assert confirmed.status_code == 302
    assert Order.objects.count() == 2


def test_a_form_refused_first_may_be_mended_and_sent(client: Client, cantina: SmallSet) -> None:
    send(client, postal_code="1")
    assert send(client).status_code == 302


def test_the_link_is_stored_nowhere(client: Client, cantina: SmallSet) -> None:
    token = send(client)["Location"].partition("token=")[2].partition("&")[0]
    kept = IdempotencyKey.objects.get()
    assert token not in str(kept.body)


def test_erasing_the_order_erases_the_form_s_idempotency_key(client: Client, cantina: SmallSet) -> None:
    send(client)
    assert IdempotencyKey.objects.get().reference == f"order:{Order.objects.get().pk}"


def test_a_form_sent_again_after_erasing_places_nothing_and_asks(client: Client, cantina: SmallSet) -> None:
    send(client)
    erase_order(order_id=Order.objects.get().pk, actor=CUSTOMER)
    again = send(client)
    page = again.content.decode()
    assert again.status_code == 410
    assert "had its data erased since" in page
    assert "had its data erased since" in send(client, bag="13").content.decode()
    assert Order.objects.count() == 1
    assert send(client, nonce=inputs_of(page)["nonce"]).status_code == 302, "confirmed, it is a new wish"
    assert Order.objects.count() == 2


# --- language and country --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page_name", ["", "check"])
def test_the_language_changes_and_everything_typed_stays(
    client: Client, cantina: SmallSet, page_name: str
) -> None:
    response = send(client, "language:fa", page=page_name, message="Hello", builder_name="Emma")
    page = response.content.decode()
    assert '<html lang="fa" dir="rtl">' in page
    assert inputs_of(page).items() >= {"name": "John", "builder_name": "Emma", "postal_code": "62701"}.items()
    assert not errors_of(page)
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "fa"
    assert "پاسخ‌هایتان را مرور کنید" in page
    send(client, language="fa")
    assert Order.objects.get().language == "fa"


def test_the_letters_language_is_the_pages_unless_chosen(client: Client, cantina: SmallSet) -> None:
    page = client.get(HERE, headers={"Accept-Language": "es-MX,es;q=0.9"}).content.decode()
    assert '<option value="es" lang="es" selected>' in page
    assert '<option value="MX" selected>' in page


@pytest.mark.parametrize(
    ("country", "names"),
    [
        ("US", ["line1", "line2", "city", "region", "postal_code"]),
        ("DE", ["line1", "line2", "postal_code", "city"]),
        ("IR", ["region", "city", "line1", "line2", "postal_code"]),
        ("AE", ["line1", "line2", "region"]),
        ("", ["line1", "line2", "city", "region", "postal_code"]),
    ],
)
def test_the_address_form_follows_the_country(
    client: Client, cantina: SmallSet, country: str, names: list[str]
) -> None:
    page = send(client, "country", country=country).content.decode()
    address = page[page.index('id="address"') : page.index("</fieldset>", page.index('id="address"'))]
    assert re.findall(r'<input id="id_([a-z0-9_]+)"', address) == names


def test_a_postal_code_without_an_example_has_no_hint(client: Client, cantina: SmallSet) -> None:
    assert 'id="id_postal_code-hint"' in send(client, "country", country="DE").content.decode()
    assert 'id="id_postal_code-hint"' not in send(client, "country", country="").content.decode()


def test_persian_digits_are_numbers(client: Client, cantina: SmallSet) -> None:
    response = send(client, bag="۱۴", postal_code="۶۲۷۰۱", region="illinois")
    assert response.status_code == 302
    assert OrderLine.objects.get().bag == cantina.bag14


# --- what it costs ----------------------------------------------------------------------------------------------------


def test_the_form_costs_the_same_few_questions_whatever_is_chosen(
    client: Client, cantina: SmallSet, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        client.get(HERE)
    with django_assert_num_queries(8):
        client.get(HERE, {"piece": ["3001:4"]})
    with django_assert_num_queries(8):
        client.get(HERE, {"piece": ["3001:4", "3024:71", "3070b:19"]})


def test_a_bare_number_leads_to_the_sets_own_form(client: Client, cantina: SmallSet) -> None:
    response = client.get("/sets/75290/request/", {"bag": "14"})
    assert response["Location"] == reverse("orders:request", args=["75290-1"]) + "?bag=14"
