"""Imports that staff start: files kept and checked at once, done by a job, watched, cancelled, done again."""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Role
from catalog.importing import job as import_job
from catalog.importing import uploads
from catalog.importing.importer import _only_importer
from catalog.importing.merging import Merge
from catalog.importing.runs import (
    cancel_import,
    import_run,
    repeat_import,
    report_of,
    report_rows,
    start_import,
)
from catalog.models import ImportRun, Inventory, Set
from core.jobs import Claim, claim_job, renew_lease, replay_job, run_job
from core.models import Job
from core.refusals import NotFound, Refusal
from tests.cast import staff_user
from tests.catalog.dumps import SmallDump

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.VAR = tmp_path / "var"
    settings.VAR.mkdir()


def files_of(dump: SmallDump, *, without: Sequence[str] = ()) -> "list[UploadedFile[Any]]":
    return [
        SimpleUploadedFile(f"{table}.csv", dump.text(table).encode())
        for table in dump.headers
        if table not in without
    ]


def work() -> None:
    """As a worker does it."""
    run_job(Job.objects.get(kind="import_catalog", state="pending").pk, import_job.run_import)


def test_files_are_kept_and_imported_by_a_job(dump: SmallDump) -> None:
    run = start_import(files=files_of(dump), by=staff_user(Role.LEAD))
    assert run.state == "open"
    assert not Set.objects.exists()
    work()
    run = import_run(run_id=run.pk)
    assert (run.state, run.changed, run.bad_rows) == ("done", True, 0)
    assert run.counts == {table: len(rows) for table, rows in dump.rows.items()}
    assert any(sentence.startswith("Brought sets: 4 new") for sentence in run.sentences)
    assert Set.objects.count() == 4
    assert report_of(run) is not None
    assert report_rows(run)[0]["code"] == "weights_of_unknown_parts"
    assert Job.objects.get(kind="import_catalog").state == "done"


def test_a_dry_run_changes_nothing_and_its_files_can_be_imported_in_earnest(dump: SmallDump) -> None:
    run = start_import(files=files_of(dump), by=None, dry_run=True)
    work()
    run = import_run(run_id=run.pk)
    assert (run.state, run.changed) == ("done", False)
    assert not Set.objects.exists()
    again = repeat_import(run_id=run.pk, by=None)
    work()
    assert import_run(run_id=again.pk).changed
    assert Set.objects.count() == 4


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("prices.csv", b"", "unknown_file"),
        ("sets.zip", b"PK", "unknown_file"),
        ("../../settings.py", b"", "unknown_file"),
        ("SETS.CSV", b"set_num\n", "duplicate_file"),
        ("bags.csv.gz", b"no gzip", "duplicate_file"),
    ],
)
def test_a_file_that_is_no_table_is_refused_at_once(
    dump: SmallDump, name: str, content: bytes, code: str
) -> None:
    files = files_of(dump)
    with pytest.raises(Refusal) as caught:
        start_import(files=[*files, SimpleUploadedFile(name, content)], by=None)
    (problem,) = caught.value.problems
    assert (problem.pointer, problem.code) == (f"/files/{len(files)}", code)
    assert not uploads.imports_folder().exists() or not list(uploads.imports_folder().iterdir())


def test_missing_tables_and_columns_are_refused_before_anything_is_kept(dump: SmallDump) -> None:
    with pytest.raises(Refusal) as caught:
        start_import(files=files_of(dump, without=["sets", "colors"]), by=None)
    assert [problem.detail for problem in caught.value.problems] == ["Missing: colors, sets."]
    dump.headers["bags"] = "set_num,bag,part,color_id,quantity"
    with pytest.raises(Refusal) as caught:
        start_import(files=files_of(dump), by=None)
    assert caught.value.problems[0].code == "missing_column"
    assert not list(uploads.imports_folder().iterdir())
    assert not ImportRun.objects.exists()


def test_files_beyond_all_measure_are_refused(dump: SmallDump, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST_FILE", 100)
    monkeypatch.setattr(uploads, "LARGEST_UPLOAD", 300)
    with pytest.raises(Refusal) as caught:
        start_import(files=files_of(dump), by=None)
    assert {problem.code for problem in caught.value.problems} == {"too_large"}
    assert "/files" in {problem.pointer for problem in caught.value.problems}


def test_a_second_is_refused_while_one_is_open(dump: SmallDump) -> None:
    run = start_import(files=files_of(dump), by=None)
    with pytest.raises(Refusal, match="import_running"):
        start_import(files=files_of(dump), by=None)
    with pytest.raises(Refusal, match="import_running"):
        repeat_import(run_id=run.pk, by=None)
    assert ImportRun.objects.count() == 1
    assert len(list(uploads.imports_folder().iterdir())) == 1


def test_what_cannot_be_imported_is_named_and_the_old_catalogue_stays(dump: SmallDump) -> None:
    dump.imported()
    dump.rows["inventory_parts"].append("2,3001,4,-1,f")
    run = start_import(files=files_of(dump), by=None, tolerated=0)
    work()
    run = import_run(run_id=run.pk)
    assert (run.state, run.error_code) == ("refused", "bad_value")
    assert run.error.startswith("inventory_parts.csv, line 9, column quantity:")
    assert report_rows(run)[0]["line"] == "9"
    assert Set.objects.filter(retired_at=None).count() == 4


def test_cancelled_before_it_began(dump: SmallDump) -> None:
    run = start_import(files=files_of(dump), by=None)
    cancel_import(run_id=run.pk)
    work()
    assert import_run(run_id=run.pk).state == "cancelled"
    assert not Set.objects.exists()
    with pytest.raises(Refusal, match="import_over"):
        cancel_import(run_id=run.pk)


def test_cancelled_amid_the_writing_nothing_is_left_of_it(
    dump: SmallDump, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_job, "REPORT_EVERY_SECONDS", 0)
    run = start_import(files=files_of(dump), by=None)
    placed_lots = Merge._placed_lots

    def and_cancel(self: Merge, box: object) -> object:
        cancel_import(run_id=run.pk)
        return placed_lots(self, box)  # type: ignore[arg-type]

    monkeypatch.setattr(Merge, "_placed_lots", and_cancel)
    work()
    assert import_run(run_id=run.pk).state == "cancelled"
    assert not Inventory.objects.exists()
    assert not Set.objects.filter(retired_at=None).exists()


def test_another_import_is_waited_for(dump: SmallDump) -> None:
    run = start_import(files=files_of(dump), by=None)
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        pytest.skip("the lock belongs to a session, and a test has one")
    with _only_importer():
        work()
    assert import_run(run_id=run.pk).state == "open"
    Job.objects.update(due_at=timezone.now())
    work()
    assert import_run(run_id=run.pk).state == "done"


def test_a_worker_that_was_killed_is_followed_by_another_and_in_the_end_given_up(dump: SmallDump) -> None:
    run = start_import(files=files_of(dump), by=None)
    job = Job.objects.get(kind="import_catalog")
    assert claim_job(job.pk) is not None, "a worker takes it and is never heard of again"
    assert claim_job(job.pk) is None
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    ImportRun.objects.update(tries=import_job.MOST_TRIES - 1)
    work()
    assert import_run(run_id=run.pk).state == "done"
    again = repeat_import(run_id=run.pk, by=None)
    ImportRun.objects.filter(pk=again.pk).update(tries=import_job.MOST_TRIES)
    work()
    assert (import_run(run_id=again.pk).state, import_run(run_id=again.pk).error_code) == (
        "failed",
        "given_up",
    )


def test_the_lease_is_kept_while_it_works_and_a_lost_one_stops_it(
    dump: SmallDump, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_import(files=files_of(dump), by=None)
    leases = []
    original = renew_lease

    def seen(claim: Claim) -> Claim:
        kept = original(claim)
        leases.append(kept.leased_until)
        return kept

    monkeypatch.setattr(import_job, "renew_lease", seen)
    job = Job.objects.get(kind="import_catalog")

    def another_worker_takes_it(self: Merge) -> None:
        Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() + timedelta(seconds=99))

    with monkeypatch.context() as patch:
        patch.setattr(Merge, "_insert_new_names", another_worker_takes_it)
        work()
    assert leases == sorted(set(leases))
    assert len(leases) > 1
    assert import_run(run_id=run.pk).state == "open", "another worker has to end it"
    assert not Set.objects.filter(retired_at=None).exists()


def test_only_the_newest_runs_keep_their_files(dump: SmallDump, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "KEPT_RUNS", 1)
    first = start_import(files=files_of(dump), by=None)
    work()
    start_import(files=files_of(dump), by=None)
    work()
    assert report_of(first) is not None
    with pytest.raises(Refusal, match="files_gone"):
        repeat_import(run_id=first.pk, by=None)


def test_a_run_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        import_run(run_id=1)


def test_an_import_that_broke_off_by_a_fault_of_ours_says_so_and_can_be_tried_again(
    dump: SmallDump, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_import(files=files_of(dump), by=None)
    with monkeypatch.context() as patch:
        patch.setattr(import_job, "_import", lambda run, progress: 1 / 0)
        work()
    failed = import_run(run_id=run.pk)
    assert (failed.state, failed.error_code) == ("failed", "fault")
    replay_job(Job.objects.get(kind="import_catalog", state="failed"))
    work()
    assert import_run(run_id=run.pk).state == "done"
