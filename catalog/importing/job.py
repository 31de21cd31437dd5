"""The job of an import that staff started: a worker does it, a page shows it, and it is done again after a kill."""

import logging
import time
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from catalog.importing.importer import Summary, import_catalog
from catalog.importing.problems import Cancelled, CatalogError
from catalog.importing.progress import Phase, Progress
from catalog.importing.report_text import sentences
from catalog.importing.runs import report_name
from catalog.importing.uploads import file_beside, folder_of
from catalog.models import ImportRun
from core.failures import TryLater
from core.jobs import Claim, recording, renew_lease

log = logging.getLogger(__name__)

REPORT_EVERY_SECONDS = 1.0
# A run that was started this often without an end is given up: what kills the worker will do so again.
MOST_TRIES = 3
STOPPABLE = {Phase.READING, Phase.COMPARING, Phase.WRITING}


class RunProgress(Progress):
    """Writes the progress into the run's row, renews the job's lease, and stops when a member of staff cancels the
    import.

    Called between the import's transactions only, so each write here commits at once.
    """

    def __init__(self, run: ImportRun, claim: Claim) -> None:
        self.claim = claim
        self._run_id = run.pk
        self._phase = ""
        super().__init__()
        self._pause = REPORT_EVERY_SECONDS

    def begin(self, doing: str, total: int, unit: str = "rows") -> None:
        super().begin(doing, total, unit)
        now = timezone.now()
        if doing == Phase.READING:
            self._write(began_at=now, tries=F("tries") + 1)
        self._phase = doing
        self._write(doing=doing, total=total, unit=unit, done=0, doing_since=now, told_at=now)

    def _report(self, seconds: float) -> None:
        self._write(done=self._done, told_at=timezone.now())

    def finish(self) -> None:
        """Nothing: the end is written with the result."""

    def _write(self, **values: object) -> None:
        self.claim = renew_lease(self.claim)
        ours = ImportRun.objects.filter(pk=self._run_id)
        ours.update(**values)
        if self._phase in STOPPABLE and ours.filter(cancel_requested=True).exists():
            raise Cancelled


def run_import(claim: Claim) -> None:
    """Import the files in the run's folder.

    1. If the run is over, do nothing. Give up a run that was started too often.
    2. If it was cancelled before it began, record that.
    3. Import. Each second the progress is written into the run's row, and the lease is renewed.
    4. Record the result together with the end of the job.

    While another import runs this one waits: the error gives the job back, and it is due a little later.
    """
    run = ImportRun.objects.filter(pk=claim.subject, state=ImportRun.State.OPEN).first()
    if run is None or run.tries >= MOST_TRIES:
        with recording(claim):
            _end(claim.subject, ImportRun.State.FAILED, error_code="given_up", error=_given_up())
        return
    progress = RunProgress(run, claim)
    begun = time.monotonic()
    try:
        if run.cancel_requested:
            raise Cancelled
        summary = _import(run, progress)
    except Cancelled:
        with recording(progress.claim):
            _end(claim.subject, ImportRun.State.CANCELLED)
    except CatalogError as error:
        if error.code == "import_running":
            raise TryLater from error
        with recording(progress.claim):
            _end(claim.subject, ImportRun.State.REFUSED, error_code=error.code, error=str(error))
    else:
        with recording(progress.claim):
            _end(claim.subject, ImportRun.State.DONE, **_result(summary, run))
        log.info("import %s done in %.1f s", run.pk, time.monotonic() - begun)


def _import(run: ImportRun, progress: RunProgress) -> Summary:
    folder = folder_of(run)
    return import_catalog(
        directory=folder,
        bags=file_beside(folder, "bags"),
        weights=file_beside(folder, "weights"),
        dry_run=run.dry_run,
        report=folder / report_name(run),
        tolerated=run.tolerated,
        progress=progress,
    )


def _result(summary: Summary, run: ImportRun) -> dict[str, object]:
    return {
        "changed": summary.changed and not run.dry_run,
        "counts": summary.rows,
        "sentences": sentences(summary, dry_run=run.dry_run),
        "bad_rows": summary.bad_rows,
        "notes": sum(summary.notes.values()),
    }


def fail_import(subject: str) -> None:
    """The job of this run was set aside: so the run has failed."""
    _end(subject, ImportRun.State.FAILED, error_code="fault", error="It broke off. A person looks at it.")


def reopen_import(subject: str) -> None:
    """A person wants a run tried again that failed."""
    ImportRun.objects.filter(pk=subject, state=ImportRun.State.FAILED).update(
        state=ImportRun.State.OPEN, tries=0, finished_at=None, error_code="", error=""
    )


def _end(run_id: str, state: ImportRun.State, **values: object) -> None:
    now: datetime = timezone.now()
    ImportRun.objects.filter(pk=run_id, state=ImportRun.State.OPEN).update(
        state=state, finished_at=now, doing="", told_at=now, **values
    )


def _given_up() -> str:
    return f"It was started {MOST_TRIES} times, and each time the worker stopped before the end."
