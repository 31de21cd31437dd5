"""The database in the way of a request: another session holds a row, two transactions lock each other, it is gone."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import psycopg.errors
import pytest
from django.core.files.base import ContentFile
from django.db import InterfaceError, OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from core.database_limits import WEB, Limits, limit_this_process, working_longer
from core.database_trouble import TRIES, TriesAgain
from core.models import Heartbeat
from orders.links import order_token
from orders.models import Order
from tests.api.callers import Answer, Caller
from tests.cast import order_for, small_set

needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no sessions that wait for a row"
)


@pytest.fixture
def web_limits(transactional_db: None) -> Iterator[None]:
    limit_this_process(Limits(lock=300, statement=1_000, idle_in_transaction=1_000))
    yield
    limit_this_process(Limits())


@contextmanager
def row_held(order: Order) -> Iterator[None]:
    """Another session has the order's row, and keeps it."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT id FROM orders_order WHERE id = %s FOR UPDATE", [order.pk])
        yield
    finally:
        other.close()


def _cancel(order: Order) -> Answer:
    return Caller(token=order_token(order)).post(f"orders/{order.number}/cancel/")


@needs_postgresql
def test_a_held_row_holds_up_its_own_requests_for_a_moment_and_no_other(web_limits: None) -> None:
    small_set()
    order, other = order_for(), order_for()
    with row_held(order):
        began = time.monotonic()
        answer = _cancel(order)
        assert (answer.status, answer.json["code"]) == (503, "try_again")
        assert answer.headers["Retry-After"]
        assert time.monotonic() - began < 2
        assert _cancel(other).status == 200
    assert _cancel(order).status == 200


@needs_postgresql
def test_limits_hold_on_every_new_connection_of_a_process(web_limits: None) -> None:
    for _connection in range(2):
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone()[0] == "300ms"
            with pytest.raises(OperationalError):
                cursor.execute("SELECT pg_sleep(3)")
        connection.close()


@needs_postgresql
def test_a_session_that_idles_in_a_transaction_gives_its_locks_up(web_limits: None) -> None:
    small_set()
    order = order_for()
    holder = connection.copy()
    holder.set_autocommit(False)
    with holder.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 500")
        cursor.execute("SELECT id FROM orders_order WHERE id = %s FOR UPDATE", [order.pk])
    time.sleep(0.8)
    assert _cancel(order).status == 200
    holder.close()


@needs_postgresql
def test_long_work_has_time_for_a_statement_and_gives_it_back(web_limits: None) -> None:
    with working_longer(timedelta(minutes=5)), connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] == "5min"
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] == "1s"


def test_a_request_has_a_limit_for_all_it_may_wait_for() -> None:
    assert 0 < WEB.lock < WEB.statement
    assert WEB.idle_in_transaction > 0


def _deadlock() -> OperationalError:
    error = OperationalError("deadlock detected")
    error.__cause__ = psycopg.errors.DeadlockDetected()
    return error


def _answer_of(view: Callable[..., Any], **post: str) -> Any:
    request = RequestFactory().post("/", post)
    return TriesAgain(lambda request: pytest.fail("unused")).process_view(request, view, (), {})


def test_a_request_that_lost_a_deadlock_is_tried_again_with_all_that_was_sent() -> None:
    seen: list[str] = []

    def view(request: Any) -> str:
        seen.append(request.POST["name"])
        if len(seen) < TRIES:
            raise _deadlock()
        return "done"

    assert _answer_of(view, name="Ana") == "done"
    assert seen == ["Ana"] * TRIES


def test_a_form_that_was_read_before_is_tried_again_but_not_one_with_a_file() -> None:
    """As the check against forged requests reads it."""
    tries: list[str] = []

    def view(request: Any) -> str:
        tries.append(request.POST["name"])
        if len(tries) < 2:
            raise _deadlock()
        return "done"

    middleware = TriesAgain(lambda request: pytest.fail("unused"))
    form = RequestFactory().post("/", {"name": "Ana"})
    assert form.POST["name"] == "Ana"
    assert middleware.process_view(form, view, (), {}) == "done"  # type: ignore[arg-type, comparison-overlap]
    assert tries == ["Ana", "Ana"]
    with_file = RequestFactory().post("/", {"name": "Ana", "file": ContentFile(b"x", name="x.csv")})
    assert with_file.POST["name"] == "Ana"
    assert middleware.process_view(with_file, view, (), {}) is None  # type: ignore[arg-type]


def test_a_request_that_loses_each_time_ends() -> None:
    tries: list[int] = []

    def view(request: Any) -> None:
        tries.append(1)
        raise _deadlock()

    with pytest.raises(OperationalError):
        _answer_of(view)
    assert len(tries) == TRIES


def test_another_error_is_not_tried_again() -> None:
    tries: list[int] = []

    def view(request: Any) -> None:
        tries.append(1)
        raise OperationalError("the server closed the connection")

    with pytest.raises(OperationalError):
        _answer_of(view)
    assert tries == [1]


def _broken(request: Any) -> HttpResponse:
    raise InterfaceError("connection already closed")


urlpatterns = [path("broken", _broken), path("api/v1/broken", _broken)]
handler500 = "core.api.problems.server_error"


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_a_database_that_is_gone_is_said_with_when_to_come_back() -> None:
    client = Client(raise_request_exception=False)
    page, problem = client.get("/broken"), client.get("/api/v1/broken")
    assert (page.status_code, problem.status_code) == (503, 503)
    assert page["Retry-After"] == problem["Retry-After"] == "5"
    assert "go back and send it again" in page.content.decode()
    assert problem.json()["code"] == "try_again"


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_two_transactions_that_lock_each_other_both_end_well() -> None:
    """A real deadlock: each writes its own row first, and then the other's."""
    Heartbeat.objects.bulk_create([Heartbeat(name=name, at="2026-01-01T00:00:00Z") for name in "ab"])
    meet = threading.Barrier(2, timeout=5)
    answers: list[str] = []

    def work(first: str, second: str) -> None:
        def view(request: Any) -> str:
            with transaction.atomic():
                Heartbeat.objects.filter(name=first).update(queues="1")
                if not meet.broken:
                    with suppress(threading.BrokenBarrierError):
                        meet.wait(1)
                Heartbeat.objects.filter(name=second).update(queues="2")
            return "done"

        try:
            answers.append(_answer_of(view))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=names) for names in ("ab", "ba")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == ["done", "done"]
