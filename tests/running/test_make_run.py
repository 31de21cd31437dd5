"""`make run` reaches Ready and keeps everything running."""

import os
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.running import processes
from config.running.launch import PROGRAMS
from tests.running.make_run import MakeRun
from tests.stack import wait_until

pytestmark = [pytest.mark.serial, pytest.mark.once, pytest.mark.stack]

BACK_WITHIN_SECONDS = 5


@pytest.mark.parametrize(
    "path", ["/readyz", "/healthz", "/api/docs/", "/api/schema/", "/api/v1/sets/75290-1/"]
)
def test_ready_means_that_it_answers(running: MakeRun, path: str) -> None:
    assert running.answers(path)


def test_the_demo_accounts_are_for_the_owner_s_eyes_only(running: MakeRun) -> None:
    assert stat.S_IMODE((running.var / "demo-accounts.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_a_killed_program_is_back_within_five_seconds(running: MakeRun, name: str) -> None:
    wait_until(lambda: running.is_running(name), f"{name} runs")
    before = running.recorded_pid(name)
    killed = time.monotonic()
    os.kill(before, signal.SIGKILL)
    wait_until(
        lambda: running.is_running(name) and running.recorded_pid(name) != before,
        f"{name} is back",
        report=running.everything,
    )
    assert time.monotonic() - killed < BACK_WITHIN_SECONDS
    wait_until(running.answers, "everything answers again", report=running.everything)


def test_a_killed_web_server_leaves_no_old_process_that_answers(running: MakeRun) -> None:
    main = running.recorded_pid("web")
    old = [int(pid) for pid in Path(f"/proc/{main}/task/{main}/children").read_text().split()]
    assert len(old) >= 2
    os.kill(main, signal.SIGKILL)
    wait_until(
        lambda: (
            running.is_running("web") and running.recorded_pid("web") != main and running.answers("/healthz")
        ),
        "the web server is back",
        report=running.everything,
    )
    assert not [pid for pid in old if processes.started_at(pid)]


def test_a_killed_process_of_the_web_server_is_replaced(running: MakeRun) -> None:
    main = running.recorded_pid("web")
    children = Path(f"/proc/{main}/task/{main}/children")
    wait_until(lambda: len(children.read_text().split()) >= 2, "the web server has its processes")
    before = set(children.read_text().split())
    victim = max(before, key=int)
    os.kill(int(victim), signal.SIGKILL)
    wait_until(
        lambda: len(now := set(children.read_text().split())) == len(before) and victim not in now,
        "the process is replaced",
        timeout=BACK_WITHIN_SECONDS,
        report=running.everything,
    )
    assert running.recorded_pid("web") == main


def test_a_second_run_on_the_same_folder_is_told_who_has_it(running: MakeRun, tree: Path) -> None:
    second = MakeRun(tree, running.var)
    assert second.wait_until_ended() != 0
    assert f"already runs on {running.var}" in second.output
    assert running.answers("/healthz")


def test_a_port_in_use_is_named_before_anything_starts(
    running: MakeRun, make_run: Callable[..., MakeRun]
) -> None:
    other = make_run(port=running.port)
    assert other.wait_until_ended() != 0
    assert f"Port {running.port} is in use" in other.output
    assert f"PORT={running.port + 1}" in other.output
    assert not (other.var / "db.sqlite3").exists()
    assert other.processes_left() == []
