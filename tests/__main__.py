"""`make test`: the tests on SQLite and on PostgreSQL, and an honest account of what was not run.

    python -m tests [--long]

Several runs of pytest one after the other. What could not be run is named with the reason; with CI set a missing
PostgreSQL or browser is a failure. The last line counts the tests of all runs together.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config.running.options import ROOT
from tests.browser import find_chromium
from tests.cluster import Cluster, NoPostgres

PARALLEL = ["-n", "3", "--dist", "worksteal"]
NO_TESTS_COLLECTED = 5
# So many requests are made up against the API on each database, where minutes do not matter.
MADE_UP = 5_000


@dataclass
class Account:
    """What came of all runs."""

    reports: Path
    long: bool
    counts: Counter[str] = field(default_factory=Counter)
    skips: Counter[str] = field(default_factory=Counter)
    not_run: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def run(
        self,
        name: str,
        *arguments: str,
        python: str = sys.executable,
        url: str | None = None,
        fuzzes: bool = True,
    ) -> None:
        """Run pytest once and add what it found. One that `fuzzes` makes up requests against the API."""
        print(f"\n=== {name}", flush=True)
        report = self.reports / f"{len(list(self.reports.iterdir()))}.xml"
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        long = ["--long"] if self.long else []
        began = time.monotonic()
        done = subprocess.run(
            [
                python,
                "-m",
                "pytest",
                "-q",
                f"--junitxml={report}",
                "-p",
                "no:cacheprovider",
                *long,
                *arguments,
            ],
            cwd=ROOT,
            env=environment | ({"DATABASE_URL": url} if url else {}),
            check=False,
        )
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
        requests = self._read(report)
        if fuzzes:
            print(f"{requests:,} requests to the API were made up", flush=True)
            if self.long and requests < MADE_UP:
                self.failures.append(f"{name}: only {requests:,} requests to the API were made up")
        if done.returncode not in (0, NO_TESTS_COLLECTED):
            self.failures.append(f"{name}: pytest ended with {done.returncode}")

    def cannot_run(self, what: str, why: str, *, needed_in_ci: bool) -> None:
        self.not_run.append(f"{what}: {why}")
        if needed_in_ci and os.environ.get("CI"):
            self.failures.append(f"CI needs {what}")

    def _read(self, report: Path) -> int:
        """Count the outcomes. Returns how many requests to the API were made up."""
        if not report.exists():
            return 0
        requests = 0
        for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 (written by our own pytest)
            outcomes = {child.tag for child in case}
            requests += sum(
                int(each.get("value", 0)) for each in case.iter("property") if each.get("name") == "requests"
            )
            if outcomes & {"failure", "error"}:
                self.counts["failed"] += 1
            elif (skipped := case.find("skipped")) is not None:
                self.counts["skipped"] += 1
                self.skips[skipped.get("message", "")] += 1
            else:
                self.counts["passed"] += 1
        return requests

    def close(self) -> int:
        """Say what was not run and what failed, and count; returns the exit code."""
        print()
        for sentence in self.not_run:
            print(f"Not run: {sentence}")
        for reason, times in self.skips.most_common():
            print(f"Skipped {times} times: {reason}")
        if not self.counts["passed"]:
            self.failures.append("no test ran")
        for sentence in self.failures:
            print(f"Failure: {sentence}")
        print(
            f"{self.counts['passed']} passed, {self.counts['failed']} failed, {self.counts['skipped']} skipped"
        )
        return 1 if self.failures or self.counts["failed"] else 0


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bag14-reports-") as reports:
        account = Account(Path(reports), long="--long" in sys.argv[1:])
        if find_chromium() is None:
            account.cannot_run("browser tests", "no chromium on PATH", needed_in_ci=True)
        account.run("SQLite and Valkey", *PARALLEL, "-m", "not serial")
        account.run("make run", "-m", "serial", fuzzes=False)
        on_postgres(account)
        sys.exit(account.close())


def on_postgres(account: Account) -> None:
    """What touches the database again, on a server of our own, or on the one that DATABASE_URL names.

    With the further Python where the machine has one, so that each Python and each database is tested once.
    """
    arguments = [*PARALLEL, "-m", "not serial and not once"]
    with further_python(account) as (name, python):
        given = os.environ.get("DATABASE_URL")
        if given:
            account.run(f"PostgreSQL (DATABASE_URL), Valkey, {name}", *arguments, url=given, python=python)
            return
        try:
            with Cluster() as cluster:
                title = f"PostgreSQL ({cluster.programs}), Valkey, {name}"
                account.run(title, *arguments, url=cluster.url(), python=python)
        except NoPostgres as reason:
            account.cannot_run("the tests on PostgreSQL", str(reason), needed_in_ci=True)


@contextmanager
def further_python(account: Account) -> Iterator[tuple[str, str]]:
    """Name and path of another Python with our packages; of this one again where there is no other."""
    this = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    wanted = "3.13" if sys.version_info < (3, 13) else "3.11"
    found = find_python(wanted)
    if found is None:
        account.cannot_run(f"the tests with Python {wanted}", "it is not on this machine", needed_in_ci=False)
        yield this, sys.executable
        return
    with tempfile.TemporaryDirectory(prefix=f"bag14-python{wanted}-") as folder:
        made = subprocess.run(
            ["sh", ROOT / "config" / "running" / "setup.sh", "requirements-dev.txt"],
            env=os.environ | {"VENV": folder, "PYTHON": found},
            check=False,
        )
        if made.returncode == 0:
            yield f"Python {wanted}", f"{folder}/bin/python"
            return
    why = "its packages cannot be installed"
    account.cannot_run(f"the tests with Python {wanted}", why, needed_in_ci=False)
    yield this, sys.executable


def find_python(version: str) -> str | None:
    """A Python of this version that runs: on PATH, or among those of pyenv, whose names on PATH may lead nowhere."""
    name = f"python{version}"
    of_pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}*/bin/{name}"), reverse=True)
    for candidate in [name, *map(str, of_pyenv)]:
        try:
            if subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
                return candidate
        except OSError:
            continue
    return None


if __name__ == "__main__":
    main()
