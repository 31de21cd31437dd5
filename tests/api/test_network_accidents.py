"""Accidents on the network do no harm: replies that never arrive, and many requests at once, on a real server."""

import json
import os
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.models import Job
from orders.models import Order
from tests.stack import Stack

pytestmark = pytest.mark.stack

INJECT = Path(__file__).parent / "inject"


def place(url: str, body: dict[str, Any], key: str) -> tuple[int, dict[str, Any]]:
    """Status and answer. Raises OSError where there is none."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    request = urllib.request.Request(f"{url}/api/v1/orders/", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_server_killed_after_the_commit_and_before_the_reply(
    stack: Stack, body: dict[str, Any], tmp_path: Path
) -> None:
    fault = tmp_path / "happened"
    path = f"{INJECT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    url = stack.start_web(env={"PYTHONPATH": path, "FAULT_FILE": str(fault)})
    with pytest.raises(OSError):  # noqa: PT011  (reset or closed, as it falls)
        place(url, body, "k-1")
    assert fault.exists()
    order = Order.objects.get()
    stack.wait_until(lambda: "web" not in stack.alive(), "the server is gone")
    url = stack.start_web()
    status, answer = place(url, body, "k-1")
    assert (status, answer["number"]) == (201, order.number)
    assert Order.objects.count() == 1
    assert Job.objects.filter(kind="fulfil_order", subject=str(order.pk)).count() == 1


def test_fifty_equal_requests_at_once_make_one_order(stack: Stack, body: dict[str, Any]) -> None:
    url = stack.start_web()
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: place(url, body, "k-1"), range(50)))
    assert Counter(status for status, _answer in answers) == {201: 50}
    assert len({answer["token"] for _status, answer in answers}) == 1
    assert Order.objects.count() == 1
