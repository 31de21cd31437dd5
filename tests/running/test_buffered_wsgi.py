"""The web server waits for what is still on its way, and no other request waits with it."""

import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from config.running import launch
from config.web.buffered_wsgi import MAX_BUFFERED
from tests.stack import Children, clean_environment, free_port, options_of, wait_until

pytestmark = [pytest.mark.once, pytest.mark.stack]

BEGUN = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 900\r\nContent-Type: application/json\r\n\r\n{"


class Server:
    """Our web server with one process, in front of an application that tells what it was given."""

    def __init__(self, children: Children, name: str, folder: Path) -> None:
        self.port = free_port()
        command = launch.web_command(options_of(folder, self.port))
        command[command.index("--workers") + 1] = "1"
        children.start(name, [*command[:-1], f"tests.running.echo_app:{name}"], clean_environment())
        wait_until(self.listens, "the server listens", report=children.log_tails)

    def listens(self) -> bool:
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", self.port)) == 0

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def send(self, path: str, body: bytes) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", path, body=body)
        answer = connection.getresponse()
        status, content = answer.status, answer.read().decode()
        connection.close()
        return status, content

    def ask(self, method: str = "GET", path: str = "/", **options: Any) -> dict[str, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, **options)
        got: dict[str, str] = json.loads(connection.getresponse().read())
        connection.close()
        return got


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    children = Children(tmp_path_factory.mktemp("logs"))
    yield children
    children.end_all()


@pytest.fixture(scope="module")
def hasty(children: Children, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """One that waits a third of a second for the next byte."""
    return Server(children, "hasty", tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def server(children: Children, tmp_path_factory: pytest.TempPathFactory) -> Server:
    return Server(children, "application", tmp_path_factory.mktemp("var"))


def test_uploads_that_stall_keep_no_request_waiting(server: Server) -> None:
    with ExitStack() as stalled:
        for _ in range(20):
            stalled.enter_context(server.connect()).sendall(BEGUN)
        assert server.ask()["REQUEST_METHOD"] == "GET"


def test_a_request_that_does_not_come_to_its_end_is_let_go(hasty: Server) -> None:
    with hasty.connect() as stalled:
        stalled.sendall(BEGUN)
        answer = b"".join(iter(lambda: stalled.recv(1000), b""))
        assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_request_that_comes_byte_by_byte_is_let_go_too(hasty: Server) -> None:
    with hasty.connect() as dripping:
        dripping.sendall(BEGUN)
        dripping.settimeout(0.05)
        for _ in range(600):
            try:
                assert dripping.recv(1000).startswith(b"HTTP/1.1 408 ")
                break
            except TimeoutError:
                dripping.sendall(b" ")
        else:
            pytest.fail("it is waited for without end")


@pytest.mark.parametrize("size", [0, 1, 70_000, MAX_BUFFERED])
def test_a_body_comes_whole_whatever_its_size(server: Server, size: int) -> None:
    body = bytes(number % 251 for number in range(size))
    got = server.ask("POST", body=body)
    assert (got["CONTENT_LENGTH"], got["size"]) == (str(size), str(size))
    assert got["hash"] == hashlib.sha256(body).hexdigest()


def test_a_body_in_chunks_is_read_as_any_other(server: Server) -> None:
    pieces = [b'{"set_num": ', b'"75290-1"}']
    headers = {"Content-Type": "application/json"}
    got = server.ask("POST", body=iter(pieces), headers=headers, encode_chunked=True)
    assert got["size"] == got["CONTENT_LENGTH"] == str(len(b"".join(pieces)))


def test_a_file_in_chunks_must_say_how_long_it_is(server: Server) -> None:
    with server.connect() as caller:
        caller.sendall(
            b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na,b\r\n0\r\n\r\n"
        )
        assert caller.recv(1000).startswith(b"HTTP/1.1 411 ")


def test_a_caller_who_hangs_up_half_way_has_asked_for_nothing(server: Server) -> None:
    with server.connect() as caller:
        caller.sendall(BEGUN)
        caller.shutdown(socket.SHUT_WR)
        assert not caller.recv(1000).startswith(b"HTTP/1.1 2")


@pytest.mark.parametrize("size", [MAX_BUFFERED + 1, 5 * MAX_BUFFERED])
def test_a_body_that_is_too_large_is_refused_and_its_sender_sees_why(server: Server, size: int) -> None:
    status, page = server.send("/orders/find/", b"x" * size)
    assert status == 413
    assert "at most 1 MB" in page
    assert 'dir="rtl"' in page


def test_a_program_sees_the_code_of_a_body_that_is_too_large(server: Server) -> None:
    status, problem = server.send("/api/v1/orders/", b"x" * (MAX_BUFFERED + 1))
    assert (status, json.loads(problem)["code"]) == (413, "too_large")


def test_a_body_in_chunks_that_grows_too_large_is_refused(server: Server) -> None:
    pieces = (b"x" * 100_000 for _ in range(30))
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(
        "POST", "/", body=pieces, headers={"Content-Type": "application/json"}, encode_chunked=True
    )
    assert connection.getresponse().status == 413
    connection.close()


def test_a_large_body_is_refused_by_its_length_alone(server: Server) -> None:
    with server.connect() as caller:
        caller.sendall(b"POST /unread HTTP/1.1\r\nHost: here\r\nContent-Length: 900000000\r\n\r\n")
        caller.sendall(b" " * (MAX_BUFFERED + 100_000))
        assert caller.recv(1000).startswith(b"HTTP/1.1 413 ")
    assert server.ask()["REQUEST_METHOD"] == "GET"


def test_a_caller_that_asks_for_leave_to_send_too_much_is_answered_at_once(server: Server) -> None:
    with server.connect() as caller:
        caller.sendall(
            b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 900000000\r\nExpect: 100-continue\r\n\r\n"
        )
        assert caller.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_headers_are_told_as_they_came(server: Server) -> None:
    with server.connect() as caller:
        caller.sendall(
            b"GET /caf%C3%A9%2Fx?q=%20 HTTP/1.1\r\nHost: here\r\nConnection: close\r\nCookie: a=1\r\nCookie: b=2\r\n"
            b"X-Forwarded-For: 192.0.2.1\r\nX_Forwarded_For: 192.0.2.2\r\nX-Forwarded-For: 192.0.2.3\r\n"
            b"Idempotency-Key: caf\xc3\xa9\r\n\r\n"
        )
        answer = b"".join(iter(lambda: caller.recv(65536), b""))
    got = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert got["PATH_INFO"].encode("latin-1").decode() == "/café/x"
    assert got["QUERY_STRING"] == "q=%20"
    assert (got["HTTP_HOST"], got["REMOTE_ADDR"]) == ("here", "127.0.0.1")
    assert got["HTTP_COOKIE"] == "a=1; b=2"
    assert got["HTTP_X_FORWARDED_FOR"] == "192.0.2.1,192.0.2.3"
    assert got["HTTP_IDEMPOTENCY_KEY"] == ""  # it was there, and cannot be read
