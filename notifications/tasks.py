"""The jobs of notifications."""

from celery import shared_task

from core.jobs import Claim, job_task
from notifications import alarms, failed_work
from notifications.mail import outbox


@job_task(
    "send_message", queue="mail", on_set_aside=outbox.set_message_aside, on_replay=outbox.reopen_message
)
def send_message(claim: Claim) -> None:
    outbox.send_message(claim)


@job_task("replay_failed", queue="sweep", vital=False)
def replay_failed(claim: Claim) -> None:
    failed_work.replay_piece(claim)


@shared_task(name="notifications.forget_strays")
def forget_strays() -> None:
    outbox.forget_strays()


@shared_task(name="notifications.raise_alarms")
def raise_alarms() -> None:
    alarms.raise_alarms()
