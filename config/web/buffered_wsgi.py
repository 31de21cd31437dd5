"""Buffers each request in the web server: Django's thread gets a request only when the whole of it has arrived.

Django works in one thread of each process. A WSGI server passes a request on when its headers have arrived, and the
thread then waits for the body. A phone that loses its network in the middle of an order would block the thread for as
long as the connection seems alive; two such phones would block the whole system. So the server passes requests to the
asynchronous interface (RSGI): one loop waits for any number of bodies and passes complete requests to the WSGI
application. A body that is too large is refused by its length, before it is read.
"""

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, suppress
from functools import partial
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any

from config.web.lanes import Busy, Lane
from config.web.refusals import CLOSED, Headers, Refused, refusal
from config.web.slow_readers import SlowReaders
from config.web.waiting_room import WaitingRoom
from core.callers import client_address
from core.charsets import read_as_utf8
from core.uploads import rule_for

if TYPE_CHECKING:
    from config.web.uploads import Uploads

Application = Callable[[dict[str, Any], Any], Any]  # a WSGI application; it returns an iterable of bytes

IDLE_TIMEOUT = 15.0  # seconds without a byte after which the server gives up
TOTAL_TIMEOUT = 120.0  # seconds for the whole body
MAX_BUFFERED = 1_100_000  # bytes; larger than any body but a file
# Most programs look for an answer only when they have sent everything. So a little more than we take is read and thrown
# away before it is refused: these see why. At most so many bytes, seconds, seconds of silence, and callers at once.
THROWN_AWAY, THROWING_TIMEOUT, THROWING_IDLE_TIMEOUT = 16_000_000, 5.0, 0.5
THROWING_AT_ONCE = 8
RETRY_AFTER = 5  # seconds
# How often a process shows that it lives, and how long a page may take before the process counts as stuck.
LIFE_SECONDS, STUCK_SECONDS = 5.0, 60.0
HEALTH = "/healthz"
READINESS = "/readyz"

BASE: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "granian",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
BODY_HEADERS = frozenset({"content-length", "transfer-encoding"})  # set again, for the collected body


class FileAnswer:
    """What the application answers with a file (`wsgi.file_wrapper`, PEP 3333): the server sends it by its name."""

    def __init__(self, file: IO[bytes], block_size: int = 8192) -> None:
        self.file = file
        self.close = file.close

    @property
    def path(self) -> str:
        """The path of a file that is sent from its beginning to its end; otherwise nothing."""
        whole = isinstance(self.file, io.BufferedReader) and self.file.tell() == 0
        name = self.file.name if whole else ""
        return name if isinstance(name, str) else str(name)


class BufferedWSGI:
    """An RSGI application around a WSGI application.

    `threads` serve pages, and `show_life` is called every few seconds while they do. `slow_paths` are paths that hash
    passwords: they have a thread of their own, and another for browsers that `is_known` knows by their cookies.
    """

    def __init__(
        self,
        application: Application,
        *,
        threads: int = 1,
        uploads: "Uploads | None" = None,
        slow_paths: Callable[[str], bool] = lambda path: False,
        is_known: Callable[[str], bool] = lambda cookies: False,
        idle_timeout: float = IDLE_TIMEOUT,
        total_timeout: float = TOTAL_TIMEOUT,
        readers: SlowReaders | None = None,
        show_life: Callable[[], None] = lambda: None,
    ) -> None:
        self._application = application
        self._uploads = uploads
        self._slow_paths = slow_paths
        self._is_known = is_known
        self._timeouts = (idle_timeout, total_timeout)
        self._room = WaitingRoom()
        self._readers = readers or SlowReaders()
        self._show_life = show_life
        self._throwing = 0
        self._pages = Lane("django", threads=threads, longest=128)
        self._sign_in = Lane("hashing", longest=8, modest=True)
        # A flood of sign-ins from many addresses fills the lane of strangers, and not this one (decision 56).
        self._known_sign_in = Lane("hashing-known", longest=8, modest=True)
        self._large = Lane("uploads", longest=8, modest=True)
        self._readiness = Lane("readiness", longest=16)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """The server's process begins."""
        self._life = loop.create_task(self._show_life_again_and_again())

    async def _show_life_again_and_again(self) -> None:
        """A sign of life, unless Django's threads hang: then the watcher replaces this process."""
        while True:
            if self._pages.longest_at_work() < STUCK_SECONDS:
                self._show_life()
            await asyncio.sleep(LIFE_SECONDS)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        self._readers.start(scope.server)
        # Health is that of the process: no thread, no queue.
        if scope.path == HEALTH and scope.method in ("GET", "HEAD"):
            protocol.response_bytes(200, [("content-type", "application/json"), *CLOSED], b'{"status": "ok"}')
            return
        body = Body(scope, protocol, idle_timeout=self._timeouts[0])
        try:
            await self._serve(scope, protocol, body)
        except Refused as refused:
            if refused.status not in (400, 408):
                await self._throw_away(body)
            answer = refusal(refused.status, scope.path, retry_after=refused.retry_after)
            protocol.response_bytes(*answer)
        except Busy:
            protocol.response_bytes(*refusal(503, scope.path, retry_after=RETRY_AFTER))

    async def _serve(self, scope: Any, protocol: Any, body: "Body") -> None:
        environ = environ_of(scope)
        caller = client_address(SimpleNamespace(META=environ))  # type: ignore[arg-type]
        with ExitStack() as held:
            lane = self._lane_of(scope, environ)
            if body.announced > MAX_BUFFERED:
                lane = self._large
                environ |= await self._received_upload(scope, body, environ, caller, held)
            else:
                environ |= await self._received(body, caller, held)
            status, headers, content = await lane.run(caller, partial(self._answer, environ))
            if isinstance(content, str):
                protocol.response_file(status, headers, content)
            else:
                protocol.response_bytes(status, headers, content)
                await self._readers.note(scope.client, caller, len(content))

    async def _throw_away(self, body: "Body") -> None:
        if self._throwing >= THROWING_AT_ONCE:
            return
        self._throwing += 1
        try:
            await body.throw_away()
        finally:
            self._throwing -= 1

    def _lane_of(self, scope: Any, environ: dict[str, Any]) -> Lane:
        if scope.path == READINESS:
            return self._readiness
        if scope.method == "POST" and self._slow_paths(scope.path):
            is_known = self._is_known(environ.get("HTTP_COOKIE", ""))
            return self._known_sign_in if is_known else self._sign_in
        return self._pages

    async def _received(self, body: "Body", caller: str, held: ExitStack) -> dict[str, Any]:
        """The whole body, in memory. Raises Refused."""
        collected = bytearray()
        if not body.ended:
            timeout = asyncio.timeout(self._timeouts[1])
            try:
                async with timeout:
                    place = held.enter_context(self._room.place(caller, timeout))
                    async for piece in body.pieces():
                        collected += piece
                        self._room.grow(place, len(piece))
                        if len(collected) > MAX_BUFFERED:
                            raise Refused(413)
                    place.finished = True
            except TimeoutError as error:
                if place.pushed_out:
                    raise Refused(503, retry_after=RETRY_AFTER) from error
                raise Refused(408) from error
        return {"CONTENT_LENGTH": str(len(collected)), "wsgi.input": io.BytesIO(collected)}

    async def _received_upload(
        self, scope: Any, body: "Body", environ: dict[str, Any], caller: str, held: ExitStack
    ) -> dict[str, Any]:
        """A large body, in a file; an empty one for a caller who may not send it: the view answers. Raises Refused."""
        rule = rule_for(scope.method, scope.path) if self._uploads else None
        if rule is None or self._uploads is None:
            raise Refused(413)
        uploads = self._uploads
        if not await self._large.run(caller, partial(uploads.may_send, rule, environ)):
            await self._throw_away(body)
            return {"CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()}
        if body.announced > rule.largest:
            raise Refused(413)
        file = held.enter_context(uploads.room(body.announced))
        await uploads.spool(body.pieces(), file)
        return {"CONTENT_LENGTH": str(body.announced), "wsgi.input": file}

    def _answer(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes | str]:
        """The application's whole answer, in its thread: content, or the path of a file."""
        begun: list[tuple[int, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: object = None) -> None:
            begun[:] = [(int(status[:3]), headers)]

        parts = self._application(environ, start_response)
        try:
            if isinstance(parts, FileAnswer):
                content: bytes | str = parts.path or parts.file.read()
            else:
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
        "wsgi.file_wrapper": FileAnswer,
    }
    for name, value in headers_of(scope).items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    if "HTTP_CONTENT_TYPE" in environ:
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE")
        read_as_utf8(environ)
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
    """The body of a request, in the pieces in which it arrives. `announced` is its length in bytes, 0 if unknown."""

    def __init__(self, scope: Any, protocol: Any, *, idle_timeout: float) -> None:
        length = scope.headers.get("content-length")
        self._is_announced = length is not None
        self.announced = int(length) if length is not None else 0
        self._is_json = scope.headers.get("content-type", "").lower().startswith("application/json")
        in_chunks = "transfer-encoding" in scope.headers or scope.http_version.startswith("2")
        self.ended = not self.announced and not in_chunks
        self._is_waiting = "expect" in scope.headers  # for our leave to send the body
        self._arriving: AsyncIterator[bytes] = protocol.__aiter__()
        self._idle_timeout = idle_timeout

    async def pieces(self) -> AsyncIterator[bytes]:
        """Each piece as it comes. Raises Refused where the body does not come to its end."""
        came = 0
        while True:
            try:
                async with asyncio.timeout(self._idle_timeout):
                    piece = await anext(self._arriving)
            except StopAsyncIteration:
                break
            except TimeoutError as error:
                raise Refused(408) from error
            if not piece:
                break
            came += len(piece)
            yield piece
        self._check_end(came)

    async def throw_away(self) -> None:
        """Read a little of a body that is too large, and keep nothing of it."""
        if self._is_waiting:
            return
        came = 0
        with suppress(TimeoutError, StopAsyncIteration):
            async with asyncio.timeout(THROWING_TIMEOUT):
                while came < THROWN_AWAY:
                    async with asyncio.timeout(THROWING_IDLE_TIMEOUT):
                        piece = await anext(self._arriving)
                    if not piece:
                        break
                    came += len(piece)

    def _check_end(self, came: int) -> None:
        """Refuse a body that may be cut off: the server does not say whether the caller finished or hung up. Half a
        file could pass for a whole one; half a JSON object never does.
        """
        if self._is_announced:
            if came < self.announced:
                raise Refused(400)
        elif came and not self._is_json:
            raise Refused(411)
