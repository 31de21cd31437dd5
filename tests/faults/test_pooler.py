"""PgBouncer in transaction mode, as Debian ships it: no session of our own, and no prepared statements."""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from catalog.importing.importer import _only_importer
from catalog.importing.problems import CatalogError
from core.database_limits import WEB, Limits, limit_this_process
from orders.models import Order

PGBOUNCER = shutil.which("pgbouncer")

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no pooler"),
    pytest.mark.skipif(PGBOUNCER is None, reason="no pgbouncer on PATH"),
]


@pytest.fixture
def pooler() -> Iterator[int]:
    """The port of a pooler in front of the test's database, with three connections for all."""
    assert PGBOUNCER is not None
    yours = connection.settings_dict
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="bag14-pooler-"))
    (folder / "users.txt").write_text(f'"{yours["USER"]}" "{yours["PASSWORD"]}"\n')
    host = yours["HOST"] or "127.0.0.1"
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={host} port={yours['PORT'] or 5432}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = trust\nauth_file = {folder}/users.txt\npool_mode = transaction\ndefault_pool_size = 3\n"
    )
    # It refuses to run as root; the owner of the server's socket may enter its folder.
    owner = Path(host).owner() if host.startswith("/") else "daemon"
    as_another = ["-u", owner] if os.getuid() == 0 else []
    if os.getuid() == 0:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, owner)
    process = subprocess.Popen([PGBOUNCER, "-q", *as_another, str(folder / "pgbouncer.ini")], cwd=folder)
    try:
        _wait_until_it_answers(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def _wait_until_it_answers(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the pooler does not answer")


@contextmanager
def through(port: int) -> Iterator[None]:
    """Within, this thread's connection goes through the pooler."""
    direct = {name: connection.settings_dict[name] for name in ("HOST", "PORT")}
    connection.close()
    connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": port}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict |= direct


def _refused(port: int) -> bool:
    """Whether a second import, in another process so to speak, is refused."""
    answers: list[bool] = []

    def attempt() -> None:
        with through(port):
            try:
                with _only_importer():
                    answers.append(False)
            except CatalogError:
                answers.append(True)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join(20)
    return answers[0]


def test_only_one_importer_works_and_after_it_the_next_one(pooler: int) -> None:
    with through(pooler):
        for _round in range(3):
            with _only_importer():
                assert _refused(pooler)
                assert Order.objects.count() == 0
            assert not _refused(pooler)


def test_the_lock_of_an_importer_that_was_killed_is_free(pooler: int) -> None:
    with through(pooler):
        with pytest.raises(ZeroDivisionError), _only_importer():
            raise ZeroDivisionError
        assert not _refused(pooler)


def test_statements_that_come_often_are_not_prepared_and_nothing_is_set_for_a_session(pooler: int) -> None:
    limit_this_process(WEB)
    try:
        with through(pooler):
            connection.ensure_connection()
            assert isinstance(connection.connection, psycopg.Connection)
            assert connection.connection.prepare_threshold is None
            assert all(Order.objects.filter(pk=number).count() == 0 for number in range(20))
            with connection.cursor() as cursor:
                cursor.execute("SHOW statement_timeout")
                assert cursor.fetchone()[0] == "0"
    finally:
        limit_this_process(Limits())
    connection.ensure_connection()
    assert connection.connection.prepare_threshold == 5
