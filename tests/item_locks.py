"""Notices text that is written, and days that are estimated, in a transaction that holds the locks of items."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction

from orders import mails
from orders.allocation import estimates, late_notices
from orders.letters import holds
from warehouse import locks
from warehouse.models import StockItem


class TextUnderItemLocks(AssertionError):
    """Something slow happens while others wait for items."""


class ItemLockWatch:
    """Knows from `warehouse.locks`, the one place that locks items, and from the transactions, whether locks are held.

    `locked_once`: whether items were locked at all since it began to watch. `outermost`: how many transactions of the
    test itself lie around the work, which does not end with them.
    """

    outermost: ClassVar[int] = 0

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.locked_once = False
        self._held = False
        ItemLockWatch.outermost = len(connection.savepoint_ids)
        watch = self

        class Locked:
            """`StockItem`, as `lock_items` uses it."""

            class objects:
                @staticmethod
                def select_for_update() -> Any:
                    watch.locked_once = True
                    watch._held = connection.in_atomic_block
                    return StockItem.objects.select_for_update()

        monkeypatch.setattr(locks, "StockItem", Locked)
        leave = transaction.Atomic.__exit__

        def left(atomic: transaction.Atomic, *error: Any) -> None:
            leave(atomic, *error)
            if len(connection.savepoint_ids) <= ItemLockWatch.outermost:
                watch._held = False

        monkeypatch.setattr(transaction.Atomic, "__exit__", left)
        for module, name in (
            (mails, "render_to_string"),
            (estimates, "expect"),
            (late_notices, "expect"),
            (estimates, "leaves_next"),
            (holds, "compose_letter"),
        ):
            monkeypatch.setattr(module, name, self._guarded(name, getattr(module, name)))

    def _guarded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*arguments: Any, **options: Any) -> Any:
            if self._held:
                raise TextUnderItemLocks(f"{name} is called while items are locked")
            return function(*arguments, **options)

        return guarded
