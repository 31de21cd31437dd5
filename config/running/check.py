"""`make check`: everything that can be said of the code without running its tests. All of it, then the verdict."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from config.running.options import ROOT

BIN = Path(sys.executable).parent
PYTHON = sys.executable


@dataclass(frozen=True, slots=True)
class Check:
    """A command that fails when what it stands for is not so."""

    what: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


def production() -> dict[str, str]:
    """A whole environment of production, made up."""
    return {
        "PRODUCTION": "true",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": f"postgres://bag14:{secrets.token_urlsafe()}@127.0.0.1/bag14",
        "REDIS_URL": "redis://127.0.0.1/0",
        "ALLOWED_HOSTS": "parts.bag14.test",
        "SITE_URL": "https://parts.bag14.test",
        "TRUSTED_PROXIES": "1",
        "EMAIL_URL": f"submission://bag14:{secrets.token_urlsafe()}@mail.bag14.test:587",
        "DEFAULT_FROM_EMAIL": "Bag 14 <parts@bag14.test>",
        "REPLY_TO_EMAIL": "help@bag14.test",
        "RETURN_ADDRESS": "Bag 14|Parts desk|2 Plate Road|7190 Billund",
    }


def checks() -> list[Check]:
    """Django's own check runs on production settings, made up here: it connects to none of these."""
    manage = [PYTHON, "manage.py"]
    return [
        Check("lint", [f"{BIN}/ruff", "check", "."]),
        Check("form", [f"{BIN}/ruff", "format", "--check", "."]),
        Check("weaknesses", [PYTHON, "-m", "config.running.weaknesses"]),
        Check("secrets", [PYTHON, "-m", "config.running.secret_scan"]),
        Check("templates", [PYTHON, "-m", "config.running.templates", "--check"]),
        Check("import directions", [f"{BIN}/lint-imports"]),
        Check("translations", [PYTHON, "-m", "config.running.translations", "--check"]),
        Check("missing migrations", [*manage, "makemigrations", "--check", "--dry-run"]),
        Check("production settings", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production()),
        Check("types", [f"{BIN}/mypy"]),
    ]


def main() -> None:
    failed = []
    with tempfile.TemporaryDirectory(prefix="bag14-check-") as var:
        ours = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
        }
        for check in checks():
            began = time.monotonic()
            done = subprocess.run(
                check.command,
                cwd=ROOT,
                env=ours | {"VAR": var} | check.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            verdict = "FAILED" if done.returncode else "ok"
            print(f"{check.what:<22} {verdict:<7} {time.monotonic() - began:5.1f} s", flush=True)
            if done.returncode:
                failed.append(check.what)
                print(done.stdout, flush=True)
    if failed:
        print(f"Failed: {', '.join(failed)}.")
        sys.exit(1)


if __name__ == "__main__":
    main()
