"""A link ends some time after its order, is renewed by mail alone, and every older one dies with it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role, issue_api_key
from core.jobs import claim_job
from core.models import Job
from notifications.models import Message
from orders.actors import CUSTOMER, SYSTEM
from orders.intake.cancelling import cancel_order
from orders.intake.resend_link import renew_link, request_link
from orders.letters.writing import latest_version, page_data, write_letter
from orders.lifecycle import move_order
from orders.links import has_link_ended, order_path, order_token, order_url
from orders.models import Order, OrderContact, Shipment, Wave
from orders.privacy.erasing import erase_order
from tests.api.callers import Caller
from tests.cast import allocated_order, order_for, small_set, staff_user, stock_bag
from tests.orders.link_jobs import run_link_jobs
from tests.orders.pages.web_form import send

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(settings: Any) -> Order:
    """A cancelled order whose link ended a day ago."""
    small_set()
    order = order_for()
    cancel_order(order_id=order.pk, actor=CUSTOMER)
    back(order, settings.LINK_DAYS + 1)
    return order


def back(order: Order, days: int) -> None:
    """As if the order had ended so many days earlier."""
    Order.objects.filter(pk=order.pk).update(ended_at=timezone.now() - timedelta(days=days))
    order.refresh_from_db()


def mailed() -> list[str]:
    return list(Message.objects.filter(kind__in=["link", "new_link"]).values_list("kind", flat=True))


def test_a_living_order_has_no_end_and_its_link_holds_for_years(client: Client) -> None:
    small_set()
    order = order_for()
    Order.objects.update(created_at=timezone.now() - timedelta(days=3000))
    assert Order.objects.get().ended_at is None
    assert client.get(order_path(order)).status_code == 200


def test_the_end_is_noted_and_taken_back_when_the_order_goes_on() -> None:
    stock_bag(small_set().bag14, 1)
    order = allocated_order()
    move_order(order, "closed", SYSTEM)
    assert Order.objects.get().ended_at is not None
    move_order(order, "backordered", SYSTEM)
    assert Order.objects.get().ended_at is None
    assert order.ended_at is None


def test_a_link_ends_after_its_days(client: Client, ended: Order, settings: Any) -> None:
    back(ended, settings.LINK_DAYS - 1)
    assert client.get(order_path(ended)).status_code == 200
    back(ended, settings.LINK_DAYS)
    assert client.get(order_path(ended)).status_code == 410


@pytest.mark.parametrize(
    "rest", ["", "again/", "data/", "letter.pdf", "cancel/", "link/", "address/", "more/"]
)
def test_every_page_of_an_ended_link_offers_one_button_and_shows_nothing(
    client: Client, ended: Order, rest: str
) -> None:
    response = client.get(f"/orders/{ended.number}/{rest}?token={order_token(ended)}")
    page = response.content.decode()
    assert response.status_code == 410
    assert "Mail me a new link" in page
    assert page.count('method="post" action="/orders/') == 1
    assert ended.set.name not in page
    assert response["Referrer-Policy"] == "no-referrer"


def test_the_button_mails_a_new_link_to_the_orders_own_address(client: Client, ended: Order) -> None:
    old = order_path(ended)
    page = client.post(f"/orders/{ended.number}/link/?token={order_token(ended)}").content.decode()
    found = Message.objects.get(kind="new_link")
    ended.refresh_from_db()
    assert found.to_email == OrderContact.objects.get(order=ended).email
    assert order_url(ended) in found.body
    assert found.body.strip().startswith("Hello John,")
    assert order_token(ended) not in page
    assert client.get(order_path(ended)).status_code == 200
    assert client.get(old).status_code == 404, "a link of an older version is not even known to have ended"


def test_an_ended_link_is_renewed_once_an_hour(client: Client, ended: Order) -> None:
    assert [renew_link(order_id=ended.pk, actor=CUSTOMER) for _ in range(3)] == [True, False, False]
    assert mailed() == ["new_link"]
    Order.objects.update(link_renewed_at=timezone.now() - timedelta(hours=1, seconds=1))
    assert renew_link(order_id=ended.pk, actor=CUSTOMER)
    assert mailed() == ["new_link"] * 2


def test_a_renewed_link_holds_as_long_as_a_new_end(ended: Order, settings: Any) -> None:
    renew_link(order_id=ended.pk, actor=CUSTOMER)
    ended.refresh_from_db()
    assert not has_link_ended(ended)
    Order.objects.update(link_renewed_at=timezone.now() - timedelta(days=settings.LINK_DAYS))
    ended.refresh_from_db()
    assert has_link_ended(ended)


def test_a_customer_revokes_a_living_link(client: Client) -> None:
    small_set()
    order = order_for()
    old, path = order_path(order), f"/orders/{order.number}/link/?token={order_token(order)}"
    assert path in client.get(old).content.decode()
    assert "stops working at once" in client.get(path).content.decode()
    assert client.get(old).status_code == 200, "opening the page changes nothing"
    assert client.post(path).status_code == 200
    assert client.get(old).status_code == 404
    assert Caller(token=old.partition("token=")[2]).get(f"orders/{order.number}/").status == 404
    order.refresh_from_db()
    assert client.get(order_path(order)).status_code == 200
    assert order.events.filter(type="link_renewed", by="customer").exists()


def test_a_form_sent_again_does_not_open_the_link_that_was_renewed_since(client: Client) -> None:
    small_set()
    first = send(client)["Location"]
    order = Order.objects.latest("pk")
    assert first == send(client)["Location"] == f"{order_path(order)}&new=1"
    assert renew_link(order_id=order.pk, actor=CUSTOMER)
    assert send(client)["Location"] == first
    assert client.get(first).status_code == 404


def test_find_my_order_renews_where_the_link_has_ended(ended: Order) -> None:
    email = OrderContact.objects.get(order=ended).email
    request_link(number=ended.number, email="another@example.com")
    run_link_jobs()
    assert mailed() == []
    request_link(number=ended.number, email=email)
    run_link_jobs()
    assert mailed() == ["new_link"]
    ended.refresh_from_db()
    request_link(number=ended.number, email=email)
    run_link_jobs()
    assert mailed() == ["new_link", "link"], "the new one holds, so it is the one that is mailed again"
    assert ended.link_version == 2


def test_a_program_gets_410_only_for_the_right_signature(ended: Order) -> None:
    path = f"orders/{ended.number}/"
    for rest in ("", "letter/", "expected/"):
        assert Caller(token=order_token(ended)).get(path + rest).is_refused(410, "link_ended")
    assert Caller(token=order_token(ended)).post(f"{path}cancel/", {}).is_refused(410, "link_ended")
    assert Caller(token="x" * 43).get(path).is_refused(404, "not_found")
    assert Caller().get(path).is_refused(404, "not_found")


def test_a_printed_letter_that_is_printed_later_has_the_present_link(voices: None) -> None:
    stock_bag(small_set().bag14, 1)
    order = allocated_order()
    claim = claim_job(Job.objects.get(kind="write_letter").pk)
    assert claim is not None
    write_letter(claim)
    version = latest_version(order)
    renew_link(order_id=order.pk, actor=CUSTOMER)
    order.refresh_from_db()
    assert version.data["status_url"] != order_url(order)
    assert page_data(version, order)["status_url"] == order_url(order)


def test_the_page_never_reads_out_an_old_link(client: Client, voices: None) -> None:
    stock_bag(small_set().bag14, 1)
    order = allocated_order()
    claim = claim_job(Job.objects.get(kind="write_letter").pk)
    assert claim is not None
    write_letter(claim)
    old = order_token(order)
    renew_link(order_id=order.pk, actor=CUSTOMER)
    order.refresh_from_db()
    page = client.get(order_path(order)).content.decode()
    assert old not in page
    assert f'<a href="{order_path(order)}" dir="ltr">' in page


def test_with_the_links_of_an_order_die_those_to_what_follows_it(client: Client) -> None:
    """A stranger who holds the link makes an order that follows, and holds its link too."""
    small_set()
    order = order_for()
    Shipment.objects.create(
        order=order,
        wave=Wave.objects.create(created_at=timezone.now()),
        slot=1,
        status="shipped",
        created_at=timezone.now(),
        packed_at=timezone.now(),
        shipped_at=timezone.now(),
    )
    address = f"/orders/{order.number}/again/?token={order_token(order)}"
    shown = client.post(address, {"trouble": "not_come", "message": ""})["Location"]
    assert client.get(shown).status_code == 200
    renew_link(order_id=order.pk, actor=CUSTOMER)
    assert client.get(shown).status_code == 404
    follower = Order.objects.get(follows=order)
    assert client.get(order_path(follower)).status_code == 200
    bodies = Message.objects.filter(kind="new_link").values_list("body", flat=True)
    assert sum(order_url(follower) in body for body in bodies) == 1
    assert all(body.startswith("Hello John") for body in bodies), "each greets whom it is for"


def test_an_erased_order_gets_no_new_link() -> None:
    small_set()
    order = order_for()
    erase_order(order_id=order.pk, actor=CUSTOMER)
    service = Caller(issue_api_key(name="desk", role="service")[1])
    assert service.post(f"orders/{order.number}/link/").is_refused(409, "erased")
    assert not Message.objects.exists()


def test_service_renews_a_link_by_rest_and_the_event_names_who() -> None:
    small_set()
    order, sandra = order_for(), staff_user(Role.SERVICE)
    service = Caller(issue_api_key(name="desk", role="service", user=sandra)[1])
    assert service.post(f"orders/{order.number}/link/").status == 202
    assert service.post(f"orders/{order.number}/link/").status == 200
    assert order.events.get(type="link_renewed").actor == sandra
    assert mailed() == ["new_link"]


def test_service_renews_a_link_on_the_orders_page(client: Client) -> None:
    small_set()
    order = order_for()
    client.force_login(staff_user(Role.SERVICE))
    path = f"/dashboard/orders/{order.number}/link/"
    assert path in client.get(f"/dashboard/orders/{order.number}/").content.decode()
    assert "no longer works" in client.post(path, follow=True).content.decode()
    assert "Nothing changed" in client.post(path, follow=True).content.decode()
    assert mailed() == ["new_link"]
