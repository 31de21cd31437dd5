"""What opens something is cut from what is written down and from what others than its owner read."""

import logging
import sys

import pytest
from django.utils.module_loading import import_string
from pytest_django import Settings

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
        (
            "/sign-in/?next=%2Forders%2F1%2F%3Ftoken%3Dsof5aEB%26a=1",
            "/sign-in/?next=%2Forders%2F1%2F%3Ftoken%3D...%26a=1",
        ),
        ("Authorization: Order sof5aEB", "Authorization: Order ..."),
        (f"Authorization: Api-Key {KEY}", "Authorization: Api-Key ..."),
        (f"key={KEY} refused", "key=b14_e84fa13f_... refused"),
        ("nothing to hide: B14-5KZZ-V6SN", "nothing to hide: B14-5KZZ-V6SN"),
    ],
)
def test_secrets_are_cut(text: str, cut: str) -> None:
    assert without_secrets(text) == cut


def written(settings: Settings, record: logging.LogRecord) -> str:
    """The line that our own log writes."""
    line = settings.LOGGING["formatters"]["line"]
    formatter = import_string(line["()"])(line["format"])
    assert all(handler["formatter"] == "line" for handler in settings.LOGGING["handlers"].values())
    text: str = formatter.format(record)
    return text


def test_a_line_of_the_log_is_cut_with_what_was_filled_in(settings: Settings) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "Not Found: %s", ("/orders/B14-1/?token=abc",), None)
    assert written(settings, record).endswith("Not Found: /orders/B14-1/?token=...")


def test_a_traceback_in_the_log_quotes_neither_a_secret_nor_a_customer(settings: Settings) -> None:
    try:
        raise ValueError(
            "/x/?token=abc null value\nDETAIL:  Failing row contains (7, Hi\nAnn Ortega, ann@mail.test)."
        )
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "Internal Server Error", (), sys.exc_info())
    text = written(settings, record)
    assert "ValueError: /x/?token=... null value\nDETAIL: ..." in text
    assert "abc" not in text
    assert "Ann" not in text
