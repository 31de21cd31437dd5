"""Loaded by a web server whose PYTHONPATH names this folder: kills it once, between an order's commit and the reply.

FAULT_FILE remembers that it has happened. The system itself knows nothing of this.
"""

import os
import signal
import sys
from typing import Any

from django.db.transaction import Atomic

_leave = Atomic.__exit__


def _dying_leave(self: Atomic, *error: Any) -> None:
    _leave(self, *error)
    # The transaction that holds the order and its kept answer is the one that `core.idempotency.once` opens.
    if error[0] is None and sys._getframe(1).f_code.co_name == "once":
        try:
            os.close(os.open(os.environ["FAULT_FILE"], os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        os.killpg(0, signal.SIGKILL)


Atomic.__exit__ = _dying_leave  # type: ignore[method-assign]
