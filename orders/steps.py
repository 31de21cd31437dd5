"""The way of a request as its customer sees it: a line of steps, drawn from what happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from orders.models import Event

STEPS = ("received", "ready", "packed", "shipped", "delivered")
# How far each status that is shown has come.
_REACHED = {
    "received": 0,
    "in_review": 0,
    "backordered": 0,
    "allocated": 1,
    "picking": 1,
    "packed": 2,
    "shipped": 3,
    "closed": 3,
    "delivered": 4,
    "returned": 3,
}
_EVENT_OF = {"allocated": "ready"}
ENDED = ("cancelled", "declined")


@dataclass(frozen=True, slots=True)
class Step:
    """A step: `done`, `now` or `later`; when it was reached, if it was."""

    code: str
    state: str
    at: datetime | None


def steps_of(status: str, events: Iterable[Event]) -> list[Step]:
    """The steps of a request that is still alive; none for one that has ended."""
    if status in ENDED:
        return []
    reached = _REACHED[status]
    when: dict[str, datetime] = {}
    for event in events:
        when[_EVENT_OF.get(event.type, event.type)] = event.at
    return [
        Step(
            code,
            "later" if index > reached else "now" if index == reached else "done",
            when.get(code) if index <= reached else None,
        )
        for index, code in enumerate(STEPS)
    ]
