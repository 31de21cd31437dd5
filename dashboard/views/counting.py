"""Counting a bin: begin, scan what lies in it, write it into the books."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.refusals import Refusal
from dashboard.access import WAREHOUSE, StaffRequest, staff_page
from dashboard.forms.counting import ScanForm
from orders.floor.counting import finish_count, read_count_with_items, scan_into_count, start_count


@require_POST
@staff_page(WAREHOUSE)
def begin_count(request: StaffRequest) -> HttpResponse:
    try:
        found = start_count(bin_code=request.POST.get("bin", ""), by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.problems[0].detail))
        return redirect("dashboard:bins")
    return redirect("dashboard:bin_count", found.pk)


@require_safe
@staff_page(WAREHOUSE)
def bin_count(request: StaffRequest, count_id: int) -> HttpResponse:
    return _show_count(request, count_id)


@require_POST
@staff_page(WAREHOUSE)
def scan_count(request: StaffRequest, count_id: int) -> HttpResponse:
    """Add one scan to the count. Sent twice, it counts once."""
    form = ScanForm(request.POST)
    if not form.is_valid():
        return _show_count(request, count_id, form, status=400)
    try:
        scan_into_count(
            count_id=count_id,
            scanned=form.cleaned_data["scan"],
            key=form.cleaned_data["key"],
            quantity=form.cleaned_data["quantity"],
        )
    except Refusal as refusal:
        form.add_error("quantity" if refusal.code == "invalid" else "scan", str(refusal.detail))
        form.renew_key()
        return _show_count(request, count_id, form, status=refusal.status)
    return redirect("dashboard:bin_count", count_id)


@require_POST
@staff_page(WAREHOUSE)
def end_count(request: StaffRequest, count_id: int) -> HttpResponse:
    """Write the counted quantities into the books."""
    found = read_count_with_items(count_id)
    movements = finish_count(
        count_id=count_id, whole_bin=request.POST.get("whole_bin") == "yes", by=request.user
    )
    changed = f"{len(movements)} item{'' if len(movements) == 1 else 's'} differed from the books"
    messages.success(request, f"{found.bin.code} is counted: {changed if movements else 'nothing differed'}.")
    return redirect("dashboard:bin", found.bin_id)


def _show_count(
    request: StaffRequest, count_id: int, form: ScanForm | None = None, *, status: int = 200
) -> HttpResponse:
    found = read_count_with_items(count_id)
    if form is not None:
        # A wrong scan must not stay in the field: the next scan would be typed behind it.
        form.data = {**form.data, "scan": ""}
    return render(
        request,
        "dashboard/count.html",
        {
            "count": found,
            "counted": found.counted.all(),
            "form": form or ScanForm(initial={"quantity": 1}),
            "total": sum(each.quantity for each in found.counted.all()),
        },
        status=status,
    )
