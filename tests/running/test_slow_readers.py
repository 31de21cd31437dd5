"""A caller who says nothing, or asks and does not read, holds no place and no memory for long."""

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.web import slow_readers
from tests.running.echo_app import LARGE
from tests.running.test_buffered_wsgi import Server
from tests.stack import Children

pytestmark = [
    pytest.mark.once,
    pytest.mark.stack,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what of an answer has arrived"),
]

ASKED = b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n"
HEADER_TIMEOUT = 10.0  # seconds, as the server is started


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    children = Children(tmp_path)
    yield children
    children.end_all()


def asked(server: Server) -> socket.socket:
    """A caller who has asked for a large answer, and whose system takes hardly any of it."""
    caller = socket.socket()
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    caller.settimeout(20)
    caller.connect(("127.0.0.1", server.port))
    caller.sendall(ASKED)
    return caller


def read_to_the_end(caller: socket.socket) -> int:
    """How many bytes come until the server hangs up, or no more come for a second."""
    came = 0
    caller.settimeout(1)
    try:
        while piece := caller.recv(65536):
            came += len(piece)
    except (TimeoutError, ConnectionError):
        pass
    return came


def test_who_does_not_read_an_answer_is_hung_up_on(children: Children, tmp_path: Path) -> None:
    server = Server(children, "unread", tmp_path)
    with asked(server) as caller:
        time.sleep(4)
        assert read_to_the_end(caller) < LARGE


def test_who_reads_steadily_gets_all_of_it_however_long_it_takes(children: Children, tmp_path: Path) -> None:
    server = Server(children, "unread", tmp_path)
    with asked(server) as caller:
        came, began = 0, time.monotonic()
        while came < LARGE:
            piece = caller.recv(65536)
            assert piece
            came += len(piece)
            if time.monotonic() - began < 4:
                time.sleep(0.02)
        assert time.monotonic() - began >= 1.5


def test_looking_at_connections_leaves_nothing_open() -> None:
    with ExitStack() as open_:
        house = open_.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = house.getsockname()[1]
        for _ in range(5):
            open_.enter_context(socket.create_connection(("127.0.0.1", port)))
            open_.enter_context(house.accept()[0])
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(20):
            found = slow_readers._connections(port)
            assert len(found) == 5
            for connection in found.values():
                os.close(connection.descriptor)
        assert len(os.listdir("/proc/self/fd")) == before


LOCKS = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
"""


def test_looking_at_connections_gives_no_lock_of_a_file_away(tmp_path: Path) -> None:
    path = tmp_path / "database"
    path.write_bytes(b"rows")
    with path.open("r+b") as file, socket.create_server(("127.0.0.1", 0)) as house:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for connection in slow_readers._connections(house.getsockname()[1]).values():
            os.close(connection.descriptor)
        other = subprocess.run([sys.executable, "-c", LOCKS, str(path)], capture_output=True, check=False)
        assert b"BlockingIOError" in other.stderr


def test_unread_answers_of_one_caller_are_bounded_and_the_oldest_go(
    children: Children, tmp_path: Path
) -> None:
    server = Server(children, "crammed", tmp_path)
    with ExitStack() as open_:
        callers = []
        for _ in range(6):
            callers.append(open_.enter_context(asked(server)))
            time.sleep(0.2)
        time.sleep(1)
        whole = [read_to_the_end(caller) > LARGE for caller in callers]
        assert whole == [False, False, False, True, True, True]


@pytest.mark.parametrize("said", [b"", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"PRI", b"GET / HT"])
def test_a_connection_that_asks_nothing_is_hung_up_on(
    said: bytes, children: Children, tmp_path: Path
) -> None:
    server = Server(children, "application", tmp_path)
    with server.connect() as silent:
        silent.sendall(said)
        silent.settimeout(HEADER_TIMEOUT + 5)
        try:
            while silent.recv(65536):
                pass
        except ConnectionError:
            pass
