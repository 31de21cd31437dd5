"""How long work waits that is due and that no worker has."""

from collections.abc import Collection
from datetime import timedelta

from django.db.models import Case, CharField, Min, Q, Value, When

from core import clock
from core.jobs import KINDS
from core.models import Job


def oldest_due(queues: Collection[str] | None = None) -> dict[str, timedelta]:
    """For each queue (all, or these) that has such work: how long the oldest of it has waited."""
    kinds = [kind for kind in KINDS.values() if queues is None or kind.queue in queues]
    if not kinds:
        return {}
    now = clock.now()
    queue = Case(*(When(kind=kind.name, then=Value(kind.queue)) for kind in kinds), output_field=CharField())
    rows = (
        Job.objects.filter(state=Job.State.PENDING, kind__in=[kind.name for kind in kinds], due_at__lte=now)
        .filter(Q(leased_until=None) | Q(leased_until__lte=now))
        .values(queue=queue)
        .annotate(oldest=Min("due_at"))
    )
    return {row["queue"]: now - row["oldest"] for row in rows}
