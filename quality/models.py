"""What the packing-inspection team does with the reports."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Bag, Piece, Set


class Signal(models.Model):
    """More reports about a set, bag or piece, within a span of time, than chance explains."""

    set = models.ForeignKey(Set, on_delete=models.PROTECT, related_name="signals")
    bag = models.ForeignKey(Bag, null=True, blank=True, on_delete=models.PROTECT, related_name="signals")
    piece = models.ForeignKey(Piece, null=True, blank=True, on_delete=models.PROTECT, related_name="signals")
    since = models.DateTimeField()
    until = models.DateTimeField()
    reports = models.PositiveIntegerField()
    expected = models.FloatField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=models.F("since")), name="signal_span_runs_forward"),
            models.CheckConstraint(condition=Q(reports__gt=0), name="signal_has_reports"),
        ]

    def __str__(self) -> str:
        return f"{self.reports} reports on {self.set_id}"


class Investigation(models.Model):
    """What the team does with a signal: the cause it found, and when it closed the case."""

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    signal = models.OneToOneField(Signal, on_delete=models.PROTECT, related_name="investigation")
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    cause = models.CharField(max_length=1000, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="investigations"
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True)
                | (Q(state="closed", closed_at__isnull=False) & ~Q(cause="")),
                name="investigation_closed_has_a_cause",
            ),
        ]

    def __str__(self) -> str:
        return f"investigation of signal {self.signal_id}"
