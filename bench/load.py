"""A caller of a web server that costs next to nothing itself: so many connections, each with one request at a time."""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30.0


@dataclass(slots=True)
class Load:
    """What came of it."""

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
    whole: int = 0  # the length of the answer, once its head is read


def load(url: str, requests: Iterator[bytes], *, status: int, clients: int, seconds: float) -> Load:
    """Send whole HTTP/1.1 requests for so long. Raises RuntimeError for an answer of another status."""
    to = urlsplit(url)
    wanted = f"HTTP/1.1 {status} ".encode()
    latencies: list[float] = []
    began = time.perf_counter()
    end = began + seconds
    with selectors.DefaultSelector() as selector:
        for _ in range(clients):
            one = _Connection(socket.create_connection((to.hostname, to.port), timeout=TIMEOUT_SECONDS))
            one.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(one.socket, selectors.EVENT_READ, one)
            _send(one, next(requests))
        while selector.get_map():
            ready = selector.select(TIMEOUT_SECONDS)
            if not ready:
                raise RuntimeError(f"no answer within {TIMEOUT_SECONDS} s")
            for key, _events in ready:
                one = key.data
                if not _receive(one):
                    continue
                now = time.perf_counter()
                if not one.read.startswith(wanted):
                    raise RuntimeError(one.read.decode(errors="replace"))
                latencies.append(1000 * (now - one.sent_at))
                if now < end:
                    _send(one, next(requests))
                else:
                    selector.unregister(one.socket)
                    one.socket.close()
    return Load(time.perf_counter() - began, latencies)


def _send(one: _Connection, request: bytes) -> None:
    one.read.clear()
    one.whole = 0
    one.sent_at = time.perf_counter()
    one.socket.sendall(request)


def _receive(one: _Connection) -> bool:
    """Read what is there; whether the answer is whole. The server is to say its length."""
    block = one.socket.recv(1 << 18)
    if not block:
        raise RuntimeError("the server closed the connection")
    one.read += block
    if not one.whole:
        head = one.read.find(b"\r\n\r\n")
        if head < 0:
            return False
        length = one.read[:head].lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        one.whole = head + 4 + int(length)
    return len(one.read) >= one.whole
