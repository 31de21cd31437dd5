"""Work that failed: finding it, trying it again, and giving it up with a reason.

A job that failed says so itself. A mail may be lost although its job is done: its address refused it, or its provider
reported so later. So lost mails are found by their own state. What a person decides stands in the row of a mail's job.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Count, Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from core import clock
from core.jobs import KINDS, Claim, give_up_job, recording, replay_jobs, request_job
from core.models import Job
from notifications.models import Message

MAIL, REPLAY = "send_message", "replay_failed"
#: Stands for the kind of job where all lost mails are tried again whose jobs are done.
LOST = "lost_mails"
LOST_STATES = (Message.State.FAILED, Message.State.BOUNCED)

# So many are tried again at once. While as many of the kind are due, no more are added: new work waits behind these.
PIECE = 100
PAUSE = timedelta(seconds=2)
MOST_COUNTED = 1_000


def failed_jobs() -> QuerySet[Job]:
    """The jobs that were set aside, the last one first."""
    return Job.objects.filter(state=Job.State.FAILED).order_by("-failed_at", "-pk")


def given_up_jobs() -> QuerySet[Job]:
    """The jobs that a person gave up, the one that failed last first."""
    return Job.objects.filter(state=Job.State.GIVEN_UP).order_by("-failed_at", "-pk")


def lost_mails(*, before: datetime | None = None) -> QuerySet[Message]:
    """The mails that failed or bounced and whose job does not say so, the youngest first.

    With `before`, without those that were tried again since.
    """
    known = Q(state__in=[Job.State.PENDING, Job.State.FAILED, Job.State.GIVEN_UP])
    if before is not None:
        known |= Q(due_at__gt=before)
    jobs = Job.objects.filter(known, kind=MAIL, subject=Cast(OuterRef("pk"), CharField()))
    return Message.objects.filter(~Exists(jobs), state__in=LOST_STATES).order_by("-created_at", "-pk")


def count_undone() -> tuple[int, int]:
    """How many jobs failed, and how many mails are lost beside these: each is counted up to MOST_COUNTED."""
    return failed_jobs()[:MOST_COUNTED].count(), lost_mails()[:MOST_COUNTED].count()


def failed_kinds() -> dict[str, tuple[int, datetime | None]]:
    """For each kind with failed jobs, how many failed, and since when the first of these fails."""
    rows = (
        Job.objects.filter(state=Job.State.FAILED)
        .order_by("kind")
        .values_list("kind")
        .annotate(many=Count("pk"), since=Min("failing_since"))
    )
    return {kind: (many, since) for kind, many, since in rows}


def replay_one(job_id: int) -> bool:
    """Try a failed or given-up job again. Returns False where there is none, or where no program does its kind."""
    with transaction.atomic():
        job = Job.objects.filter(pk=job_id, state__in=[Job.State.FAILED, Job.State.GIVEN_UP]).first()
        if job is None or job.kind not in KINDS:
            return False
        replay_jobs([job])
    return True


def replay_mail(message_id: int) -> bool:
    """Try a lost mail again, to the same address. Returns False where it is not lost."""
    with transaction.atomic():
        if not Message.objects.filter(pk=message_id, state__in=LOST_STATES).exists():
            return False
        replay_jobs([_job_of(message_id)])
    return True


def give_up(job_id: int, *, note: str, by: str) -> bool:
    """Leave a failed job undone, for a reason. Returns False where it has not failed."""
    with transaction.atomic():
        job = Job.objects.filter(pk=job_id).first()
        return job is not None and give_up_job(job, note=note, by=by)


def give_up_mail(message_id: int, *, note: str, by: str) -> bool:
    """Leave a lost mail unsent, for a reason. Returns False where it is not lost."""
    with transaction.atomic():
        message = Message.objects.filter(pk=message_id, state__in=LOST_STATES).first()
        if message is None:
            return False
        now = clock.now()
        decision = {
            "state": Job.State.GIVEN_UP,
            "leased_until": None,
            "failing_since": message.created_at,
            "failed_at": now,
            "note": note[:300],
            "decided_by": by[:150],
        }
        Job.objects.update_or_create(
            kind=MAIL, subject=str(message_id), defaults=decision, create_defaults={**decision, "due_at": now}
        )
    return True


def replays_under_way() -> set[str]:
    """The kinds of which all are being tried again."""
    subjects = Job.objects.filter(kind=REPLAY, state=Job.State.PENDING).values_list("subject", flat=True)
    return {subject.partition(":")[0] for subject in subjects}


def replay_all(kind: str) -> bool:
    """Have a worker try all jobs of a kind again that failed until now. Returns False where one does so already."""
    with transaction.atomic():
        if kind in replays_under_way():
            return False
        request_job(REPLAY, f"{kind}:{clock.now().isoformat()}")
    return True


def replay_piece(claim: Claim) -> None:
    """The job that tries all of a kind again: a piece at a time, so that other work has its turn.

    1. While many of the kind are due already, wait.
    2. Make the next piece due: what failed before a person asked, so that nothing is tried for ever.
    3. Come back after a pause, until nothing is left.
    """
    kind, _colon, asked_at = claim.subject.partition(":")
    until = datetime.fromisoformat(asked_at)
    with recording(claim, forget=True):
        room = PIECE - _due_of(MAIL if kind == LOST else kind)
        jobs = _next_of(kind, until)[:room] if room > 0 else []
        replay_jobs(jobs)
        if jobs or room <= 0:
            request_job(REPLAY, claim.subject, after=PAUSE)


def _next_of(kind: str, until: datetime) -> list[Job]:
    if kind == LOST:
        lost = lost_mails(before=until).filter(created_at__lte=until).order_by("created_at", "pk")
        return [_job_of(pk) for pk in lost.values_list("pk", flat=True)[:PIECE]]
    if kind not in KINDS:
        return []
    return list(failed_jobs().filter(kind=kind, failed_at__lte=until).order_by("failed_at", "pk")[:PIECE])


def _due_of(kind: str) -> int:
    due = Job.objects.filter(state=Job.State.PENDING, kind=kind, due_at__lte=clock.now())
    return due[:PIECE].count()


def _job_of(message_id: int) -> Job:
    """The job of a mail, as replaying needs it."""
    return Job(kind=MAIL, subject=str(message_id))
