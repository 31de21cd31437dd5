"""`make run` as a person starts it, from a copy of the tree, and what there is to see of it from outside."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from config.running import processes
from config.running.options import ROOT
from tests.stack import answers, clean_environment, free_port, wait_until

NOT_OF_THE_TREE = shutil.ignore_patterns(
    ".git", ".venv", "var", "__pycache__", ".*_cache", "*.mo", "test-results"
)


def copy_tree(to: Path) -> Path:
    """The tree as a fresh checkout has it."""
    shutil.copytree(ROOT, to, ignore=NOT_OF_THE_TREE)
    return to


class MakeRun:
    """One `make run`; its output goes to a file beside its VAR."""

    def __init__(self, tree: Path, var: Path, *, port: int | None = None, **environment: str) -> None:
        self.var = var
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        var.parent.mkdir(parents=True, exist_ok=True)
        self.output_path = var.parent / f"make-run-{time.monotonic_ns()}.log"
        # The virtual environment that runs the tests; its Python is not to be found by any other way.
        asked = {"VAR": str(var), "PORT": str(self.port), "VENV": sys.prefix}
        with self.output_path.open("ab") as output:
            self.process = subprocess.Popen(
                ["make", "run"],
                cwd=tree,
                env=clean_environment() | asked | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self.output_path.read_text()

    @property
    def is_ready(self) -> bool:
        return f"Ready: {self.url}/\n" in self.output

    def wait_until_ready(self) -> None:
        wait_until(
            lambda: self.is_ready or self.has_ended, "make run is ready", timeout=300, report=self.everything
        )
        assert self.is_ready, self.everything()

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def wait_until_ended(self) -> int:
        """Its exit code, negative for a signal."""
        wait_until(lambda: self.has_ended, "make run has ended", timeout=60, report=self.everything)
        return self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.wait_until_ended()

    def kill(self) -> None:
        """End it and everything it started, for a test that failed."""
        for pid in self.processes_left():
            os.kill(pid, signal.SIGKILL)
        self.process.wait(10)

    def recorded_pid(self, name: str) -> int:
        return int(json.loads((self.var / "run" / f"{name}.pid").read_text())["pid"])

    def is_running(self, name: str) -> bool:
        """Whether a process is recorded for this program, lives, and has become that program."""
        try:
            command = Path(f"/proc/{self.recorded_pid(name)}/cmdline").read_bytes()
        except (FileNotFoundError, ValueError):
            return False
        return bool(command) and b"config.running.launch" not in command

    def answers(self, path: str = "/readyz") -> bool:
        return answers(f"{self.url}{path}")

    def processes_left(self) -> list[int]:
        """Every process that was started with this VAR, by any other process, except dead ones."""
        mark = f"VAR={self.var}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0") and processes.started_at(
                    int(folder.name)
                ):
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    def sockets_left(self) -> list[Path]:
        return [path for path in self.var.rglob("*") if path.is_socket()]

    def everything(self) -> str:
        logs = [
            f"--- {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.var.glob("logs/*.log"))
        ]
        return "\n".join([self.output, *logs])
