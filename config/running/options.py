"""The options that the environment gives `make run`, read and checked before anything starts."""

import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config.concurrency import DEFAULTS, read_concurrency
from config.rules import is_production, problems_of

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "127.0.0.1"


class CannotRun(Exception):
    """Why `make run` cannot run, as a sentence for the user at the terminal."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of this run. Paths are absolute."""

    var: Path
    port: int
    catalog: Path | None
    own_broker: bool
    production: bool
    concurrency: Mapping[str, int] = field(default_factory=lambda: DEFAULTS)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    @property
    def run_folder(self) -> Path:
        """Records of what runs: process ids, the supervisor's configuration, the lock."""
        return self.var / "run"

    @property
    def log_folder(self) -> Path:
        return self.var / "logs"


def read_options() -> Options:
    """From VAR, PORT, CATALOG, CONCURRENCY, REDIS_URL and PRODUCTION.

    Raises CannotRun, also for what the settings would refuse.
    """
    catalog = os.environ.get("CATALOG")
    if catalog and not Path(catalog).is_dir():
        raise CannotRun(
            f"CATALOG={catalog}: there is no such folder. Give the folder that holds the dump's files."
        )
    port = _port(os.environ.get("PORT") or "8000")
    if problems := problems_of(os.environ):
        raise CannotRun("\n".join(problems))
    return Options(
        var=Path(os.environ.get("VAR") or ROOT / "var").absolute(),
        port=port,
        catalog=Path(catalog).absolute() if catalog else None,
        own_broker=not os.environ.get("REDIS_URL"),
        production=is_production(os.environ),
        concurrency=read_concurrency(os.environ.get("CONCURRENCY") or ""),
    )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise CannotRun(f"PORT={text} is not a port: give a number from 1 to 65535.")
    return int(text)


def make_folders(options: Options) -> None:
    """Make VAR and its folders, and check that we can write to them. Raises CannotRun."""
    var = options.var
    try:
        for folder in (var, options.run_folder, options.log_folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        attempt = options.run_folder / "writable"
        attempt.write_text("")
        attempt.unlink()
    except OSError as error:
        raise CannotRun(
            f"The data folder {var} cannot be written to ({error.strerror}). "
            "Make it writable, or choose another: make run VAR=/path/to/folder"
        ) from error


@contextmanager
def only_run(options: Options) -> Iterator[None]:
    """Hold the lock of VAR: two runs would share one database file and one broker. Raises CannotRun."""
    with open(options.run_folder / "lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotRun(
                f"Bag 14 already runs on {options.var} (process {lock.read() or 'unknown'}). "
                "Stop that one first, or choose another folder: make run VAR=/path/to/folder"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def check_port(options: Options) -> None:
    """Try to listen on the web server's port. Raises CannotRun.

    The web server's processes share their port with any other program that listens there (SO_REUSEPORT). So the server
    would start without an error, and the other program would get some of its requests.
    """
    port = options.port
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except PermissionError:
            raise CannotRun(
                f"Port {port} needs more rights than yours. Choose another: make run PORT=8000"
            ) from None
        except OSError:
            other = port + 1 if port < 65535 else 8000
            raise CannotRun(
                f"Port {port} is in use by another program. Stop that one, or choose another: make run PORT={other}"
            ) from None
