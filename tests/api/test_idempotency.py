"""A request that is sent again with its Idempotency-Key gets its first answer again, and nothing happens twice."""

import threading
from collections import Counter
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.models import issue_api_key
from core.idempotency import forget_old_keys
from core.models import IdempotencyKey, Job
from orders.actors import SYSTEM
from orders.intake.resend_link import renew_link
from orders.models import Order
from orders.privacy.erasing import erase_order
from tests.api.callers import Answer, Caller
from tests.cast import SmallSet, small_set, stock_piece
from warehouse.models import StockMovement

pytestmark = pytest.mark.django_db


def test_same_request_gets_the_same_answer(cantina: SmallSet, anybody: Caller, body: dict[str, Any]) -> None:
    first = anybody.place(body, key="k-1")
    # The first answer again, also after the order has changed.
    Order.objects.update(state="allocated")
    again = anybody.place(body, key="k-1")
    assert (again.status, again.response.content) == (201, first.response.content)
    assert again.headers["Location"] == first.headers["Location"]
    assert Order.objects.count() == 1


def test_the_same_answer_does_not_show_a_link_that_was_renewed_since(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    first = anybody.place(body, key="k-1").json
    order = Order.objects.get(number=first["number"])
    renew_link(order_id=order.pk, actor=SYSTEM)
    assert anybody.place(body, key="k-1").json == first
    assert Caller(token=first["token"]).get(f"orders/{order.number}/").is_refused(404, "not_found")


def test_order_of_names_makes_no_other_request(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    first = anybody.place(body, key="k-1")
    assert anybody.place(dict(reversed(body.items())), key="k-1").json == first.json


def test_other_request_with_the_same_key_is_refused(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    anybody.place(body, key="k-1")
    other = deepcopy(body)
    other["customer"] = {"name": "María", "email": "maria@example.com"}
    assert anybody.place(other, key="k-1").is_refused(422, "idempotency_key_reused")
    assert Order.objects.count() == 1


def test_other_key_and_no_key_make_another_order(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    numbers = {anybody.place(body, key=key).json["number"] for key in ("k-1", "k-2", "", "")}
    assert len(numbers) == 4


def test_refused_request_may_be_corrected_with_the_same_key(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    assert anybody.place(body | {"set_num": "1-1"}, key="k-1").status == 400
    assert anybody.place(body, key="k-1").status == 201


def test_another_program_with_the_same_key_is_another_caller(
    cantina: SmallSet, anybody: Caller, shop: Caller, body: dict[str, Any]
) -> None:
    rival = Caller(issue_api_key(name="rival")[1])
    numbers = {caller.place(body, key="k-1").json["number"] for caller in (anybody, shop, rival)}
    assert len(numbers) == 3


def test_stranger_elsewhere_is_another_caller_unless_the_request_is_the_same(
    cantina: SmallSet, body: dict[str, Any]
) -> None:
    """A phone that leaves the house between two tries has another address; no other caller knows the request."""
    first = Caller(address="192.0.2.1").place(body, key="k-1")
    on_the_road = Caller(address="198.51.100.7").place(body, key="k-1")
    assert on_the_road.json == first.json
    other = body | {"customer": {"name": "María", "email": "maria@example.com"}}
    elsewhere = Caller(address="203.0.113.9").place(other, key="k-1")
    assert elsewhere.status == 201
    assert elsewhere.json["number"] != first.json["number"]


def test_neither_token_nor_anything_personal_is_kept_with_the_answer(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    placed = anybody.place(body, key="k-1").json
    for row in IdempotencyKey.objects.all():
        kept = repr(row.__dict__)
        for secret in (placed["token"], "John", "john@example.com", "Main St", "192.0.2.1"):
            assert secret not in kept


def test_answer_again_does_not_open_an_order_whose_link_was_revoked(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    placed = anybody.place(body, key="k-1").json
    Order.objects.update(link_version=2)
    assert anybody.place(body, key="k-1").json["token"] == placed["token"]
    assert Caller(token=placed["token"]).get(f"orders/{placed['number']}/").status == 404


def test_erasing_an_order_erases_the_answer_kept_and_a_replay_places_nothing(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    anybody.place(body, key="k-1")
    erase_order(order_id=Order.objects.get().pk, actor=SYSTEM)
    assert set(IdempotencyKey.objects.values_list("body", flat=True)) == {None}
    assert anybody.place(body, key="k-1").is_refused(410, "erased")
    elsewhere = Caller(address="198.51.100.7")
    assert elsewhere.place(body, key="k-1").is_refused(410, "erased"), "also from another network"
    assert anybody.place({**body, "message": "x"}, key="k-1").is_refused(422, "idempotency_key_reused")
    assert Order.objects.count() == 1


def test_answers_are_kept_for_a_day(cantina: SmallSet, anybody: Caller, body: dict[str, Any]) -> None:
    anybody.place(body, key="k-1")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=23))
    assert forget_old_keys() == 0
    anybody.place(body, key="k-1")
    assert Order.objects.count() == 1
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert anybody.place(body, key="k-1").status == 201
    assert Order.objects.count() == 2
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert forget_old_keys() == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tinside", "ключ"])
def test_malformed_key_is_refused(cantina: SmallSet, anybody: Caller, body: dict[str, Any], key: str) -> None:
    answer = anybody.post("orders/", body, headers={"Idempotency-Key": key})
    assert answer.problems == {("", "invalid_idempotency_key")}


def test_stock_that_arrived_once_is_entered_once(cantina: SmallSet, packer: Caller) -> None:
    item = stock_piece(cantina.red, 1)
    arrived = {"sku": item.sku, "bin": "A-01-1-01", "delta": 40, "reason": "received"}
    before = StockMovement.objects.count()
    answers = [
        packer.post("stock/movements/", arrived, headers={"Idempotency-Key": "delivery-7"}) for _ in range(3)
    ]
    assert [answer.status for answer in answers] == [201, 201, 201]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert StockMovement.objects.count() == before + 1


@pytest.mark.django_db(transaction=True)
def test_equal_requests_at_the_same_time_make_one_order(body: dict[str, Any]) -> None:
    small_set()
    answers = at_once(12, lambda: Caller().place(body, key="k-1"))
    assert Counter(answer.status for answer in answers) == {201: 12}
    assert len({answer.json["token"] for answer in answers}) == 1
    assert Order.objects.count() == 1
    assert Job.objects.filter(kind="fulfil_order").count() == 1


@pytest.mark.django_db(transaction=True)
def test_different_requests_with_one_key_at_the_same_time_make_one_order(body: dict[str, Any]) -> None:
    small_set()
    turns = iter(range(8))
    answers = at_once(8, lambda: Caller().place(body | {"box_code": str(next(turns))}, key="k-1"))
    assert Counter(answer.status for answer in answers) == {201: 1, 422: 7}
    assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_key_they_make_an_order_each(body: dict[str, Any]) -> None:
    """The control: it is the key that keeps it at one order."""
    small_set()
    answers = at_once(6, lambda: Caller().place(body))
    assert Counter(answer.status for answer in answers) == {201: 6}
    assert Order.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_second_request_waits_while_the_first_is_worked_on(
    body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite there is one writer at a time, so the second simply waits for the first")
    small_set()
    monkeypatch.setattr("core.idempotency.WAIT_FOR_THE_FIRST", "100ms")
    from orders.api import orders

    place, entered, let_go = orders._place, threading.Event(), threading.Event()

    def slowly(*args: Any) -> Any:
        answer = place(*args)
        entered.set()
        assert let_go.wait(20)
        return answer

    monkeypatch.setattr(orders, "_place", slowly)
    answers: list[Answer] = []
    first = threading.Thread(target=lambda: answers.append(_closing(lambda: Caller().place(body, key="k-1"))))
    first.start()
    assert entered.wait(20)
    assert Caller().place(body, key="k-1").is_refused(409, "request_in_progress")
    let_go.set()
    first.join()
    assert Caller().place(body, key="k-1").json == answers[0].json
    assert Order.objects.count() == 1


def at_once(times: int, call: Any) -> list[Answer]:
    """The answers of calls that start together, each in its own thread."""
    answers: list[Answer] = []
    together = threading.Barrier(times)

    def run() -> None:
        together.wait()
        answers.append(_closing(call))

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _closing(call: Any) -> Any:
    try:
        return call()
    finally:
        connections.close_all()
