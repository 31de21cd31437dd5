"""The watcher: what lives and shows no sign of life is killed, so that the supervisor starts it again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.running import processes, watch
from config.running.launch import record_of
from config.running.options import Options, make_folders
from config.running.watch import Watcher, broker_answers
from core import signs
from tests.stack import Broker

SLEEPS = "import time; time.sleep(60)"


@pytest.fixture
def options(broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Options:
    monkeypatch.setenv("REDIS_URL", broker.url)
    options = Options(var=tmp_path, port=8000, catalog=None, own_broker=False, production=False)
    make_folders(options)
    monkeypatch.setattr(watch, "SILENT_SECONDS", 0.4)
    monkeypatch.setattr(watch, "STARTING_SECONDS", 1.2)
    return options


@pytest.fixture
def program(options: Options) -> Iterator[subprocess.Popen[bytes]]:
    """A process recorded as the program `mail`."""
    yield from _process(options, "mail")


def _process(options: Options, name: str) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(
        [sys.executable, "-c", SLEEPS],
        start_new_session=True,
        preexec_fn=lambda: processes.record_group(record_of(options, name)),
    )
    yield child
    child.kill()
    child.wait()


def _watch_for(watcher: Watcher, seconds: float, *, touching: str = "") -> list[str]:
    killed = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if touching:
            signs.touch(watcher.options.var, touching)
        killed += watcher.replace_silent()
        time.sleep(0.05)
    return killed


def test_a_program_that_shows_signs_of_life_is_left_alone(
    options: Options, program: subprocess.Popen[bytes]
) -> None:
    assert _watch_for(Watcher(options), 1.5, touching="mail") == []
    assert program.poll() is None


@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "hanging"])
def test_a_silent_program_is_killed(
    options: Options, program: subprocess.Popen[bytes], stopped: bool
) -> None:
    watcher = Watcher(options)
    _watch_for(watcher, 0.2, touching="mail")
    if stopped:
        os.kill(program.pid, signal.SIGSTOP)
    assert _watch_for(watcher, 1.0) == ["mail"]
    assert program.wait(5) == -signal.SIGKILL


def test_a_program_that_is_still_loading_has_more_time(
    options: Options, program: subprocess.Popen[bytes]
) -> None:
    watcher = Watcher(options)
    assert _watch_for(watcher, 0.8) == []
    assert _watch_for(watcher, 0.8) == ["mail"]
    assert program.wait(5) == -signal.SIGKILL


def test_a_clock_that_jumps_kills_nothing(options: Options, program: subprocess.Popen[bytes]) -> None:
    watcher = Watcher(options)
    _watch_for(watcher, 0.2, touching="mail")
    sign = options.run_folder / "mail.alive"
    os.utime(sign, (1, 1))
    assert _watch_for(watcher, 0.2) == []
    os.utime(sign, (2**31, 2**31))
    assert _watch_for(watcher, 0.2) == []
    assert program.poll() is None


LEADER = f"""
import subprocess, sys, time
children = [subprocess.Popen([sys.executable, "-c", "{SLEEPS}"]) for _ in range(2)]
print(*(child.pid for child in children), flush=True)
time.sleep(60)
"""


def test_of_several_processes_only_the_silent_one_is_killed(options: Options) -> None:
    leader = subprocess.Popen(
        [sys.executable, "-c", LEADER],
        start_new_session=True,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: processes.record_group(record_of(options, "web")),
    )
    try:
        assert leader.stdout is not None
        lively, silent = map(int, leader.stdout.readline().split())
        signs.touch(options.var, f"web-{silent}")
        assert _watch_for(Watcher(options), 1.0, touching=f"web-{lively}") == ["web"]
        assert leader.poll() is None
        os.kill(lively, 0)
        assert not (options.run_folder / f"web-{silent}.alive").exists()
    finally:
        os.killpg(leader.pid, signal.SIGKILL)
        leader.communicate()


def test_the_signs_of_an_earlier_process_count_for_nothing(options: Options) -> None:
    for process in _process(options, "web"):
        signs.touch(options.var, "web-999999")
        assert _watch_for(Watcher(options), 0.8) == []
        signs.forget(options.run_folder, "web")
        assert not list(options.run_folder.glob("*.alive"))
        assert process.poll() is None


def test_programs_that_wait_for_a_silent_broker_are_left_alone(
    broker: Broker, options: Options, program: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "ANSWER_SECONDS", 0.1)
    watcher = Watcher(options)
    _watch_for(watcher, 0.2, touching="mail")
    with broker.hanging(at_most=10):
        assert not broker_answers(options)
        assert _watch_for(watcher, 1.0) == []
    assert program.poll() is None
    assert _watch_for(watcher, 1.0) == ["mail"]


def test_a_web_server_needs_no_broker_to_live(
    broker: Broker, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "ANSWER_SECONDS", 0.1)
    for _process_of_web in _process(options, "web"):
        watcher = Watcher(options)
        _watch_for(watcher, 0.2, touching="web")
        with broker.hanging(at_most=10):
            assert _watch_for(watcher, 1.0) == ["web"]


def test_our_own_broker_that_is_silent_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(watch, "SILENT_SECONDS", 0.4)
    ours = Options(var=tmp_path, port=8000, catalog=None, own_broker=True, production=False)
    make_folders(ours)
    own = Broker(tmp_path)
    own.start()
    try:
        for stands_for_it in _process(ours, "broker"):
            watcher = Watcher(ours)
            assert _watch_for(watcher, 0.8) == []
            with own.hanging(at_most=10):
                assert _watch_for(watcher, 0.8) == ["broker"]
            assert stands_for_it.wait(5) == -signal.SIGKILL
    finally:
        own.end()
