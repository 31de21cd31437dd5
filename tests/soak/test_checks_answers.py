"""Answers: the check finds what was not told, and excuses only what a fault explains."""

import pytest

from tests.soak.checks.answers import check_answers
from tests.soak.memory import Call
from tests.soak.storm import Inflicted

WEB = Inflicted("kill web", frozenset({"web"}), 100.0, 101.0)
DATABASE = Inflicted("database silent", frozenset({"database"}), 100.0, 130.0)
MAIL = Inflicted("mail silent", frozenset({"mail"}), 100.0, 130.0)


def found(call: Call, *happened: Inflicted) -> list[str]:
    return [finding.rule for finding in check_answers([call], happened)]


def call(status: int, *, at: float = 102.0, error: str = "", retry_after: str = "") -> Call:
    return Call("place", at, at + 1, status, error=error, retry_after=retry_after)


@pytest.mark.parametrize("status", [200, 201, 302])
def test_what_was_granted_is_told(status: int) -> None:
    assert found(call(status)) == []


def test_a_refusal_with_its_code_is_told() -> None:
    assert found(Call("pack", 1, 2, 409, code="wrong_status", is_problem=True)) == []


def test_a_refusal_without_a_code_is_found() -> None:
    assert found(call(409)) == ["409 without a code"]


def test_a_500_is_found_whatever_happened() -> None:
    assert found(call(500), WEB, DATABASE) == ["500 to place"]


def test_no_answer_is_excused_by_a_fault_of_the_web_server_alone() -> None:
    cut = call(0, error="RemoteDisconnected")
    assert found(cut, WEB) == []
    assert found(cut, DATABASE, MAIL) == ["no answer, and no fault to explain it"]


def test_waiting_in_vain_is_excused_by_a_silent_database_too() -> None:
    hung = call(0, error="TimeoutError")
    assert found(hung, DATABASE) == []
    assert found(hung, MAIL) == ["no answer, and no fault to explain it"]


def test_no_answer_long_after_a_fault_is_found() -> None:
    assert found(call(0, at=160.0, error="ConnectionRefusedError"), WEB)


def test_a_503_with_retry_after_is_told_around_a_fault() -> None:
    assert found(call(503, retry_after="5"), DATABASE) == []


def test_a_503_without_retry_after_is_found() -> None:
    assert found(call(503), DATABASE) == ["503 without Retry-After"]


def test_a_503_without_a_fault_is_found() -> None:
    assert found(call(503, retry_after="5"), MAIL) == ["503, and no fault to explain it"]


def test_a_valid_request_refused_as_invalid_is_found() -> None:
    assert found(Call("place", 1, 2, 400, code="invalid", is_problem=True))


def test_a_pick_that_became_smaller_meanwhile_may_be_refused_with_a_code() -> None:
    assert found(Call("pick", 1, 2, 400, code="invalid", is_problem=True)) == []
    assert found(Call("pick", 1, 2, 400)) == ["400 without a code"]
