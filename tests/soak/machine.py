"""All that a run consists of: PostgreSQL or SQLite, broker, mail server, the proxies in front of them, and `make run`.

The programs are started by `make run`'s own supervisor, which starts again what dies. They reach broker, database and
mail server by proxies only; we look at the data directly.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from config.running import processes
from config.running.launch import PROGRAMS
from config.running.options import ROOT
from tests.cluster import Cluster
from tests.mail_server import MailServer
from tests.soak.disk import Disk
from tests.soak.proxy import Proxies, Proxy
from tests.stack import Broker, answers, clean_environment, free_port, sqlite_url, wait_until

INJECT = Path(__file__).parent / "inject"
# What `make run` keeps running here: the broker is ours, so that it can be made to go wrong.
RUNNING = tuple(name for name in PROGRAMS if name != "broker")
WORKERS = tuple(name for name in RUNNING if name not in ("web", "beat"))
# All clients are one address, and are no strangers who ask too often.
PLENTY = {
    "PAGES_PER_MINUTE": "1000000",
    "REQUESTS_PER_MINUTE": "1000000",
    "ANONYMOUS_ORDERS_PER_HOUR": "1000000",
    "KEY_ORDERS_PER_HOUR": "1000000",
    "NETWORK_ORDERS_PER_DAY": "1000000",
    "MAILS_PER_ADDRESS_PER_HOUR": "10000",
    "MAILS_PER_ADDRESS_PER_DAY": "10000",
}


class Machine:
    """From `running()` on everything is there; `accounts` are the demo accounts by role."""

    def __init__(self, *, postgres: bool) -> None:
        self.postgres = postgres
        self.disk = Disk()
        self.var = self.disk.folder / "var"
        self.clocks = self.disk.folder / "clocks"
        self.output = self.disk.folder.with_suffix(".log")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.mail = MailServer()
        self.proxies = Proxies()
        self.cluster: Cluster | None = None
        self.broker: Broker
        self.wires: dict[str, Proxy] = {}
        self.accounts: dict[str, dict[str, Any]] = {}
        self.database_url = ""
        self._process: subprocess.Popen[bytes] | None = None
        # A server ends with the thread that started it (the kernel's doing), so this thread lasts as long as they do.
        self._operator = ThreadPoolExecutor(max_workers=1, thread_name_prefix="operator")

    @contextmanager
    def running(self) -> Iterator["Machine"]:
        with ExitStack() as exits:
            exits.callback(self.disk.remove)
            exits.callback(self.output.unlink, missing_ok=True)
            exits.callback(self._operator.shutdown)
            for folder in (self.var, self.clocks, self.disk.folder / "broker"):
                folder.mkdir(mode=0o700)
            self.proxies.start()
            exits.callback(self.proxies.stop)
            self._start_servers(exits)
            exits.callback(self._stop_programs)
            self._start_programs()
            yield self

    def pid(self, name: str) -> int:
        """The leader of a program's process group, or 0 where the program is just being started again."""
        try:
            return int(json.loads((self.var / "run" / f"{name}.pid").read_text())["pid"])
        except (OSError, ValueError, KeyError):
            return 0

    def members(self, name: str) -> list[int]:
        """Every process of a program's group but its leader, such as a worker's pool."""
        group = self.pid(name)
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, IndexError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == group and int(folder.name) != group:
                    found.append(int(folder.name))
        return found

    def signal(self, name: str, number: int) -> int:
        """Send a signal to a whole program; returns its group, to send the next one to the same."""
        group = self.pid(name)
        if group:
            processes.signal_group(group, number)
        return group

    def set_clock(self, name: str, ahead: float) -> Path:
        """Put a program's clock ahead by so many seconds, as long as the file is there or until it is started again."""
        clock = self.clocks / str(self.pid(name))
        clock.write_text(str(ahead))
        return clock

    def pages_answer(self) -> bool:
        return answers(f"{self.url}/healthz")

    def start_broker(self) -> None:
        self._operator.submit(self.broker.start).result()

    def start_postgres(self) -> None:
        assert self.cluster is not None
        self._operator.submit(self.cluster.start).result()

    def environment(self) -> dict[str, str]:
        return clean_environment() | {
            "VAR": str(self.var),
            "PORT": str(self.port),
            "DATABASE_URL": self._proxied_database(),
            "REDIS_URL": f"redis://127.0.0.1:{self.wires['broker'].port}/0",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.wires['mail'].port}",
            "PYTHONPATH": f"{INJECT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
            "CLOCKS": str(self.clocks),
            "VENV": sys.prefix,
            **PLENTY,
        }

    def _start_servers(self, exits: ExitStack) -> None:
        self.mail.start()
        exits.callback(self.mail.stop)
        self.broker = Broker(self.disk.folder / "broker")
        self.broker.start()
        exits.callback(self.broker.end)
        self.wires["broker"] = self.proxies.open(self.disk.folder / "broker" / "valkey.sock")
        self.wires["mail"] = self.proxies.open(self.mail.port)
        self.database_url = sqlite_url(self.var)
        if self.postgres:
            with _temporary_folder(self.disk.folder):
                # A commit must be written before it is answered: servers are killed here.
                cluster = Cluster(synchronous_commit="on")
            self.cluster = exits.enter_context(cluster)
            cluster.execute("CREATE DATABASE soak")
            self.database_url = cluster.url("soak")
            self.wires["database"] = self.proxies.open(cluster.folder / ".s.PGSQL.5432")

    def _proxied_database(self) -> str:
        if self.cluster is None:
            return self.database_url
        user = self.database_url.partition("://")[2].partition("@")[0]
        return f"postgres://{user}@127.0.0.1:{self.wires['database'].port}/soak"

    def _start_programs(self) -> None:
        # Not on the disk that will be full: a terminal is never full either.
        output = self.output
        with output.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "config.running"],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_us,
            )
        process = self._process
        wait_until(
            lambda: b"Ready: " in output.read_bytes() or process.poll() is not None,
            "everything runs",
            timeout=180,
            report=output.read_text,
        )
        assert process.poll() is None, output.read_text()
        self.accounts = json.loads((self.var / "demo-accounts.json").read_text())

    def _stop_programs(self) -> None:
        for name in RUNNING:
            self.signal(name, signal.SIGCONT)
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(90)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        time.sleep(0.2)


def _end_with_us() -> None:
    processes.die_with_parent(signal.SIGTERM)


@contextmanager
def _temporary_folder(folder: Path) -> Iterator[None]:
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
