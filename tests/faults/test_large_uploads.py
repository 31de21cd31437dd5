"""Bodies larger than a form: only from staff who are known before a byte is read, and never in Django's thread."""

import asyncio
import json
import shutil
import socket
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import LazySettings

from config.web.refusals import Refused
from tests.stack import Stack

LARGE = 6_000_000
IMPORTS = "/api/v1/imports/"


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]


def key_of(stack: Stack, role: str) -> str:
    accounts = json.loads((stack.var / "demo-accounts.json").read_text())
    return f"Api-Key {accounts[role]['api_key']}"


def form_with(name: str, size: int) -> tuple[bytes, bytes]:
    """A form with one file of this size: its beginning, and its end."""
    head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
    return head + b"a" * size, b"\r\n--x--\r\n"


def send(stack: Stack, *, authorization: str = "", size: int = LARGE, path: str = IMPORTS) -> Answer:
    body = b"".join(form_with("what.csv", size))
    connection = HTTPConnection("127.0.0.1", stack.port, timeout=60)
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    if authorization:
        headers["Authorization"] = authorization
    connection.request("POST", path, body=body, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return Answer(answer.status, json.loads(content))


@pytest.mark.stack
def test_a_lead_sends_files_and_others_are_refused_unread(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack()
    stack.start_web()
    taken = send(stack, authorization=key_of(stack, "lead"))
    assert taken.status == 400  # it came whole: the answer names its file
    assert "what.csv" in taken.body["errors"][0]["detail"]
    assert send(stack).status == 401
    assert send(stack, authorization=key_of(stack, "warehouse")).status == 403
    assert send(stack, authorization="Api-Key wrong").status == 401
    assert send(stack, path="/api/v1/orders/").status == 413


@pytest.mark.stack
def test_a_file_that_stalls_holds_no_page_and_leaves_nothing(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack()
    stack.start_web()
    begun, end = form_with("what.csv", LARGE)
    with ExitStack() as open_:
        for _ in range(2):
            caller = open_.enter_context(socket.create_connection(("127.0.0.1", stack.port), timeout=10))
            head = (
                f"POST {IMPORTS} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {key_of(stack, 'lead')}\r\n"
                f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(begun) + len(end)}\r\n\r\n"
            )
            caller.sendall(head.encode() + begun)
        for _ in range(10):
            began = time.monotonic()
            with urllib.request.urlopen(f"{stack.url}/sets/75290-1/", timeout=10) as page:
                assert page.status == 200
            assert time.monotonic() - began < 3
        assert not list((stack.var / "uploads").glob("*")), "the files have names"
        stack.kill("web")
    assert not list((stack.var / "uploads").glob("*"))


@pytest.mark.once
def test_only_so_many_are_received_at_once_and_only_while_the_disk_has_room(
    settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from config.web.uploads import Uploads

    settings.VAR = tmp_path
    settings.UPLOADS_DIR = tmp_path / "uploads"
    uploads = Uploads(most_at_once=1)
    with uploads.room(1000):
        with pytest.raises(Refused) as refused, uploads.room(1000):
            pass
        assert (refused.value.status, refused.value.retry_after) == (503, 30)
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**12, 10**12 - 10**8, 10**8)
    )
    with pytest.raises(Refused) as refused, uploads.room(1000):
        pass
    assert refused.value.status == 507


@pytest.mark.once
def test_a_body_is_written_whole_and_in_order(settings: LazySettings, tmp_path: Path) -> None:
    from config.web.uploads import Uploads

    settings.VAR = tmp_path
    settings.UPLOADS_DIR = tmp_path / "uploads"
    sent = [bytes([number]) * 100_000 for number in range(20)]

    async def arriving() -> AsyncIterator[bytes]:
        for piece in sent:
            yield piece

    async def receive() -> bytes:
        uploads = Uploads()
        with uploads.room(2_000_000) as file:
            await uploads.spool(arriving(), file)
            return file.read()

    # In a thread of its own: in this one a browser's loop may run.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, receive()).result() == b"".join(sent)
