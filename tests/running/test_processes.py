"""A recorded process group is found again and ended, whole; a stranger that got its number is left alone."""

import json
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from config.running import processes
from tests.stack import wait_until

pytestmark = [pytest.mark.once, pytest.mark.slow]

# A leader that records its group and has a child; both sleep.
LEADER = """
    import subprocess, sys, time
    from pathlib import Path
    from config.running import processes
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(sys.argv[1]).with_suffix(".child").write_text(str(child.pid))
    processes.record_group(Path(sys.argv[1]))
    time.sleep(60)
"""


def start_leader(record: Path) -> tuple["subprocess.Popen[bytes]", int]:
    leader = subprocess.Popen([sys.executable, "-c", textwrap.dedent(LEADER), record], start_new_session=True)
    wait_until(lambda: processes.recorded_group(record), "the group is recorded")
    return leader, int(record.with_suffix(".child").read_text())


def lives(pid: int) -> bool:
    """Whether a process runs; one that ended and waits for its parent to notice does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_a_killed_leader_left_behind_is_ended(tmp_path: Path) -> None:
    record = tmp_path / "leader.pid"
    leader, child = start_leader(record)
    leader.kill()
    leader.wait()
    assert lives(child)
    assert processes.end_recorded_group(record, ask_first=None, kill_after=0.1)
    wait_until(lambda: not lives(child), "the child is gone")
    assert not record.exists()


def test_a_living_leader_is_asked_first(tmp_path: Path) -> None:
    record = tmp_path / "leader.pid"
    leader, child = start_leader(record)
    began = time.monotonic()
    assert processes.end_recorded_group(record, ask_first=signal.SIGTERM, kill_after=5)
    assert time.monotonic() - began < 5, "a dead process that was never reaped is waited for"
    assert leader.wait() == -signal.SIGTERM
    assert not lives(child)
    assert not processes.end_recorded_group(record, ask_first=signal.SIGTERM, kill_after=5)


def test_a_stranger_with_a_recorded_number_is_left_alone(tmp_path: Path) -> None:
    record = tmp_path / "leader.pid"
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        noted = {"pid": stranger.pid, "started": "long ago", "boot": processes.boot_id()}
        record.write_text(json.dumps(noted))
        assert not processes.end_recorded_group(record, ask_first=signal.SIGTERM, kill_after=0.1)
        assert stranger.poll() is None
        noted |= {"started": processes.started_at(stranger.pid), "boot": "another"}
        record.write_text(json.dumps(noted))
        assert not processes.end_recorded_group(record, ask_first=signal.SIGTERM, kill_after=0.1)
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("text", ["", "{", "14"])
def test_a_record_that_says_nothing_is_none(text: str, tmp_path: Path) -> None:
    record = tmp_path / "leader.pid"
    record.write_text(text)
    assert processes.recorded_group(record) is None


def test_a_process_ends_with_the_parent_it_is_tied_to(tmp_path: Path) -> None:
    tied = (
        "import os, signal, subprocess, sys, time\n"
        "from config.running.processes import die_with_parent\n"
        "child = subprocess.Popen(['sleep', '60'], preexec_fn=lambda: die_with_parent(signal.SIGTERM))\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", tied], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert lives(child)
        parent.kill()
    began = time.monotonic()
    wait_until(lambda: not lives(child), "the child has ended too")
    assert time.monotonic() - began < 2
