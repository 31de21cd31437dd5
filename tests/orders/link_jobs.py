"""The job that compares number and mailbox, as a worker runs it."""

from core.jobs import run_job
from core.models import Job
from orders.intake import resend_link


def run_link_jobs() -> int:
    """Run those that are due. Returns how many there were."""
    jobs = list(Job.objects.filter(kind="mail_link", state=Job.State.PENDING).values_list("pk", flat=True))
    for job_id in jobs:
        run_job(job_id, resend_link.mail_link)
    return len(jobs)
