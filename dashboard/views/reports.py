"""The defect reports, for the team that inspects the packing."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.access import QUALITY, StaffRequest, staff_page
from dashboard.paging import page_of
from orders.intake.box_codes import plain_code
from quality.reports import defect_reports


@require_safe
@staff_page(QUALITY)
def reports(request: StaffRequest) -> HttpResponse:
    typed = request.GET.get("set", "")
    page = page_of(defect_reports(set_num=typed), request)
    rows = [{**row, "box_code": plain_code(row["box_code"])} for row in page.rows]
    page = replace(page, rows=rows)
    return render(request, "dashboard/reports.html", {"page": page, "typed": typed})
