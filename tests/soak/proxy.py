"""A TCP proxy between our programs and a server: it passes, delays, is silent, refuses, or cuts its connections.

All proxies of a run share one thread with an event loop. The methods may be called from any thread.
"""

import asyncio
import socket
import struct
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar, cast

T = TypeVar("T")
Target = Path | int  # a unix socket, or a port of this machine


class Proxies:
    """The event loop of the proxies, in a thread of its own from `start` to `stop`."""

    def __init__(self) -> None:
        self._proxies: list[Proxy] = []

    def start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        for proxy in self._proxies:
            proxy.refuse()
            proxy.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def open(self, target: Target) -> "Proxy":
        """A proxy that listens on a free port and passes."""
        proxy = Proxy(self, target)
        proxy.accept()
        self._proxies.append(proxy)
        return proxy

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        async def awaited() -> T:
            return await work()

        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result(30)


class Proxy:
    """One listening port and the server behind it."""

    def __init__(self, proxies: Proxies, target: Target) -> None:
        self.port = 0
        self.target = target
        self.delay = 0.0
        self.frozen = False
        self.sides: set[_Side] = set()
        self._proxies = proxies
        self._server: asyncio.Server | None = None

    def accept(self) -> None:
        """Listen; after `refuse` on the same port as before."""
        if self._server is None:
            self._proxies.run(self._listen)

    def refuse(self) -> None:
        """Take no new connections: a program that tries is refused. Those there are stay."""
        if self._server is not None:
            self._proxies.run(self._stop_listening)

    def cut(self) -> None:
        """Break every connection, in the middle of whatever is said."""
        self._proxies.run(self._cut)

    def freeze(self) -> None:
        """Be silent: connections are taken and kept, and not a byte passes."""
        self._proxies.run(self._freeze)

    def slow(self, seconds: float) -> None:
        """Pass each piece of what is said so much later."""
        self.delay = seconds

    def restore(self) -> None:
        """Pass again, as at the beginning."""
        self.delay = 0.0
        self._proxies.run(self._thaw)
        self.accept()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self), "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def _stop_listening(self) -> None:
        assert self._server is not None
        self._server.close()
        self._server = None

    async def _cut(self) -> None:
        for side in list(self.sides):
            side.break_off()

    async def _freeze(self) -> None:
        self.frozen = True
        for side in self.sides:
            side.transport.pause_reading()

    async def _thaw(self) -> None:
        self.frozen = False
        for side in self.sides:
            side.transport.resume_reading()


class _Side(asyncio.Protocol):
    """One end of a connection; what it hears, `other` says."""

    transport: asyncio.Transport

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.other: _Side | None = None
        self._early = bytearray()  # heard before the other end was there
        self._late: deque[bytes] = deque()  # to be passed later, in this order

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.proxy.sides.add(self)
        if self.proxy.frozen:
            self.transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            self._early += data
        elif self.proxy.delay or self._late:
            self._late.append(data)
            asyncio.get_running_loop().call_later(self.proxy.delay, self._pass_late)
        else:
            self.other.transport.write(data)

    def join(self, other: "_Side") -> None:
        self.other = other
        if self._early:
            other.transport.write(bytes(self._early))

    def break_off(self) -> None:
        """Close without a good-bye: the other end sees a connection that was reset."""
        end = self.transport.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.proxy.sides.discard(self)
        if self.other is not None and not self.other.transport.is_closing():
            while self._late:
                self._pass_late()
            self.other.transport.close()

    def _pass_late(self) -> None:
        if self._late and self.other is not None:
            self.other.transport.write(self._late.popleft())


class _Client(_Side):
    """The program's end, which opens the server's."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._opening = asyncio.get_running_loop().create_task(self._open_server())

    async def _open_server(self) -> None:
        loop, target = asyncio.get_running_loop(), self.proxy.target
        try:
            if isinstance(target, Path):
                _, server = await loop.create_unix_connection(lambda: _Side(self.proxy), str(target))
            else:
                _, server = await loop.create_connection(lambda: _Side(self.proxy), "127.0.0.1", target)
        except OSError:
            self.transport.abort()
            return
        server.join(self)
        self.join(server)
