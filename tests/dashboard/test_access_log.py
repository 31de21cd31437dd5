"""Who of the staff saw whose personal data is noted, once a minute, and shown to the lead. Never the data itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, Role, issue_api_key
from core.jobs import claim_job
from core.models import Job
from notifications.models import Message
from orders.floor.picking import create_wave
from orders.letters.writing import write_letter
from orders.links import order_path, order_token
from orders.models import Access, Order, PrintRun
from orders.parcels.printing import _write
from tests.api.callers import Caller
from tests.cast import SmallSet, allocated_order, order_for, staff_user, stock_bag
from tests.orders.privacy.parcels import packed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices")]


@pytest.fixture
def order(cantina: SmallSet) -> Order:
    """An order with its letter, and a mail."""
    stock_bag(cantina.bag14, 1)
    order = allocated_order(message="Hello")
    claim = claim_job(Job.objects.get(kind="write_letter").pk)
    assert claim is not None
    write_letter(claim)
    return order


def noted() -> list[tuple[str, str, str]]:
    """Who, which order, what; in the order of the notes."""
    rows = Access.objects.select_related("user", "key", "order").order_by("pk")
    return [
        (
            (row.key.name if row.key else "") or (row.user.username if row.user else ""),
            row.order.number if row.order else "",
            row.kind,
        )
        for row in rows
    ]


def key(role: str) -> Caller:
    return Caller(issue_api_key(name=f"{role} program", role=role)[1])


PAGES = {
    "orders/{number}/": "order",
    "orders/{number}/mails/{mail}/": "mail",
    "letters/{number}/1/": "letter",
    "letters/{number}/1.pdf": "letter",
    "letters/{number}/edit/": "letter",
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_personal_data_is_noted(client: Client, order: Order, page: str) -> None:
    client.force_login(staff_user(Role.SERVICE))
    path = page.format(number=order.number, mail=Message.objects.get().pk)
    assert client.get(f"/dashboard/{path}").status_code == 200
    assert noted() == [("sandra", order.number, PAGES[page])]


def test_the_list_of_letters_is_noted_without_an_order(client: Client, order: Order) -> None:
    client.force_login(staff_user(Role.SERVICE))
    client.get("/dashboard/letters/")
    client.get("/dashboard/letters/")
    assert noted() == [("sandra", "", "list")]


def test_words_of_a_customer_are_noted(client: Client, cantina: SmallSet) -> None:
    order = order_for(described="a red brick")
    client.force_login(staff_user(Role.SERVICE))
    assert client.get(f"/dashboard/orders/{order.number}/identify/").status_code == 200
    key("service").get(f"orders/{order.number}/description/")
    assert noted() == [("sandra", order.number, "words"), ("service program", order.number, "words")]


def test_an_address_on_a_parcels_page_and_its_papers_are_noted(client: Client, cantina: SmallSet) -> None:
    shipment = packed(cantina)
    number = shipment.order.number
    client.force_login(staff_user())
    client.get(f"/dashboard/orders/{number}/")
    assert noted() == [], "the warehouse sees no customer on the order's page"
    client.get(f"/dashboard/parcels/{shipment.pk}/")
    client.get(f"/dashboard/parcels/{shipment.pk}/label.pdf")
    assert noted() == [("paula", number, "address"), ("paula", number, "papers")]
    assert key("warehouse").get(f"shipments/{shipment.pk}/papers/all.pdf").status == 200
    assert noted()[2:] == [("warehouse program", number, "papers")]


def test_the_papers_of_a_wave_are_noted_for_each_of_its_orders(client: Client, cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 2)
    orders = [allocated_order(), allocated_order()]
    wave = create_wave(numbers=[order.number for order in orders], by=None)
    now = timezone.now()
    run = PrintRun.objects.create(
        wave=wave,
        requested_at=now,
        finished_at=now,
        file="x.pdf",
        parcels=[each.pk for each in wave.shipments.all()],
    )
    _write("x.pdf", b"%PDF")
    client.force_login(staff_user())
    responses: tuple[Any, ...] = (
        client.get(f"/dashboard/waves/{wave.pk}/papers/{run.pk}.pdf"),
        key("warehouse").get(f"waves/{wave.pk}/papers/{run.pk}.pdf").response,
    )
    for response in responses:
        assert b"".join(response.streaming_content) == b"%PDF"
    numbers = {order.number for order in orders}
    assert set(noted()) == {
        (who, number, "papers") for who in ("paula", "warehouse program") for number in numbers
    }


REST = {
    "orders/{number}/letter/": "letter",
    "orders/{number}/letter.pdf": "letter",
    "orders/{number}/letter/1/": "letter",
    "orders/{number}/letter/1.pdf": "letter",
    "orders/{number}/letter/texts/": "letter",
    "orders/{number}/mails/{mail}/": "mail",
    "letters/": "list",
}


@pytest.mark.parametrize("role", ["service", "lead"])
@pytest.mark.parametrize("path", REST)
def test_what_a_program_of_the_staff_reads_is_noted(order: Order, path: str, role: str) -> None:
    assert key(role).get(path.format(number=order.number, mail=Message.objects.get().pk)).status == 200
    assert noted() == [(f"{role} program", "" if REST[path] == "list" else order.number, REST[path])]


def test_what_is_refused_or_shows_nothing_personal_is_not_noted(client: Client, order: Order) -> None:
    assert key("warehouse").get(f"orders/{order.number}/letter/").status == 403
    assert key("service").get(f"orders/{order.number}/letter/9/").status == 404
    assert key("service").get(f"orders/{order.number}/").status == 200
    client.force_login(staff_user(Role.SERVICE))
    client.get("/dashboard/orders/")
    assert noted() == []


def test_who_does_not_see_the_customer_sees_of_the_box_code_what_is_a_code(
    client: Client, order: Order
) -> None:
    path = f"/dashboard/orders/{order.number}/"
    client.force_login(staff_user(Role.WAREHOUSE))
    Order.objects.update(box_code="45R0")
    assert "45R0" in client.get(path).content.decode()
    Order.objects.update(box_code="call Ann 555-1234")
    assert "call Ann" not in client.get(path).content.decode()
    assert noted() == []
    client.force_login(staff_user(Role.SERVICE))
    assert "call Ann" in client.get(path).content.decode()
    assert noted() == [("sandra", order.number, "order")]


def test_customers_are_not_noted(client: Client, order: Order) -> None:
    client.get(order_path(order))
    client.get(order_path(order).replace("/?", "/letter.pdf?"))
    assert Caller(token=order_token(order)).get(f"orders/{order.number}/letter/").status == 200
    Order.objects.update(placed_by=issue_api_key(name="shop")[0])
    shop = ApiKey.objects.get()
    assert Caller(issue_api_key(name="other")[1]).get(f"orders/{order.number}/letter/").status == 404
    assert shop.role == ""
    assert noted() == []


def test_it_is_noted_once_a_minute(client: Client, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(staff_user(Role.SERVICE))
    minute = timezone.now().replace(second=30)
    monkeypatch.setattr(timezone, "now", lambda: minute)
    for _ in range(3):
        client.get(f"/dashboard/orders/{order.number}/")
    assert len(noted()) == 1
    monkeypatch.setattr(timezone, "now", lambda: minute.replace(second=59))
    client.get(f"/dashboard/orders/{order.number}/")
    assert len(noted()) == 1
    monkeypatch.setattr(timezone, "now", lambda: minute + timedelta(minutes=1))
    client.get(f"/dashboard/orders/{order.number}/")
    assert len(noted()) == 2
    other = order_for()
    client.get(f"/dashboard/orders/{other.number}/")
    assert len(noted()) == 3


def test_the_lead_reads_it_by_order_and_by_person(client: Client, leo: Client, order: Order) -> None:
    other = order_for()
    client.force_login(staff_user(Role.SERVICE))
    client.get(f"/dashboard/orders/{order.number}/")
    key("service").get(f"orders/{order.number}/letter/")
    leo.get(f"/dashboard/orders/{other.number}/")

    def rows(**query: str) -> int:
        page = leo.get("/dashboard/privacy/", query).content.decode()
        assert "John" not in page
        assert order.contact.email not in page
        return page.count("<tr>") - 1

    assert rows() == 3
    assert rows(order=order.number.lower().replace("-", "")) == 2
    assert rows(person="Sandra") == 1
    assert rows(person="service program", order=order.number) == 1
    assert rows(person="nobody") == -1
    assert "There is no order B14-0" in leo.get("/dashboard/privacy/", {"order": "B14-0"}).content.decode()


def test_nothing_personal_stands_in_the_log(client: Client, order: Order) -> None:
    client.force_login(staff_user(Role.SERVICE))
    client.get(f"/dashboard/orders/{order.number}/")
    kept = Access.objects.values().get()
    assert kept.keys() == {"id", "at", "actor", "user_id", "key_id", "order_id", "kind"}
    assert kept["actor"] == f"user:{staff_user(Role.SERVICE).pk}"
