"""What `make check` scans for: weaknesses that no line gives a reason for, and secrets in the tree."""

from pathlib import Path

import pytest
from detect_secrets.settings import default_settings

from config.running.secret_scan import secrets_in
from config.running.weaknesses import unreasoned

pytestmark = pytest.mark.once


def finding(rule: str, line: int) -> dict[str, object]:
    return {
        "filename": "x.py",
        "test_id": rule,
        "line_number": line,
        "line_range": [line],
        "issue_text": "bad",
    }


def test_a_weakness_is_passed_only_where_its_line_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(
        'run(f"{a}")  # noqa: S608 (ours)\nrun(f"{a}")\n\nrun()  # noqa: S101, S603\n'
    )
    assert unreasoned([finding("B608", 1), finding("B603", 4), finding("B101", 4)], tmp_path) == []
    assert unreasoned([finding("B608", 2), finding("B602", 4)], tmp_path) == [
        "x.py:2: B608 bad",
        "x.py:4: B602 bad",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "key = 'AKIA" + "IOSFODNN7EXAMPLQ'",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "token = 'ghp_" + "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'",
        "password = 'hun" + "ter2-and-more'",
        "url = 'postgres://bag14:hun" + "ter2@db/bag14'",
        "url = 'redis://:hun" + "ter2@host/0'",
        "# Use the key b14_0a1b2c3d_" + "Kq8vT2mZ9xLw4BnT8yHd3GcJ6KqvT2mZ9xLw4BnT8yH for it.",
    ],
)
def test_a_secret_in_the_tree_is_found_and_not_repeated(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("module.py").write_text(f"import os\n{line}\n")
    with default_settings():
        found = secrets_in("module.py")
    assert found
    assert all(each.startswith("module.py:2: ") for each in found)
    assert "hunter2" not in "".join(found)
