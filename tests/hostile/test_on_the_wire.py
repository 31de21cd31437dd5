"""The same on the real web server, byte by byte: each row has its answer, and the server goes on."""

import socket
import urllib.request
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.hostile.wire import ROWS
from tests.hostile.world import count_rows
from tests.stack import Stack


@pytest.mark.stack
def test_the_web_server_answers_each_row_and_goes_on(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack()
    url = stack.start_web()
    before = count_rows()
    answered = {row.name: status_of(send(stack.port, row.sent)) for row in ROWS}
    unlike = {row.name: answered[row.name] for row in ROWS if answered[row.name] not in row.statuses}
    assert unlike == {}
    with urllib.request.urlopen(f"{url}/healthz", timeout=10) as health:
        assert health.status == 200
    log = stack.log("web")
    assert "Internal Server Error" not in log
    assert log.count("Traceback") <= log.count("django.security.DisallowedHost")
    assert count_rows() == before


def send(port: int, sent: bytes) -> bytes:
    """The answer, or what there is of it when the server hangs up."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection, suppress(OSError):
        connection.sendall(sent)
        while block := connection.recv(65_536):
            received += block
    return received


def status_of(received: bytes) -> int:
    """The status of an answer; 0 without one."""
    line = received.partition(b"\r\n")[0].split()
    return int(line[1]) if len(line) > 1 and line[1].isdigit() else 0
