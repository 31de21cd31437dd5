"""The disk of a run: a folder of its own, which can be made full.

Where we may mount (root), it is a small file system in memory, whose size shrinks to what is used: then nothing of the
run can write a new block, PostgreSQL neither. Elsewhere our programs are forbidden to let any file grow
(RLIMIT_FSIZE), which they see as an error of the same kind; PostgreSQL and the broker then go on writing.
"""

import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

SIZE = "4g"


class Disk:
    """`how` says in a report how it is made full."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="b14s"))
        self.folder.chmod(0o711)  # PostgreSQL runs as another user where we are root
        self.mounted = _runs("mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=711", "tmpfs", str(self.folder))
        self.how = "a file system without room" if self.mounted else "a limit on the size of files (not root)"
        self._limited: dict[int, tuple[int, int]] = {}

    def fill(self, programs: Iterable[int]) -> None:
        """From now on there is no room. `programs`: the processes that feel it where nothing can be mounted."""
        if self.mounted:
            # While something is written, the size may be too small at the moment of the call.
            for room in (4, 64, 256, 1024, 4096):  # a size of 0 would mean no limit
                if self._resize(f"{self._used() + room}k"):
                    return
            raise RuntimeError("the file system could not be made full")
        for pid in programs:
            with suppress(ProcessLookupError, PermissionError):
                before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
                self._limited[pid] = before

    def make_room(self) -> None:
        if self.mounted:
            self._resize(SIZE)
        for pid, limits in self._limited.items():
            with suppress(ProcessLookupError, PermissionError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
        self._limited.clear()

    def remove(self) -> None:
        if self.mounted and not _runs("umount", str(self.folder)):
            _runs("umount", "--lazy", str(self.folder))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _used(self) -> int:
        return -(-shutil.disk_usage(self.folder).used // 1024)

    def _resize(self, size: str) -> bool:
        return _runs("mount", "-o", f"remount,size={size}", str(self.folder))


def _runs(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
