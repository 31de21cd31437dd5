"""Entering deliveries and counts: one item after the other by scanner, or all from a file."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.refusals import NotFound, Refusal
from dashboard.access import WAREHOUSE, StaffRequest, staff_page
from dashboard.form_errors import add_refusal
from dashboard.forms.receiving import ReceiveForm, StockFileForm
from dashboard.shelves import bin_codes, received_recently
from orders.floor.stock_files import load_stock, read_stock_file, stock_lines
from warehouse.items import find_scanned
from warehouse.stocking import move_stock

MOST_LISTED = 40


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(WAREHOUSE)
def receive(request: StaffRequest) -> HttpResponse:
    """Scan an item, count it, put it into a bin. The form for the next item keeps the bin."""
    form = ReceiveForm(request.POST or None, initial={"bin": request.GET.get("bin", "")})
    status = 200
    if request.method == "POST":
        status = _receive(request, form) if form.is_valid() else 400
        if status == 302:
            return redirect(f"{request.path}?bin={form.cleaned_data['bin']}")
    return render(
        request,
        "dashboard/receive.html",
        {"form": form, "bins": bin_codes(), "recent": received_recently(request.user)},
        status=status,
    )


def _receive(request: StaffRequest, form: ReceiveForm) -> int:
    typed = form.cleaned_data
    try:
        item = find_scanned(typed["scan"])
        move_stock(
            sku=item.sku,
            bin_code=typed["bin"].strip(),
            delta=typed["quantity"],
            reason="received",
            by=request.user,
            key=typed["key"],
        )
    except NotFound as refusal:
        form.add_error("scan", str(refusal.detail))
    except Refusal as refusal:
        pointers = {"/delta": "quantity", "/bin": "bin"}
        if refusal.code == "which_one":
            form.add_error("scan", str(refusal.detail))
        else:
            add_refusal(form, refusal, pointers)
    else:
        messages.success(request, f"{typed['quantity']} of {item.sku} into {typed['bin']}.")
        return 302
    form.renew_key()
    return 400


@require_safe
@staff_page(WAREHOUSE)
def stock_file(request: StaffRequest) -> HttpResponseBase:
    """All stock as CSV, sent while it is read."""
    name = f"stock-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        stock_lines(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(WAREHOUSE)
def load_file(request: StaffRequest) -> HttpResponse:
    """Deliveries or counts from a file. If a line is wrong, the page lists the errors, and no line is entered."""
    form = StockFileForm(request.POST or None, request.FILES or None)
    problems: list[str] = []
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                lines = read_stock_file(form.cleaned_data["file"].read())
                entered = load_stock(
                    lines, mode=form.cleaned_data["mode"], key=form.cleaned_data["key"], by=request.user
                )
            except Refusal as refusal:
                problems = [str(each.detail) for each in refusal.problems] or [str(refusal.detail)]
                status = refusal.status
                form.renew_key()
            else:
                messages.success(
                    request,
                    f"{entered} line{'' if entered == 1 else 's'} entered."
                    if entered
                    else "This file is entered already.",
                )
                return redirect("dashboard:stock")
    return render(
        request,
        "dashboard/stock_file.html",
        {
            "form": form,
            "problems": problems[:MOST_LISTED],
            "more_problems": max(len(problems) - MOST_LISTED, 0),
        },
        status=status,
    )
