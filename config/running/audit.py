"""`make audit`: known weaknesses of the packages we pin, and plainly what could not be known.

    make audit                          asks PyPI, else OSV, by pip-audit
    make audit ADVISORIES=PATH          reads advisories from a folder, a zip or a file instead: no network

The advisories are in the OSV format, as JSON or YAML: OSV's dump of PyPI (`PyPI/all.zip`) and a clone of PyPA's
advisory-database both are. The exit code is 0 if no weakness is known, 1 if one is, and 3 if something is not known: no
service answered, an advisory could not be read, the dump is old, or it is too small to hold what is known.
"""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from config.running.options import ROOT

REQUIREMENTS = ROOT / "requirements.txt"
FINE, WEAK, NOT_KNOWN = 0, 1, 3
# A dump of all that is known about PyPI names many thousands of packages, and changes every day.
WHOLE_DUMP = 1_000
FRESH = timedelta(days=30)
SUFFIXES = (".json", ".yaml", ".yml")


@dataclass(slots=True)
class Findings:
    """What is known. `weak` and `unknown` are sentences."""

    checked: int = 0
    weak: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    named: set[str] = field(default_factory=set)  # the packages that a service answered about

    @property
    def code(self) -> int:
        """Who looked at no package knows nothing."""
        return WEAK if self.weak else FINE if self.checked and not self.unknown else NOT_KNOWN


def pinned(text: str) -> dict[str, Version]:
    """The packages that a compiled requirements file pins."""
    return {name: version for _line, name, version in _read(text) if version is not None}


def unpinned(text: str) -> list[str]:
    """The lines of such a file that name no package with its one version: nothing can be looked up for them."""
    return [line for line, _name, version in _read(text) if version is None]


def _read(text: str) -> Iterator[tuple[str, str, Version | None]]:
    for line in text.splitlines():
        plain = line.partition(" #")[0].strip().rstrip("\\").strip()
        if (
            not plain
            or plain.startswith("#")
            or (plain.startswith("-") and not plain.startswith(("-e", "-r")))
        ):
            continue
        name, version = "", None
        with suppress(InvalidRequirement, InvalidVersion):
            wanted = Requirement(plain)
            name = canonicalize_name(wanted.name)
            exact = next((each.version for each in wanted.specifier if each.operator == "=="), None)
            version = None if exact is None else Version(exact)
        yield plain, name, version


# --- a dump ---------------------------------------------------------------------------------------------------------


def read_advisories(path: Path) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """Each advisory with the name of its file; None for one that cannot be read. Raises OSError."""
    for name, content in _files(path):
        try:
            read = json.loads(content) if name.endswith(".json") else yaml.safe_load(content)
        except (ValueError, yaml.YAMLError):
            yield name, None
            continue
        for each in read if isinstance(read, list) else [read]:
            yield name, each if isinstance(each, dict) and "id" in each else None


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix in SUFFIXES and file.is_file():
                yield file.name, file.read_bytes()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(SUFFIXES):
                    yield name, archive.read(name)
    else:
        yield path.name, path.read_bytes()


def audit_by_dump(packages: Mapping[str, Version], path: Path, *, now: datetime) -> Findings:
    """What the advisories say about the pinned packages."""
    findings = Findings(checked=len(packages))
    named: set[str] = set()
    newest: datetime | None = None
    number = unreadable = 0
    for _name, advisory in read_advisories(path):
        if advisory is None:
            unreadable += 1
            continue
        number += 1
        moment = _moment(advisory.get("modified"))
        if moment is not None and moment <= now + timedelta(days=1):  # one of the future would never grow old
            newest = max(filter(None, (newest, moment)))
        affected = [each for each in advisory.get("affected") or () if _package(each)]
        named.update(_package(each) for each in affected)
        if advisory.get("withdrawn"):
            continue
        for each in affected:
            version = packages.get(_package(each))
            if version is not None:
                _judge(findings, advisory, each, version)
    since = f"{newest:%Y-%m-%d}" if newest else "never"
    findings.notes.append(f"{number} advisories about {len(named)} packages, the newest of {since}.")
    if unreadable:
        findings.unknown.append(f"{unreadable} files hold no advisory that can be read.")
    if newest is None or now - newest > FRESH:
        findings.unknown.append(f"The dump's newest advisory is of {since}: what came later is not in it.")
    silent = sorted(packages.keys() - named)
    if silent and len(named) < WHOLE_DUMP:
        findings.unknown.append(f"The dump is not whole, and says nothing about: {', '.join(silent)}.")
    elif silent:
        findings.notes.append(f"No advisory was ever written about: {', '.join(silent)}.")
    return findings


def _package(affected: Mapping[str, Any]) -> str:
    package = affected.get("package") or {}
    return canonicalize_name(str(package.get("name", ""))) if package.get("ecosystem") == "PyPI" else ""


def _moment(text: Any) -> datetime | None:
    if isinstance(text, datetime):
        return text if text.tzinfo else text.replace(tzinfo=UTC)
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _judge(
    findings: Findings, advisory: Mapping[str, Any], affected: Mapping[str, Any], version: Version
) -> None:
    names = [advisory["id"], *(advisory.get("aliases") or ())]
    what = f"{_package(affected)} {version}: {', '.join(map(str, names))}"
    is_hit = is_affected(affected, version)
    if is_hit is None:
        findings.unknown.append(f"{what} does not say which versions it is about.")
    elif is_hit:
        fixed = ", ".join(sorted(set(_fixes(affected)), key=Version))
        text = str(advisory.get("summary") or advisory.get("details") or "").strip().partition("\n")[0][:160]
        findings.weak.append(f"{what}; fixed in {fixed or 'no version yet'}. {text}".strip())


def is_affected(affected: Mapping[str, Any], version: Version) -> bool | None:
    """Whether a version is among those of an advisory. None if the advisory gives no versions that can be read."""
    listed = [str(each) for each in affected.get("versions") or ()]
    if any(_equals(each, version) for each in listed):
        return True
    ranges = [each for each in affected.get("ranges") or () if each.get("type") in ("ECOSYSTEM", "SEMVER")]
    try:
        if any(_is_within(each.get("events") or (), version) for each in ranges):
            return True
    except InvalidVersion:
        return None
    return False if listed or ranges else None


def _equals(text: str, version: Version) -> bool:
    try:
        return Version(text) == version
    except InvalidVersion:
        return False


def _is_within(events: Iterable[Mapping[str, str]], version: Version) -> bool:
    """The events of a range in the order of their versions; the last one at or before ours decides."""
    points = []
    for event in events:
        for kind, text in event.items():
            if kind in ("introduced", "fixed", "last_affected"):
                points.append((Version("0.dev0" if text == "0" else text), kind))
    inside = False
    for at, kind in sorted(points, key=lambda point: (point[0], point[1] != "introduced")):
        if kind == "introduced" and version >= at:
            inside = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            inside = False
    return inside


def _fixes(affected: Mapping[str, Any]) -> Iterator[str]:
    for each in affected.get("ranges") or ():
        if each.get("type") != "GIT":
            yield from (event["fixed"] for event in each.get("events") or () if "fixed" in event)


# --- a service ------------------------------------------------------------------------------------------------------


def audit_by_service(packages: Mapping[str, Version], services: Iterable[str] = ("pypi", "osv")) -> Findings:
    """Ask the first service that answers, by pip-audit, about the pinned packages."""
    findings = Findings()
    for service in services:
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(REQUIREMENTS), "--no-deps"]
        more = [
            "--disable-pip",
            "--format",
            "json",
            "--progress-spinner",
            "off",
            "--vulnerability-service",
            service,
        ]
        done = subprocess.run([*command, *more], capture_output=True, text=True, check=False)
        answer = read_answer(done.stdout)
        if answer is not None and answer.checked:
            answer.notes.append(f"Asked {service}.")
            if silent := sorted(packages.keys() - answer.named):
                answer.unknown.append(f"{service} said nothing about: {', '.join(silent)}.")
            return answer
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        findings.unknown.append(f"{service} knew nothing about any package: {last[:300]}")
    return findings


def read_answer(text: str) -> Findings | None:
    """pip-audit's JSON; None if this is none."""
    try:
        dependencies = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    findings = Findings()
    for each in dependencies:
        findings.named.add(canonicalize_name(each["name"]))
        if "skip_reason" in each:
            findings.unknown.append(f"{each['name']}: {each['skip_reason']}")
            continue
        findings.checked += 1
        for weakness in each["vulns"]:
            fixed = ", ".join(weakness["fix_versions"]) or "no version yet"
            findings.weak.append(f"{each['name']} {each['version']}: {weakness['id']}; fixed in {fixed}.")
    return findings


def report(findings: Findings) -> str:
    """What is known, line by line; the last one is the verdict."""
    lines = [*findings.notes, *(f"WEAK       {each}" for each in findings.weak)]
    lines += [f"NOT KNOWN  {each}" for each in findings.unknown]
    verdict = {
        FINE: f"No weakness is known of the {findings.checked} pinned packages.",
        WEAK: f"{len(findings.weak)} weaknesses are known: upgrade (make requirements UPGRADE=...).",
        NOT_KNOWN: "This is no clean bill: what is marked NOT KNOWN was not looked up.",
    }
    return "\n".join([*lines, verdict[findings.code]])


def main() -> None:
    given = os.environ.get("ADVISORIES", "")
    try:
        packages = pinned(REQUIREMENTS.read_text())
        findings = (
            audit_by_dump(packages, Path(given), now=datetime.now(UTC))
            if given
            else audit_by_service(packages)
        )
        findings.unknown += [f"{line}: this pins no version." for line in unpinned(REQUIREMENTS.read_text())]
    except (OSError, zipfile.BadZipFile) as error:
        findings = Findings(unknown=[f"ADVISORIES={given} cannot be read: {error}"])
    print(report(findings), flush=True)
    sys.exit(findings.code)


if __name__ == "__main__":
    main()
