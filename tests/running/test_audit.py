"""`make audit` says what is weak, what is fine, and plainly what it does not know."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from packaging.version import Version

from config.running import audit
from config.running.audit import (
    FINE,
    NOT_KNOWN,
    WEAK,
    audit_by_dump,
    is_affected,
    pinned,
    read_answer,
    report,
    unpinned,
)

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 30, tzinfo=UTC)
PACKAGES = {"django": Version("5.2.19"), "svg-py": Version("1.10.0")}


def advisory(name: str = "Django", **more: Any) -> dict[str, Any]:
    affected = {
        "package": {"ecosystem": "PyPI", "name": name},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "5.0"}, {"fixed": "5.2.20"}]}],
    }
    return {
        "id": "PYSEC-1",
        "modified": "2026-11-29T00:00:00Z",
        "summary": "Bad.",
        "affected": [affected],
    } | more


def dump(folder: Path, *advisories: Any, whole: bool = True) -> Path:
    folder.mkdir(exist_ok=True)
    for number, each in enumerate(advisories):
        (folder / f"{number}.json").write_text(each if isinstance(each, str) else json.dumps(each))
    if whole:
        others = [advisory(f"package-{number}", id=f"OSV-{number}") for number in range(audit.WHOLE_DUMP)]
        (folder / "others.json").write_text(json.dumps(others))
    return folder


def test_the_pins_are_read_as_pip_reads_them() -> None:
    text = 'Svg.PY==1.10.0 ; python_version < "4" \\\n    --hash=sha256:00\n# via x\ncelery[redis]==5.6.3  # why\n'
    assert pinned(text) == {"svg-py": Version("1.10.0"), "celery": Version("5.6.3")}
    assert len(pinned(audit.REQUIREMENTS.read_text())) > 50


def test_what_is_not_pinned_is_told_and_no_package_at_all_is_no_clean_bill(tmp_path: Path) -> None:
    text = (
        "# ours\n--index-url x\ndjango==5.2.19\nsvg.py>=1\nfoo @ https://x.test/foo.zip\n-e ../bar\nb a d\n"
    )
    assert list(pinned(text)) == ["django"]
    assert unpinned(text) == ["svg.py>=1", "foo @ https://x.test/foo.zip", "-e ../bar", "b a d"]
    assert unpinned(audit.REQUIREMENTS.read_text()) == []
    assert audit_by_dump({}, dump(tmp_path), now=NOW).code == NOT_KNOWN


def test_a_date_in_the_future_makes_no_old_dump_fresh(tmp_path: Path) -> None:
    advisories = [advisory(modified="2099-01-01T00:00:00Z"), advisory(modified="2025-01-01T00:00:00Z")]
    findings = audit_by_dump({"svg-py": Version("1.10.0")}, dump(tmp_path, *advisories, whole=False), now=NOW)
    assert "of 2025-01-01" in "".join(findings.unknown)


def test_a_service_that_answers_about_some_is_no_clean_bill(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = json.dumps({"dependencies": [{"name": "Django", "version": "5.2.19", "vulns": []}]})
    monkeypatch.setattr(
        "config.running.audit.subprocess.run", lambda *_a, **_k: SimpleNamespace(stdout=answer, stderr="")
    )
    findings = audit.audit_by_service(PACKAGES)
    assert findings.code == NOT_KNOWN
    assert findings.unknown == ["pypi said nothing about: svg-py."]
    assert audit.audit_by_service({"django": Version("5.2.19")}).code == FINE


def test_a_weak_package_is_named_with_its_advisory_and_the_version_that_mends_it(tmp_path: Path) -> None:
    findings = audit_by_dump(PACKAGES, dump(tmp_path, advisory(aliases=["CVE-1"])), now=NOW)
    assert findings.weak == ["django 5.2.19: PYSEC-1, CVE-1; fixed in 5.2.20. Bad."]
    assert findings.code == WEAK
    assert "upgrade" in report(findings)


def test_a_package_without_weakness_is_fine_in_a_whole_dump(tmp_path: Path) -> None:
    findings = audit_by_dump(PACKAGES, dump(tmp_path, advisory("other")), now=NOW)
    assert findings.code == FINE
    assert "No weakness is known of the 2 pinned packages." in report(findings)
    assert "No advisory was ever written about: django, svg-py." in report(findings)


def test_a_dump_that_is_not_whole_is_no_clean_bill(tmp_path: Path) -> None:
    findings = audit_by_dump(PACKAGES, dump(tmp_path, advisory("other"), whole=False), now=NOW)
    assert findings.code == NOT_KNOWN
    assert findings.unknown == ["The dump is not whole, and says nothing about: django, svg-py."]


def test_an_old_dump_is_no_clean_bill(tmp_path: Path) -> None:
    findings = audit_by_dump(PACKAGES, dump(tmp_path), now=datetime(2027, 6, 1, tzinfo=UTC))
    assert findings.code == NOT_KNOWN
    assert "newest advisory is of 2026-11-29" in findings.unknown[0]


@pytest.mark.parametrize("broken", ["{", "[]x", '{"no": "id"}', '"text"', "null"])
def test_an_advisory_that_cannot_be_read_is_told(tmp_path: Path, broken: str) -> None:
    findings = audit_by_dump(PACKAGES, dump(tmp_path, broken), now=NOW)
    assert findings.unknown == ["1 files hold no advisory that can be read."]


def test_a_withdrawn_advisory_and_another_ecosystem_do_not_count(tmp_path: Path) -> None:
    other = advisory()
    other["affected"][0]["package"]["ecosystem"] = "npm"
    findings = audit_by_dump(
        PACKAGES, dump(tmp_path, advisory(withdrawn="2026-01-01T00:00:00Z"), other), now=NOW
    )
    assert findings.code == FINE


def test_a_zip_and_yaml_are_read_too(tmp_path: Path) -> None:
    text = (
        'id: PYSEC-2\nmodified: "2026-11-29T00:00:00Z"\naffected:\n'
        '- package: {name: svg.py, ecosystem: PyPI}\n  versions: ["1.10"]\n'
    )
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("vulns/PYSEC-2.yaml", text)
        archive.writestr("GHSA.json", json.dumps(advisory()))
    findings = audit_by_dump(PACKAGES, tmp_path / "all.zip", now=NOW)
    assert [each.partition(":")[0] for each in findings.weak] == ["svg-py 1.10.0", "django 5.2.19"]


@pytest.mark.parametrize(
    ("events", "version", "hit"),
    [
        ([{"introduced": "0"}, {"fixed": "2"}], "1.9", True),
        ([{"introduced": "0"}, {"fixed": "2"}], "2", False),
        ([{"introduced": "0"}, {"fixed": "2"}], "2rc1", True),
        ([{"introduced": "0"}], "99", True),
        ([{"introduced": "1"}, {"last_affected": "2"}], "2", True),
        ([{"introduced": "1"}, {"last_affected": "2"}], "2.0.1", False),
        ([{"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}, {"fixed": "3.1"}], "2.5", False),
        ([{"fixed": "3.1"}, {"introduced": "3"}, {"fixed": "2"}, {"introduced": "1"}], "3.0.5", True),
        ([{"introduced": "1"}], "0.9", False),
        ([{"introduced": "one"}], "1", None),
    ],
)
def test_a_range_of_versions_is_read_as_osv_writes_it(
    events: list[dict[str, str]], version: str, hit: bool
) -> None:
    assert is_affected({"ranges": [{"type": "ECOSYSTEM", "events": events}]}, Version(version)) is hit


def test_an_advisory_that_knows_only_commits_leaves_us_in_doubt(tmp_path: Path) -> None:
    vague = advisory()
    vague["affected"][0]["ranges"] = [{"type": "GIT", "events": [{"introduced": "0"}]}]
    findings = audit_by_dump(PACKAGES, dump(tmp_path, vague), now=NOW)
    assert findings.unknown == ["django 5.2.19: PYSEC-1 does not say which versions it is about."]


def test_what_pip_audit_says_is_taken_over() -> None:
    answer = {
        "dependencies": [
            {"name": "django", "version": "5.2.19", "vulns": [{"id": "PYSEC-1", "fix_versions": ["5.2.20"]}]},
            {"name": "granian", "version": "2.8.7", "vulns": []},
            {"name": "ours", "skip_reason": "Dependency not found on PyPI"},
        ]
    }
    findings = read_answer(json.dumps(answer))
    assert findings is not None
    assert (findings.checked, findings.code) == (2, WEAK)
    assert findings.weak == ["django 5.2.19: PYSEC-1; fixed in 5.2.20."]
    assert findings.unknown == ["ours: Dependency not found on PyPI"]
    assert read_answer("") is None
    assert read_answer("[]") is None


def test_no_service_is_no_clean_bill(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unanswered:
        stdout, stderr = "", "warning\nConnectionError: no route"

    monkeypatch.setattr("config.running.audit.subprocess.run", lambda *_args, **_more: Unanswered())
    findings = audit.audit_by_service(PACKAGES)
    assert findings.code == NOT_KNOWN
    assert findings.unknown == [
        f"{name} knew nothing about any package: ConnectionError: no route" for name in ("pypi", "osv")
    ]


def test_a_path_that_is_not_there_is_no_clean_bill(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("ADVISORIES", str(tmp_path / "gone.zip"))
    with pytest.raises(SystemExit) as exit_:
        audit.main()
    assert exit_.value.code == NOT_KNOWN
    assert "cannot be read" in capsys.readouterr().out
