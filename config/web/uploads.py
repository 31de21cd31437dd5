"""Bodies larger than a form: only from callers who are known before the body is read.

1. The view of the path must expect files: it carries an `UploadRule` (core.uploads).
2. The rule sees the headers alone, in the thread for uploads: a session, an API key, later a ticket.
3. The body goes into a file without a name, in VAR/uploads: it is gone with the process, whatever ends that.
4. Few at a time, each with its time; and only while the disk has room.
"""

import asyncio
import io
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO, Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_finished, request_started
from django.http import HttpRequest, HttpResponse
from django_otp.middleware import OTPMiddleware

from config.web.refusals import Refused
from core.uploads import UploadRule, unnamed_file

MOST_AT_ONCE = 2
TOTAL_TIMEOUT = 900.0  # seconds: 300 MB over a slow line
RETRY_AFTER = 30  # seconds
WRITTEN_AT_ONCE = 512_000  # bytes
# A body lies in its file, then in the files that it is made of, then where they are kept.
COPIES = 3
KEPT_FREE = 200_000_000  # bytes


class Uploads:
    """What receives large bodies in this process."""

    def __init__(self, *, most_at_once: int = MOST_AT_ONCE) -> None:
        self._left = most_at_once
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="spool")

    @contextmanager
    def room(self, size: int) -> Iterator[IO[bytes]]:
        """An empty file for a body of this size. Raises Refused."""
        if not self._left:
            raise Refused(503, retry_after=RETRY_AFTER)
        if shutil.disk_usage(settings.VAR).free < size * COPIES + KEPT_FREE:
            raise Refused(507)
        self._left -= 1
        try:
            with unnamed_file() as file:
                yield file
        finally:
            self._left += 1

    async def spool(self, pieces: AsyncIterator[bytes], file: IO[bytes]) -> None:
        """Write the pieces into the file, in a thread of its own: a slow disk must not hold the loop.

        Raises Refused.
        """
        try:
            async with asyncio.timeout(TOTAL_TIMEOUT):
                await self._write(pieces, file)
        except TimeoutError as error:
            raise Refused(408) from error
        except OSError as error:
            raise Refused(507) from error
        file.seek(0)

    async def _write(self, pieces: AsyncIterator[bytes], file: IO[bytes]) -> None:
        loop = asyncio.get_running_loop()
        gathered = bytearray()
        async for piece in pieces:
            gathered += piece
            if len(gathered) >= WRITTEN_AT_ONCE:
                await loop.run_in_executor(self._writer, file.write, bytes(gathered))
                gathered.clear()
        await loop.run_in_executor(self._writer, file.write, bytes(gathered))

    @staticmethod
    def may_send(rule: UploadRule, environ: dict[str, Any]) -> bool:
        """Whether the rule allows this caller a large body. Runs in a thread of Django's."""
        bare = environ | {"CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()}
        answers: list[bool] = []

        def ask(request: HttpRequest) -> HttpResponse:
            answers.append(rule.allows(request))
            return HttpResponse()

        request_started.send(Uploads, environ=bare)
        try:
            SessionMiddleware(AuthenticationMiddleware(OTPMiddleware(ask)))(WSGIRequest(bare))
        finally:
            request_finished.send(Uploads)
        return answers[0]
