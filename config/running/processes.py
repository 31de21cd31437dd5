"""Process groups that end with whoever started them, and that a later run finds again and ends.

A program killed by SIGKILL cannot clean up after itself: its children live on (a web server's workers would go on
answering with old code). So every program is the leader of a process group whose id is recorded in a file, and
whoever takes its place ends what is left of that group first.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
KILLED_WITHIN_SECONDS = 5.0


def die_with_parent(number: signal.Signals) -> None:
    """Have the kernel send us this signal when our parent ends, however it ends. Linux only; survives exec.

    Elsewhere nothing happens, and the next run ends what was left by its record.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def record_group(path: Path) -> None:
    """Note this process as the leader of its group, with what tells it from a later one of the same id."""
    pid = os.getpid()
    path.write_text(json.dumps({"pid": pid, "started": started_at(pid), "boot": boot_id()}))


def end_recorded_group(path: Path, *, ask_first: signal.Signals | None, kill_after: float) -> bool:
    """End what is left of the group recorded there: `ask_first`, and after `kill_after` seconds SIGKILL.

    With `ask_first` None its members are only given the time to end by themselves. Returns whether there was
    anything to end. Forgets the record.
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
    """The recorded group while any of it lives.

    A process id is not given out again while a group of that id has members, so a group without its leader is the
    recorded one; a leader is the recorded one when it started at the recorded time.
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

    On Linux dead ones do not count: nobody may be there to take notice of them, such as in a container.
    """
    if not signal_group(group, 0):
        return False
    return sys.platform != "linux" or any(
        fields[0] != "Z" and fields[2] == str(group) for fields in map(_status, Path("/proc").glob("[0-9]*"))
    )


def _status(process: Path) -> list[str]:
    """The fields of /proc/PID/stat after the program's name, which may hold anything: state, parent, group, ..."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["Z"] * 20


def signal_group(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # PermissionError: macOS says so of a group of zombies
        return False
    return True


def started_at(pid: int) -> str:
    """When a process started, in whatever form the system says it; empty when there is none of that id."""
    if sys.platform == "linux":
        fields = _status(Path(f"/proc/{pid}"))
        return "" if fields[0] == "Z" else fields[19]
    ps = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return ps.stdout.strip()


def boot_id() -> str:
    """What changes when the machine starts anew."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except FileNotFoundError:
        return started_at(1)
