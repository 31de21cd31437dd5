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

#: The place of each table in the order; a bin's count is begun before its items, and ended under them.
RANKS = {
    "core_idempotencykey": 0,
    "orders_order": 1,
    "orders_orderline": 2,
    "warehouse_stockitem": 4,
    "warehouse_stocklevel": 5,
    "orders_pick": 6,
    "core_job": 9,
}
_LOCKS = re.compile(r'(?:UPDATE|DELETE FROM|INSERT INTO) "(\w+)"')
_SELECTED = re.compile(r'FROM "(\w+)"')
#: A new mail's job is a new row: none waits for it.
_NEW_ROWS = {"send_message"}


class LockOrder:
    """One test's transactions. `problems` holds a sentence for each lock that came too late."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._touched: list[str] = []

    def begin_transaction(self) -> None:
        self._touched = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if connection.in_atomic_block and (table := locked_table(sql, params)):
            self._touch(table)
        return result

    def _touch(self, table: str) -> None:
        if table in self._touched:
            return
        later = [known for known in self._touched if RANKS[known] > RANKS[table]]
        if later:
            self.problems.append(f"{table} is locked after {', '.join(later)}")
        self._touched.append(table)


def locked_table(sql: str, params: Any) -> str:
    """The table whose rows this statement locks; empty for one that locks none of ours."""
    found = _LOCKS.match(sql)
    if found is not None:
        table = found[1]
        if sql.startswith("INSERT") and table not in ("core_job", "core_idempotencykey"):
            return ""
        if table == "core_job" and sql.startswith("INSERT") and _NEW_ROWS & set(params or ()):
            return ""
        return table if table in RANKS else ""
    if sql.startswith("SELECT") and " FOR UPDATE" in sql[-120:]:
        selected = _SELECTED.search(sql)
        return selected[1] if selected is not None and selected[1] in RANKS else ""
    return ""


@contextmanager
def watched() -> Iterator[LockOrder]:
    """Within, every transaction of this thread is watched. A test's own transaction around all of it does not count."""
    order = LockOrder()
    depth, ours = 0, threading.get_ident()
    enter, leave = transaction.Atomic.__enter__, transaction.Atomic.__exit__

    def entered(atomic: transaction.Atomic) -> None:
        nonlocal depth
        if threading.get_ident() == ours:
            if depth == 0:
                order.begin_transaction()
            depth += 1
        enter(atomic)

    def left(atomic: transaction.Atomic, *error: Any) -> None:
        nonlocal depth
        if threading.get_ident() == ours:
            depth -= 1
        leave(atomic, *error)
        if threading.get_ident() == ours and depth == 0:
            order.begin_transaction()

    transaction.Atomic.__enter__, transaction.Atomic.__exit__ = entered, left  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(order):
            yield order
    finally:
        transaction.Atomic.__enter__, transaction.Atomic.__exit__ = enter, leave  # type: ignore[method-assign]
