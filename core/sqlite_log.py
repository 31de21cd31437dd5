"""SQLite's write-ahead log: one careful way of writing it into the file, in the place of SQLite's own.

Before version 3.51.3 SQLite can damage a database when a checkpoint and a commit that begins the log again meet
(sqlite.org/wal.html, "the WAL-reset bug"). A process that is stopped in between makes that likely. Its automatic
checkpoints are of the kind that does not keep writers out; so they are off (config.settings), and ours do.
"""

from pathlib import Path

from django.db import connection

LARGEST_BYTES = 4_000_000
#: A reader that takes longer than this holds up the log's end, and so would hold up all writers.
WAIT_MILLISECONDS = 500


def write_log_if_large() -> bool:
    """Write the log into the file where it has grown. Returns whether it tried."""
    if connection.vendor != "sqlite":
        return False
    log = Path(f"{connection.settings_dict['NAME']}-wal")
    if not log.exists() or log.stat().st_size < LARGEST_BYTES:
        return False
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        usual = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {WAIT_MILLISECONDS}")
        try:
            empty_log()
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
    return True


def empty_log() -> None:
    """Write the whole log into the file and empty it, while no writer can commit. Nothing on PostgreSQL."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
