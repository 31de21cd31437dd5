"""Process groups that end with their starter, and that a later run finds and ends.

A program that is killed by SIGKILL cannot clean up: its children live on (a web server's workers would go on answering
with old code). So every program is the leader of a process group whose id is recorded in a file, and its successor
first ends what is left of that group.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
KILLED_WITHIN_SECONDS = 5.0
OPEN_FILES = 8192


def die_with_parent(number: signal.Signals) -> None:
    """Have the kernel send us this signal when our parent ends, for whatever reason. Linux only; survives exec.

    On other systems nothing happens, and the next run ends what is left by its record.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def allow_many_connections() -> None:
    """Raise the limit of open files as far as this system lets us, up to `OPEN_FILES`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def record_group(path: Path) -> None:
    """Record this process as the leader of its group, so that no later process of the same id passes for it."""
    pid = os.getpid()
    path.write_text(json.dumps({"pid": pid, "started": started_at(pid), "boot": boot_id()}))


def end_recorded_group(path: Path, *, ask_first: signal.Signals | None, kill_after: float) -> bool:
    """End what is left of the recorded group: send `ask_first`, and after `kill_after` seconds SIGKILL.

    With `ask_first` None, the members only get the time to end by themselves. Returns whether there was anything to
    end. Removes the record.
    """
    group = recorded_group(path)
    path.unlink(missing_ok=True)
    if group is None:
        return False
    if ask_first is not None:
        signal_group(group, ask_first)
    if not _ends_within(kill_after, group):
        signal_group(group, signal.SIGKILL)
        _ends_within(KILLED_WITHIN_SECONDS, group)
    return True


def _ends_within(seconds: float, group: int) -> bool:
    deadline = time.monotonic() + seconds
    while group_lives(group):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def recorded_group(path: Path) -> int | None:
    """The recorded group, if any process of it lives.

    The system does not give out a process id again while a group of that id has members. So a group without its leader
    is the recorded one, and a leader belongs to it if the leader started at the recorded time.
    """
    try:
        noted = json.loads(path.read_text())
        group, started, boot = int(noted["pid"]), noted["started"], noted["boot"]
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
    if boot != boot_id() or not group_lives(group):
        return None
    return group if started_at(group) in ("", started) else None


def group_lives(group: int) -> bool:
    """Whether any process of the group runs.

    On Linux, zombies do not count: in a container there may be no process that reaps them.
    """
    if not signal_group(group, 0):
        return False
    return sys.platform != "linux" or any(
        fields[0] != "Z" and fields[2] == str(group) for fields in map(_status, Path("/proc").glob("[0-9]*"))
    )


def _status(process: Path) -> list[str]:
    """The fields of /proc/PID/stat after the program's name, which may hold any character: state, parent, group, ..."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["Z"] * 20


def signal_group(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS raises PermissionError for a group of zombies
        return False
    return True


def started_at(pid: int) -> str:
    """When a process started, in the system's own form; empty if there is no process of that id."""
    if sys.platform == "linux":
        fields = _status(Path(f"/proc/{pid}"))
        return "" if fields[0] == "Z" else fields[19]
    ps = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return ps.stdout.strip()


def boot_id() -> str:
    """An id that changes with every boot of the machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except FileNotFoundError:
        return started_at(1)
