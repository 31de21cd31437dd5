"""Work that failed: jobs that were set aside, and mails that did not arrive. Try it again, or give it up."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.models import Job
from core.refusals import NotFound
from dashboard.access import SERVICE, StaffRequest, staff_page
from dashboard.failed_work import Row, piece_of, rows_of_jobs, rows_of_mails
from dashboard.forms.failed_work import GiveUpForm
from dashboard.wording import JOB_KINDS
from notifications import failed_work as work
from notifications.models import Message
from orders.models import OrderContact

VIEWS = (("failed", "Failed"), ("lost", "Lost mails"), ("given-up", "Given up"))


@require_safe
@staff_page(SERVICE)
def failed_work(request: StaffRequest) -> HttpResponse:
    """The jobs that failed, the lost mails beside them, or what was given up: the last one first."""
    view = request.GET.get("view", "")
    view = view if view in dict(VIEWS) else "failed"
    kind = request.GET.get("kind", "")
    kind = kind if kind in JOB_KINDS and view != "lost" else ""
    after = request.GET.get("after", "")
    if view == "lost":
        mails = piece_of(work.lost_mails(), "created_at", after=after, view=view)
        rows, older, is_first = rows_of_mails(mails.rows), mails.older, mails.is_first
    else:
        found = work.failed_jobs() if view == "failed" else work.given_up_jobs()
        jobs = piece_of(
            found.filter(kind=kind) if kind else found, "failed_at", after=after, view=view, kind=kind
        )
        rows, older, is_first = rows_of_jobs(jobs.rows, request.user), jobs.older, jobs.is_first
    kinds = work.failed_kinds()
    lost = work.lost_mails()[: work.MOST_COUNTED].count()
    context = {
        "views": VIEWS,
        "view": view,
        "kind": kind,
        "rows": rows,
        "older": older,
        "is_first": is_first,
        "kinds": [(name, many) for name, (many, _since) in kinds.items()],
        "failed": sum(many for many, _since in kinds.values()),
        "lost": lost,
        "lost_is_more": lost == work.MOST_COUNTED,
        "replay_kind": work.LOST if view == "lost" else kind,
        "replay_count": lost if view == "lost" else kinds.get(kind, (0, None))[0],
        "under_way": sorted(work.replays_under_way()),
    }
    return render(request, "dashboard/failed_work.html", context)


@require_POST
@staff_page(SERVICE)
def replay_all(request: StaffRequest) -> HttpResponse:
    """Try all of a kind again. A worker does it in pieces."""
    kind = request.POST.get("kind", "")
    if kind not in JOB_KINDS:
        raise NotFound("There is no such kind of work.")
    if work.replay_all(kind):
        messages.success(request, f"{JOB_KINDS[kind]}: all that failed until now is being tried again.")
    else:
        messages.error(request, f"{JOB_KINDS[kind]}: all of it is being tried again already.")
    return redirect("dashboard:failed_work")


@require_safe
@staff_page(SERVICE)
def failed_job(request: StaffRequest, job_id: int) -> HttpResponse:
    return _show_job(request, job_id)


@require_POST
@staff_page(SERVICE)
def replay_job(request: StaffRequest, job_id: int) -> HttpResponse:
    return _replayed(request, work.replay_one(job_id))


@require_POST
@staff_page(SERVICE)
def give_up_job(request: StaffRequest, job_id: int) -> HttpResponse:
    form = GiveUpForm(request.POST)
    if not form.is_valid():
        return _show_job(request, job_id, form)
    by = request.user.username
    return _given_up(request, work.give_up(job_id, note=form.cleaned_data["note"], by=by))


@require_safe
@staff_page(SERVICE)
def lost_mail(request: StaffRequest, mail_id: int) -> HttpResponse:
    return _show_mail(request, mail_id)


@require_POST
@staff_page(SERVICE)
def replay_mail(request: StaffRequest, mail_id: int) -> HttpResponse:
    return _replayed(request, work.replay_mail(mail_id))


@require_POST
@staff_page(SERVICE)
def give_up_mail(request: StaffRequest, mail_id: int) -> HttpResponse:
    form = GiveUpForm(request.POST)
    if not form.is_valid():
        return _show_mail(request, mail_id, form)
    by = request.user.username
    return _given_up(request, work.give_up_mail(mail_id, note=form.cleaned_data["note"], by=by))


def _replayed(request: StaffRequest, done: bool) -> HttpResponse:
    if done:
        messages.success(request, "It is being tried again.")
    else:
        messages.error(request, "It had not failed any more. Nothing changed.")
    return _back(request)


def _given_up(request: StaffRequest, done: bool) -> HttpResponse:
    if done:
        messages.success(request, "It is given up. Under “Given up” it can be tried again.")
    else:
        messages.error(request, "It had not failed any more. Nothing changed.")
    return _back(request)


def _back(request: StaffRequest) -> HttpResponse:
    """To the list that the form was sent from."""
    view = request.POST.get("view", "")
    response = redirect("dashboard:failed_work")
    if view in dict(VIEWS):
        response["Location"] += f"?view={view}"
    return response


def _show_job(request: StaffRequest, job_id: int, form: GiveUpForm | None = None) -> HttpResponse:
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise NotFound("There is no such job.")
    (row,) = rows_of_jobs([job], request.user)
    return _show(request, row, form, state=job.state)


def _show_mail(request: StaffRequest, mail_id: int, form: GiveUpForm | None = None) -> HttpResponse:
    mail = Message.objects.filter(pk=mail_id).first()
    if mail is None:
        raise NotFound("There is no such mail.")
    job = Job.objects.filter(kind=work.MAIL, subject=str(mail.pk)).first()
    if job is not None and job.state in (Job.State.FAILED, Job.State.GIVEN_UP):
        return redirect("dashboard:failed_job", job.pk)
    (row,) = rows_of_mails([mail])
    return _show(request, row, form, state="failed" if mail.state in work.LOST_STATES else "done")


def _show(request: StaffRequest, row: Row, form: GiveUpForm | None, *, state: str) -> HttpResponse:
    """One row with all that is known, and what can be done."""
    order = row.subject.order
    has_contact = (
        row.kind == work.MAIL and order is not None and OrderContact.objects.filter(order=order).exists()
    )
    context = {
        "row": row,
        "state": state,
        "has_contact": has_contact,
        "form": form or GiveUpForm(),
        "view": "given-up" if state == "given_up" else "lost" if row.job is None else "failed",
    }
    return render(request, "dashboard/failed_one.html", context, status=400 if form else 200)
