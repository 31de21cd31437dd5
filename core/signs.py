"""Signs of life of the programs of `make run`: files below VAR/run that each touches while it does its work.

Without Django: the watcher reads them, and must not need the database. A program that is not run by `make run` has no
such folder, and then there is nothing to touch.
"""

import os
from contextlib import suppress
from pathlib import Path

SUFFIX = ".alive"


def touch(var: Path, name: str) -> None:
    """Show that the program `name` works. `web-123` is one of several processes of a program, by its id."""
    path = var / "run" / f"{name}{SUFFIX}"
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        os.utime(path)


def last_signs(run_folder: Path, name: str) -> dict[int | None, int]:
    """When a program last showed a sign, in nanoseconds: by process, None for a program of one process."""
    found: dict[int | None, int] = {}
    for path in run_folder.glob(f"{name}*{SUFFIX}"):
        process = path.name.removesuffix(SUFFIX).removeprefix(name).removeprefix("-")
        with suppress(OSError):
            if not process or process.isdecimal():
                found[int(process) if process else None] = path.stat().st_mtime_ns
    return found


def forget(run_folder: Path, name: str) -> None:
    """Remove a program's signs."""
    for path in run_folder.glob(f"{name}*{SUFFIX}"):
        path.unlink(missing_ok=True)
