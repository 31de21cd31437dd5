"""However `make run` ends it leaves nothing behind, and the next one goes on with its data."""

import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.running.make_run import MakeRun
from tests.stack import Broker

pytestmark = [pytest.mark.once, pytest.mark.stack]


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


def test_a_killed_supervisor_takes_everything_along_and_is_reported(
    make_run: Callable[..., MakeRun], tmp_path: Path
) -> None:
    """On a path too long for a socket, which works: a private folder holds it, and goes too."""
    run = make_run(tmp_path / ("long " * 20) / "var")
    run.wait_until_ready()
    folder = Path((run.var / "socket-folder").read_text())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "valkey.sock").is_socket()
    os.kill(run.recorded_pid("supervisor"), signal.SIGKILL)
    assert run.wait_until_ended() != 0
    assert "The supervisor ended unexpectedly" in run.output
    assert run.processes_left() == []
    assert run.sockets_left() == []
    assert not folder.exists()


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
            heard = {queues for (queues,) in connection.execute("SELECT queues FROM core_heartbeat")}
        assert heard >= {"fulfilment", "letters", "mail", "sweep"}
        run.stop()
        assert run.processes_left() == []
    assert broker.answers()
