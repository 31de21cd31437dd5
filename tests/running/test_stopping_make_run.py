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


def test_however_it_ends_nothing_is_left_and_the_next_run_goes_on_with_the_data(
    make_run: Callable[..., MakeRun], tmp_path: Path
) -> None:
    """One run after the other in one folder, each ended in another way.

    The folder's path is too long for a socket, which works: a private folder holds it, and goes too.
    """
    first = make_run(tmp_path / ("long " * 20) / "var")
    first.wait_until_ready()
    accounts = (first.var / "demo-accounts.json").read_bytes()
    assert "Importing the catalogue" in first.output
    folder = _private_folder(first)
    os.kill(int((first.var / "run" / "lock").read_text()), signal.SIGKILL)
    first.wait_until_ended()

    second = make_run(first.var, port=first.port)
    second.wait_until_ready()
    assert "Importing the catalogue" not in second.output
    assert second.answers("/api/v1/sets/75290-1/")
    assert (second.var / "demo-accounts.json").read_bytes() == accounts
    assert second.stop() in (0, -signal.SIGTERM)
    assert second.output.endswith("Stopping ...\nStopped.\n")
    _nothing_is_left(second, folder)

    third = make_run(first.var)
    third.wait_until_ready()
    folder = _private_folder(third)
    # Ctrl-C: the terminal tells every process of the group, the supervisor's are in groups of their own.
    os.killpg(third.process.pid, signal.SIGINT)
    third.wait_until_ended()
    assert third.output.endswith("Stopping ...\nStopped.\n")
    _nothing_is_left(third, folder)

    fourth = make_run(first.var)
    fourth.wait_until_ready()
    folder = _private_folder(fourth)
    os.kill(fourth.recorded_pid("supervisor"), signal.SIGKILL)
    assert fourth.wait_until_ended() != 0
    assert "The supervisor ended unexpectedly" in fourth.output
    _nothing_is_left(fourth, folder)


def _private_folder(run: MakeRun) -> Path:
    folder = Path((run.var / "socket-folder").read_text())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "valkey.sock").is_socket()
    return folder


def _nothing_is_left(run: MakeRun, folder: Path) -> None:
    assert run.processes_left() == []
    assert run.sockets_left() == []
    assert not folder.exists()


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
