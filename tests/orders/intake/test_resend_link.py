"""Asking for an order's link tells nothing: the same work, the same limit, and a worker that compares."""

import re
import statistics
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import throttling
from accounts.models import Role, issue_api_key
from core.codes import new_code
from core.models import Job
from core.throttling import Window
from notifications.models import Message
from orders.actors import CUSTOMER
from orders.models import Order
from orders.privacy.erasing import erase_order
from tests.api.callers import Caller
from tests.cast import SmallSet, order_for
from tests.orders.link_jobs import run_link_jobs

pytestmark = pytest.mark.django_db


def by_api(number: str, email: str, *, caller: Caller | None = None) -> Any:
    caller = caller or Caller(address="127.0.0.1")
    return caller.post("order-links/", {"number": number, "email": email})


def by_page(client: Client, number: str, email: str) -> Any:
    return client.post("/orders/find/", {"number": number, "email": email, "action": "find"})


def cases(order: Order) -> dict[str, tuple[str, str]]:
    return {
        "no order": (new_code("B14"), "stranger@example.com"),
        "wrong mail": (order.number, "stranger@example.com"),
        "right mail": (order.number, order.contact.email),
    }


def queries_of(call: Any) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        call()
    plain = (query["sql"].partition(" VALUES")[0] for query in seen.captured_queries)
    return [re.sub(r'(SAVEPOINT )"[^"]*"', r"\1", sql) for sql in plain]


def test_page_and_api_share_one_limit(client: Client, cantina: SmallSet) -> None:
    by_page_first = [by_page(client, new_code("B14"), "a@example.com").status_code for _ in range(12)]
    then_by_api = [by_api(new_code("B14"), "a@example.com").status for _ in range(9)]
    assert (by_page_first, then_by_api) == ([200] * 12, [202] * 8 + [429])
    assert by_page(client, new_code("B14"), "a@example.com").status_code == 429
    assert "Retry-After" in by_api(new_code("B14"), "a@example.com").headers


def test_program_has_the_limit_too_and_service_has_none(db: None) -> None:
    shop = Caller(issue_api_key(name="shop")[1])
    statuses = [by_api(new_code("B14"), "a@example.com", caller=shop).status for _ in range(21)]
    assert statuses == [202] * 20 + [429]
    desk = Caller(issue_api_key(name="desk", role=Role.SERVICE)[1])
    assert {by_api(new_code("B14"), "a@example.com", caller=desk).status for _ in range(21)} == {202}


def test_queries_are_the_same_whether_number_and_mailbox_match_or_not(
    client: Client, cantina: SmallSet
) -> None:
    order = order_for()
    by_page(client, new_code("B14"), "a@example.com")
    asked = cases(order)
    pages = {name: queries_of(lambda case=case: by_page(client, *case)) for name, case in asked.items()}
    Job.objects.filter(kind="mail_link").delete()
    answers = {name: queries_of(lambda case=case: by_api(*case)) for name, case in asked.items()}
    for seen in (pages, answers):
        assert seen["no order"] == seen["wrong mail"] == seen["right mail"]
        assert any("core_job" in sql for sql in seen["no order"])
        assert not any("orders_" in sql for queries in seen.values() for sql in queries)


def test_only_the_right_mailbox_gets_the_link_once_an_hour(cantina: SmallSet) -> None:
    order = order_for()
    for number, email in cases(order).values():
        by_api(number, email)
    by_api(order.number.lower(), f" {order.contact.email.upper()} ")
    run_link_jobs()
    by_api(order.number, order.contact.email)
    run_link_jobs()
    assert [message.to_email for message in Message.objects.filter(kind="link")] == [order.contact.email]


def test_job_holds_nothing_personal_and_leaves_no_row(cantina: SmallSet) -> None:
    order = order_for()
    for number, email in cases(order).values():
        by_api(number, email)
    subjects = list(Job.objects.filter(kind="mail_link").values_list("subject", flat=True))
    assert len(subjects) == 3
    assert not any("example" in subject or "@" in subject for subject in subjects)
    run_link_jobs()
    assert not Job.objects.filter(kind="mail_link").exists()


def test_what_is_no_number_asks_for_no_job(cantina: SmallSet) -> None:
    assert by_api("B14-1", "a@example.com").status == 202
    assert by_api("B14-7K2M-9QX3" * 3, "a@example.com").status == 202
    assert not Job.objects.filter(kind="mail_link").exists()


def test_erased_order_mails_nothing(cantina: SmallSet) -> None:
    order = order_for()
    email = order.contact.email
    by_api(order.number, email)
    erase_order(order_id=order.pk, actor=CUSTOMER)
    run_link_jobs()
    assert not Message.objects.filter(kind="link").exists()


@pytest.mark.long
def test_answer_times_tell_nothing(cantina: SmallSet, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Medians of 200 each, interleaved, are within a tenth of each other."""
    monkeypatch.setattr(throttling, "LINK_REQUESTS", Window("many", 10**6, 60))
    settings.REQUESTS_PER_MINUTE = 10**6
    order = order_for()
    taken: dict[str, list[float]] = {}
    for _ in range(200):
        for name, (number, email) in cases(order).items():
            began = time.perf_counter()
            assert by_api(number, email).status == 202
            taken.setdefault(name, []).append(time.perf_counter() - began)
        # As a worker does: otherwise only the stranger's number would be new each time.
        run_link_jobs()
    medians = {name: statistics.median(times) for name, times in taken.items()}
    print({name: f"{1000 * median:.2f} ms" for name, median in medians.items()})
    assert max(medians.values()) < 1.1 * min(medians.values()), medians
