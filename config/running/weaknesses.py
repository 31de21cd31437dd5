"""Bandit over our own code: `python -m config.running.weaknesses`. Prints what is not reasoned away; exit code 1 then.

ruff has most of bandit's rules under the same number (S608 for B608). A line that says why ruff may pass it need not
say so twice: `# noqa: S608` counts for both. What only bandit finds says `# nosec B105` with its reason.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from config.running.options import ROOT

ROOMS = (
    "config", "core", "accounts", "catalog", "warehouse", "notifications", "orders", "quality", "dashboard",
    "manage.py",
)  # fmt: skip
# Rules that ruff has under another number.
ALSO = {"B703": "S308"}


def unreasoned(findings: Sequence[Mapping[str, Any]], root: Path = ROOT) -> list[str]:
    """The findings whose lines do not say why they are harmless."""
    found = []
    for each in findings:
        lines = (root / each["filename"]).read_text().splitlines()
        rule = ALSO.get(each["test_id"], f"S{each['test_id'][1:]}")
        span = [
            *each["line_range"],
            each["line_range"][-1] + 1,
        ]  # ruff's comment stands after the closing quotes
        said = " ".join(
            re.findall(r"# noqa: (.*)", "\n".join(lines[at - 1] for at in span if at <= len(lines)))
        )
        if rule not in re.findall(r"S[0-9]+", said):
            found.append(f"{each['filename']}:{each['line_number']}: {each['test_id']} {each['issue_text']}")
    return found


def main() -> None:
    bandit = [sys.executable, "-m", "bandit", "--quiet", "--configfile", "pyproject.toml", "--format", "json"]
    done = subprocess.run(
        [*bandit, "--exclude", "*/migrations/*", "--recursive", *ROOMS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    answer = json.loads(done.stdout)
    found = unreasoned(answer["results"]) + [
        f"{each['filename']}: {each['reason']}" for each in answer["errors"]
    ]
    print("\n".join(found) or f"{len(answer['results'])} findings, each with its reason")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
