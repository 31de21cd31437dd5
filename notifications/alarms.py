"""Mails to the people in charge when something is not well: once for a trouble, daily while it lasts, and at its end.

Each mail lies in the outbox like any other. Where the mail server is the trouble, it waits there and is tried for days.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min
from django.urls import reverse

from core import clock, health
from core.models import Job
from notifications.failed_work import LOST, MAIL, failed_kinds, lost_mails
from notifications.mail.outbox import queue_message
from notifications.mail.page import mail_page
from notifications.models import Alarm, Message

# A part that is well again before that is not worth a mail, and one that is well for so long is well.
PATIENCE = timedelta(minutes=2)
CALM = timedelta(minutes=5)
AGAIN_AFTER = timedelta(hours=24)
# For so long a passing failure may last, such as a mail server that is away.
TRYING_FOR = timedelta(minutes=15)
KEPT = timedelta(days=90)

HEALTH = "Each part by its name:"
ADVICE = {
    "database": "See whether the database server runs, and whether it may be written to.",
    "broker": "See whether the broker runs, has memory left, and may be written to.",
    "worker": "Start the workers. No order is served and no mail is sent without them.",
    "queues": "Start the worker of that queue. Its log, VAR/logs/NAME.log, says why it ended.",
    "work": "Read the log of that queue's worker, VAR/logs/NAME.log, and restart it where it does nothing.",
    "beat": "Restart beat. Its log, VAR/logs/beat.log, says why it ended.",
    "disk": "Make room on the disk of VAR.",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is not well: a name that stays the same while it lasts, what is wrong, and what to do on which page."""

    name: str
    title: str
    wrong: str
    to_do: str
    where: str
    url: str
    since: datetime
    at_once: bool = True


def raise_alarms() -> None:
    """Look at everything, and mail what changed.

    1. Note each trouble that is new, and mail it once it has lasted.
    2. Mail what lasts again after a day.
    3. Mail the end of what has been over for a while, and forget it.
    """
    now = clock.now()
    found = {trouble.name: trouble for trouble in find_troubles(now)}
    known = {alarm.name: alarm for alarm in Alarm.objects.all()}
    for name, trouble in found.items():
        alarm = known.get(name) or _note(trouble)
        if alarm.over_at is not None:
            Alarm.objects.filter(pk=alarm.pk).update(over_at=None)
        if _is_due(alarm, trouble, now):
            mail_trouble(alarm, trouble, now)
    for name in known.keys() - found.keys():
        _end(known[name], now)


def lasting_parts() -> list[Alarm]:
    """The parts that a mail reported and that are still not well, the oldest trouble first."""
    told = Alarm.objects.filter(name__in=ADVICE, told_at__isnull=False, over_at=None)
    return list(told.order_by("since", "pk"))


def find_troubles(now: datetime) -> list[Trouble]:
    """All that is not well now. No name, no address and no error's text: only parts, kinds and counts."""
    return [*_unwell_parts(now), *_failed_work(now), *_failing_work(now)]


def mail_trouble(alarm: Alarm, trouble: Trouble, now: datetime) -> bool:
    """Mail a trouble. Returns False where another worker just did: of two, one changes the row as both have read it."""
    again = alarm.told_at is not None
    with transaction.atomic():
        if not Alarm.objects.filter(pk=alarm.pk, told_at=alarm.told_at).update(told_at=now):
            return False
        _queue(
            alarm.name,
            now,
            subject=f"Still not well: {trouble.title}" if again else f"Alarm: {trouble.title}",
            body=(
                f"{trouble.wrong}\n\n"
                f"It began {_moment(alarm.since)}, {_age(now - alarm.since)} ago.\n\n"
                f"What to do: {trouble.to_do}\n\n{trouble.where}\n{trouble.url}\n\n"
                "While it lasts, this mail comes again every 24 hours. Another one says when it is over."
            ),
        )
    return True


def mail_end(alarm: Alarm, now: datetime) -> bool:
    """Mail that a trouble is over, and forget it. Returns False where another worker just did."""
    with transaction.atomic():
        if not Alarm.objects.filter(pk=alarm.pk, over_at=alarm.over_at).delete()[0]:
            return False
        if alarm.told_at is not None and alarm.over_at is not None:
            _queue(
                alarm.name,
                now,
                subject=f"Well again: {_title(alarm.name)}",
                body=(
                    f"It is over since {_moment(alarm.over_at)}.\n\n"
                    f"It began {_moment(alarm.since)} and lasted {_age(alarm.over_at - alarm.since)}.\n\n"
                    "There is nothing to do."
                ),
            )
    return True


def _note(trouble: Trouble) -> Alarm:
    alarm, _created = Alarm.objects.get_or_create(name=trouble.name, defaults={"since": trouble.since})
    return alarm


def _is_due(alarm: Alarm, trouble: Trouble, now: datetime) -> bool:
    if alarm.told_at is None:
        return trouble.at_once or now - alarm.since >= PATIENCE
    return now - alarm.told_at >= AGAIN_AFTER


def _end(alarm: Alarm, now: datetime) -> None:
    """What was not mailed is forgotten; the rest is mailed once it stayed over for a while."""
    if alarm.told_at is not None and alarm.over_at is None:
        Alarm.objects.filter(pk=alarm.pk, over_at=None).update(over_at=now)
    elif alarm.told_at is None or (alarm.over_at is not None and now - alarm.over_at >= CALM):
        mail_end(alarm, now)


def _unwell_parts(now: datetime) -> Iterable[Trouble]:
    for part, answer in health.troubles().items():
        yield Trouble(
            name=part,
            title=_title(part),
            wrong=f"{part}: {answer}.",
            to_do=ADVICE.get(part, "Read the logs."),
            where=HEALTH,
            url=_url("core:readyz"),
            since=now,
            at_once=False,
        )


def _failed_work(now: datetime) -> Iterable[Trouble]:
    to_do = "Mend what stopped it. Then try it again, or give it up with a reason."
    for kind, (many, since) in failed_kinds().items():
        yield Trouble(
            name=f"failed:{kind}",
            title=_title(f"failed:{kind}"),
            wrong=f"Jobs of the kind “{kind}” that failed and are not tried again by themselves: {many}.",
            to_do=to_do,
            where="The page of failed work:",
            url=_url("dashboard:failed_work", f"?kind={kind}"),
            since=since or now,
        )
    oldest = lost_mails().order_by("created_at", "pk").first()
    if oldest is not None:
        yield Trouble(
            name=LOST,
            title=_title(LOST),
            wrong="Mails did not arrive: their addresses refused them, or our mail provider reported so.",
            to_do=to_do,
            where="The page of failed work:",
            url=_url("dashboard:failed_work", "?view=lost"),
            since=oldest.created_at,
        )


def _failing_work(now: datetime) -> Iterable[Trouble]:
    rows = (
        Job.objects.filter(state=Job.State.PENDING, failing_since__lte=now - TRYING_FOR)
        .order_by("kind")
        .values_list("kind")
        .annotate(many=Count("pk"), since=Min("failing_since"))
    )
    for kind, many, since in rows:
        yield Trouble(
            name=f"failing:{kind}",
            title=_title(f"failing:{kind}"),
            wrong=f"Jobs of the kind “{kind}” that fail and are tried again, for five days at most: {many}.",
            to_do=(
                "See whether the mail server answers, and what it says."
                if kind == MAIL
                else "Find what they wait for: a server, the disk, the network."
            ),
            where=HEALTH,
            url=_url("core:readyz"),
            since=since,
        )


def _title(name: str) -> str:
    """What a trouble is called in a subject."""
    state, _colon, kind = name.partition(":")
    if name == LOST:
        return "mails that did not arrive"
    return f"{state} work, {kind}" if kind else state


def _queue(name: str, now: datetime, *, subject: str, body: str) -> None:
    """Put a mail to the people in charge into the outbox. No limit holds it; old ones are forgotten."""
    Message.objects.filter(reference__startswith="alarm:", created_at__lt=now - KEPT).delete()
    queue_message(
        reference=f"alarm:{name}"[:64],
        key=f"alarm:{name}"[:60] + f":{now.isoformat()}",
        kind="alarm",
        language="en",
        to_email=settings.ALARM_EMAIL,
        subject=subject,
        body=body,
        html_body=mail_page(subject=subject, body=body, language="en"),
        by_person=True,
    )


def _url(name: str, query: str = "") -> str:
    return f"{settings.SITE_URL}{reverse(name)}{query}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _age(span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 60:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = minutes // 60
    return "1 hour" if hours == 1 else f"{hours} hours" if hours < 48 else f"{hours // 24} days"
