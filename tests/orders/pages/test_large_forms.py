"""A form filled with far more than anybody types costs no more than a moment: others wait for the same thread."""

import time
from typing import Any

import pytest
from django.test import Client

from core.languages import MOST_TYPED
from orders.intake.part_lists import MAX_CHARACTERS, keep_lines, read_list
from orders.pages.request_form import labels_of, read_form
from tests.cast import SmallSet
from tests.orders.pages.web_form import HERE, send

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LINES = MOST_TYPED // 5
FULL: dict[str, dict[str, Any]] = {
    "labels of bags": {"bag": "1," * LINES},
    "headers of lists": {"list": "qty\n" * LINES, "action": "list"},
    "headers of many columns": {"list": ("qty," * 9_000 + "\n") * 6, "action": "list"},
    "empty lines": {"list": "x" + "\n" * LINES + "x", "action": "list"},
}


@pytest.mark.parametrize("typed", FULL.values(), ids=FULL.keys())
def test_a_full_form_is_answered_at_once(cantina: SmallSet, client: Client, typed: dict[str, Any]) -> None:
    send(client, **typed)  # once for what is only made once
    began = time.process_time()
    assert send(client, **typed).status_code == 200
    assert time.process_time() - began < 0.7


@pytest.mark.parametrize("path", [HERE, "/not-listed/", "/orders/find/"])
def test_more_than_anybody_types_is_refused(cantina: SmallSet, client: Client, path: str) -> None:
    response = client.post(path, {"message": '"' * MOST_TYPED, "number": "B14"})
    assert response.status_code == 413
    assert len(response.content) < 10_000


def test_of_endless_labels_one_too_many_is_read(cantina: SmallSet, client: Client) -> None:
    request = client.post(HERE, {"bag": ["1,2", "3;" * 100_000]}).wsgi_request
    labels = labels_of(read_form(request.POST))
    assert labels[:3] == ["1", "2", "3"]
    assert len(labels) < 1_000


def test_a_list_of_headers_ends_where_a_list_ends() -> None:
    text = "qty\n" * 100_000
    (end,) = read_list(text)
    assert end.number <= MAX_CHARACTERS // 4 + 1
    assert len(keep_lines(text, [end.number], after=end.number)) > 80_000, "nothing typed is lost"
