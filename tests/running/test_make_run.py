"""`make run` reaches Ready, keeps everything running, and leaves nothing behind when it stops."""

import os
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.running.launch import PROGRAMS
from tests.cluster import Cluster
from tests.running.make_run import MakeRun
from tests.stack import Broker, wait_until

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
    assert not [pid for pid in old if Path(f"/proc/{pid}").exists()]


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


def test_sigterm_leaves_no_process_and_no_socket_and_the_next_run_has_the_data(
    make_run: Callable[..., MakeRun],
) -> None:
    first = make_run()
    first.wait_until_ready()
    accounts = (first.var / "demo-accounts.json").read_bytes()
    assert "Importing the catalogue" in first.output
    assert first.stop() in (0, -signal.SIGTERM)
    assert first.output.endswith("Stopping ...\nStopped.\n")
    assert first.processes_left() == []
    assert first.sockets_left() == []

    second = make_run(first.var)
    second.wait_until_ready()
    assert "Importing the catalogue" not in second.output
    assert second.answers("/api/v1/sets/75290-1/")
    assert (second.var / "demo-accounts.json").read_bytes() == accounts

    # Ctrl-C: the terminal tells every process of the group, the supervisor's are in groups of their own.
    os.killpg(second.process.pid, signal.SIGINT)
    second.wait_until_ended()
    assert second.output.endswith("Stopping ...\nStopped.\n")
    assert second.processes_left() == []
    assert second.sockets_left() == []


def test_a_killed_supervisor_takes_everything_along_and_is_reported(make_run: Callable[..., MakeRun]) -> None:
    run = make_run()
    run.wait_until_ready()
    os.kill(run.recorded_pid("supervisor"), signal.SIGKILL)
    assert run.wait_until_ended() != 0
    assert "The supervisor ended by itself" in run.output
    assert run.processes_left() == []
    assert run.sockets_left() == []


def test_after_a_kill_of_the_run_itself_the_next_one_recovers(make_run: Callable[..., MakeRun]) -> None:
    first = make_run()
    first.wait_until_ready()
    foreground = int((first.var / "run" / "lock").read_text())
    os.kill(foreground, signal.SIGKILL)
    first.wait_until_ended()
    second = make_run(first.var, port=first.port)
    second.wait_until_ready()
    second.stop()
    assert second.processes_left() == []


def test_a_path_too_long_for_a_socket_works_and_its_private_folder_goes_too(
    make_run: Callable[..., MakeRun], tmp_path: Path
) -> None:
    run = make_run(tmp_path / ("long " * 20) / "var")
    run.wait_until_ready()
    folder = Path((run.var / "socket-folder").read_text())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "valkey.sock").is_socket()
    run.stop()
    assert not folder.exists()
    assert run.processes_left() == []


def test_a_postgresql_and_a_redis_of_your_own_are_used_and_no_broker_is_started(
    make_run: Callable[..., MakeRun], broker: Broker
) -> None:
    with Cluster() as cluster:
        cluster.execute("CREATE DATABASE theirs")
        run = make_run(DATABASE_URL=cluster.url("theirs"), REDIS_URL=broker.url)
        run.wait_until_ready()
        assert not (run.var / "run" / "broker.pid").exists()
        assert not (run.var / "db.sqlite3").exists()
        with cluster.connect("theirs") as connection:
            assert connection.execute("SELECT count(*) FROM core_heartbeat").fetchall() == [(3,)]
        run.stop()
        assert run.processes_left() == []
    assert broker.answers()
