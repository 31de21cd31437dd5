"""Bulk writing by the database's own means: COPY on PostgreSQL, prepared inserts on SQLite, and in turns with others.

SQLite lets one writer in at a time, and customers place orders during an import. So rows are written in many short
transactions with a pause between them, each sized by the time that the last one took.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, transaction

Values = tuple[Any, ...]
Item = TypeVar("Item")

FIRST_TURN = 4_000
SHORTEST_TURN, LONGEST_TURN = 250, 80_000
TURN_SECONDS = 0.3
CHECKPOINT_PAGES = 8_000
# The pause after a turn, as a share of the turn's time: then others have the database alone.
PAUSE_SHARE = 0.15


class Loader(ABC):
    """Bulk statements inside the caller's transaction. Names of tables and columns are ours, never a file's."""

    @abstractmethod
    def append(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
        """Insert rows that are all new."""

    @abstractmethod
    def insert_missing(
        self, table: str, columns: Sequence[str], key: Sequence[str], rows: Iterable[Values]
    ) -> None:
        """Insert the rows whose `key`, some of the columns, is not there yet. Any other conflict is an error."""

    @abstractmethod
    def update(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
        """Set the columns of existing rows; the first column is the key."""

    @abstractmethod
    def learn(self, *tables: str) -> None:
        """Let the database analyse tables that were just filled, so that it plans queries well at once."""

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Within it, the connection is set up for much writing."""
        yield

    def moment(self, when: datetime) -> Any:
        """A time in the form that the database's driver needs."""
        return connection.ops.adapt_datetimefield_value(when)


class PostgresLoader(Loader):
    """COPY, straight into the table or by way of a temporary one."""

    def append(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def insert_missing(
        self, table: str, columns: Sequence[str], key: Sequence[str], rows: Iterable[Values]
    ) -> None:
        names = ", ".join(columns)
        with self._staged(table, columns, rows) as staged, connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {names} FROM {staged} "  # noqa: S608
                f"ON CONFLICT ({', '.join(key)}) DO NOTHING"
            )

    def update(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
        key, *others = columns
        settings = ", ".join(f"{name} = staged.{name}" for name in others)
        with self._staged(table, columns, rows) as staged, connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET {settings} FROM {staged} AS staged WHERE {table}.{key} = staged.{key}"  # noqa: S608
            )

    def learn(self, *tables: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(tables)}")

    @contextmanager
    def _staged(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> Iterator[str]:
        staged = f"staged_{table}"
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMPORARY TABLE {staged} AS SELECT {', '.join(columns)} FROM {table} WITH NO DATA"  # noqa: S608
            )
        self.append(staged, columns, rows)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {staged}")
        yield staged
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {staged}")


class SqliteLoader(Loader):
    """The driver runs a prepared statement for each row, into a temporary table without indexes; one INSERT ... SELECT
    moves the rows on.

    That is twice as fast as a statement per row on a table with indexes and references, which each statement sets up
    again. The driver is called below Django's cursor, which would keep every row.
    """

    def append(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
        self._by_way_of_staging(table, columns, rows, "")

    def insert_missing(
        self, table: str, columns: Sequence[str], key: Sequence[str], rows: Iterable[Values]
    ) -> None:
        self._by_way_of_staging(table, columns, rows, f"ON CONFLICT ({', '.join(key)}) DO NOTHING")

    def update(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
        settings = ", ".join(f"{name} = ?{position}" for position, name in enumerate(columns[1:], start=2))
        self._many(f"UPDATE {table} SET {settings} WHERE {columns[0]} = ?1", rows)  # noqa: S608

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Move the log into the database less often: a page is written many times while an index grows."""
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_autocheckpoint")
            usual = cursor.fetchone()[0]
            cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            try:
                yield
            finally:
                cursor.execute(f"PRAGMA wal_autocheckpoint = {usual}")

    def learn(self, *tables: str) -> None:
        """SQLite chooses the same indexes with and without statistics."""

    def _by_way_of_staging(
        self, table: str, columns: Sequence[str], rows: Iterable[Values], clash: str
    ) -> None:
        places = ", ".join(f"c{position}" for position in range(len(columns)))
        marks = ", ".join("?" * len(columns))
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE staged ({places})")
            self._many(f"INSERT INTO staged VALUES ({marks})", rows)  # noqa: S608
            # "WHERE true" shows the parser that ON belongs to the INSERT.
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {places} FROM staged WHERE true {clash}"  # noqa: S608
            )
            cursor.execute("DROP TABLE staged")

    def _many(self, statement: str, rows: Iterable[Values]) -> None:
        connection.ensure_connection()
        with connection.wrap_database_errors:
            connection.connection.executemany(statement, rows)


def loader_for_database() -> Loader:
    return PostgresLoader() if connection.vendor == "postgresql" else SqliteLoader()


class Turns:
    """Writes rows in short transactions, and lets others write between them."""

    def __init__(self) -> None:
        self.size = FIRST_TURN
        self.longest = 0.0

    def write(
        self,
        rows: Iterable[Item],
        how: Callable[[list[Item]], None],
        on_written: Callable[[int], None] | None = None,
        *,
        size_of: Callable[[Item], int] | None = None,
    ) -> int:
        """Give the rows to `how` a list at a time, each in a transaction of its own. Returns how many there were.

        With `size_of`, an item counts as that many rows.
        """
        rest = iter(rows)
        total = 0
        took, done = 0.0, time.monotonic()
        # The rows are computed before the transaction begins, so that no other writer waits for it. Others can use the
        # database meanwhile, so that time counts towards the pause.
        while some := self._take(rest, size_of):
            time.sleep(max(0.0, took * PAUSE_SHARE - (time.monotonic() - done)))
            begun = time.monotonic()
            with transaction.atomic():
                how(some)
            done = time.monotonic()
            took = done - begun
            written = sum(map(size_of, some)) if size_of else len(some)
            self._learn(took, written)
            total += written
            if on_written:
                on_written(written)
        return total

    def _take(self, rest: Iterator[Item], size_of: Callable[[Item], int] | None) -> list[Item]:
        if size_of is None:
            return list(islice(rest, self.size))
        some: list[Item] = []
        size = 0
        while size < self.size and (item := next(rest, None)) is not None:
            some.append(item)
            size += size_of(item)
        return some

    def _learn(self, took: float, written: int) -> None:
        """Size the next turn by this one, unless it was the last and not full."""
        self.longest = max(self.longest, took)
        if written < self.size:
            return
        factor = min(2.0, max(0.25, TURN_SECONDS / max(took, 0.001)))
        self.size = int(min(LONGEST_TURN, max(SHORTEST_TURN, self.size * factor)))
