"""Workers keep their database connections between tasks: one that dies is noticed and replaced."""

from collections.abc import Callable

import pytest
from django.db import connection

from tests.cast import order_for
from tests.faults.conftest import QUICK, all_is_quiet, assert_each_was_done_once
from tests.stack import Stack

pytestmark = [pytest.mark.stack]


def test_connections_cut_by_the_server_cost_at_most_a_retry(make_stack: Callable[..., Stack]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that could cut a connection")
    stack = make_stack(**QUICK)
    stack.start_beat()
    stack.start_worker("worker")
    first = order_for()
    stack.wait_until(
        lambda: bool(stack.mail.messages) and all_is_quiet(), "the first order is seen to", timeout=60
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] >= 1, "the worker had kept its connection"
    second = order_for()
    stack.wait_until(
        lambda: len(stack.mail.messages) > 1 and all_is_quiet(), "the second order is seen to", timeout=60
    )
    assert_each_was_done_once(stack, [first.number, second.number])
