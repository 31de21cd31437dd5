"""Importing a whole catalogue, beside the database's raw bulk load of the very same rows into the same tables.

The rival is COPY on PostgreSQL. On SQLite it is the shell's `.import`, which knows no NULL, into a bare table and one
INSERT ... SELECT from there. The rival checks, compares and computes nothing; the search index is among its tables.
Both run undisturbed. One more import measures how long another writer has to wait meanwhile.
"""

import csv
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.catalogs import Databases, Source, all_databases, run_child, source
from bench.figures import Figure, figure, seconds

NAME = "import"
RUNS = 3
TIMES_A_RAW_LOAD = 2.0
PEAK_MB, LONGEST_WAIT_SECONDS = 400.0, 2.0
TABLES = (
    "theme",
    "color",
    "part",
    "partrelation",
    "piece",
    "element",
    "set",
    "inventory",
    "bag",
    "content",
    "revision",
    "word",
    "setindex",
    "partindex",
)
INDEXES = ("setindex", "partindex")


def run() -> Mapping[str, Figure]:
    """For each database: seconds beside the raw load, a second import, peak memory, and how long a writer waited."""
    figures: dict[str, Figure] = {}
    with source() as files, all_databases() as kinds, tempfile.TemporaryDirectory(prefix="b14rows") as rows:
        for databases in kinds:
            figures |= _measure(databases, files, Path(rows) / databases.kind)
    return figures


def _measure(databases: Databases, files: Source, rows: Path) -> dict[str, Figure]:
    rows.mkdir()
    ours: list[dict[str, float]] = []
    raw: list[float] = []
    for attempt in range(RUNS):
        environment = databases.fresh()
        ours.append(
            run_child(f"from bench.imports import import_here; import_here({files.arguments!r})", environment)
        )
        if attempt == 0:
            run_child(f"from bench.imports import save_rows; save_rows({str(rows)!r})", environment)
        raw.append(
            run_child(f"from bench.imports import load_rows; load_rows({str(rows)!r})", databases.fresh())
        )
    waits = run_child(
        f"from bench.imports import wait_here; wait_here({files.arguments!r})", databases.fresh()
    )
    kind = databases.kind
    times = [each["seconds"] for each in ours]
    limit = TIMES_A_RAW_LOAD * statistics.median(raw)
    return {
        f"{kind}.whole_dump": figure(times, "s", limit=limit, rivals=raw),
        f"{kind}.same_again": figure([each["again"] for each in ours], "s", rivals=times),
        f"{kind}.peak_memory": figure([each["mb"] for each in ours], "MB", limit=PEAK_MB),
        f"{kind}.longest_wait": figure([max(waits)], "s", limit=LONGEST_WAIT_SECONDS),
    }


# --- in a process of its own, with the database that its environment names ------------------------------------------


def import_here(arguments: list[str]) -> None:
    """Import twice; print seconds and peak memory as JSON."""
    took = seconds(lambda: _import(arguments))
    again = seconds(lambda: _import(arguments))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"seconds": took, "again": again, "mb": peak}))


def wait_here(arguments: list[str]) -> None:
    """Import while a thread writes all the time; print how long each of its writes took, as JSON."""
    waits: list[float] = []
    done = threading.Event()
    writer = threading.Thread(target=_write_meanwhile, args=(done, waits))
    writer.start()
    try:
        _import(arguments)
    finally:
        done.set()
        writer.join()
    print(json.dumps(waits))


def _import(arguments: list[str]) -> None:
    from catalog.importing.importer import import_catalog

    named = dict(zip(arguments[1::2], arguments[2::2], strict=True))
    extras: dict[str, Any] = {name.removeprefix("--"): Path(path) for name, path in named.items()}
    import_catalog(directory=Path(arguments[0]), **extras)


def _write_meanwhile(done: threading.Event, waits: list[float]) -> None:
    """Repeat the locks that placing an order takes: the database on SQLite, a set and a piece on PostgreSQL."""
    from django.db import connection, transaction

    from catalog.models import Revision

    while not done.wait(0.1):
        begun = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            Revision.objects.filter(pk=99).update(number=1)
            if connection.vendor == "postgresql":
                cursor.execute("SELECT id FROM catalog_set ORDER BY id LIMIT 1 FOR KEY SHARE")
                cursor.execute("SELECT id FROM catalog_piece ORDER BY id LIMIT 1 FOR KEY SHARE")
        waits.append(time.perf_counter() - begun)
    connection.close()


def save_rows(folder: str) -> None:
    """Write every row of the catalogue into a file for each table, in the form that the raw load needs."""
    from collections import Counter

    from django.db import connection

    from catalog.search.indexing import part_documents, set_documents

    for table in TABLES:
        path = Path(folder) / f"{table}.csv"
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with path.open("wb") as file, cursor.copy(f"COPY catalog_{table} TO STDOUT") as copy:
                    file.writelines(copy)
            elif table in INDEXES:
                # SQLite's full-text index does not return its documents.
                make = set_documents if table == "setindex" else part_documents
                with path.open("w", encoding="utf-8", newline="") as text:
                    csv.writer(text).writerows((rank, " ".join(found)) for rank, found in make(Counter()))
            else:
                cursor.execute(f"SELECT * FROM catalog_{table}")  # noqa: S608
                with path.open("w", encoding="utf-8", newline="") as text:
                    csv.writer(text).writerows(cursor.fetchall())


def load_rows(folder: str) -> None:
    """Load the files, and nothing else; print how many seconds that took."""
    from django.db import connection

    load = _copy if connection.vendor == "postgresql" else _shell_import
    print(seconds(lambda: load(Path(folder))))


def _copy(folder: Path) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            with (
                (folder / f"{table}.csv").open("rb") as file,
                cursor.copy(f"COPY catalog_{table} FROM STDIN") as copy,
            ):
                while block := file.read(1 << 16):
                    copy.write(block)


def _shell_import(folder: Path) -> None:
    from django.db import connection

    shell = shutil.which("sqlite3")
    if shell is None:
        raise RuntimeError("The rival on SQLite is the sqlite3 shell, which is not on PATH.")
    lines = ["PRAGMA synchronous=NORMAL;", "PRAGMA secure_delete=ON;", "PRAGMA cache_size=-32000;", "BEGIN;"]
    for table in TABLES:
        if table in INDEXES:
            lines += [
                "CREATE TEMP TABLE bare (rank, words);",
                f".import --csv --schema temp {folder / f'{table}.csv'} bare",
                f"INSERT INTO catalog_{table} (rowid, document) SELECT rank, words FROM bare;",  # noqa: S608
                "DROP TABLE bare;",
            ]
            continue
        with connection.cursor() as cursor:
            described = connection.introspection.get_table_description(cursor, f"catalog_{table}")
        columns = ", ".join(
            f"nullif({column.name}, '')" if column.null_ok else column.name for column in described
        )
        bare = f"CREATE TEMP TABLE bare AS SELECT * FROM catalog_{table} LIMIT 0;"  # noqa: S608
        fill = f"INSERT INTO catalog_{table} SELECT {columns} FROM bare;"  # noqa: S608
        lines += [
            bare,
            f".import --csv --schema temp {folder / f'{table}.csv'} bare",
            fill,
            "DROP TABLE bare;",
        ]
    lines.append("COMMIT;")
    name = str(connection.settings_dict["NAME"])
    done = subprocess.run(
        [shell, "-bail", name], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    if done.stderr:
        raise RuntimeError(done.stderr)
