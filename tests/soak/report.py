"""The report of a run: counts for people and, as JSON, for programs."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.soak.checks.finding import FAULTS, Finding
from tests.soak.memory import Call, Memory
from tests.soak.storm import Inflicted

SHOWN = 8  # findings of one rule


@dataclass(slots=True)
class Report:
    seed: int
    minutes: float
    database: str
    disk: str
    memory: Memory
    happened: Sequence[Inflicted]
    failures: list[str] = field(
        default_factory=list
    )  # of the soak itself: then its answer counts for nothing
    findings: list[Finding] = field(default_factory=list)
    settled_after: float = 0.0
    hastened: int = 0
    placed: int = 0
    states: dict[str, int] = field(default_factory=dict)
    mails: int = 0
    mails_again: int = 0

    @property
    def is_good(self) -> bool:
        return not self.findings and not self.failures

    def as_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "minutes": self.minutes,
            "database": self.database,
            "orders": self.placed,
            "states": self.states,
            "calls": len(self.memory.calls),
            "operations": self._operations(),
            "slowest": self._slowest(),
            "faults": len(self.happened),
            "faults_by_kind": dict(sorted(Counter(each.name for each in self.happened).items())),
            "timeline": [
                {"fault": each.name, "at": round(each.began, 1), "seconds": round(each.ended - each.began, 1)}
                for each in self.happened
            ],
            "disk_full_by": self.disk,
            "settled_after": round(self.settled_after, 1),
            "pauses_cut_short": self.hastened,
            "mails": self.mails,
            "mails_sent_again": self.mails_again,
            **{fault: self._count(fault) for fault in FAULTS},
            "findings": [str(each) for each in self.findings],
            "failures_of_the_soak": self.failures,
        }

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.as_json(), indent=1) + "\n")

    def text(self) -> str:
        faults = Counter(each.name for each in self.happened)
        lines = [
            f"Soak of {self.minutes:g} minutes, seed {self.seed}, {self.database}; full disk by {self.disk}",
            f"{self.placed:,} orders placed ({_listed(self.states)})",
            f"{len(self.memory.calls):,} requests; {self.mails:,} mails, {self.mails_again} of them sent again",
            f"{len(self.happened)} faults of {len(faults)} kinds",
            f"settled {self.settled_after:.0f} s after the last fault; {self.hastened} pauses cut short",
            "",
            f"{'operation':<20}{'calls':>8}  {'by status (0: no answer)':<58}{'median':>8}{'slowest':>9}",
        ]
        for name, figures in self._operations().items():
            statuses = _listed(figures["statuses"])
            lines.append(
                f"{name:<20}{figures['calls']:>8}  {statuses:<58}"
                f"{figures['median_ms']:>5} ms{figures['slowest_ms'] / 1000:>7.1f} s"
            )
        lines += ["", "faults: " + _listed(dict(sorted(faults.items()))), ""]
        lines += self._found()
        lines.append("  ".join(f"{fault}: {self._count(fault)}" for fault in FAULTS))
        return "\n".join(lines)

    def _found(self) -> list[str]:
        by_rule: dict[tuple[str, str], list[str]] = defaultdict(list)
        for each in self.findings:
            by_rule[each.fault, each.rule].append(each.subject)
        lines = []
        for (fault, rule), subjects in by_rule.items():
            lines.append(f"{fault}: {rule}: {len(subjects)} times")
            lines += [f"    {subject}" for subject in subjects[:SHOWN]]
        return [*lines, *(f"failure of the soak itself: {sentence}" for sentence in self.failures)]

    def _count(self, fault: str) -> int:
        return sum(each.fault == fault for each in self.findings)

    def _operations(self) -> dict[str, dict[str, Any]]:
        calls: dict[str, list[Call]] = defaultdict(list)
        for call in self.memory.calls:
            calls[call.operation].append(call)
        return {
            name: {
                "calls": len(some),
                "statuses": dict(sorted(Counter(_status(call) for call in some).items())),
                "median_ms": _median_ms(some),
                "slowest_ms": round(1000 * max(call.ended - call.began for call in some)),
            }
            for name, some in sorted(calls.items())
        }

    def _slowest(self) -> list[dict[str, Any]]:
        answered = [call for call in self.memory.calls if call.status]
        slow = sorted(answered, key=lambda call: call.began - call.ended)[:20]
        return [
            {
                "operation": call.operation,
                "at": round(call.began, 1),
                "seconds": round(call.ended - call.began, 1),
            }
            for call in slow
        ]


def _status(call: Call) -> str:
    return f"{call.status} {call.code}".strip()


def _median_ms(calls: list[Call]) -> int:
    times = sorted(call.ended - call.began for call in calls)
    return round(1000 * times[len(times) // 2])


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
