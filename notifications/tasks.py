"""The jobs of notifications."""

from core.jobs import Claim, job_task
from notifications import outbox


@job_task("send_message", queue="mail")
def send_message(claim: Claim) -> None:
    outbox.send_message(claim)
