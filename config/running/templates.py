"""The form of the HTML templates: short lines, and the indentation that djhtml gives them.

python -m config.running.templates            indent them
python -m config.running.templates --check    change nothing; report every long line and every wrong indentation
"""

import subprocess
import sys
from pathlib import Path

from config.running.options import ROOT

LONGEST_LINE = 160
DJHTML = [str(Path(sys.executable).parent / "djhtml"), "--tabwidth", "2"]


def template_files(folder: Path = ROOT) -> list[Path]:
    """Every template of every room."""
    return sorted(folder.glob("*/templates/**/*.html"))


def long_lines(template: Path) -> list[str]:
    """Each line that is too long, as `file:line: its length`."""
    lines = template.read_text(encoding="utf-8").split("\n")
    return [
        f"{template}:{number}: {len(line)} characters, at most {LONGEST_LINE}"
        for number, line in enumerate(lines, start=1)
        if len(line) > LONGEST_LINE
    ]


def main() -> None:
    files = [template.relative_to(ROOT) for template in template_files()]
    if "--check" not in sys.argv[1:]:
        sys.exit(subprocess.run([*DJHTML, *files], cwd=ROOT, check=False).returncode)
    found = [line for template in files for line in long_lines(template)]
    print("\n".join([*found, f"{len(found)} lines are too long."]), flush=True)
    indented = subprocess.run([*DJHTML, "--check", *files], cwd=ROOT, check=False)
    sys.exit(bool(found) or indented.returncode)


if __name__ == "__main__":
    main()
