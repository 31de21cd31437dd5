"""`make run`: prepare, start everything under the supervisor, report when it is ready, stop everything on a signal.

This process stays in the foreground and is the only one that the terminal's Ctrl-C reaches. The supervisor runs in a
session of its own and each program in a process group of its own, so that each gets one signal. If this process is
killed, the kernel signals the supervisor to stop; if the supervisor is killed, the kernel signals the programs. The
next run finds any program that still lives by its record, and ends it.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType

from config.broker import FOLDER_RECORD, broker_socket_path
from config.private_files import write_for_us_only
from config.running import processes
from config.running.launch import PROGRAMS, end_predecessor, record_of
from config.running.options import (
    ROOT,
    CannotRun,
    Options,
    check_port,
    make_folders,
    only_run,
    read_options,
)
from config.running.watch import LOOK_EVERY_SECONDS, Watcher

CONFIGURATION = Path(__file__).with_name("supervisord.conf")
ANSWER_WITHIN_SECONDS = 90
# The slowest program may take 30 s to finish its tasks (supervisord.conf), and the broker stops after it.
STOP_WITHIN_SECONDS = 45
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """The user pressed Ctrl-C or sent a signal. This is no error, and `except Exception` must not catch it."""


def request_stop(number: int, frame: FrameType | None) -> None:
    raise StopRequested


def main() -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, request_stop)
    write_for_us_only()
    try:
        options = read_options()
        make_folders(options)
        with only_run(options):
            end_leftovers(options)
            check_port(options)
            prepare(options)
            run(options)
    except CannotRun as sentence:
        print(sentence, file=sys.stderr, flush=True)
        sys.exit(1)
    except StopRequested:
        say("Stopped.")


def end_leftovers(options: Options) -> None:
    """End what a killed run left running on this VAR. The supervisor first: it would start the others again."""
    supervisor = options.run_folder / "supervisor.pid"
    if processes.end_recorded_group(supervisor, ask_first=signal.SIGTERM, kill_after=STOP_WITHIN_SECONDS):
        say("An earlier run was killed and left its supervisor running; ended it.")
    end_programs(options)


def end_programs(options: Options) -> None:
    for name in reversed(PROGRAMS):
        if end_predecessor(options, name, kill_after=2):
            say(f"Ended what was left of {name}.")
        record_of(options, name).unlink(missing_ok=True)
    if options.own_broker:
        remove_socket(options)


def remove_socket(options: Options) -> None:
    """Remove what a killed broker left: its socket, and the private folder around it, which is ours."""
    path = broker_socket_path(options.var)
    path.unlink(missing_ok=True)
    if path.parent != options.var:
        path.parent.rmdir()
        (options.var / FOLDER_RECORD).unlink()


def prepare(options: Options) -> None:
    say(f"Preparing {options.var}")
    if run_ours("config.running.prepare").returncode:
        raise CannotRun("The preparation failed: see above. Nothing was started.")


def run(options: Options) -> None:
    """Start the supervisor, and wait for a signal or for its end. In every case, leave no process behind."""
    programs = [name for name in PROGRAMS if name != "broker" or options.own_broker]
    say(f"Starting {', '.join(programs)}")
    started = datetime.now(UTC)
    supervisor = start_supervisor(options)
    try:
        answering = run_ours("config.running.readiness", started.isoformat(), str(ANSWER_WITHIN_SECONDS))
        if answering.returncode:
            raise CannotRun(f"Stopped. For details see the logs: {options.log_folder}")
        say_where_to_look(options)
        code = watch_over(options, supervisor)
        raise CannotRun(
            f"The supervisor ended unexpectedly (code {code}): see {options.log_folder}/supervisor.log"
        )
    finally:
        stop(options, supervisor)


def watch_over(options: Options, supervisor: subprocess.Popen[bytes]) -> int:
    """Replace what is silent, until the supervisor ends. Returns its exit code."""
    watcher = Watcher(options)
    while True:
        with suppress(subprocess.TimeoutExpired):
            return supervisor.wait(LOOK_EVERY_SECONDS)
        for name in watcher.replace_silent():
            say(f"{name} lived and did nothing: it is replaced.")


def start_supervisor(options: Options) -> subprocess.Popen[bytes]:
    own_tools = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{own_tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "VAR": str(options.var),
        "PORT": str(options.port),
        "BAG14_ROOT": str(ROOT),
        "BAG14_OWN_BROKER": str(options.own_broker).lower(),
        "PYTHONUNBUFFERED": "1",
    }
    as_root = ["--user", "root"] if os.getuid() == 0 else []  # it warns of running as root unless this is set
    return subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "--configuration", CONFIGURATION, *as_root],
        cwd=options.var,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=partial(become_supervisor, options.run_folder / "supervisor.pid"),
    )


def become_supervisor(record: Path) -> None:
    processes.die_with_parent(signal.SIGTERM)
    processes.record_group(record)


def stop(options: Options, supervisor: subprocess.Popen[bytes]) -> None:
    """Ask the supervisor to stop everything and wait. On a second signal, or after too long, kill what is left."""
    try:
        say("Stopping ...")
        if supervisor.poll() is None:
            supervisor.terminate()
        supervisor.wait(STOP_WITHIN_SECONDS)
    except (subprocess.TimeoutExpired, StopRequested):
        supervisor.kill()
        supervisor.wait()
    for number in STOP_SIGNALS:  # the rest is quick and must not be interrupted
        signal.signal(number, signal.SIG_IGN)
    end_programs(options)
    (options.run_folder / "supervisor.pid").unlink(missing_ok=True)


def run_ours(module: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run one of our modules as a process that ends with us and that the terminal's Ctrl-C does not reach."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=partial(processes.die_with_parent, signal.SIGTERM),
        check=False,
    )


def say_where_to_look(options: Options) -> None:
    url, var = options.url, options.var
    say(f"Ready: {url}")
    places = {
        "Ask for a bag": f"{url}sets/75290-1/",
        "Staff's pages": f"{url}dashboard/",
        "Demo accounts": f"{var}/demo-accounts.json",
        "API": f"{url}api/docs/",
        "Mails sent": f"{var}/mail/",
        "Logs": f"{options.log_folder}/",
    }
    if options.production:
        del places["Demo accounts"], places["Mails sent"]
    for name, place in places.items():
        say(f"  {name:<14} {place}")
    say("Ctrl-C stops everything; all data stays.")


def say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    main()
