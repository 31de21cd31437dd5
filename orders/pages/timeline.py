"""The way of a request as its customer sees it: a line of steps, drawn from what happened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Event

STEPS = ("received", "ready", "packed", "shipped", "delivered")
# How far each status that is shown has come.
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
# Where it stands at a step's place without having done it: it waits for its parts, it came back from the post.
_INSTEAD = {"backordered": "waits", "returned": "returned"}
_EVENT_OF = {"allocated": "ready", "backordered": "waits"}
ENDED = ("cancelled", "declined")
# What of all that happens the customer cares about, in words.
_WORDS: dict[str, str | Promise] = {
    "received": _("Your request came to us."),
    "in_review": _("We laid it before a person to read."),
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
    """A step: `done`, `now` or `later`; when it was reached, if it was."""

    code: str
    state: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened, in words, and when."""

    words: str | Promise
    at: datetime


def history_of(events: Iterable[Event]) -> list[Happening]:
    """What happened so far, oldest first; the same twice on one day is told once."""
    told: dict[tuple[str, object], Happening] = {}
    for event in events:
        if event.type in _WORDS:
            told.setdefault((event.type, event.at.date()), Happening(_WORDS[event.type], event.at))
    return list(told.values())


def dates_of(events: Iterable[Event]) -> dict[str, datetime]:
    """When each step was reached last, by what happened to the request."""
    return {_EVENT_OF.get(event.type, event.type): event.at for event in events}


def steps_of(status: str, when: Mapping[str, datetime | None]) -> list[Step]:
    """The steps of a request, or of a part of it, that is still alive; none for one that has ended."""
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
