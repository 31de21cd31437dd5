"""Leads import a catalogue: they send files, watch the run, read its report."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from catalog.importing import job
from catalog.models import ImportRun, Set
from core.jobs import run_job
from core.models import Job
from dashboard.views import catalog_imports
from tests.catalog.dumps import SmallDump
from tests.dashboard.pages import one_line

pytestmark = pytest.mark.django_db
PATH = "/dashboard/catalog/imports/"


@pytest.fixture
def dump(settings: Settings, tmp_path: Path) -> SmallDump:
    settings.VAR = tmp_path / "var"
    settings.VAR.mkdir()
    return SmallDump(tmp_path / "dump")


def files_of(dump: SmallDump) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(f"{table}.csv", dump.text(table).encode()) for table in dump.headers]


def send(client: Client, dump: SmallDump, **more: object) -> tuple[int, str]:
    response = client.post(PATH, {"tables": files_of(dump), "tolerated": "0.1", **more})
    return response.status_code, response.content.decode()


def work() -> None:
    run_job(Job.objects.get(kind="import_catalog", state="pending").pk, job.run_import)


def test_from_the_files_to_the_report(leo: Client, dump: SmallDump) -> None:
    assert send(leo, dump, dry_run="on")[0] == 302
    run = ImportRun.objects.get()
    assert run.by is not None
    assert run.by.username == "leo"
    waiting = leo.get(f"{PATH}{run.pk}/").content.decode()
    assert "Waits for a worker." in waiting
    assert 'hx-trigger="every 1s"' in waiting
    work()
    done = leo.get(f"{PATH}{run.pk}/").content.decode()
    assert "Would bring sets: 4 new" in done
    assert "hx-trigger" not in done, "a finished run is not loaded again"
    report = leo.get(f"{PATH}{run.pk}/report/").content.decode()
    assert "1 weights are of parts that the dump lacks." in report
    file = leo.get(f"{PATH}{run.pk}/report.csv")
    assert file["Content-Disposition"].startswith("attachment")
    assert b"".join(file.streaming_content).startswith(b"severity,file,line")  # type: ignore[attr-defined]
    assert leo.post(f"{PATH}{run.pk}/repeat/").status_code == 302
    work()
    assert Set.objects.count() == 4
    assert "a new catalogue" in leo.get(PATH).content.decode()


def test_a_running_import_shows_how_far_it_is(leo: Client, dump: SmallDump) -> None:
    now = timezone.now()
    run = ImportRun.objects.create(
        folder="none",
        created_at=now,
        began_at=now,
        doing="Writing contents",
        done=250,
        total=1_000,
        unit="rows",
        doing_since=now - timedelta(seconds=10),
        told_at=now,
    )
    page = one_line(leo.get(f"{PATH}{run.pk}/").content.decode())
    assert "25 %, 25 rows a second, about 30 s left" in page
    assert '<progress max="100" value="25">' in page
    leo.post(f"{PATH}{run.pk}/cancel/")
    assert "Being cancelled" in leo.get(f"{PATH}{run.pk}/").content.decode()
    status, page = send(leo, dump)
    assert status == 409
    assert "Another import is not over yet." in page


def test_a_refused_import_names_the_reason(leo: Client, dump: SmallDump) -> None:
    dump.rows["themes"].append("3,Robin,3")
    send(leo, dump)
    work()
    page = leo.get(f"{PATH}{ImportRun.objects.get().pk}/").content.decode()
    assert "themes.csv: themes contain each other" in page
    assert "The catalogue is unchanged." in page
    assert "theme_cycle" in page


def test_errors_of_the_files_stand_at_the_form(leo: Client, dump: SmallDump) -> None:
    del dump.headers["sets"]
    status, page = send(leo, dump)
    assert status == 400
    assert "Missing: sets." in page
    assert leo.post(PATH, {"tolerated": "0.1"}).status_code == 400
    assert send(leo, dump, tolerated="99")[0] == 400
    assert not ImportRun.objects.exists()


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(
    leo: Client, dump: SmallDump, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_imports, "LARGEST_BODY", 200)
    status, page = send(leo, dump)
    assert status == 413
    assert "send them gzipped" in page
    assert not ImportRun.objects.exists()


def test_files_without_the_forms_token_are_refused(dump: SmallDump, leo: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = leo.cookies
    assert send(strict, dump)[0] == 403
    assert not ImportRun.objects.exists()


def test_a_run_or_report_that_does_not_exist_is_not_found(leo: Client, dump: SmallDump) -> None:
    run = ImportRun.objects.create(
        folder="none", state="failed", created_at=timezone.now(), finished_at=timezone.now()
    )
    for path in ("99/", "99/report/", f"{run.pk}/report/", f"{run.pk}/report.csv"):
        assert leo.get(PATH + path).status_code == 404
    page = leo.post(f"{PATH}{run.pk}/repeat/", follow=True).content.decode()
    assert "no longer kept" in page or "Import" in page
