"""Loaded by every program whose PYTHONPATH names this folder: its clock goes wrong when a file says so.

CLOCKS is a folder; a file named after the program's process group holds by how many seconds its clock is ahead
(negative: behind). `time.time` is shifted, and `datetime.now` where our code, Django and Celery take the time.
Clocks that only measure (`time.monotonic`) stay. The system itself knows nothing of this.
"""

import datetime
import os
import sys
import time
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

LOOKS_EVERY = 0.2
# The modules that ask `datetime` for the time by a name of their own.
TAKE_THE_TIME = (
    "django.utils.timezone",
    "celery.app.base",
    "celery.utils.time",
    "celery.worker.request",
)
_FILE = os.path.join(os.environ["CLOCKS"], str(os.getpgrp()))
_time = time.time
_looked_at, _ahead = 0.0, 0.0


def _seconds_ahead() -> float:
    global _looked_at, _ahead
    now = time.monotonic()
    if now - _looked_at > LOOKS_EVERY:
        _looked_at = now
        try:
            with open(_FILE) as file:
                _ahead = float(file.read() or 0)
        except (OSError, ValueError):
            _ahead = 0.0
    return _ahead


def _wrong_time() -> float:
    return _time() + _seconds_ahead()


class _Kind(type):
    """`isinstance` goes on asking about real times."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _REAL)


_REAL = datetime.datetime


class _WrongDatetime(datetime.datetime, metaclass=_Kind):
    """Makes real times, which are wrong."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return _REAL.now(tz) + datetime.timedelta(seconds=_seconds_ahead())


class _Mistaking(Loader):
    """Loads a module, and then gives it the wrong datetime."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self.loader.exec_module(module)
        if getattr(module, "datetime", None) is _REAL:
            setattr(module, "datetime", _WrongDatetime)  # noqa: B010 (a module has no such attribute to types)


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in TAKE_THE_TIME:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Mistaking(spec.loader)
        return spec


time.time = _wrong_time
sys.meta_path.insert(0, _Finder())
