"""Every page that can refuse: errors at the field and in the summary, in the page's language; the text stays."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext

from orders.links import order_token
from orders.models import Order, Shipment, Wave
from tests.cast import allocated_order, small_set, stock_bag
from tests.orders.pages.web_form import JOHNS, errors_of, inputs_of

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.slow]


@dataclass(frozen=True)
class Page:
    """A page, what is sent to it, and the fields that must show an error."""

    path: str
    sent: dict[str, Any]
    wrong: set[str]
    kept: dict[str, str] = field(default_factory=dict)


PAGES = {
    "ask": Page(
        "/sets/75290-1/request/",
        {**JOHNS, "bag": "99", "name": "", "email": "john", "postal_code": "1", "action": "check"},
        {"bag", "name", "email", "postal_code"},
        {"email": "john", "postal_code": "1", "line1": "1 Main St"},
    ),
    "ask, on placing": Page(
        "/sets/75290-1/request/",
        {**JOHNS, "region": "Bavaria", "action": "place"},
        {"region"},
        {"region": "Bavaria", "name": "John"},
    ),
    "ask, a list": Page(
        "/sets/75290-1/request/",
        {**JOHNS, "list": "300121,99\nnonsense", "action": "list"},
        {"list"},
        {"name": "John"},
    ),
    "ask, too many words": Page(
        "/sets/75290-1/request/",
        {**JOHNS, "described": "D" * 1001, "action": "check"},
        {"described"},
        {"name": "John"},
    ),
    "ask for what is not listed": Page(
        "/not-listed/",
        {**JOHNS, "described_set": " ", "described": "", "city": "", "action": "check"},
        {"described_set", "described", "city"},
        {"name": "John"},
    ),
    "find": Page(
        "/orders/find/",
        {"number": "B14-1", "email": "john", "action": "find"},
        {"number", "email"},
        {"number": "B14-1", "email": "john"},
    ),
    "another address": Page(
        "/orders/NUMBER/address/",
        {"line1": "", "city": "Madrid", "postal_code": "x", "country": "ES", "action": "save"},
        {"line1", "postal_code", "region"},
        {"city": "Madrid", "postal_code": "x"},
    ),
    "something else": Page(
        "/orders/NUMBER/more/",
        {"bag": "14", "piece": "3001:4", "quantity": "99", "reason": "missing", "action": "save"},
        {"bag", "quantity-0"},
        {"quantity": "99"},
    ),
    "it has not come": Page(
        "/orders/SENT/again/",
        {"trouble": "", "message": "M" * 1001, "action": "send"},
        {"trouble"},
    ),
    "too long a line": Page(
        "/orders/SENT/again/",
        {"trouble": "not_come", "message": "M" * 1001, "action": "send"},
        {"message"},
    ),
}


@pytest.fixture
def orders() -> dict[str, Order]:
    cantina = small_set()
    stock_bag(cantina.bag14, 1)
    sent, now = allocated_order(), timezone.now()
    Shipment.objects.create(
        order=sent,
        wave=Wave.objects.create(created_at=now),
        slot=1,
        status="shipped",
        created_at=now,
        packed_at=now,
        shipped_at=now,
    )
    return {"NUMBER": allocated_order(), "SENT": sent}


def answer(client: Client, page: Page, orders: dict[str, Order], language: str) -> str:
    path = page.path
    for name, order in orders.items():
        if name in path:
            path = f"{path.replace(name, order.number)}?token={order_token(order)}"
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    response = client.post(path, page.sent)
    assert response.status_code == 200
    return str(response.content.decode())


def summary(html: str) -> list[str]:
    return [unescape(said) for said in re.findall(r'<li><a href="#id_[^"]+">([^<]+)</a>', html)]


@pytest.mark.parametrize("language", ["en", "es", "fa"])
@pytest.mark.parametrize("what", PAGES)
def test_what_is_wrong_stands_at_its_field_in_the_page_s_language(
    client: Client, orders: dict[str, Order], what: str, language: str
) -> None:
    page = PAGES[what]
    html = answer(client, page, orders, language)
    assert errors_of(html) == page.wrong
    for name in page.wrong:
        assert f'id="id_{name}"' in html, "the summary's link leads somewhere"
        assert f'id="id_{name}-error"' in html, "and the sentence stands there too"
        assert re.search(rf'aria-describedby="[^"]*id_{name}-error', html), "where it is read out"
    said = summary(html)
    beside = unescape(re.sub(r"<[^>]+>", " ", html.partition("</ul>")[2]))
    assert all(sentence in beside for sentence in said)
    assert inputs_of(html).items() >= page.kept.items()
    for name in ("described", "message", "list"):
        if page.sent.get(name, "").strip() and name != "list":
            assert f"{page.sent[name]}</textarea>" in html
    if language != "en":
        english = summary(answer(Client(), page, orders, "en"))
        assert not set(said) & set(english)
    with translation.override(language):
        assert f"<title>{gettext('Error:')}" in html


@pytest.mark.parametrize("what", PAGES)
def test_the_language_is_switched_without_losing_the_form(
    client: Client, orders: dict[str, Order], what: str
) -> None:
    page = PAGES[what]
    switched = Page(page.path, {**page.sent, "action": "language:fa"}, set(), page.kept)
    html = answer(client, switched, orders, "en")
    assert '<html lang="fa" dir="rtl">' in html
    assert not errors_of(html)
    assert inputs_of(html).items() >= page.kept.items()
    for name in ("described", "message", "list"):
        if page.sent.get(name, "").strip():
            assert page.sent[name] in html


@pytest.mark.parametrize("what", PAGES)
def test_a_form_left_open_for_days_is_still_taken(orders: dict[str, Order], what: str) -> None:
    """The form needs no session, which could have run out, and no cookie."""
    page = PAGES[what]
    assert errors_of(answer(Client(enforce_csrf_checks=True), page, orders, "en")) == page.wrong
