"""After the request: found again, cancelled, looked for, erased; and what is not there."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone, translation
from playwright.sync_api import Route

from accounts import throttling
from catalog.models import PartRelation
from core.throttling import Window
from notifications.models import Message
from orders.actors import staff
from orders.allocation.substitutes import offer_substitute
from orders.intake.order_request import LineRequest
from orders.links import order_path
from orders.models import Order, OrderContact, Shipment, Wave
from tests.cast import SmallSet, allocated_order, order_for, piece, stock_piece
from tests.e2e.customer import Customer, do_jobs
from tests.orders.link_jobs import run_link_jobs

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Customer]


def send_parcel(order: Order, status: str) -> None:
    """As far as this status, as the warehouse does it."""
    now = timezone.now()
    packed, shipped = status != "picking", status not in ("picking", "packed")
    Shipment.objects.create(
        order=order,
        wave=Wave.objects.create(created_at=now),
        slot=1,
        status=status,
        created_at=now,
        packed_at=now if packed else None,
        shipped_at=now if shipped else None,
        carrier="Post" if shipped else "",
        tracking_number="RR123456785XX" if shipped else "",
    )


@pytest.mark.parametrize(
    ("language", "script"), [("en", True), ("es", False), ("fa", True)], ids=["en", "es-no-script", "fa"]
)
def test_found_it(visit: Visit, cantina: SmallSet, language: str, script: bool) -> None:
    john = visit(language=language, width=360, script=script)
    john.place_bag()
    do_jobs()
    with john.page.expect_navigation():
        john.page.click(".order-lines button")
    order = Order.objects.get()
    assert (order.state, order.end_reason) == ("cancelled", "found")
    assert john.page.locator(".note.good").count() == 1
    john.look()


def test_the_letter_appears_when_it_is_written(visit: Visit, cantina: SmallSet) -> None:
    john = visit(width=360)
    john.place_bag()
    assert john.page.locator(".letter").count() == 0
    john.look()
    do_jobs()
    john.page.wait_for_selector(".letter")
    john.look()


@pytest.mark.parametrize(("language", "script"), [("es", True), ("fa", False)])
def test_it_has_not_come(visit: Visit, cantina: SmallSet, language: str, script: bool) -> None:
    sara = visit(language=language, width=360, script=script)
    first = sara.place_bag()
    send_parcel(first, "shipped")
    sara.page.reload()
    sara.look()
    with sara.page.expect_navigation():
        sara.page.click("a[href*='trouble=not_come']")
    assert sara.page.is_checked("[name=trouble][value=not_come]")
    sara.look()
    sara.page.fill("[name=message]", "¡Nada! " * 200)
    sara.press("send")
    assert sara.page.locator(".error-summary li").count() == 1
    assert sara.page.input_value("[name=message]") == "¡Nada! " * 200
    sara.look()
    sara.page.fill("[name=message]", "El buzón está vacío.")
    sara.press("send")
    assert Order.objects.get(follows=first).number in sara.page.url
    sara.look()


# In each language in turn: the state of the order, and of its parcel if one is under way.
STATES = {
    "en": [("declined", ""), ("backordered", ""), ("allocated", "packed")],
    "es": [("in_review", ""), ("allocated", "picking"), ("closed", "returned")],
    "fa": [("allocated", ""), ("backordered", "delivered"), ("closed", "shipped")],
}


@pytest.mark.parametrize("language", STATES)
def test_every_state_is_a_page_for_everybody(visit: Visit, cantina: SmallSet, language: str) -> None:
    maria = visit(language=language, width=360)
    for state, parcel in STATES[language]:
        order = order_for(LineRequest(bag="14"), LineRequest(part_num="3024", color_id=71))
        Order.objects.filter(pk=order.pk).update(state=state)
        order.lines.filter(bag_label="").update(backordered=state == "backordered")
        if parcel:
            send_parcel(order, parcel)
        maria.open(order_path(order))
        for summary in maria.page.locator("summary").all():
            summary.click()
        maria.look()


def test_will_another_piece_do(visit: Visit, cantina: SmallSet) -> None:
    variant = piece("3024b", 71, "Plate 1 x 1 with rim", "Light Bluish Gray", "A0A5A9", 230)
    PartRelation.objects.create(kind="M", child=variant.part, parent=cantina.grey.part)
    stock_piece(variant, 1)
    order = allocated_order(LineRequest(part_num="3024", color_id=71))
    offer = offer_substitute(
        line_id=order.lines.get().pk, wanted_id=cantina.grey.pk, offered_id=variant.pk, actor=staff(None)
    )
    sara = visit(language="fa", width=360, script=False)
    sara.open(order_path(order))
    with sara.page.expect_navigation():
        sara.page.click(f"a[href*='/substitutes/{offer.pk}/']")
    sara.look()
    sara.page.evaluate("document.querySelector('#answer').noValidate = true")
    with sara.page.expect_navigation():
        sara.page.click("#answer .button")
    assert sara.page.locator(".error-summary li").count() == 1
    sara.complaints.clear()  # the browser notes the refusal
    sara.look()
    sara.page.check("[name=answer][value=yes]")
    with sara.page.expect_navigation():
        sara.page.click("#answer .button")
    sara.look()
    offer.refresh_from_db()
    assert offer.answer == "yes"


def test_cancel(visit: Visit, cantina: SmallSet) -> None:
    sara = visit(language="fa", width=360, script=False)
    order = sara.place_bag()
    with sara.page.expect_navigation():
        sara.page.click(f".foot a[href*='{order.number}/cancel/']")
    sara.look()
    with sara.page.expect_navigation():
        sara.page.click(".button.warn")
    order.refresh_from_db()
    assert order.state == Order.State.CANCELLED
    sara.look()


def test_add_to_my_request(visit: Visit, cantina: SmallSet) -> None:
    sara = visit(language="fa", width=360, script=False)
    order = sara.place_bag()
    do_jobs()
    sara.page.reload()
    with sara.page.expect_navigation():
        sara.page.click("a[href*='/more/']")
    sara.look()
    sara.press("save")
    assert sara.page.locator(".error-summary").count() == 1
    sara.look()
    sara.page.fill("[name=find]", "plate")
    sara.press("find")
    with sara.page.expect_navigation():
        sara.page.click("button[value='add:3024:71']")
    sara.look()
    sara.press("save")
    assert list(order.lines.values_list("bag_label", "piece__part__part_num")) == [("14", None), ("", "3024")]
    assert sara.page.locator(".note.good").count() == 1
    do_jobs()
    sara.page.reload()
    sara.look()


def test_change_the_address(visit: Visit, cantina: SmallSet) -> None:
    maria = visit(language="es", width=360, script=False)
    order = maria.place_bag()
    with maria.page.expect_navigation():
        maria.page.click("a[href*='/address/']")
    maria.look()
    maria.page.fill("[name=line1]", "Calle Mayor 1")
    maria.choose_country("ES")
    assert maria.page.input_value("[name=line1]") == "Calle Mayor 1"
    maria.press("save")
    assert maria.page.locator(".error-summary li").count() >= 2
    maria.look()
    for name, text in {"city": "Madrid", "region": "Madrid", "postal_code": "28013"}.items():
        maria.page.fill(f"[name={name}]", text)
    maria.press("save")
    maria.look()
    order.contact.refresh_from_db()
    assert (order.contact.city, order.contact.country) == ("Madrid", "ES")


def test_find_my_request(visit: Visit, cantina: SmallSet) -> None:
    john = visit(width=360, script=False)
    order = john.place_bag()
    john.open("/orders/find/")
    john.look()
    john.press("find")
    assert john.page.locator(".error-summary li").count() == 2
    john.look()
    john.page.fill("[name=number]", order.number.lower())
    john.page.fill("[name=email]", "John@Example.com")
    john.press("find")
    john.look()
    assert order.number not in john.page.inner_text("main")
    run_link_jobs()
    assert order_path(order) in Message.objects.get(kind="link").body


def test_erase_my_data(visit: Visit, cantina: SmallSet) -> None:
    maria = visit(language="es", width=360, script=False)
    order = maria.place_bag()
    old = maria.page.url
    with maria.page.expect_navigation():
        maria.page.click(f".foot a[href*='{order.number}/data/']")
    maria.look()
    maria.press("erase")
    maria.look()
    link = re.search(r"(/orders/\S+proof=\S+)", Message.objects.get(kind="erase").body)
    assert link is not None
    maria.open(link[1])
    maria.look()
    assert OrderContact.objects.exists()
    with maria.page.expect_navigation():
        maria.page.click(".button.warn")
    maria.look()
    assert not OrderContact.objects.exists()
    assert maria.page.goto(old).status == 404  # type: ignore[union-attr]
    maria.complaints.clear()  # the browser notes the 404
    maria.look()


def test_pages_that_are_seldom_seen(visit: Visit, cantina: SmallSet, monkeypatch: pytest.MonkeyPatch) -> None:
    sara = visit(language="fa", width=360)
    order = order_for()
    for path in ("/sets/?q=qqqqqq", "/sets/?q=300121", order_path(order).replace("/?", "/letter.pdf?")):
        sara.open(path)
        sara.look()
    monkeypatch.setattr(throttling, "LINK_REQUESTS", Window("none-left", amount=0, seconds=60))
    sara.open("/orders/find/")
    sara.page.fill("[name=number]", order.number)
    sara.page.fill("[name=email]", "john@example.com")
    sara.press("find")
    sara.look()
    for name in ("400", "403", "403_csrf", "500"):
        with translation.override("fa"):
            html = render_to_string(f"{name}.html", request=RequestFactory().get("/"))
        sara.page.route("**/broken/", partial(answer_with, html))
        sara.open("/broken/")
        sara.look()
        sara.page.unroute("**/broken/")
    sara.complaints.clear()  # the browser notes what was not found, and not answered


def answer_with(html: str, route: Route) -> None:
    route.fulfill(body=html, content_type="text/html; charset=utf-8")


@pytest.mark.parametrize("language", ["en", "es", "fa"])
def test_a_page_that_is_not_there(visit: Visit, cantina: SmallSet, language: str) -> None:
    john = visit(language=language, width=360)
    for path in ("/nowhere/", "/sets/99999-1/", "/orders/B14-0000-0000/?token=x"):
        john.open(path)
        john.look()
    john.complaints.clear()  # the browser notes the 404s
    john.open("/privacy/")
    john.look()
