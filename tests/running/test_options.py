"""What `make run` is asked for is checked first, and refused in a sentence that says what to do."""

import socket
import stat
from pathlib import Path

import pytest

from config.broker import MAX_SOCKET_PATH_BYTES, broker_socket_path
from config.running.options import CannotRun, check_port, make_folders, only_run, read_options
from tests.stack import free_port, options_of

pytestmark = pytest.mark.once


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "80 80", "٨٠٠٠"])
def test_a_port_that_is_none_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(CannotRun, match=f"PORT={port} is not a port"):
        read_options()


def test_a_dump_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOG", "/nowhere/at/all")
    with pytest.raises(CannotRun, match="CATALOG=/nowhere/at/all: there is no such folder"):
        read_options()


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VAR", "PORT", "CATALOG", "REDIS_URL"):
        monkeypatch.setenv(name, "")
    options = read_options()
    assert (options.port, options.catalog, options.own_broker) == (8000, None, True)
    assert options.var.name == "var"


def test_a_redis_of_your_own_means_no_broker_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:6379/0")
    assert not read_options().own_broker


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotRun, match="cannot be written to"):
        make_folders(options_of(tmp_path / "file" / "var"))


def test_a_folder_on_a_file_system_that_takes_no_files_is_named() -> None:
    with pytest.raises(CannotRun, match="The data folder /proc/bag14 cannot be written to"):
        make_folders(options_of(Path("/proc/bag14")))


def test_a_port_in_use_is_refused_even_when_it_may_be_shared(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotRun, match=f"Port {port} is in use"):
            check_port(options_of(tmp_path, port))
    check_port(options_of(tmp_path, port))


def test_one_run_holds_a_folder_and_lets_go_of_it(tmp_path: Path) -> None:
    options = options_of(tmp_path, free_port())
    make_folders(options)
    with only_run(options), pytest.raises(CannotRun, match="already runs on"), only_run(options):
        pass
    with only_run(options):
        pass


def test_the_broker_s_socket_lies_in_its_folder_where_its_path_fits(tmp_path: Path) -> None:
    fitting = Path("/v" + "x" * (MAX_SOCKET_PATH_BYTES - len("/v/valkey.sock")))
    assert broker_socket_path(fitting) == fitting / "valkey.sock"
    assert len(str(broker_socket_path(fitting))) == MAX_SOCKET_PATH_BYTES


def test_a_longer_path_gets_a_private_folder_that_every_process_finds(tmp_path: Path) -> None:
    var = tmp_path / ("é" * (MAX_SOCKET_PATH_BYTES // 2))
    var.mkdir()
    path = broker_socket_path(var)
    assert broker_socket_path(var) == path
    assert len(bytes(path)) <= MAX_SOCKET_PATH_BYTES
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.parent.rmdir()


def test_a_private_folder_that_others_can_enter_or_that_is_gone_is_replaced(tmp_path: Path) -> None:
    var = tmp_path / ("x" * MAX_SOCKET_PATH_BYTES)
    var.mkdir()
    first = broker_socket_path(var).parent
    first.chmod(0o755)
    second = broker_socket_path(var).parent
    assert second != first
    first.rmdir()
    second.rmdir()
    third = broker_socket_path(var).parent
    assert third.is_dir()
    third.rmdir()
