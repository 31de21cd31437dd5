"""Real processes for tests: broker, workers, beat and web server as `make run` starts them, on data of their own.

    def test_an_order_is_fulfilled(stack):
        stack.start_worker("fulfilment", "fulfilment,sweep")
        url = stack.start_web()
        ...
        stack.kill("fulfilment", signal.SIGKILL)
        stack.wait_until(lambda: Order.objects.filter(...).exists(), "the order is fulfilled")

While a stack is up, this process' own models and Celery app speak to the stack's database and broker. All processes
end with the test, also with one that fails; what they wrote is shown then.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis
from django.db import connections

from config.broker import broker_socket_path
from config.running import launch, processes
from config.running.options import ROOT, Options
from tests.mail_server import MailServer

ALL_QUEUES = "fulfilment,letters,mail,prints,sweep"
DATABASE_FILE = "db.sqlite3"
OUR_OWN_SETTINGS = {
    "VAR",
    "PORT",
    "CATALOG",
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "SITE_URL",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
}
MAKES_OWN = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"}


class Children:
    """Processes by name, each the leader of a group that ends with us, with its output in a file."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(
        self, name: str, command: Sequence[str], environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        assert name not in self.alive(), f"{name} runs already"
        with self.log_path(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=partial(processes.die_with_parent, signal.SIGKILL),
            )
        return self._running[name]

    def alive(self) -> set[str]:
        return {name for name, process in self._running.items() if process.poll() is None}

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def kill(
        self, name: str, number: int = signal.SIGKILL, *, whole_group: bool = True, wait: float = 30
    ) -> None:
        """Send a signal and wait until the process is gone; SIGKILL takes its pool along unless told otherwise."""
        process = self._running[name]
        if whole_group and number == signal.SIGKILL:
            self._kill_group(process)
        elif process.poll() is None:
            process.send_signal(number)
        process.wait(wait)

    def end_all(self) -> None:
        for process in self._running.values():
            self._kill_group(process)
            process.wait()
        self._running.clear()

    @staticmethod
    def _kill_group(process: "subprocess.Popen[bytes]") -> None:
        """End what is left of a group; the number of a leader we took notice of may be a stranger's by now."""
        if process.poll() is None or not processes.started_at(process.pid):
            processes.signal_group(process.pid, signal.SIGKILL)

    def log_path(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def log(self, name: str) -> str:
        return self.log_path(name).read_text(errors="replace")

    def log_tails(self, lines: int = 40) -> str:
        tails = []
        for path in sorted(self.logs.glob("*.log")):
            tail = "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
            tails.append(f"--- {path.name}\n{tail}")
        return "\n".join(tails)


class Broker:
    """A Valkey server under `var`, configured as `make run` configures it."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.url = f"unix://{quote(str(broker_socket_path(var)))}"
        self.data = var / "valkey"
        (var / "broker-log").mkdir()
        self._children = Children(var / "broker-log")

    def start(self) -> None:
        command = launch.broker_command(options_of(self.var))
        self._children.start("broker", command, dict(os.environ))
        wait_until(self.answers, "the broker answers", report=self._children.log_tails)

    def kill(self) -> None:
        """As a crash: what it had not yet written down is lost."""
        self._children.kill("broker")

    def stop(self) -> None:
        self._children.kill("broker", signal.SIGTERM)

    @contextmanager
    def hanging(self, *, at_most: float) -> Iterator[None]:
        """Within, it lives, takes connections and gives no answer; after `at_most` seconds it answers all the same."""
        pid = self._children.pid("broker")
        wakes = threading.Timer(at_most, os.kill, (pid, signal.SIGCONT))
        os.kill(pid, signal.SIGSTOP)
        wakes.start()
        try:
            yield
        finally:
            wakes.cancel()
            os.kill(pid, signal.SIGCONT)

    def ensure_empty(self) -> None:
        """Running, and holding nothing: neither messages nor cached values of an earlier test."""
        if not self._children.alive():
            self.start()
        with self.client() as client:
            client.flushall()

    def answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.exceptions.ConnectionError:
            return False

    @contextmanager
    def client(self) -> Iterator["redis.Redis"]:
        client = redis.Redis.from_url(self.url, socket_timeout=5)
        try:
            yield client
        finally:
            client.close()

    def end(self) -> None:
        self._children.end_all()


class Template:
    """A migrated database with voices, sample catalogue and stock, made once by `make run`'s own preparation.

    `folder/var` is its VAR: static files and demo accounts lie there.
    """

    def __init__(self, folder: Path, *, server_url: str | None) -> None:
        self.folder = folder
        self.var = folder / "var"
        self.server_url = server_url
        self.name = f"template_{zlib.crc32(os.fsencode(folder)):08x}"

    @property
    def is_made(self) -> bool:
        return (self.folder / "made").exists()

    def make(self) -> None:
        """Takes some seconds. Raises AssertionError with what the preparation printed."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.var.mkdir(parents=True)
        if self.server_url:
            execute_on(self.server_url, f'DROP DATABASE IF EXISTS "{self.name}"')
            execute_on(self.server_url, f'CREATE DATABASE "{self.name}"')
        environment = clean_environment() | {"VAR": str(self.var), "DATABASE_URL": self.url}
        done = subprocess.run(
            [sys.executable, "-m", "config.running.prepare"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"the preparation failed:\n{done.stdout}\n{done.stderr}"
        (self.folder / "made").touch()

    @property
    def url(self) -> str:
        return database_on(self.server_url, self.name) if self.server_url else sqlite_url(self.var)

    def copy_to(self, var: Path) -> str:
        """Make a database like it for the stack in `var`; returns its DATABASE_URL."""
        for name in ("demo-accounts.json", "secret-key"):
            if (self.var / name).exists():
                shutil.copy2(self.var / name, var / name)
        (var / "static").symlink_to(self.var / "static")
        if not self.server_url:
            # The -wal beside it is part of a database; after its last connection closed there is none.
            for file in self.var.glob("db.sqlite3*"):
                shutil.copy2(file, var / file.name)
            return sqlite_url(var)
        copy = f"stack_{os.getpid()}_{time.monotonic_ns()}"
        execute_on(self.server_url, f'CREATE DATABASE "{copy}" TEMPLATE "{self.name}"')
        return database_on(self.server_url, copy)

    def drop_copy(self, url: str) -> None:
        if self.server_url:
            execute_on(self.server_url, f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')


class Stack:
    """What one test runs: its own VAR, database, mail server and processes; the broker is the test process' own."""

    def __init__(
        self, var: Path, *, broker: Broker, template: Template, environment: dict[str, str] | None = None
    ) -> None:
        self.var = var
        self.broker = broker
        self.template = template
        self.mail = MailServer()
        self.mail.start()
        (var / "logs").mkdir(parents=True)
        self._children = Children(var / "logs")
        self.database_url = template.copy_to(var)
        self.port = free_port()
        self.environment = clean_environment() | {
            "VAR": str(var),
            "PORT": str(self.port),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": broker.url,
            "EMAIL_URL": self.mail.url,
            "PYTHONUNBUFFERED": "1",
            "PAGES_PER_MINUTE": "100000",
            "NETWORK_ORDERS_PER_DAY": "100000",
            # The cast lives in one house and has a few mailboxes.
            "MAILS_PER_ADDRESS_PER_HOUR": "1000",
            "MAILS_PER_ADDRESS_PER_DAY": "10000",
            **(environment or {}),
        }

    @property
    def url(self) -> str:
        """Where the web server answers, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def start_worker(self, name: str, queues: str = ALL_QUEUES, *, env: dict[str, str] | None = None) -> None:
        """Start a Celery worker and wait until it is ready. `env` is for this process only."""
        path = self._children.log_path(name)
        begin = path.stat().st_size if path.exists() else 0
        self._start(name, launch.worker_command(name, queues)(options_of(self.var)), env)
        self.wait_until(lambda: b" ready." in path.read_bytes()[begin:], f"the worker {name} is ready")

    def start_programs(self, *names: str) -> None:
        """Start workers exactly as `make run` starts them, and wait until they are ready."""
        for name in names:
            self._start(name, launch.PROGRAMS[name].command(options_of(self.var)), None)
        logs = [self._children.log_path(name) for name in names]
        ready = f"the workers {', '.join(names)} are ready"
        self.wait_until(lambda: all(b" ready." in path.read_bytes() for path in logs), ready)

    def start_beat(self, *, env: dict[str, str] | None = None) -> None:
        self._start("beat", launch.beat_command(options_of(self.var)), env)

    def start_web(self, *, env: dict[str, str] | None = None) -> str:
        """Start the web server and wait until it answers; returns `url`."""
        self._start("web", launch.web_command(options_of(self.var, self.port)), env)
        self.wait_until(lambda: answers(f"{self.url}/healthz"), "the web server answers")
        return self.url

    def start_everything(self) -> str:
        """All workers but the catalogue's, beat and web, as `make run` has them; returns `url`."""
        self.start_beat()
        self.start_programs("fulfilment", "letters", "mail", "sweep")
        return self.start_web()

    def kill(self, name: str, number: int = signal.SIGKILL, *, whole_group: bool = True) -> None:
        """End a process by a signal and wait until it is gone.

        SIGKILL takes a worker's pool along; with `whole_group=False` only its main process.
        """
        self._children.kill(name, number, whole_group=whole_group)

    def alive(self) -> set[str]:
        """The names of the processes that run."""
        return self._children.alive()

    def pid(self, name: str) -> int:
        return self._children.pid(name)

    def pool_pids(self, name: str) -> list[int]:
        """The processes in which a worker's tasks run (Linux)."""
        pid = self.pid(name)
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def manage(self, *arguments: str) -> str:
        """Run a management command on the stack's data; returns what it printed. Raises AssertionError."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def wait_until(self, condition: Callable[[], object], what: str, *, timeout: float = 240) -> None:
        """Ask again and again until the condition holds. Raises AssertionError, with what the processes wrote."""
        wait_until(condition, what, timeout=timeout, report=self._children.log_tails)

    def log(self, name: str) -> str:
        """All that a process of this name wrote so far."""
        return self._children.log(name)

    def log_tails(self) -> str:
        return self._children.log_tails()

    @contextmanager
    def in_charge(self) -> Iterator["Stack"]:
        """Within, this process' models speak to the stack's database; afterwards everything of it is gone."""
        name = (
            self.database_url.rpartition("/")[2]
            if self.template.server_url
            else str(self.var / DATABASE_FILE)
        )
        connection = connections["default"]
        connection.close()
        before = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = name
        try:
            yield self
        finally:
            self._children.end_all()
            self.mail.stop()
            connections.close_all()
            connection.settings_dict["NAME"] = before
            self.template.drop_copy(self.database_url)

    def _start(self, name: str, command: list[str], env: dict[str, str] | None) -> None:
        self._children.start(name, command, self.environment | (env or {}))


def wait_until(
    condition: Callable[[], object],
    what: str,
    *,
    timeout: float = 240,
    report: Callable[[], str] = lambda: "",
) -> None:
    """Ask every 50 ms until the condition holds. Raises AssertionError naming `what`, with a report."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s in vain until {what}\n{report()}")
        time.sleep(0.05)


def answers(url: str) -> bool:
    """Whether an address answers with a success within 5 seconds."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


def free_port() -> int:
    """A free port. Another process may take it before it is used: rare, and then the test says so."""
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return int(attempt.getsockname()[1])


def options_of(var: Path, port: int = 0) -> Options:
    return Options(var=var, port=port, catalog=None, own_broker=True, production=False)


def clean_environment() -> dict[str, str]:
    """This process' environment without the settings it has for itself, and without those of the make that runs it."""
    return {name: value for name, value in os.environ.items() if name not in OUR_OWN_SETTINGS | MAKES_OWN}


def sqlite_url(var: Path) -> str:
    return f"sqlite:///{var / DATABASE_FILE}"


def database_on(server_url: str, name: str) -> str:
    """The URL of another database on the same PostgreSQL server."""
    return f"{server_url.rpartition('/')[0]}/{name}"


def execute_on(server_url: str, statement: str) -> None:
    """Run a statement that must stand alone, such as CREATE DATABASE."""
    with psycopg.connect(database_on(server_url, "postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())
