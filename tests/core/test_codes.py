"""Order numbers: drawn, read in every way people type them, refused when mistyped."""

import pytest

from core.codes import ALPHABET, new_code, read_code


def test_new_numbers_read_as_themselves() -> None:
    for _ in range(200):
        number = new_code("B14")
        assert read_code("B14", number) == number


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower", "no hyphens", "no prefix", "O for 0 and I for 1"])
def test_a_number_is_read_however_it_is_typed(typed: str) -> None:
    number = new_code("B14")
    forms = {
        "lower": number.lower(),
        "no hyphens": number.replace("-", ""),
        "no prefix": number[4:],
        "O for 0 and I for 1": number[:4] + number[4:].replace("0", "o").replace("1", "l"),
    }
    assert read_code("B14", forms.get(typed, typed.format(number))) == number


def test_one_wrong_symbol_is_noticed() -> None:
    number = new_code("B14")
    place = number[5]
    other = next(symbol for symbol in ALPHABET if symbol != place)
    assert read_code("B14", number[:5] + other + number[6:]) is None


@pytest.mark.parametrize(
    "typed", ["", "B14", "B14-", "hello there", "B14-12U4-5678", "۱۲۳", "B14-1234-56789", "\x00"]
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert read_code("B14", typed) is None
