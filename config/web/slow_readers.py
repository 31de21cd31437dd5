"""Callers who do not read what they asked for: no place, and no memory, is held for them for ever.

The server keeps an answer until its reader has taken it, and knows no time for that. So this looks at the connections
of the process: Linux says of each how much was sent, and how much of it has arrived.

- A reader who takes less than `LEAST_READ` in `LOOK_BACK` seconds while more waits is hung up on.
- Large answers that are not read yet are counted, for one caller and for all. Where they are too many, the oldest of
  the caller who holds most is hung up on, as in the waiting room.

On other systems than Linux nothing is known of connections, and no reader is hung up on.
"""

import asyncio
import os
import socket
import stat
import struct
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass

from config.web.waiting_room import MB

LOOK_BACK = 30.0  # seconds
LEAST_READ = 60_000  # bytes in that time: what the slowest telephone takes
EVERY = 5.0  # seconds between two looks
LARGE = 64_000  # bytes; smaller answers are not counted
FOR_ALL, FOR_ONE = 64 * MB, 16 * MB
# The server writes an answer a moment after it was given one.
JUST_GIVEN = 0.5  # seconds

# In Linux' struct tcp_info: how many bytes the other side has confirmed.
_INFO_SIZE, _CONFIRMED = 128, 120
_SIOCOUTQ = 0x5411


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection of this process: bytes that its reader has taken, and whether more waits for it."""

    descriptor: int
    taken: int
    waits: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A large answer that may not be read yet."""

    caller: str
    size: int
    given: float


class SlowReaders:
    """Watches the connections of this process. Everything but the look itself runs in the server's loop."""

    def __init__(
        self,
        *,
        look_back: float = LOOK_BACK,
        least_read: int = LEAST_READ,
        every: float = EVERY,
        for_all: int = FOR_ALL,
        for_one: int = FOR_ONE,
    ) -> None:
        self._look_back, self._least_read, self._every = look_back, least_read, every
        self._for_all, self._for_one = for_all, for_one
        self._answers: dict[str, Answer] = {}
        # When each connection that waits for its reader began to wait, and what its reader had taken by then.
        self._waiting: dict[str, tuple[float, int]] = {}
        self._watch: asyncio.Task[None] | None = None
        self._port = 0
        self._looking = asyncio.Lock()

    def start(self, server: str) -> None:
        """Begin to watch the connections to `server`, our address and port; once, in the running loop."""
        if self._watch is None and sys.platform == "linux":
            self._port = int(server.rpartition(":")[2])
            self._watch = asyncio.get_running_loop().create_task(self._look_for_ever())

    async def note(self, client: str, caller: str, size: int) -> None:
        """Count an answer that was just given to the connection of `client`, its address and port."""
        if size < LARGE or sys.platform != "linux":
            return
        client = _plain(client)
        held = self._answers.get(client)
        self._answers[client] = Answer(caller, size + (held.size if held else 0), time.monotonic())
        if self._heaviest():
            await self._look()

    def _heaviest(self) -> str:
        """The caller who holds too much, or the one who holds most where all together do; usually none."""
        held: dict[str, int] = defaultdict(int)
        for answer in self._answers.values():
            held[answer.caller] += answer.size
        if not held:
            return ""
        heaviest = max(held, key=lambda caller: held[caller])
        too_much = held[heaviest] > self._for_one or sum(held.values()) > self._for_all
        return heaviest if too_much else ""

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self._look()

    async def _look(self) -> None:
        async with self._looking:
            found = await asyncio.to_thread(_connections, self._port)
            try:
                self._forget_what_is_read(found)
                self._hang_up_on_the_slow(found)
                self._hang_up_on_the_heaviest(found)
            finally:
                for connection in found.values():
                    os.close(connection.descriptor)

    def _forget_what_is_read(self, found: dict[str, Connection]) -> None:
        now = time.monotonic()
        for client, answer in list(self._answers.items()):
            connection = found.get(client)
            if connection is None or (not connection.waits and now - answer.given > JUST_GIVEN):
                del self._answers[client]

    def _hang_up_on_the_slow(self, found: dict[str, Connection]) -> None:
        now = time.monotonic()
        self._waiting = {
            client: self._waiting.get(client, (now, each.taken))
            for client, each in found.items()
            if each.waits
        }
        for client, (since, taken) in list(self._waiting.items()):
            if now - since < self._look_back:
                continue
            if found[client].taken - taken < self._least_read:
                self._hang_up(client, found)
            else:
                self._waiting[client] = (now, found[client].taken)

    def _hang_up_on_the_heaviest(self, found: dict[str, Connection]) -> None:
        while caller := self._heaviest():
            oldest = min(
                (client for client, answer in self._answers.items() if answer.caller == caller),
                key=lambda client: self._answers[client].given,
            )
            self._hang_up(oldest, found)

    def _hang_up(self, client: str, found: dict[str, Connection]) -> None:
        self._answers.pop(client, None)
        self._waiting.pop(client, None)
        if client not in found:
            return
        with suppress(OSError), _copy_of(found[client].descriptor) as connection:
            # What waits in the system's memory goes too.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.shutdown(socket.SHUT_RDWR)


def _plain(client: str) -> str:
    return client.replace("[", "").replace("]", "")


def _connections(port: int) -> dict[str, Connection]:
    """The connections to our port by the address and port of the other side. The caller closes each descriptor."""
    found: dict[str, Connection] = {}
    for name in os.listdir("/proc/self/fd"):
        # A copy: the server may close the number and use it for another connection while we look.
        with suppress(OSError), _copy_of(int(name)) as looked_at:
            if looked_at.getsockname()[1:2] != (port,):
                continue  # the database's or the broker's
            host, its_port = looked_at.getpeername()[:2]
            information = looked_at.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
            taken = struct.unpack_from("=Q", information, _CONFIRMED)[0]
            waits = _unread(looked_at) > 0
            # The list names also what was open only while it was made; by now that number may be a copy of ours.
            if f"{host}:{its_port}" not in found:
                found[f"{host}:{its_port}"] = Connection(looked_at.detach(), taken, waits)
    return found


def _copy_of(number: int) -> socket.socket:
    """The socket of that number, under another one. Raises OSError where it is none.

    Only sockets are copied. A process that closes any copy of a file loses its locks on that file (fcntl(2)): SQLite
    would write as if it still had them, over what another process has written.
    """
    if not stat.S_ISSOCK(os.fstat(number).st_mode):
        raise OSError
    descriptor = os.dup(number)
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        raise OSError  # the number became a file's meanwhile: its copy stays open
    try:
        return socket.socket(fileno=descriptor)
    except OSError:
        os.close(descriptor)
        raise


def _unread(connection: socket.socket) -> int:
    """The bytes that were written into a connection and that its other side has not confirmed."""
    import fcntl  # Unix only

    return int.from_bytes(fcntl.ioctl(connection, _SIOCOUTQ, bytes(4)), sys.byteorder)
