"""Importing a catalogue: sending the files, watching the run, reading its report. For leads."""

from datetime import datetime

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import is_signed_in
from catalog.importing.runs import (
    can_repeat,
    cancel_import,
    import_run,
    import_runs,
    repeat_import,
    report_name,
    report_of,
    report_rows,
    start_import,
)
from catalog.importing.uploads import LARGEST_BODY, too_large
from catalog.models import ImportRun
from core.refusals import NotFound, Refusal
from core.uploads import UploadRule, keep_unnamed, takes_uploads
from dashboard.access import LEAD, StaffRequest, staff_page
from dashboard.form_errors import add_refusal
from dashboard.forms.catalog import ImportForm
from dashboard.paging import page_of

REPORT_PAGE = 100


def may_send_files(request: HttpRequest) -> bool:
    """Whether the session is a lead's."""
    return is_signed_in(request.user) and request.user.has_role(LEAD)


# Reading the token means reading the whole body. So the user and the size are checked first, the token after.
@takes_uploads(UploadRule(LARGEST_BODY, may_send_files))
@csrf_exempt
@require_http_methods(["GET", "POST"])
@staff_page(LEAD)
def imports(request: StaffRequest) -> HttpResponse:
    """All runs, and the form for a new one."""
    if request.method == "POST":
        if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
            return _too_large(request)
        keep_unnamed(request)
    return _imports(request)


@csrf_protect
def _imports(request: StaffRequest) -> HttpResponse:
    if request.method != "POST":
        return _show_imports(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show_imports(request, form, status=400)
    try:
        run = start_import(
            files=form.cleaned_data["tables"],
            by=request.user,
            dry_run=form.cleaned_data["dry_run"],
            tolerated=float(form.cleaned_data["tolerated"]) / 100,
        )
    except Refusal as refusal:
        fields = {problem.pointer: "tables" for problem in refusal.problems if "/files" in problem.pointer}
        status = add_refusal(form, refusal, fields | {"/tolerated": "tolerated"})
        return _show_imports(request, form, status=status)
    return redirect("dashboard:catalog_import", run.pk)


def _too_large(request: StaffRequest) -> HttpResponse:
    form = ImportForm({"tolerated": "0.1", "dry_run": "on"})
    form.errors.clear()
    form.add_error("tables", too_large())
    return _show_imports(request, form, status=413)


def _show_imports(request: StaffRequest, form: ImportForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "page": page_of(import_runs(), request, size=20)}
    return render(request, "dashboard/catalog_imports.html", context, status=status)


@require_safe
@staff_page(LEAD)
def run(request: StaffRequest, run_id: int) -> HttpResponse:
    """One run: how far it is, or its result. The page reloads its content while the run is open."""
    found = import_run(run_id=run_id)
    context = {
        "run": found,
        "percent": _percent(found),
        "rate": _rate(found),
        "seconds_left": _seconds_left(found),
        "can_repeat": can_repeat(found),
        "has_report": report_of(found) is not None,
    }
    return render(request, "dashboard/catalog_import.html", context)


@require_POST
@staff_page(LEAD)
def cancel(request: StaffRequest, run_id: int) -> HttpResponse:
    try:
        cancel_import(run_id=run_id)
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        messages.error(request, str(refusal.detail))
    return redirect("dashboard:catalog_import", run_id)


@require_POST
@staff_page(LEAD)
def repeat(request: StaffRequest, run_id: int) -> HttpResponse:
    """Import the files of a dry run for real, or the files of a failed run again."""
    try:
        new = repeat_import(run_id=run_id, by=request.user)
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        messages.error(request, str(refusal.detail))
        return redirect("dashboard:catalog_import", run_id)
    return redirect("dashboard:catalog_import", new.pk)


@require_safe
@staff_page(LEAD)
def report(request: StaffRequest, run_id: int) -> HttpResponse:
    """The bad rows and notes of a run, a page at a time."""
    found = import_run(run_id=run_id)
    if report_of(found) is None:
        raise NotFound("This import has no report.")
    asked = request.GET.get("page", "1")
    number = (
        int(asked) if asked.isascii() and asked.isdigit() and int(asked[:5]) > 0 and len(asked) < 5 else 1
    )
    rows = report_rows(found, start=(number - 1) * REPORT_PAGE, most=REPORT_PAGE + 1)
    page = {
        "number": number,
        "previous_query": f"?page={number - 1}" if number > 1 else "",
        "next_query": f"?page={number + 1}" if len(rows) > REPORT_PAGE else "",
    }
    context = {"run": found, "rows": rows[:REPORT_PAGE], "page": page}
    return render(request, "dashboard/catalog_report.html", context)


@require_safe
@staff_page(LEAD)
def report_file(request: StaffRequest, run_id: int) -> FileResponse:
    """The report as a file."""
    found = import_run(run_id=run_id)
    path = report_of(found)
    if path is None:
        raise NotFound("This import has no report.")
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=report_name(found),
        content_type="text/csv; charset=utf-8",
    )


def _percent(run: ImportRun) -> int:
    return min(100, 100 * run.done // run.total) if run.total else 0


def _rate(run: ImportRun) -> float:
    """Rows or bytes a second in the current step; 0 while that is not known."""
    since, until = run.doing_since, run.told_at
    seconds = _seconds(since, until) if since and until else 0.0
    return run.done / seconds if seconds > 0 else 0.0


def _seconds_left(run: ImportRun) -> int | None:
    rate = _rate(run)
    if not rate or not run.total or run.told_at is None:
        return None
    return max(0, round((run.total - run.done) / rate - _seconds(run.told_at, timezone.now())))


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()
