"""setup.sh takes the first Python that runs and is new enough, and says so when there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.running.options import ROOT

pytestmark = pytest.mark.once

SETUP = ROOT / "config" / "running" / "setup.sh"
GOOD = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
TOO_OLD = "#!/bin/sh\nexit 1\n"
SHIM_WITHOUT_A_VERSION = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"


def set_up(tmp_path: Path, pythons: dict[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run setup.sh with these programs and the shell's own tools on PATH, and nothing to install."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in {"dirname": '#!/bin/sh\nexec /usr/bin/dirname "$@"\n', **pythons}.items():
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    return subprocess.run(
        ["/bin/sh", SETUP, "requirements-dev.txt"],
        env={"PATH": str(programs), "VENV": sys.prefix, "HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_any_python_it_says_what_to_install(tmp_path: Path) -> None:
    done = set_up(tmp_path, {})
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "apt-get install python3 python3-venv" in done.stderr


def test_a_python_too_old_is_as_good_as_none(tmp_path: Path) -> None:
    done = set_up(tmp_path, {"python3": TOO_OLD})
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr


def test_a_name_on_path_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    done = set_up(tmp_path, {"python3.13": SHIM_WITHOUT_A_VERSION, "python3.12": TOO_OLD, "python3": GOOD})
    assert done.returncode == 0, done.stderr
    assert "pyenv" not in done.stderr


def test_the_python_asked_for_comes_first(tmp_path: Path) -> None:
    done = set_up(tmp_path, {"python3.13": SHIM_WITHOUT_A_VERSION}, PYTHON=sys.executable)
    assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_a_fresh_environment_gets_the_requirements_and_is_left_alone_afterwards(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHON": sys.executable, "VENV": str(tmp_path / "a new venv")}
    first = set_up(tmp_path, {}, **environment)
    assert first.returncode == 0, first.stderr
    assert "Installing requirements-dev.txt" in first.stdout
    again = subprocess.run(
        ["/bin/sh", SETUP, "requirements.txt"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (again.returncode, again.stdout) == (0, "")
