"""Make the virtual environment and keep it up to date with the requirements. Standard library only: it runs first.

setup.sh runs this file: virtualenv.py REQUIREMENTS. It does nothing if the environment already holds them.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = Path(os.environ.get("VENV") or ROOT / ".venv").absolute()
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "requirements-installed.json"
# Installing the development requirements installs these too.
CONTAINS = {"requirements-dev.txt": ("requirements.txt",)}


def main() -> None:
    name = sys.argv[1]
    if name in installed():
        return
    if not works():
        say(f"Making the virtual environment {VENV} with Python {sys.version.split()[0]} ...")
        make_environment()
    say(f"Installing {name} ...")
    install(ROOT / name)
    names = {name, *CONTAINS.get(name, ())}
    STAMP.write_text(json.dumps({each: digest(ROOT / each) for each in sorted(names | installed())}))


def installed() -> set[str]:
    """The requirement files whose present content is installed."""
    if not works() or not STAMP.exists():
        return set()
    noted = json.loads(STAMP.read_text())
    return {name for name, noted_digest in noted.items() if digest(ROOT / name) == noted_digest}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def works() -> bool:
    """Whether the environment's Python runs: the Python it was made from may have been removed since."""
    try:
        return subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_environment() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" in made.stdout + made.stderr:
            stop("This Python has no venv module. On Debian or Ubuntu: apt-get install python3-venv")
        stop(f"The virtual environment cannot be made in {VENV}: {(made.stderr or made.stdout).strip()}")


def install(requirements: Path) -> None:
    """Install with uv, which takes 3 seconds where pip takes 16. Use pip if uv cannot be installed or fails."""
    if install_uv() and run(
        VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON, "-r", requirements
    ):
        return
    say("uv failed, trying pip ...")
    if not run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements):
        stop(f"{requirements.name} cannot be installed: see above. Can the package index be reached?")


def install_uv() -> bool:
    if (VENV / "bin" / "uv").exists():
        return True
    pin = re.search(r"^uv==\S+", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)
    return pin is not None and run(
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
        pin[0],
    )


def run(*command: str | Path) -> bool:
    return subprocess.run(command, check=False).returncode == 0


def say(sentence: str) -> None:
    print(sentence, flush=True)


def stop(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
