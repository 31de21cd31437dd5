"""The use case: import a catalogue from its files. Command and job both call it and get the same summary."""

import fcntl
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from catalog.importing.contents import Measures
from catalog.importing.corrections import (
    keep_corrections,
    note_entered_bags,
    read_corrections,
    remember_sources,
)
from catalog.importing.dump import check_tables, read_dump
from catalog.importing.extras import read_bags, read_weights
from catalog.importing.files import TableFile
from catalog.importing.merging import Merge, clear_leftovers
from catalog.importing.planning import Plan, Source, make_plan
from catalog.importing.problems import Cancelled, CatalogError, Problems
from catalog.importing.progress import Phase, Progress, Silent
from catalog.importing.stored import read_stored
from catalog.importing.tables import BAGS, WEIGHTS
from catalog.search.indexing import refresh_index

# "b14i" in ASCII: the number of the advisory lock that only one importer can hold.
LOCK = 0x62313469
TOLERATED = 0.001
OBJECTS_BETWEEN_COLLECTIONS = 50_000


@dataclass(slots=True)
class Summary:
    """What an import did. `rows` counts the rows read by table; the rest counts what was written."""

    rows: dict[str, int]
    plan: Plan
    notices: list[str] = field(default_factory=list)
    bad_rows: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    contents: int = 0
    longest_write: float = 0.0

    @property
    def changed(self) -> bool:
        return not self.plan.changes_nothing


def import_catalog(
    *,
    directory: Path,
    bags: Path | None = None,
    weights: Path | None = None,
    dry_run: bool = False,
    report: Path | None = None,
    tolerated: float = TOLERATED,
    progress: Progress | None = None,
) -> Summary:
    """Make the catalogue equal to the files.

    `tolerated` is the share of a table's rows that may be bad and left out. The report is written in every case.
    Raises CatalogError if the source is unusable; the catalogue has not changed then.
    """
    problems = Problems(tolerated=tolerated)
    progress = progress or Silent()
    try:
        with _only_importer(), _rare_garbage_collection():
            return _import(directory, bags, weights, dry_run, problems, progress)
    finally:
        progress.finish()
        if report is not None:
            problems.write(report)


def _import(
    directory: Path,
    bags: Path | None,
    weights: Path | None,
    dry_run: bool,
    problems: Problems,
    progress: Progress,
) -> Summary:
    paths, notices = check_tables(directory)
    extras = [(path, table) for path, table in ((bags, BAGS), (weights, WEIGHTS)) if path is not None]
    for path, table in extras:
        if not path.is_file():
            raise CatalogError("missing_table", f"{path} does not exist.")
        TableFile(path, table, problems).check_header()
    total = sum(path.stat().st_size for path in [*paths.values(), *(path for path, _table in extras)])
    progress.begin(Phase.READING, total, "bytes")
    dump = read_dump(paths, problems, progress.advance)
    source = Source(
        dump,
        read_bags(bags, dump, problems, progress.advance) if bags else {},
        read_weights(weights, dump, problems, progress.advance) if weights else {},
    )
    progress.begin(Phase.COMPARING, 0)
    source.kept = read_corrections()
    keep_corrections(source.kept, dump, source.weights, problems)
    note_entered_bags(source.kept, source.bags, bags.name if bags else "", problems)
    stored = read_stored()
    plan = make_plan(source, stored, Measures(dump))
    merge = Merge(source, stored, plan, problems, progress, bags.name if bags else "")
    if dry_run:
        merge.explain_bags()
    else:
        if plan.changes_nothing:
            remember_sources(source.kept)
        else:
            _write(merge)
        # Also when nothing changed: an import that was stopped at this point left the index out of date.
        progress.begin(Phase.INDEXING, 0)
        refresh_index(merge.turns)
    return Summary(
        rows=dump.counts,
        plan=plan,
        notices=notices,
        bad_rows=problems.errors.total(),
        notes=dict(problems.notes),
        contents=merge.contents,
        longest_write=merge.turns.longest,
    )


def _write(merge: Merge) -> None:
    try:
        merge.write()
    except Cancelled:
        clear_leftovers()
        raise


def refresh_index_alone() -> None:
    """Bring the search index up to date while no import runs: both would fill the same new table.

    Raises CatalogError `import_running`; that import will make the index itself.
    """
    with _only_importer():
        refresh_index()


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Python's collector searches for reference circles after every 700 new objects; an import has millions and no
    circle.
    """
    usual = gc.get_threshold()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def _only_importer() -> Iterator[None]:
    """Refuse a second import at the same time: each would retire the other's sets. A killed import frees the lock."""
    busy = CatalogError("import_running", "another import is running; wait until it is done.")
    if connection.vendor == "postgresql":
        # A transaction of its own holds the lock: a session has none to keep where a pooler stands in between.
        holder = connection.copy()
        try:
            holder.set_autocommit(False)
            with holder.cursor() as cursor:
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
                if not cursor.fetchone()[0]:
                    raise busy
            yield
        finally:
            # To close alone would not do: the server ends a session, and frees its lock, a moment after that.
            with suppress(DatabaseError):
                holder.rollback()
            holder.close()
        return
    with (settings.VAR / "import.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise busy from None
        yield
