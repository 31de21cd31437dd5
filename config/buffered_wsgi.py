"""Buffers each request in the web server: Django's thread gets a request only when the whole of it has arrived.

Django works in one thread of each process. A WSGI server passes a request on when its headers have arrived, and the
thread then waits for the body. A phone that loses its network in the middle of an order would block the thread for as
long as the connection seems alive; two such phones would block the whole system. So the server passes requests to the
asynchronous interface (RSGI): one loop waits for any number of bodies and passes complete requests to the WSGI
application.

Only bodies larger than `MAX_BUFFERED`, the files that staff send, are read by the application while they arrive.
"""

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Headers = list[tuple[str, str]]
Application = Callable[[dict[str, Any], Any], Any]  # a WSGI application; it returns an iterable of bytes

IDLE_TIMEOUT = 15.0  # seconds without a byte after which the server gives up
TOTAL_TIMEOUT = 120.0  # seconds for the whole body
MAX_BUFFERED = 1_100_000  # bytes; larger than any body but a file
UNKNOWN_LENGTH = 10**12  # for a larger body in chunks, whose length is known only at its end

BASE: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "granian",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
BODY_HEADERS = frozenset({"content-length", "transfer-encoding"})  # set again, for the collected body


class IncompleteBody(Exception):
    """The body is incomplete. `status` answers the sender, who has mostly gone."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class BufferedWSGI:
    """An RSGI application around a WSGI application."""

    def __init__(
        self,
        application: Application,
        *,
        idle_timeout: float = IDLE_TIMEOUT,
        total_timeout: float = TOTAL_TIMEOUT,
    ) -> None:
        self._application = application
        self._timeouts = (idle_timeout, total_timeout)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="django")

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        body = Body(scope, protocol, *self._timeouts)
        try:
            await body.collect()
        except IncompleteBody as refused:
            protocol.response_empty(refused.status, [("connection", "close")])
            return
        environ = environ_of(scope) | body.in_environ()
        loop = asyncio.get_running_loop()
        status, headers, content = await loop.run_in_executor(self._thread, self._answer, environ)
        protocol.response_bytes(status, headers, content)

    def _answer(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes]:
        """The application's whole answer, in its thread: the next request needs the thread."""
        begun: list[tuple[int, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: object = None) -> None:
            begun[:] = [(int(status[:3]), headers)]

        parts = self._application(environ, start_response)
        try:
            content = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        return *begun[0], content


def environ_of(scope: Any) -> dict[str, Any]:
    """The request as WSGI's environ (PEP 3333), without its body."""
    server, _, port = scope.server.rpartition(":")
    environ = BASE | {
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": as_latin(scope.path),
        "QUERY_STRING": as_latin(scope.query_string),
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.url_scheme": scope.scheme,
    }
    for name, value in headers_of(scope).items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    if "HTTP_CONTENT_TYPE" in environ:
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE")
    if scope.authority is not None:
        environ["HTTP_HOST"] = scope.authority
    return environ


def headers_of(scope: Any) -> dict[str, str]:
    """The headers by name. A header that is not ASCII comes as an empty one: the server gives only its name. Names
    with an underscore are left out, since they could pass for another header.
    """
    names: list[str] = scope.headers.keys()
    found = {name: "" for name in names if "_" not in name and name not in BODY_HEADERS}
    for name, value in scope.headers.items():
        if name in found:
            between = "; " if name == "cookie" else ","
            found[name] = f"{found[name]}{between}{value}" if found[name] else value
    return found


def as_latin(text: str) -> str:
    """Text as WSGI wants it: one character for each byte."""
    return text.encode().decode("latin-1")


class Body:
    """The body of a request: collected up to a size; the application reads on from there."""

    def __init__(self, scope: Any, protocol: Any, idle_timeout: float, total_timeout: float) -> None:
        length = scope.headers.get("content-length")
        self._announced = int(length) if length is not None else None
        self._is_json = scope.headers.get("content-type", "").lower().startswith("application/json")
        in_chunks = "transfer-encoding" in scope.headers or scope.http_version.startswith("2")
        self._ended = not self._announced and not in_chunks
        self._pieces: AsyncIterator[bytes] = protocol.__aiter__()
        self._idle_timeout = idle_timeout
        self._total_timeout = total_timeout
        self._loop = asyncio.get_running_loop()
        self._collected = bytearray()
        self._came = 0

    async def collect(self) -> None:
        """Collect the body up to `MAX_BUFFERED`. Raises IncompleteBody."""
        try:
            async with asyncio.timeout(self._total_timeout):
                while not self._ended and len(self._collected) <= MAX_BUFFERED:
                    self._collected += await self.next_piece()
        except TimeoutError as error:
            raise IncompleteBody(408) from error

    async def next_piece(self) -> bytes:
        """The next piece; empty at the end. Raises IncompleteBody."""
        try:
            async with asyncio.timeout(self._idle_timeout):
                piece = await anext(self._pieces)
        except StopAsyncIteration:
            piece = b""
        except TimeoutError as error:
            raise IncompleteBody(408) from error
        self._came += len(piece)
        if not piece:
            self._ended = True
            self._check_end()
        return piece

    def _check_end(self) -> None:
        """Refuse a body that may be cut off: the server does not say whether the caller finished or hung up. Half a
        file could pass for a whole one; half a JSON object never does.
        """
        if self._announced is not None:
            if self._came < self._announced:
                raise IncompleteBody(400)
        elif self._came and not self._is_json:
            raise IncompleteBody(411)

    def in_environ(self) -> dict[str, Any]:
        if self._ended:
            return {"CONTENT_LENGTH": str(len(self._collected)), "wsgi.input": io.BytesIO(self._collected)}
        rest = Rest(self, bytes(self._collected), self._loop)
        length = self._announced or UNKNOWN_LENGTH
        return {"CONTENT_LENGTH": str(length), "wsgi.input": io.BufferedReader(rest)}


class Rest(io.RawIOBase):
    """A large body, read in the application's thread: first what was collected, then the pieces as they arrive."""

    def __init__(self, body: Body, begun: bytes, loop: asyncio.AbstractEventLoop) -> None:
        self._body = body
        self._piece = memoryview(begun)
        self._loop = loop

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Raises OSError if the rest does not arrive."""
        if not self._piece:
            self._piece = memoryview(self._wait_for_more())
        size = min(len(buffer), len(self._piece))
        buffer[:size] = self._piece[:size]
        self._piece = self._piece[size:]
        return size

    def _wait_for_more(self) -> bytes:
        try:
            return asyncio.run_coroutine_threadsafe(self._body.next_piece(), self._loop).result()
        except IncompleteBody as error:
            raise OSError("the rest of the request did not arrive") from error
