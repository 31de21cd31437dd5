"""What opens something is cut from what is written down and from what others than its owner read."""

import logging

import pytest

from core.log_filters import CutTokens
from core.text import without_secrets

KEY = "b14_e84fa13f_bwkYcVhtxnfUO5jzc77S-NkR4ezfplNkUUu5reDz8CE"


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("GET /orders/B14-1/?token=sof5aEB-BO9_x&a=1 HTTP", "GET /orders/B14-1/?token=...&a=1 HTTP"),
        (
            "https://bag14.example/orders/B14-1/erase/?proof=1xV5qM:Jb36m-jP\n",
            "https://bag14.example/orders/B14-1/erase/?proof=...\n",
        ),
        ("Authorization: Order sof5aEB", "Authorization: Order ..."),
        (f"Authorization: Api-Key {KEY}", "Authorization: Api-Key ..."),
        (f"key={KEY} refused", "key=b14_e84fa13f_... refused"),
        ("nothing to hide: B14-5KZZ-V6SN", "nothing to hide: B14-5KZZ-V6SN"),
    ],
)
def test_secrets_are_cut(text: str, cut: str) -> None:
    assert without_secrets(text) == cut


def test_a_line_of_the_log_is_cut_with_what_was_filled_in() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "Not Found: %s", ("/orders/B14-1/?token=abc",), None)
    assert CutTokens().filter(record)
    assert record.getMessage() == "Not Found: /orders/B14-1/?token=..."
