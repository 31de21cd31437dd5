"""Imports that staff start: what they can do with them. The work is a job (catalog.importing.job)."""

import csv
import shutil
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from catalog.importing.importer import TOLERATED
from catalog.importing.uploads import folder_of, imports_folder, keep_files, tidy_up
from catalog.models import ImportRun
from core.jobs import request_job
from core.refusals import NotFound, Problem, Refusal

MOST_TOLERATED = 0.5
JOB = "import_catalog"


def start_import(
    *,
    files: "Sequence[UploadedFile[Any]]",
    by: User | None,
    dry_run: bool = False,
    tolerated: float = TOLERATED,
) -> ImportRun:
    """Keep the files of a dump, and request a job that imports them.

    The name of a file shows its table: `sets.csv` or `sets.csv.gz`, `bags`, `weights`. `tolerated` is the share of a
    table's rows that may be bad. Raises Refusal `invalid` with pointers `/files`, `/files/<index>`, `/tolerated`; 409
    `import_running` while another import is not over.
    """
    _check_tolerated(tolerated)
    _refuse_second()
    folder, sizes = keep_files(files)
    try:
        run = _open_run(folder=folder, sizes=sizes, by=by, dry_run=dry_run, tolerated=tolerated)
    except Refusal:
        shutil.rmtree(imports_folder() / folder, ignore_errors=True)
        raise
    tidy_up()
    return run


def repeat_import(*, run_id: int, by: User | None, dry_run: bool = False) -> ImportRun:
    """Import the files of an earlier run again, as after a dry run. 409 `files_gone` if they are no longer kept."""
    earlier = import_run(run_id=run_id)
    _refuse_second()
    if not can_repeat(earlier):
        raise Refusal(
            "files_gone", "The files of this import are no longer kept. Send them again.", status=409
        )
    return _open_run(
        folder=earlier.folder,
        sizes=earlier.files,
        by=by,
        dry_run=dry_run,
        tolerated=earlier.tolerated,
    )


def cancel_import(*, run_id: int) -> ImportRun:
    """Ask a run to stop. It does within seconds, except while the pointers turn. 409 `import_over`."""
    run = import_run(run_id=run_id)
    if not ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.OPEN).update(cancel_requested=True):
        raise Refusal("import_over", "This import is over already.", status=409)
    run.refresh_from_db()
    return run


def import_run(*, run_id: int) -> ImportRun:
    """A run with everything that is known of it. Raises NotFound."""
    run = ImportRun.objects.select_related("by").filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such import.")
    return run


def import_runs() -> "QuerySet[ImportRun]":
    """All runs, the newest first."""
    return ImportRun.objects.select_related("by").order_by("-pk")


def can_repeat(run: ImportRun) -> bool:
    """Whether all files of a run still exist."""
    folder = folder_of(run)
    return run.state != ImportRun.State.OPEN and all((folder / name).is_file() for name in run.files)


def report_of(run: ImportRun) -> Path | None:
    """The report file of a run: severity, file, line, column, code, detail. None if there is none yet."""
    path = folder_of(run) / report_name(run)
    return path if path.is_file() else None


def report_name(run: ImportRun) -> str:
    return f"report-{run.pk}.csv"


def report_rows(run: ImportRun, *, start: int = 0, most: int = 100) -> list[dict[str, str]]:
    """Some rows of a run's report, bad rows and notes in the order they were found."""
    path = report_of(run)
    return list(islice(_read(path), start, start + most)) if path else []


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _check_tolerated(tolerated: float) -> None:
    if not 0 <= tolerated <= MOST_TOLERATED:
        detail = f"Give a share between 0 and {MOST_TOLERATED:.0%}."
        raise Refusal("invalid", problems=[Problem("/tolerated", "out_of_range", detail)])


def _refuse_second() -> None:
    if ImportRun.objects.filter(state=ImportRun.State.OPEN).exists():
        raise _running()


def _running() -> Refusal:
    return Refusal("import_running", "Another import is not over yet. Wait for it, or cancel it.", status=409)


def _open_run(
    *, folder: str, sizes: dict[str, int], by: User | None, dry_run: bool, tolerated: float
) -> ImportRun:
    try:
        with transaction.atomic():
            run = ImportRun.objects.create(
                folder=folder,
                files=sizes,
                by=by,
                dry_run=dry_run,
                tolerated=tolerated,
                created_at=timezone.now(),
            )
            request_job(JOB, run.pk)
    except IntegrityError as error:
        # The constraint lets only one run be open: two users pressed the button at the same moment.
        raise _running() from error
    return run
