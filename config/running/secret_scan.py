"""Keys and passwords in the tree: `python -m config.running.secret_scan`. Prints where; exit code 1 if there is one.

detect-secrets looks at every file that git has or would add. What is no secret is named below with its reason, by kind
and file; a line with a kind of its own says `pragma: allowlist secret`.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatch
from pathlib import Path

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

from config.running.options import ROOT

# Made by programs out of what is looked at, numbers only, or no text.
NOT_LOOKED_AT = (
    "requirements*.txt",
    "tests/contract/openapi.yaml",
    "catalog/sample/*.csv",
    "*.ttf",
    "*.png",
    "*.mo",
)
# What detect-secrets does not know: a key of our own API in running text, and a password without a user in an address.
OURS = {
    "Key of our API": re.compile(r"\bb14_[0-9a-f]{8}_[\w-]{40,}"),
    "Password in an address": re.compile(r"://:[^@/\s\"'<>{}]{4,}@"),
}
ALLOWED = "pragma: allowlist secret"  # fmt: skip
# (files, kind, why): the kind is detect-secrets' own. Keys of known services and private keys are never passed.
NO_SECRET = (
    ("tests/*", "Secret Keyword", "passwords of people who exist in tests only"),
    ("tests/*", "Basic Auth Credentials", "addresses of servers that do not exist"),
    ("tests/*", "Base64 High Entropy String", "made-up keys, and alphabets"),
    ("tests/*", "Hex High Entropy String", "made-up keys"),
    ("tests/*", "Key of our API", "made-up keys"),
    ("tests/*", "Password in an address", "addresses of servers that do not exist"),
    ("docs/operations.md", "Password in an address", "the word password in a table"),
    ("locale/*", "Secret Keyword", "sentences about passwords"),
    ("locale/*", "Base64 High Entropy String", "sentences"),
    ("core/codes.py", "Base64 High Entropy String", "the alphabet of order numbers"),
    (
        "orders/api/examples.py",
        "Base64 High Entropy String",
        "the token of the example in the API's document",
    ),
    ("config/rules.py", "Basic Auth Credentials", "user:password in a sentence"),
    ("docs/operations.md", "Basic Auth Credentials", "user:password in a table"),
)


def files(root: Path = ROOT) -> list[str]:
    """What git has or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    names = sorted(set(filter(None, done.stdout.split("\0"))))
    return [
        name
        for name in names
        if (root / name).is_file() and not any(fnmatch(name, each) for each in NOT_LOOKED_AT)
    ]


def secrets_in(name: str) -> list[str]:
    """Each secret in a file, as `file:line: kind`; the secret itself is not repeated."""
    found = {(each.line_number, each.type) for each in scan_file(name)}
    for number, line in enumerate(Path(name).read_text(errors="replace").splitlines(), start=1):
        found |= {(number, kind) for kind, look in OURS.items() if ALLOWED not in line and look.search(line)}
    return [
        f"{name}:{number}: {kind}"
        for number, kind in sorted(found)
        if not any(fnmatch(name, where) and kind == passed for where, passed, _why in NO_SECRET)
    ]


def scan(name: str) -> list[str]:
    with default_settings():
        return secrets_in(name)


def main() -> None:
    os.chdir(ROOT)
    names = files()
    with ProcessPoolExecutor() as pool:  # most of a minute on one core
        found = [line for lines in pool.map(scan, names, chunksize=16) for line in lines]
    print("\n".join(found) or f"{len(names)} files, no secret in them")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
