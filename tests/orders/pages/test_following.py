"""The page of a request: it opens only by its link, and changes made there are kept."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from core.codes import new_code
from core.jobs import claim_job
from core.models import Job
from notifications.models import Message
from orders.intake.order_request import LineRequest
from orders.letters.writing import write_letter
from orders.links import order_path, order_token
from orders.models import Order, Shipment
from orders.pages.timeline import history_of, steps_of
from tests.cast import JOHN, allocated_order, order_for, small_set, stock_bag
from tests.orders.link_jobs import run_link_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def order() -> Order:
    cantina = small_set()
    stock_bag(cantina.bag14, 1)
    return allocated_order()


def path(order: Order, rest: str = "") -> str:
    return f"/orders/{order.number}/{rest}?token={order_token(order)}"


def test_the_link_opens_the_page_and_nothing_carries_the_link_on(client: Client, order: Order) -> None:
    response = client.get(order_path(order))
    assert response.status_code == 200
    assert order.number in response.content.decode()
    assert response["Referrer-Policy"] == "no-referrer"
    assert "private" in response["Cache-Control"]


def test_the_number_may_be_written_in_any_way(client: Client, order: Order) -> None:
    loose = order.number.replace("-", "").lower()
    assert client.get(f"/orders/{loose}/?token={order_token(order)}").status_code == 200


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "cancel/",
        "erase/",
        "download/",
        "data/",
        "data/mailed/",
        "address/",
        "more/",
        "letter.pdf",
        "lines/1/found/",
    ],
)
@pytest.mark.parametrize("token", ["", "wrong", "\x00", "ü" * 50])
def test_without_its_token_there_is_nothing_and_the_page_helps(
    client: Client, order: Order, rest: str, token: str
) -> None:
    for number in (order.number, new_code("B14"), "nonsense"):
        method = client.post if rest.startswith("lines") else client.get
        response = method(f"/orders/{number}/{rest}", query_params={"token": token})
        assert response.status_code == 404
        assert "We can send it to you again" in response.content.decode()
        assert response["Referrer-Policy"] == "no-referrer"


def test_a_token_does_not_open_another_customers_order(client: Client, order: Order) -> None:
    other = order_for()
    assert client.get(f"/orders/{other.number}/?token={order_token(order)}").status_code == 404


def test_the_page_says_how_far_it_is(client: Client, order: Order) -> None:
    page = client.get(order_path(order)).content.decode()
    assert "Your parts lie ready for you" in page
    assert page.count('aria-current="step"') == 1


@pytest.mark.parametrize(
    ("status", "states"),
    [
        ("received", ["now", "later", "later", "later", "later"]),
        ("backordered", ["done", "now", "later", "later", "later"]),
        ("picking", ["done", "now", "later", "later", "later"]),
        ("packed", ["done", "done", "now", "later", "later"]),
        ("shipped", ["done", "done", "done", "now", "later"]),
        ("delivered", ["done", "done", "done", "done", "now"]),
        ("returned", ["done", "done", "done", "done", "now"]),
        ("cancelled", []),
    ],
)
def test_steps_follow_the_status(status: str, states: list[str]) -> None:
    assert [step.state for step in steps_of(status, {})] == states


def test_every_status_has_its_steps() -> None:
    for status in {*Order.State.values, *Shipment.Status.values}:
        steps_of(status, {})


def test_cancelling_is_asked_about_first_and_then_done(client: Client, order: Order) -> None:
    assert "Yes, cancel it" in client.get(path(order, "cancel/")).content.decode()
    order.refresh_from_db()
    assert order.state == Order.State.ALLOCATED
    response = client.post(path(order, "cancel/"), follow=True)
    order.refresh_from_db()
    assert order.state == Order.State.CANCELLED
    assert "Your request is cancelled" in response.content.decode()


def test_found_it_takes_a_line_back_with_a_single_click(client: Client, order: Order) -> None:
    line = order.lines.get()
    response = client.post(path(order, f"lines/{line.pk}/found/"), follow=True)
    line.refresh_from_db()
    assert line.found_at is not None
    assert "How nice that it turned up" in response.content.decode()
    assert "Found it!" not in response.content.decode()


def test_what_can_no_longer_be_changed_is_explained_and_not_offered(client: Client, order: Order) -> None:
    client.post(path(order, "cancel/"))
    response = client.post(path(order, "cancel/"), follow=True)
    assert "has ended already" in response.content.decode()
    assert "Cancel this request" not in response.content.decode()


@pytest.mark.parametrize("line", ["0", "999999999999999999999999"])
def test_a_line_of_no_order_is_not_found(client: Client, order: Order, line: str) -> None:
    assert client.post(path(order, f"lines/{line}/found/"), follow=True).status_code == 200
    assert order.lines.get().found_at is None


def test_looking_changes_nothing(client: Client, order: Order) -> None:
    assert client.get(path(order, "lines/1/found/")).status_code == 405


def test_pages_that_change_something_need_no_cookie_to_be_safe(order: Order) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path(order, "cancel/"), headers={"Origin": "null"}).status_code == 302


def test_the_letter_stands_on_the_page_as_it_was_mailed(client: Client, order: Order, voices: None) -> None:
    waiting = client.get(order_path(order)).content.decode()
    assert "being written right now" in waiting
    assert client.get(path(order, "letter.pdf")).status_code == 404
    claim = claim_job(Job.objects.get(kind="write_letter", subject=str(order.pk)).pk)
    assert claim is not None
    write_letter(claim)
    page = client.get(order_path(order)).content.decode()
    mailed = Message.objects.get(kind="letter").body.split("\n\n")[0]
    assert mailed.splitlines()[0] in page
    shown = unescape(re.sub(r"<[^>]+>", "", page[page.index('class="letter"') :]))
    assert f"/orders/{order.number}/" in shown
    assert order_token(order) not in shown, "the link is there to press, its token is not readable"
    pdf = client.get(path(order, "letter.pdf"))
    assert (pdf.status_code, pdf["Content-Type"]) == (200, "application/pdf")
    assert pdf.content.startswith(b"%PDF")


def test_in_the_letter_on_the_page_a_strangers_words_are_text(client: Client, voices: None) -> None:
    small_set()
    order = order_for(customer=replace(JOHN, name='<b>Ann</b><script>alert("1")</script> & {{ order }}'))
    claim = claim_job(Job.objects.get(kind="write_letter", subject=str(order.pk)).pk)
    assert claim is not None
    write_letter(claim)
    page = client.get(order_path(order)).content.decode()
    letter = page[page.index('class="letter"') :]
    assert (
        "&lt;b&gt;Ann&lt;/b&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; {{ order }}" in letter
    )
    assert "<b>Ann" not in page
    assert f'<a href="{order_path(order)}" dir="ltr">' in letter


def test_the_page_speaks_the_readers_language_and_its_numbers(client: Client, order: Order) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "fa"
    page = client.get(order_path(order)).content.decode()
    assert 'dir="rtl"' in page
    assert f'<bdi class="code" dir="ltr">{order.number}</bdi>' in page


def test_the_page_costs_the_same_whatever_is_in_it(
    client: Client, order: Order, django_assert_max_num_queries: Any
) -> None:
    pieces = [
        LineRequest(part_num="3001", color_id=4, reason=reason) for reason in ("missing", "lost", "damaged")
    ]
    many = allocated_order(LineRequest(bag="13"), *pieces, LineRequest(part_num="3024", color_id=71))
    for each in (order, many):
        address = order_path(each)
        with django_assert_max_num_queries(14):
            client.get(address)


# --- find my request --------------------------------------------------------------------------------------------------


def find(client: Client, number: str, email: str) -> Any:
    return client.post("/orders/find/", {"number": number, "email": email, "action": "find"})


def test_the_link_goes_out_by_mail_and_the_answer_is_the_same_for_all(client: Client, order: Order) -> None:
    email = order.contact.email
    answers = {
        find(client, order.number, email).content,
        find(client, order.number.lower(), f" {email.upper()} ").content,
        find(client, order.number, "stranger@example.com").content,
        find(client, new_code("B14"), email).content,
    }
    assert len(answers) == 1
    assert not Message.objects.exists()
    assert run_link_jobs() == 3, "the first two ask for the same"
    mails = Message.objects.filter(kind="link")
    assert [mail.to_email for mail in mails] == [email]
    assert order_token(order).encode() not in answers.pop()


def test_another_address_gets_no_link(client: Client, order: Order) -> None:
    assert find(client, order.number, "stranger@example.com").status_code == 200
    assert run_link_jobs() == 1
    assert not Message.objects.filter(kind="link").exists()


def test_a_number_in_persian_digits_is_found(client: Client, order: Order) -> None:
    find(client, order.number.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")), order.contact.email)
    run_link_jobs()
    assert Message.objects.filter(kind="link").count() == 1


def test_what_cannot_be_a_number_or_an_address_shows_an_error(client: Client) -> None:
    page = find(client, "14", "john").content.decode()
    assert 'href="#id_number"' in page
    assert 'href="#id_email"' in page
    assert 'value="john"' in page


def test_trying_many_numbers_comes_to_an_end(client: Client, order: Order) -> None:
    answers = [find(client, new_code("B14"), "stranger@example.com").status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]


def test_behind_a_proxy_a_caller_who_tries_many_numbers_stops_no_other_caller(
    client: Client, order: Order, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 1
    stranger = Client(headers={"X-Forwarded-For": "203.0.113.9"})
    answers = [find(stranger, new_code("B14"), "stranger@example.com").status_code for _ in range(21)]
    assert answers[-1] == 429
    assert find(client, order.number, order.contact.email).status_code == 200


def test_the_language_changes_and_what_was_typed_stays(client: Client) -> None:
    page = client.post(
        "/orders/find/", {"number": "B14-1", "email": "john", "action": "language:es"}
    ).content.decode()
    assert '<html lang="es" dir="ltr">' in page
    assert 'value="B14-1"' in page
    assert "error-summary" not in page


def test_the_page_shows_each_event_once_a_day(client: Client, order: Order) -> None:
    line = order.lines.get()
    client.post(path(order, f"lines/{line.pk}/found/"))
    page = client.get(order_path(order)).content.decode()
    told = ["Your request came to us.", "You found something again.", "The request was cancelled."]
    places = [page.index(words) for words in told]
    assert places == sorted(places)
    assert [each.words for each in history_of([*order.events.all(), *order.events.all()])] == [
        each.words for each in history_of(order.events.all())
    ]


@pytest.mark.parametrize("state", ["cancelled", "declined"])
def test_nothing_follows_where_nothing_is_sent(client: Client, order: Order, state: str) -> None:
    order.lines.update(reserved=0, shipped=0, backordered=1)
    assert Order.objects.filter(pk=order.pk).update(state=state, end_reason=state) == 1
    page = client.get(order_path(order)).content.decode()
    assert "What happens next" in page
    assert "on its way to our shelves" not in page
