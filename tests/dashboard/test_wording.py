"""The words that staff read for stored codes."""

from pathlib import Path

import pytest

from dashboard.wording import EVENTS, MAIL_KINDS, event_details
from orders.lifecycle import ORDER_TRANSITIONS, SHIPMENT_TRANSITIONS

pytestmark = pytest.mark.once

MAILS = Path("orders/templates/orders/mails")


def test_every_mail_has_a_name() -> None:
    kinds = {path.stem for path in MAILS.glob("*.txt")}
    assert kinds
    assert kinds - MAIL_KINDS.keys() == set()


def test_every_step_has_a_name() -> None:
    assert (ORDER_TRANSITIONS.keys() | SHIPMENT_TRANSITIONS.keys()) - EVENTS.keys() == set()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (None, "all of it is on its way"),
        ("returned", "the returned parcel is not sent again"),
        ("given_up", "the rest is not sent"),
        ("waived", "the customer does without"),
    ],
)
def test_a_closed_order_shows_its_reason(reason: str | None, words: str) -> None:
    assert event_details("closed", {} if reason is None else {"reason": reason}) == words
