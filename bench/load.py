"""A client that costs a web server's machine next to nothing: several connections, each with one request at a time."""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30.0


@dataclass(slots=True)
class Load:
    """The result of a load."""

    seconds: float
    latencies_ms: list[float]

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    sent_at: float = 0.0
    read: bytearray = field(default_factory=bytearray)
    whole: int = 0  # the length of the answer, after its head was read


def load(url: str, requests: Iterator[bytes], *, status: int, clients: int, seconds: float) -> Load:
    """Send whole HTTP/1.1 requests for `seconds`. Raises RuntimeError for an answer of another status."""
    to = urlsplit(url)
    wanted = f"HTTP/1.1 {status} ".encode()
    latencies: list[float] = []
    began = time.perf_counter()
    end = began + seconds
    with selectors.DefaultSelector() as selector:
        for _ in range(clients):
            connection = _Connection(
                socket.create_connection((to.hostname, to.port), timeout=TIMEOUT_SECONDS)
            )
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            _send(connection, next(requests))
        while selector.get_map():
            ready = selector.select(TIMEOUT_SECONDS)
            if not ready:
                raise RuntimeError(f"no answer within {TIMEOUT_SECONDS} s")
            for key, _events in ready:
                connection = key.data
                if not _receive(connection):
                    continue
                now = time.perf_counter()
                if not connection.read.startswith(wanted):
                    raise RuntimeError(connection.read.decode(errors="replace"))
                latencies.append(1000 * (now - connection.sent_at))
                if now < end:
                    _send(connection, next(requests))
                else:
                    selector.unregister(connection.socket)
                    connection.socket.close()
    return Load(time.perf_counter() - began, latencies)


def _send(connection: _Connection, request: bytes) -> None:
    connection.read.clear()
    connection.whole = 0
    connection.sent_at = time.perf_counter()
    connection.socket.sendall(request)


def _receive(connection: _Connection) -> bool:
    """Read the bytes that have arrived. Returns whether the answer is complete; its headers must give its length."""
    block = connection.socket.recv(1 << 18)
    if not block:
        raise RuntimeError("the server closed the connection")
    connection.read += block
    if not connection.whole:
        head = connection.read.find(b"\r\n\r\n")
        if head < 0:
            return False
        length = connection.read[:head].lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        connection.whole = head + 4 + int(length)
    return len(connection.read) >= connection.whole
