"""What is printed on the box is read as far as it is known, and never keeps a customer from asking."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from orders.intake.box_codes import BoxCode, read_box_code

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _it_is_2027(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2027, 6, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("typed", "code", "week", "year"),
    [
        ("45R0", "45R0", 45, 2020),
        ("032S0", "032S0", 3, 2020),
        ("45RO", "45R0", 45, 2020),
        ("O32SO", "032S0", 3, 2020),
        (" 45r0 ", "45R0", 45, 2020),
        ("45-R-1", "45R1", 45, 2021),
        ("45R9", "45R9", 45, 2019),
        ("45R6", "45R6", 45, 2026),
        ("۴۵R۰", "45R0", 45, 2020),
    ],
)
def test_week_and_year_are_read_with_the_year_of_the_set(typed: str, code: str, week: int, year: int) -> None:
    assert read_box_code(typed, set_year=2020) == BoxCode(code, week, year)


def test_without_the_year_of_the_set_the_year_is_not_guessed() -> None:
    assert read_box_code("45R0") == BoxCode("45R0", 45, None)


def test_no_box_was_packed_in_a_year_to_come() -> None:
    assert read_box_code("45R8", set_year=2020) == BoxCode("45R8", 45, None)


@pytest.mark.parametrize(
    "typed", ["", "hello", "99R0", "00R0", "45R", "R045", "6105921", "4" * 20, "45R0 45R0"]
)
def test_what_cannot_be_read_is_nothing(typed: str) -> None:
    assert read_box_code(typed, set_year=2020) is None
