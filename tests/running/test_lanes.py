"""`make test-fast`, and `make test WHAT=...`: a lane chooses among the tests, and runs them as any other."""

import sys
from pathlib import Path

import pytest

from tests import __main__ as lanes

TESTS = Path(lanes.__file__).parent


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of each run of pytest; no test runs."""
    arguments: list[list[str]] = []

    def run(account: lanes.Account, name: str, *given: str, **more: object) -> None:
        arguments.append([*given, *map(str, account.parts)])
        account.counts["passed"] += 1

    monkeypatch.setattr(lanes.Account, "run", run)
    monkeypatch.setattr(lanes, "Cluster", lambda: pytest.fail("a PostgreSQL was started"))
    return arguments


def test_the_fast_lane_is_one_run_without_processes_and_browser(
    runs: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tests", "--fast", "orders/letters"])
    with pytest.raises(SystemExit) as ended:
        lanes.main()
    assert ended.value.code == 0
    ((*_, markers, folder),) = runs
    assert markers == "not slow and not stack and not browser"
    assert folder == str(TESTS / "orders" / "letters")
    assert "`make test` runs these" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["orders/letters", "tests/orders/letters", "orders/letters/"])
def test_a_part_is_named_with_or_without_the_folder_of_the_tests(what: str) -> None:
    assert lanes.find_part(what) == TESTS / "orders" / "letters"


@pytest.mark.parametrize(
    ("what", "there"),
    [
        ("orders/leters", "tests/orders/ has allocation, floor, intake, letters,"),
        ("orders/letters/test_hold.py", "tests/orders/letters/ has test_editing.py, test_holds.py,"),
        ("../orders", "tests/ has accounts, api, catalog,"),
    ],
)
def test_a_part_that_is_not_there_is_refused_with_the_names_of_those_that_are(what: str, there: str) -> None:
    with pytest.raises(SystemExit) as refused:
        lanes.find_part(what)
    assert f"There is no {what} below tests/. {there}" in str(refused.value)
