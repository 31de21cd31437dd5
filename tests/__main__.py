"""`make test`: the tests on SQLite and on PostgreSQL, and an honest account of what was not run.

    python -m tests [--fast | --long] [WHAT ...]

Several runs of pytest one after the other, or a single one where `--fast` asks for the quick tests on SQLite alone.
WHAT is a folder or a file below tests/. What could not be run is named with the reason; with CI set a missing
PostgreSQL or browser is a failure. The last line counts the tests of all runs together.
"""

import argparse
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

TESTS = Path(__file__).parent
# These folders hold nothing quick, and their libraries take long to import.
NOT_QUICK = ("contract", "e2e", "faults")
FAST = ["-n", "auto", "--maxprocesses", "4", "--dist", "worksteal"]
FAST += [f"--ignore=tests/{folder}" for folder in NOT_QUICK]
PARALLEL = ["-n", "3", "--dist", "worksteal"]
ALONE = ["-m", "serial and not once"]
NO_TESTS_COLLECTED = 5
# The fewest requests that the long tests make up against the API, on each database.
MADE_UP = 10_000


@dataclass
class Account:
    """What came of all runs. With `parts`, each run takes these folders and files alone."""

    reports: Path
    long: bool
    parts: list[Path]
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
                *map(str, self.parts),
            ],
            cwd=ROOT,
            env=environment() | ({"DATABASE_URL": url} if url else {}),
            check=False,
        )
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
        requests = self._read(report)
        if fuzzes and not self.parts:
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
    parser = argparse.ArgumentParser(prog="python -m tests")
    lanes = parser.add_mutually_exclusive_group()
    lanes.add_argument("--fast", action="store_true", help="the quick tests, on SQLite alone")
    lanes.add_argument("--long", action="store_true", help="the tests that take minutes, too")
    parser.add_argument("what", nargs="*", metavar="WHAT", help="a folder or a file below tests/")
    options = parser.parse_args()
    parts = [find_part(what) for what in options.what]
    with tempfile.TemporaryDirectory(prefix="bag14-reports-") as reports:
        account = Account(Path(reports), options.long, parts)
        if options.fast:
            account.run(
                "the quick tests", *FAST, "-m", "not slow and not stack and not browser", fuzzes=False
            )
            left_out = "what takes long, what drives processes or a browser, and PostgreSQL"
            account.cannot_run(left_out, "`make test` runs these", needed_in_ci=False)
        else:
            everywhere(account)
        sys.exit(account.close())


def find_part(what: str) -> Path:
    """The folder or file below tests/ of this name. Where there is none, the run ends and says what there is."""
    names = Path(what).parts
    path = TESTS.joinpath(*names[1:] if names[:1] == ("tests",) else names).resolve()
    if path.is_relative_to(TESTS) and path.exists():
        return path
    folder = next((each for each in path.parents if each.is_relative_to(TESTS) and each.is_dir()), TESTS)
    there = sorted(
        each.name for each in folder.iterdir() if each.match("test_*.py") or any(each.glob("**/test_*.py"))
    )
    sys.exit(f"There is no {what} below tests/. {folder.relative_to(ROOT)}/ has {', '.join(there)}.")


def environment() -> dict[str, str]:
    """This process' own, without DATABASE_URL; modules stay compiled from one process to the next."""
    ours = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    if ours.pop("PYTHONDONTWRITEBYTECODE", None):
        # Beside the sources they are not wanted. To compile all of them again takes each process many seconds.
        ours.setdefault("PYTHONPYCACHEPREFIX", f"{sys.prefix}/pycache")
    return ours


def everywhere(account: Account) -> None:
    """On both databases, with processes and a browser."""
    if find_chromium() is None:
        account.cannot_run("browser tests", "no chromium on PATH", needed_in_ci=True)
    account.run("SQLite and Valkey", *PARALLEL, "-m", "not serial")
    account.run("SQLite, one after the other", "-m", "serial", fuzzes=False)
    if account.parts:
        on_postgres(account, this_python(), sys.executable)
    else:
        with further_python(account) as (name, python):
            on_postgres(account, name, python)


def on_postgres(account: Account, name: str, python: str) -> None:
    """What touches the database again, on a server of our own, or on the one that DATABASE_URL names."""
    arguments = [*PARALLEL, "-m", "not serial and not once"]
    if given := os.environ.get("DATABASE_URL"):
        title = f"PostgreSQL (DATABASE_URL), Valkey, {name}"
        account.run(title, *arguments, url=given, python=python)
        account.run(f"{title}, one after the other", *ALONE, url=given, python=python, fuzzes=False)
        return
    try:
        with Cluster() as cluster:
            title = f"PostgreSQL ({cluster.programs}), Valkey, {name}"
            account.run(title, *arguments, url=cluster.url(), python=python)
            account.run(
                f"{title}, one after the other", *ALONE, url=cluster.url(), python=python, fuzzes=False
            )
    except NoPostgres as reason:
        account.cannot_run("the tests on PostgreSQL", str(reason), needed_in_ci=True)


def this_python() -> str:
    return f"Python {sys.version_info.major}.{sys.version_info.minor}"


@contextmanager
def further_python(account: Account) -> Iterator[tuple[str, str]]:
    """Name and path of another Python with our packages, so that each database is tested with one of its own.

    Of this one again where the machine has no other.
    """
    wanted = "3.13" if sys.version_info < (3, 13) else "3.11"
    found = find_python(wanted)
    if found is None:
        account.cannot_run(f"the tests with Python {wanted}", "it is not on this machine", needed_in_ci=False)
        yield this_python(), sys.executable
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
    yield this_python(), sys.executable


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
