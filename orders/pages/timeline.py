"""The order progress that the customer sees: a line of steps, drawn from the order's events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Event

STEPS = ("received", "ready", "packed", "shipped", "delivered")
# The step that each shown status has reached.
_REACHED = {
    "received": 0,
    "in_review": 0,
    "backordered": 1,
    "allocated": 1,
    "picking": 1,
    "packed": 2,
    "shipped": 3,
    "closed": 3,
    "delivered": 4,
    "returned": 4,
}
# Shown in place of a step that was not reached: the order waits for stock, or the parcel came back.
_INSTEAD = {"backordered": "waits", "returned": "returned"}
_EVENT_OF = {"allocated": "ready", "backordered": "waits"}
ENDED = ("cancelled", "declined")
# The events that the customer cares about, in words.
_WORDS: dict[str, str | Promise] = {
    "received": _("Your request came to us."),
    "in_review": _("One of us is reviewing it."),
    "identified": _("We found out what you meant."),
    "approved": _("A person read it and said yes."),
    "trimmed": _("Not all of it can be sent: our mail says why."),
    "declined": _("A person read it, and we had to say no."),
    "allocated": _("All your parts were found and set aside."),
    "backordered": _("A part was not on our shelves and is waited for."),
    "letter_written": _("Your letter was written."),
    "address_changed": _("You gave another address."),
    "lines_added": _("You told us of something else that is missing."),
    "found": _("You found something again."),
    "substitute_offered": _("We asked you whether another piece would do."),
    "substitute_answered": _("You answered our question."),
    "picking": _("We began to pick your parts."),
    "packed": _("Your parcel was packed and weighed."),
    "shipped": _("Your parcel left our house."),
    "delivered": _("Your parcel arrived."),
    "returned": _("The post brought your parcel back."),
    "sent_again": _("We send once more what came back."),
    "asked_again": _("You told us that something was wrong."),
    "cancelled": _("The request was cancelled."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step: `done`, `now` or `later`, and when it was reached."""

    code: str
    state: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Happening:
    """An event in words, and its time."""

    words: str | Promise
    at: datetime


def history_of(events: Iterable[Event]) -> list[Happening]:
    """What happened so far, oldest first; the same words on one day appear once."""
    told: dict[tuple[str, object], Happening] = {}
    for event in events:
        if event.type in _WORDS:
            told.setdefault((event.type, event.at.date()), Happening(_WORDS[event.type], event.at))
    return list(told.values())


def dates_of(events: Iterable[Event]) -> dict[str, datetime]:
    """When the order last reached each step, by its events."""
    return {_EVENT_OF.get(event.type, event.type): event.at for event in events}


def steps_of(status: str, when: Mapping[str, datetime | None]) -> list[Step]:
    """The steps of an order, or of a part of it; none once it is cancelled or declined."""
    if status in ENDED:
        return []
    reached = _REACHED[status]
    steps = []
    for index, code in enumerate(STEPS):
        if index == reached:
            code = _INSTEAD.get(status, code)
        state = "later" if index > reached else "now" if index == reached else "done"
        steps.append(Step(code, state, when.get(code) if index <= reached else None))
    return steps
