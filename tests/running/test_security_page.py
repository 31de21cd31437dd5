"""docs/security.md names files and tests that exist, and answers every chapter of the standard."""

import re

import pytest

from config.running.options import ROOT

pytestmark = pytest.mark.once

PAGE = (ROOT / "docs" / "security.md").read_text()


def test_every_file_and_test_of_the_page_exists() -> None:
    names = set(re.findall(r"`([a-z_]+/[\w./-]+\.\w+)`", PAGE))
    names |= {f"docs/{name}" for name in re.findall(r"\]\(([\w./-]+)\)", PAGE)}
    assert len(names) > 60
    assert sorted(name for name in names if not (ROOT / name).is_file()) == []


def test_every_row_has_numbers_a_way_and_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) > 80
    for row in rows:
        numbers, _asks, how, test = (cell.strip() for cell in row.strip("|").split("|"))
        assert re.fullmatch(r"\d+\.\d+\.\d+(, \d+\.\d+\.\d+)*", numbers), row
        assert how, row
        assert re.fullmatch(r"`tests/[\w/]+\.py`(, `tests/[\w/]+\.py`)*", test), row


def test_no_requirement_is_answered_twice_in_the_tables() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| \d", line)]
    numbers = [number for row in rows for number in re.findall(r"\d+\.\d+\.\d+", row.split("|")[1])]
    assert len(numbers) == len(set(numbers))


def test_every_chapter_is_answered() -> None:
    assert re.findall(r"^## V(\d+) ", PAGE, re.MULTILINE) == [str(number) for number in range(1, 18)]
