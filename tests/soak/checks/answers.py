"""Each refusal was told: a status with its reason, unless a fault cut the connection."""

from collections.abc import Iterable, Iterator, Sequence

from tests.soak.checks.finding import Finding
from tests.soak.memory import Call
from tests.soak.storm import Inflicted

# After a fault has ended, a program may still be starting, or waiting for what it asked.
GRACE = 15.0
MAY_CUT = frozenset({"web"})
# A silent database may leave a request unanswered for a while; a connection is not cut by it.
MAY_HANG = frozenset({"web", "database", "disk"})
# Whether these are valid depends on what a customer did meanwhile: a stop may ask for less than was read.
MAY_BE_STALE = frozenset({"pick", "move stock"})
MAY_REFUSE = frozenset({"web", "database", "disk", "broker"})


def check_answers(calls: Iterable[Call], happened: Sequence[Inflicted]) -> Iterator[Finding]:
    for call in calls:
        name = f"{call.operation} at {call.began:.1f} s, after {call.ended - call.began:.1f} s"
        if call.status == 0:
            parts = MAY_HANG if call.error == "TimeoutError" else MAY_CUT
            if not _around(call, happened, parts):
                yield Finding("untold", "no answer, and no fault to explain it", f"{name}: {call.error}")
        elif call.status == 503:
            if not call.retry_after:
                yield Finding("untold", "503 without Retry-After", name)
            if not _around(call, happened, MAY_REFUSE):
                yield Finding("untold", "503, and no fault to explain it", name)
        elif call.status >= 500:
            near = sorted({each.name for each in happened if _overlaps(call, each)})
            yield Finding("untold", f"{call.status} to {call.operation}", f"{name}, during {near}")
        elif call.status == 400 and call.operation not in MAY_BE_STALE:
            yield Finding("untold", "a valid request was refused as invalid", f"{name}: {call.code}")
        elif call.status >= 400 and not call.is_problem and "page" not in call.operation:
            yield Finding("untold", f"{call.status} without a code", name)


def _around(call: Call, happened: Sequence[Inflicted], parts: frozenset[str]) -> bool:
    return any(each.parts & parts and _overlaps(call, each) for each in happened)


def _overlaps(call: Call, fault: Inflicted) -> bool:
    return fault.began <= call.ended and call.began <= fault.ended + GRACE
