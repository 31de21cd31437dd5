"""What the operator sees who types `python manage.py import_catalog`."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from catalog.importing.progress import Progress
from tests.catalog.dumps import SmallDump

pytestmark = pytest.mark.django_db


def said(dump: SmallDump, *options: str) -> list[str]:
    out = StringIO()
    files = ["--bags", str(dump.path("bags")), "--weights", str(dump.path("weights"))]
    call_command("import_catalog", str(dump.folder), *files, *options, stdout=out, stderr=StringIO())
    return out.getvalue().splitlines()


def test_it_says_what_it_read_and_what_is_new(dump: SmallDump) -> None:
    lines = said(dump.write())
    assert lines[0].startswith("Read 2 themes, 3 colors, 2 part_categories, 5 parts, ")
    assert lines[1] == (
        "Brought sets: 4 new, 0 changed, 0 as they were, 0 retired; contents of 4 sets in 9 rows."
    )
    assert lines[2].startswith("Parts: 5 new, 0 changed, 0 retired. Pieces: ")
    assert "Note, weights of unknown parts: 1." in lines
    assert re.fullmatch(r"Took \d+\.\d s\.", lines[-1])


def test_the_second_time_it_says_that_nothing_is_new(dump: SmallDump) -> None:
    said(dump.write())
    assert "Nothing is new: the catalogue is as it was." in said(dump)


def test_a_dry_run_speaks_of_what_would_be(dump: SmallDump) -> None:
    assert any(line.startswith("Would bring sets: 4 new") for line in said(dump.write(), "--dry-run"))


def test_it_tells_how_to_see_every_note_and_writes_them(dump: SmallDump, tmp_path: Path) -> None:
    assert "Add --report FILE to see each with its file and line." in said(dump.write())
    said(dump, "--report", str(tmp_path / "report.csv"))
    assert (tmp_path / "report.csv").read_text().startswith("severity,file,line,column,code,detail\n")


def test_bad_rows_beyond_the_usual_may_be_tolerated_by_hand(dump: SmallDump) -> None:
    dump.rows["elements"].append("1,no-such-part,4")
    assert "Bad rows left out: 1." in said(dump.write(), "--tolerate", "50")


def test_progress_has_a_share_a_rate_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.0, 10.0, 11.0])
    monkeypatch.setattr("catalog.importing.progress.time.monotonic", lambda: next(clock))
    out = StringIO()
    progress = Progress(out)
    progress.begin("Writing contents", 1_000)
    progress.advance(250)
    progress.advance(250)
    assert out.getvalue() == "Writing contents: 25%, 25 rows/s, 30 s left\n"
