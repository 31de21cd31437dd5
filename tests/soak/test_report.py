"""The report: good only where nothing was found and the soak itself worked; it counts and shows what was found."""

import json
from pathlib import Path

from tests.soak.checks.finding import FAULTS, Fault, Finding
from tests.soak.memory import Call, Memory
from tests.soak.report import Report
from tests.soak.storm import Inflicted


def report() -> Report:
    memory = Memory()
    memory.note_call(Call("place", 1.0, 1.5, 201))
    memory.note_call(Call("place", 2.0, 2.5, 0, error="TimeoutError"))
    happened = [Inflicted("kill web", frozenset({"web"}), 1.0, 3.0)]
    return Report(7, 10, "SQLite", "a limit", memory, happened, placed=1)


def test_a_run_in_which_nothing_was_found_is_good() -> None:
    assert report().is_good


def test_a_run_with_any_finding_is_not() -> None:
    for fault in FAULTS:
        bad = report()
        bad.findings = [Finding(fault, "a rule", "B14-1"), Finding(fault, "a rule", "B14-2")]
        assert not bad.is_good
        assert f"{fault}: 2" in bad.text()
        assert f"{fault}: a rule: 2 times" in bad.text()
        assert "B14-2" in bad.text()


def test_a_run_in_which_the_soak_failed_is_not_good() -> None:
    bad = report()
    bad.failures = ["a client died"]
    assert not bad.is_good
    assert "a client died" in bad.text()


def test_the_json_has_every_count(tmp_path: Path) -> None:
    report().write(tmp_path / "soak.json")
    read = json.loads((tmp_path / "soak.json").read_text())
    expected: dict[Fault, int] = dict.fromkeys(FAULTS, 0)
    assert {fault: read[fault] for fault in FAULTS} == expected
    assert read["operations"]["place"]["statuses"] == {"0": 1, "201": 1}
    assert (read["orders"], read["faults"], read["faults_by_kind"]) == (1, 1, {"kill web": 1})
