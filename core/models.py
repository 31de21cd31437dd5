"""What every room needs stored: jobs, signs of life, answers already given."""

from django.db import models
from django.db.models import Q


class Job(models.Model):
    """A job: do `kind` for `subject` until nothing is left undone. See `core.jobs` for its life."""

    class State(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        FAILED = "failed"
        GIVEN_UP = "given_up"

    class Reason(models.TextChoices):
        """Why a job is set aside."""

        FAULT = "fault", "an error that waiting does not mend"
        TOO_LONG = "too_long", "it did not pass for days"
        LOST = "lost", "it ended its worker, or took too long, each time"

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    #: Another one with each request: a handler sees by it that the job was requested again meanwhile.
    wish = models.CharField(max_length=16, default="", editable=False)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    #: How many of these attempts ended without an answer.
    lost = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)
    #: Why a person gave it up, and who did.
    note = models.CharField(max_length=300, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], name="job_once_per_subject"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "done", "failed", "given_up"]), name="job_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="pending") | Q(leased_until__isnull=True),
                name="job_lease_only_while_pending",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="job_pending_by_due"),
            models.Index(fields=["-failed_at"], condition=Q(state="failed"), name="job_failed_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}({self.subject})"


class Heartbeat(models.Model):
    """The last sign of life of a worker, or of beat, by its node name."""

    name = models.CharField(max_length=100, primary_key=True)
    queues = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """The first answer to a request, kept to be given again. `reference` names whose data the answer holds."""

    caller = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    operation = models.CharField(max_length=100)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    reference = models.CharField(max_length=64, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["caller", "key"], name="idempotency_key_once_per_caller")
        ]

    def __str__(self) -> str:
        return self.key
