"""How the forms read weights and counts that a worker types with gloves."""

import pytest

from dashboard.forms.fields import CountField, read_count, read_weight
from dashboard.forms.stock import AdjustForm


@pytest.mark.parametrize(
    ("typed", "milligrams"),
    [
        ("43.1", 43_100),
        ("43,1", 43_100),
        (" 43.12 g", 43_120),
        ("0.22", 220),
        ("220 mg", 220),
        ("220mg", 220),
        ("1.5 kg", 1_500_000),
        ("12", 12_000),
        ("۴۳٫۱", None),
        ("۴۳.۱", 43_100),
        ("0.0004", 0),
        ("", None),
        ("heavy", None),
        ("-3", None),
        ("1.2.3", None),
        ("1e5", None),
        ("NaN", None),
        ("9999999999999999", None),
    ],
)
def test_a_weight_is_read_as_the_scale_shows_it(typed: str, milligrams: int | None) -> None:
    assert read_weight(typed) == milligrams


@pytest.mark.parametrize(
    ("typed", "count"), [("10", 10), ("۱۰", 10), ("", 0), ("-1", 0), ("many", 0), ("1" * 40, 0)]
)
def test_a_count_is_read_or_is_zero(typed: str, count: int) -> None:
    assert read_count(typed) == count


@pytest.mark.parametrize("typed", ["-3", "+12", "\u22123", "۱۲"])
def test_a_movement_may_be_typed_with_its_sign(typed: str) -> None:
    form = AdjustForm({"delta": typed, "bin": "A-01-1-01", "reason": "received", "key": "k"})
    assert form.is_valid()
    assert form.cleaned_data["delta"] in (-3, 12)


@pytest.mark.parametrize("typed", ["", "1.5", "--3", "1" * 11, "three"])
def test_text_that_is_no_number_is_refused_beside_its_field(typed: str) -> None:
    form = AdjustForm({"delta": typed, "bin": "A-01-1-01", "reason": "received", "key": "k"})
    assert not form.is_valid()
    assert list(form.errors) == ["delta"]


def test_an_optional_count_may_be_empty() -> None:
    assert CountField(required=False).clean("") is None
