"""An order is placed as quickly while the broker is away: its jobs are in the database, and the sweep finds them."""

import time
from typing import Any

import pytest

from core.models import Job
from tests.api.callers import Caller
from tests.cast import small_set
from tests.stack import Broker


@pytest.mark.django_db(transaction=True)
def test_order_does_not_wait_for_a_broker_that_is_away(broker: Broker, body: dict[str, Any]) -> None:
    small_set()
    broker.stop()
    began = time.monotonic()
    assert Caller().place(body).status == 201
    assert time.monotonic() - began < 3  # kombu alone would try for six seconds, once for each job
    assert set(Job.objects.values_list("kind", "state")) == {
        ("fulfil_order", "pending"),
        ("write_letter", "pending"),
    }
