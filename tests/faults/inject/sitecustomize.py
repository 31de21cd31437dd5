"""Loaded by a worker whose PYTHONPATH names this folder: kills it at one point of a job's life, once for each kind.

FAULT_POINT is before_claim, after_claim, before_record or after_record; FAULT_KINDS names the kinds of jobs, FAULT_DIR
a folder in which a file for each kind remembers that it has happened. FAULT_SCOPE is `worker` (main process and pool)
or `child` (only the process the task runs in). With FAULT_SUBJECT it happens each time, to the jobs of that subject.
The system itself knows nothing of this.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from celery import signals

POINT = os.environ["FAULT_POINT"]
KINDS = os.environ["FAULT_KINDS"].split(",")
SCOPE = os.environ.get("FAULT_SCOPE", "worker")
SUBJECT = os.environ.get("FAULT_SUBJECT")


def _die_once(kind: str, subject: str = "") -> None:
    if kind not in KINDS or SUBJECT not in (None, subject):
        return
    try:
        os.close(os.open(os.path.join(os.environ["FAULT_DIR"], kind), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        if SUBJECT is None:
            return
    if SCOPE == "child":
        os.kill(os.getpid(), signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)


@signals.worker_process_init.connect
def _install(**_kwargs: Any) -> None:
    from core import jobs
    from core.models import Job
    from notifications.mail import outbox
    from orders.allocation import fulfilment
    from orders.letters import writing

    claim_job, recording = jobs.claim_job, jobs.recording

    def dying_claim(job_id: int) -> Any:
        if POINT == "before_claim":
            _die_once(Job.objects.get(pk=job_id).kind)
        claim = claim_job(job_id)
        if POINT == "after_claim" and claim is not None:
            _die_once(claim.kind, claim.subject)
        return claim

    @contextmanager
    def dying_recording(claim: Any) -> Iterator[None]:
        with recording(claim):
            yield
            if POINT == "before_record":
                _die_once(claim.kind)
        if POINT == "after_record":
            _die_once(claim.kind)

    if POINT.endswith("claim"):
        jobs.claim_job = dying_claim
    else:
        replacement: Callable[..., Any] = dying_recording
        for module in (fulfilment, writing, outbox):
            setattr(module, "recording", replacement)  # noqa: B010 (modules have no such attribute to a type checker)
