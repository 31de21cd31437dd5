"""The proxy: passes what is said, and is silent, slow, cut or closed when it is told so."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from tests.soak.proxy import Proxies, Proxy


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while said := self.request.recv(65536):
            self.request.sendall(said)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """In front of a server that says what it hears."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        proxies = Proxies()
        proxies.start()
        yield proxies.open(server.server_address[1])
        proxies.stop()
        server.shutdown()
        thread.join()


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def hear(caller: socket.socket, length: int) -> bytes:
    heard = b""
    while len(heard) < length:
        block = caller.recv(65536)
        if not block:
            break
        heard += block
    return heard


def test_it_passes_all_that_is_said_in_its_order(proxy: Proxy) -> None:
    said = bytes(range(256)) * 2000
    with connect(proxy) as caller:
        threading.Thread(target=caller.sendall, args=(said,)).start()
        assert hear(caller, len(said)) == said


def test_cut_it_breaks_connections_and_takes_new_ones(proxy: Proxy) -> None:
    with connect(proxy) as caller:
        caller.sendall(b"before")
        assert hear(caller, 6) == b"before"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            caller.recv(1)
    with connect(proxy) as caller:
        caller.sendall(b"after")
        assert hear(caller, 5) == b"after"


def test_silent_it_takes_connections_and_passes_nothing_until_it_is_restored(proxy: Proxy) -> None:
    with connect(proxy) as old:
        old.sendall(b"hello")
        assert hear(old, 5) == b"hello"
        proxy.freeze()
        with connect(proxy) as new:
            for caller in (old, new):
                caller.sendall(b"again")
                caller.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    caller.recv(1)
            proxy.restore()
            for caller in (old, new):
                caller.settimeout(5)
                assert hear(caller, 5) == b"again"


def test_slow_it_passes_later_and_in_order(proxy: Proxy) -> None:
    proxy.slow(0.2)
    with connect(proxy) as caller:
        began = time.monotonic()
        for number in range(5):
            caller.sendall(f"{number}".encode())
            time.sleep(0.02)
        proxy.slow(0.0)
        caller.sendall(b"5")
        assert hear(caller, 6) == b"012345"
        assert time.monotonic() - began >= 0.2


def test_closed_it_refuses_and_comes_back_on_the_same_port(proxy: Proxy) -> None:
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.restore()
    with connect(proxy) as caller:
        caller.sendall(b"back")
        assert hear(caller, 4) == b"back"
