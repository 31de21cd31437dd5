"""The jobs of an order, and the periodic searches for late orders, undone work and old prints."""

from celery import shared_task

from core.jobs import Claim, job_task
from orders import undone
from orders.allocation import fulfilment, late_notices
from orders.intake import resend_link
from orders.letters import writing
from orders.parcels import printing
from orders.privacy import retention


@job_task("fulfil_order", queue="fulfilment")
def fulfil_order(claim: Claim) -> None:
    fulfilment.fulfil_order(claim)


@job_task("serve_waiting", queue="fulfilment")
def serve_waiting(claim: Claim) -> None:
    fulfilment.serve_waiting(claim)


@job_task("look_again", queue="fulfilment")
def look_again(claim: Claim) -> None:
    undone.look_again(claim)


@job_task("mail_waiting", queue="mail")
def mail_waiting(claim: Claim) -> None:
    late_notices.mail_waiting(claim)


@job_task("mail_link", queue="mail")
def mail_link(claim: Claim) -> None:
    resend_link.mail_link(claim)


@job_task("write_letter", queue="letters")
def write_letter(claim: Claim) -> None:
    writing.write_letter(claim)


@shared_task(name="orders.tell_who_waits_longer")
def request_late_notices() -> None:
    late_notices.request_late_notices()


@job_task("late_notices", queue="mail")
def send_late_notices(claim: Claim) -> None:
    late_notices.send_late_notices(claim)


@shared_task(name="orders.find_waiting_work")
def find_waiting_work() -> None:
    undone.find_undone_work()


@job_task("print_wave", queue="prints")
def print_wave(claim: Claim) -> None:
    printing.make_print_run(claim)


@shared_task(name="orders.remove_old_prints")
def remove_old_prints() -> None:
    printing.remove_old_prints()


@job_task("retention", queue="sweep", vital=False)
def do_retention(claim: Claim) -> None:
    retention.do_run(claim)


@shared_task(name="orders.begin_retention")
def begin_retention() -> None:
    retention.begin_run()
