"""The jobs of the catalogue. No customer waits for them, and an import may take long."""

from datetime import timedelta

from catalog.importing import importer, job
from catalog.importing.problems import CatalogError
from core.failures import TryLater
from core.jobs import Claim, job_task, recording

LONGEST_IMPORT = timedelta(hours=6)


@job_task(
    "import_catalog",
    queue="catalog",
    vital=False,
    time_limit=LONGEST_IMPORT,
    on_set_aside=job.fail_import,
    on_replay=job.reopen_import,
)
def import_catalog(claim: Claim) -> None:
    job.run_import(claim)


@job_task("index_catalog", queue="catalog", vital=False, time_limit=timedelta(minutes=10))
def index_catalog(claim: Claim) -> None:
    """Make the search index again after staff changed names. While an import runs, the job is given back and due
    later.
    """
    try:
        importer.refresh_index_alone()
    except CatalogError as error:
        raise TryLater from error
    with recording(claim):
        pass
