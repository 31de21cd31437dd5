"""Several callers at the same moment, each in a thread and with a connection of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import DatabaseError, connection

from core.refusals import Refusal

PATIENCE_SECONDS = 60


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start them together; each one's result, or what it raised."""
    results: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(index: int) -> None:
        try:
            start.wait(PATIENCE_SECONDS)
            results[index] = calls[index]()
        except (Refusal, DatabaseError) as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[index]) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    return results
