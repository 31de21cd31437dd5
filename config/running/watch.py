"""Replacing what lives and does nothing: a program that shows no sign of life any more is killed.

The supervisor starts a program again that has ended. One that is stopped, or hangs, has not ended: its sign
(`core.signs`) stays as it was. Time is this process' own, so that a clock that jumps kills nothing.
"""

import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from config.running import processes
from config.running.launch import PROGRAMS, record_of
from config.running.options import Options
from core import signs

# The broker shows no sign: the supervisor and /readyz see to it.
WATCHED = [name for name in PROGRAMS if name != "broker"]
LOOK_EVERY_SECONDS = 5.0
SILENT_SECONDS = 45.0
# A program that has not shown its first sign yet: it is still loading, perhaps on a busy machine.
STARTING_SECONDS = 120.0


@dataclass
class Watcher:
    """What was last seen of each program's processes, and when that was new."""

    options: Options
    _seen: dict[tuple[str, int, int | None], tuple[int, float]] = field(default_factory=dict)

    def replace_silent(self) -> list[str]:
        """Kill what has been silent for too long. Returns the names."""
        now, killed, seen = time.monotonic(), [], {}
        for name in WATCHED:
            group = processes.recorded_group(record_of(self.options, name))
            if group is None:
                continue
            for process, sign in self._signs(name, group).items():
                known = self._seen.get((name, group, process))
                since = known[1] if known is not None and known[0] == sign else now
                if now - since > (SILENT_SECONDS if sign else STARTING_SECONDS):
                    self._kill(name, group, process)
                    killed.append(name)
                else:
                    seen[name, group, process] = (sign, since)
        self._seen = seen
        return killed

    def _signs(self, name: str, group: int) -> dict[int | None, int]:
        """The last sign of each process of a program that lives; 0 for a program that has shown none yet."""
        found = signs.last_signs(self.options.run_folder, name)
        living = {
            process: sign for process, sign in found.items() if process is None or _is_in(group, process)
        }
        return living or {None: 0}

    def _kill(self, name: str, group: int, process: int | None) -> None:
        """One process of several, or the whole program. A stopped process dies of this signal too."""
        if process is None:
            processes.signal_group(group, signal.SIGKILL)
        else:
            os.kill(process, signal.SIGKILL)
            (self.options.run_folder / f"{name}-{process}{signs.SUFFIX}").unlink(missing_ok=True)


def _is_in(group: int, process: int) -> bool:
    try:
        return os.getpgid(process) == group and not _is_zombie(process)
    except ProcessLookupError:
        return False


def _is_zombie(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"
