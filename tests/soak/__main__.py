"""`make soak`: real processes under load, while they are killed, stopped, cut off, lied to and left without room.

    python -m tests.soak [--minutes 10] [--seed 7] [--database postgres|sqlite] [--orders-per-minute 380] [--json FILE]

It ends with a report, which lies as JSON in the file, and with 1 unless nothing is lost, double, stuck, untold or off.
The seed decides which faults come when, and what each client chooses; what meets what depends on the machine.
"""

import argparse
import logging
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from config.running.translations import compile_translations
from tests.cluster import NoPostgres
from tests.soak.machine import Machine


def main() -> None:
    options = read_options()
    signal.signal(signal.SIGTERM, _stop)
    began = time.monotonic()

    def say(sentence: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {sentence}", flush=True)

    say(f"Seed {options.seed}: the same again with SEED={options.seed}")
    compile_translations()
    try:
        machine = Machine(postgres=options.database == "postgres")
    except NoPostgres as reason:
        sys.exit(f"{reason}; DATABASE=sqlite does without it.")
    with machine.running():
        say(f"Everything runs on {options.database}: {machine.url}, data in {machine.var}")
        _speak_to(machine)
        # The models need the settings of this machine.
        from tests.soak.run import soak

        report = soak(
            machine,
            minutes=options.minutes,
            seed=options.seed,
            per_minute=options.orders_per_minute,
            say=say,
        )
        report.write(options.json)
        if not report.is_good:
            logs = options.json.with_suffix(".logs")
            shutil.rmtree(logs, ignore_errors=True)
            shutil.copytree(machine.var / "logs", logs)
            shutil.copy2(machine.output, logs / "make-run.log")
            say(f"The programs' logs: {logs}")
    print(report.text())
    print(f"As JSON: {options.json}")
    sys.exit(0 if report.is_good else 1)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="by default a new one")
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--orders-per-minute", type=float, default=380)
    parser.add_argument("--json", type=Path, default=None, help="the report as JSON")
    options = parser.parse_args()
    if options.json is None:
        options.json = Path(tempfile.gettempdir()) / f"soak-{options.database}-{options.seed}.json"
    return options


def _stop(number: int, frame: FrameType | None) -> None:
    """End in order: servers, programs and the disk go with us."""
    sys.exit(128 + number)


def _speak_to(machine: Machine) -> None:
    """Have our own models look at the machine's data: directly, past the proxies."""
    import django

    os.environ.update(
        VAR=str(machine.var),
        DATABASE_URL=machine.database_url,
        REDIS_URL=machine.broker.url,
        DJANGO_SETTINGS_MODULE="config.settings",
    )
    django.setup()
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # our mail server's, of every line it hears


if __name__ == "__main__":
    main()
