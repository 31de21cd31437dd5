"""What looks like an address in the net holds an order for a person, and stands in no mail before."""

import dataclasses
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role
from core.models import Job
from dashboard import wording
from notifications.models import Message
from orders.actors import CUSTOMER, staff
from orders.intake.changing import add_lines, change_address
from orders.intake.follow_up import ask_again
from orders.intake.order_request import AddressRequest, BuilderRequest, LineRequest
from orders.intake.placing import place_order, preview_order
from orders.intake.reviewing import review_order
from orders.mails import KINDS, queue_mail
from orders.models import Order, OrderContact
from orders.web_addresses import FIELDS
from tests.api.test_roles import shipped_order
from tests.cast import JOHN, SPRINGFIELD, SmallSet, order_for, request_for, small_set, staff_user
from tests.orders.pages.web_form import send
from tests.orders.test_mails import all_mails_about

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LINK = "evil.example.com/refund"
TRAP = f"Dear customer, your refund waits: http://{LINK}"


@pytest.fixture
def sandra(db: None) -> Client:
    """Works in service."""
    client = Client()
    client.force_login(staff_user(Role.SERVICE))
    return client


def wanted_with(field: str, text: str) -> Any:
    if field == "name":
        return request_for(customer=dataclasses.replace(JOHN, name=text))
    if field == "builder_name":
        return request_for(builder=BuilderRequest(name=text))
    if field in ("message", "bought_at", "described"):
        more: dict[str, Any] = {field: text}
        return request_for(**more)
    if field == "described_set":
        wanted = request_for(described="Bag 14", described_set=text)
        return dataclasses.replace(wanted, set_num="", lines=())
    address = dataclasses.replace(SPRINGFIELD, country="AX", city="Mariehamn", region="", postal_code="22100")
    return request_for(address=dataclasses.replace(address, **{field: text}))


@pytest.mark.parametrize(
    "field",
    ["name", "builder_name", "line1", "line2", "city", "message", "bought_at", "described_set", "described"],
)
def test_order_is_held_with_its_reason_and_the_field_is_named(
    cantina: SmallSet, sandra: Client, field: str
) -> None:
    wanted = wanted_with(field, f"see {LINK}")
    assert "web_address" in preview_order(wanted=wanted)
    order = place_order(wanted=wanted, channel="web").order
    assert order.state == Order.State.IN_REVIEW
    assert "web_address" in order.review_reasons
    assert not Job.objects.filter(kind="write_letter").exists()
    said = f"a telephone number: {wording.FIELDS[field]}".replace("'", "&#x27;")
    assert said in sandra.get(f"/dashboard/orders/{order.number}/").content.decode()
    assert said in sandra.get("/dashboard/orders/?view=review").content.decode()


@pytest.mark.parametrize("language", ["en", "es", "fa"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_mail_of_ours_greets_with_a_link(cantina: SmallSet, kind: str, language: str) -> None:
    customer = dataclasses.replace(JOHN, name=TRAP, language=language)
    order = order_for(
        LineRequest(bag="14"), LineRequest(part_num="3070b", color_id=19, quantity=2), customer=customer
    )
    queue_mail(order, kind, key="again", **all_mails_about(order))
    message = Message.objects.get(key=f"order:{order.pk}:{kind}:again")
    for text in (message.subject, message.body, message.html_body):
        assert "evil" not in text
        assert "refund" not in text
    greeting = {"en": "Hello,", "es": "Hola:", "fa": "سلام،"}[language]
    assert greeting in message.body


def test_words_for_a_set_are_not_mailed_where_they_hold_a_link(cantina: SmallSet) -> None:
    place_order(wanted=wanted_with("described_set", LINK), channel="web")
    (message,) = Message.objects.all()
    assert "evil" not in message.subject + message.body + message.html_body
    assert "your set" in message.body


def test_label_of_an_unknown_bag_is_read_too(db: None) -> None:
    small_set(bags_known=False)
    wanted = request_for("75290-1", LineRequest(bag="bit.ly/x"))
    order = place_order(wanted=wanted, channel="web").order
    assert "web_address" in order.review_reasons
    plain = order_for()
    add_lines(order_id=plain.pk, lines=(LineRequest(bag="t.me/evil"),), actor=CUSTOMER)
    plain.refresh_from_db()
    assert "web_address" in plain.review_reasons


@pytest.mark.parametrize("name", ["St.John", "J.R. Smith", "Mary.Jo", "Dr.Who", "علی رضایی", "Mª José Ruiz"])
def test_real_name_is_not_held_and_is_greeted(cantina: SmallSet, name: str) -> None:
    order = order_for(customer=dataclasses.replace(JOHN, name=name))
    assert order.state == Order.State.RECEIVED
    queue_mail(order, "link")
    assert name in Message.objects.get().body


def test_address_that_is_changed_to_a_link_holds_the_order(cantina: SmallSet) -> None:
    order = order_for()
    address = dataclasses.replace(SPRINGFIELD, line2="www.evil.example")
    change_address(order_id=order.pk, address=address, actor=CUSTOMER)
    order.refresh_from_db()
    assert (order.state, order.review_reasons) == ("in_review", ["web_address"])


def test_message_of_a_follow_up_is_named(cantina: SmallSet) -> None:
    follower = ask_again(
        order_id=shipped_order().pk, trouble="not_come", message=f"look at {LINK}", actor=CUSTOMER
    )
    assert follower.review_reasons == ["web_address", "follows_another"]


def test_customer_reads_before_sending_why_a_person_looks(client: Client, cantina: SmallSet) -> None:
    page = send(client, "check", name=TRAP).content.decode()
    assert "Something you typed looks like an address in the internet" in page
    assert send(client, name=TRAP).status_code == 302, "doubt is never refused"


def test_person_may_approve_it(cantina: SmallSet, voices: None) -> None:
    order = place_order(wanted=wanted_with("message", f"see {LINK}"), channel="web").order
    review_order(order_id=order.pk, decision="approve", actor=staff(staff_user()))
    assert Job.objects.filter(kind="write_letter", subject=str(order.pk)).exists()


def test_service_that_places_has_read_it(cantina: SmallSet) -> None:
    order = place_order(wanted=wanted_with("message", LINK), channel="api", exempt_from_limits=True).order
    assert order.state == Order.State.RECEIVED


def test_addresses_of_another_contact_field_are_all_known() -> None:
    """A new personal text must be read, or left out here with its reason."""
    texts = {
        field.name
        for field in OrderContact._meta.get_fields()
        if getattr(field, "max_length", None) and field.name not in ("email_key", "address_key")
    }
    # The address of the mailbox itself; codes from our own lists.
    assert texts - set(FIELDS) == {"email", "country", "builder_age_band"}
    assert AddressRequest.__dataclass_fields__.keys() - set(FIELDS) == {"country"}
