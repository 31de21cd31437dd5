"""Rounds: looking through many rows by key, a page at a time, in pieces so short that other work comes in between.

A page is looked at by a function: it gets the last key that was looked at, and returns the last key of its page (0
where there are no more rows) and how much work it made. A piece ends after a second, or with enough work for now.
"""

import time
from collections.abc import Callable

from core.jobs import Claim, recording, request_job
from core.models import Job
from orders.models import Round

#: A piece of big work holds its worker for so many seconds.
SECONDS_AT_ONCE = 1.0
#: So much work of a piece lies in front of what customers ask for meanwhile: a second or two of it.
WORK_AT_ONCE = 50

LookAtPage = Callable[[int], tuple[int, int]]


def go_on(name: str, look: LookAtPage) -> int:
    """The next piece of a round that never ends: after the last row comes the first. Returns how much work it made."""
    round_, _ = Round.objects.get_or_create(name=name)
    position, work = _walk(round_.position, look)
    Round.objects.filter(pk=name, position=round_.position).update(position=position)
    return work


def do_round(claim: Claim, look: LookAtPage) -> None:
    """The job of one whole round: a piece, then it asks for itself again, at the back of its queue, until the end.

    A request that comes meanwhile begins the round again: what changed may lie behind.
    """
    round_ = Round.objects.filter(pk=claim.kind).first()
    goes_on = round_ is not None and round_.wish == claim.wish
    position, _work = _walk(round_.position if round_ and goes_on else 0, look)
    with recording(claim):
        if not position:
            return
        round_, _ = Round.objects.select_for_update().get_or_create(pk=claim.kind)
        # Under the job's lock, so that no request comes between this look and ours.
        job = Job.objects.select_for_update().filter(pk=claim.job_id, wish=claim.wish)
        if not job.exists():
            return
        request_job(claim.kind, claim.subject)
        round_.position = position
        round_.wish = Job.objects.values_list("wish", flat=True).get(pk=claim.job_id)
        round_.save(update_fields=["position", "wish"])


def _walk(position: int, look: LookAtPage) -> tuple[int, int]:
    """Look at page after page. Returns the last key that was looked at, 0 at the end, and how much work was made."""
    until = time.monotonic() + SECONDS_AT_ONCE
    work = 0
    while True:
        position, more = look(position)
        work += more
        if not position or work >= WORK_AT_ONCE or time.monotonic() >= until:
            return position, work
