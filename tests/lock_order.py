"""Watches in which order a transaction locks rows, by its SQL: the order that docs/architecture.md gives.

A row is locked by SELECT ... FOR UPDATE, by UPDATE and by DELETE; a job's and a key's also by INSERT, since it may be
there. What was locked before in the same transaction may be written at any time.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

#: The place of each table, and of each kind of name (core.locks), in the order. A bin's count is begun before its
#: items, and ended under them.
RANKS = {
    "core_idempotencykey": 0,
    "orders_order": 1,
    "orders_orderline": 2,
    "household": 3,
    "mailbox": 4,
    "warehouse_stockitem": 5,
    "orders_pick": 6,
    "core_job": 7,
}
_WRITES = re.compile(r'(?:UPDATE|DELETE FROM|INSERT INTO) "?(\w+)"?')
_NAMES = re.compile(r"SELECT pg_advisory_xact_lock.* /\* (\w+) \*/$")
_SELECTED = re.compile(r'FROM "?(\w+)"?')
#: Its levels are locked by the item.
_ITEM, _LEVEL = "warehouse_stockitem", "warehouse_stocklevel"
#: An insert into these waits where another transaction has inserted the same.
UNIQUE_BY_OURS = ("core_idempotencykey", "core_job")
#: A kept answer is overwritten when its order is erased. No request waits for it then: it is there, or it is not.
_KEY = "core_idempotencykey"
#: A new mail's job is a new row: none waits for it.
_NEW_JOBS = {"send_message"}


class LockOrder:
    """One test's transactions. `problems` holds a sentence for each lock that came too late."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._touched: list[str] = []
        self._depth = 0

    def enter(self) -> None:
        self._depth += 1

    def leave(self) -> None:
        """At the end of the outermost block its locks are given back."""
        self._depth -= 1
        if self._depth == 0:
            self._touched = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if self._depth and (table := locked_table(sql, params)):
            self._touch(table)
        return result

    def _touch(self, table: str) -> None:
        if table == _LEVEL:
            if _ITEM not in self._touched:
                self.problems.append("a level is written and its item is not locked")
            return
        if table in self._touched:
            return
        later = [known for known in self._touched if RANKS[known] > RANKS[table]]
        if later:
            self.problems.append(f"{table} is locked after {', '.join(later)}")
        self._touched.append(table)


def locked_table(sql: str, params: Any) -> str:
    """The table whose rows this statement locks, or the kind of names; empty for one that locks none of ours."""
    sql = sql.lstrip()
    if (names := _NAMES.match(sql)) is not None:
        return names[1]
    if (written := _WRITES.match(sql)) is not None:
        table = written[1]
        inserts = sql.startswith("INSERT")
        if inserts and (table not in UNIQUE_BY_OURS or _is_new(params)):
            return ""
        if table == _KEY and not inserts:
            return ""
    elif sql.startswith("SELECT") and " FOR UPDATE" in sql[-120:]:
        selected = _SELECTED.search(sql)
        table = selected[1] if selected is not None else ""
    else:
        return ""
    return table if table in RANKS or table == _LEVEL else ""


def _is_new(params: Any) -> bool:
    return any(value in _NEW_JOBS for value in params or () if isinstance(value, str))


@contextmanager
def watched() -> Iterator[LockOrder]:
    """Within, every transaction of this thread is watched. A test's own transaction around all of it does not count."""
    order, ours = LockOrder(), threading.get_ident()
    enter, leave = transaction.Atomic.__enter__, transaction.Atomic.__exit__

    def entered(atomic: transaction.Atomic) -> None:
        if threading.get_ident() == ours:
            order.enter()
        enter(atomic)

    def left(atomic: transaction.Atomic, *error: Any) -> None:
        leave(atomic, *error)
        if threading.get_ident() == ours:
            order.leave()

    transaction.Atomic.__enter__, transaction.Atomic.__exit__ = entered, left  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(order):
            yield order
    finally:
        transaction.Atomic.__enter__, transaction.Atomic.__exit__ = enter, leave  # type: ignore[method-assign]
