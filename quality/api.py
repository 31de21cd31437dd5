"""The defect reports by REST, for the packing-inspection team."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsQuality
from catalog.api.serializers import ColorSerializer
from core.api.pagination import paged_rows
from core.api.parsing import Text
from core.api.schema import PAGING, operation, page_example, page_of
from core.api.views import ApiView, read_query
from orders.intake.box_codes import plain_code
from quality.reports import defect_reports

EXAMPLE = {
    "id": 17,
    "at": "2026-11-21T20:15:00.123456Z",
    "set": {"set_num": "75290-1", "name": "Mos Eisley Cantina"},
    "bag": "14",
    "piece": None,
    "quantity": 1,
    "reason": "missing",
    "box_code": "45R0",
    "country": "US",
}


class ReportsQuery(serializers.Serializer[Any]):
    set_num = Text(
        required=False,
        max_length=40,
        help_text="Only reports about this set; a number without a suffix means `-1`.",
    )


class ReportPieceSerializer(serializers.Serializer[Any]):
    part_num = serializers.CharField()
    color = ColorSerializer()
    name = serializers.CharField()


class ReportSetSerializer(serializers.Serializer[Any]):
    set_num = serializers.CharField()
    name = serializers.CharField()


class ReportSerializer(serializers.Serializer[Any]):
    """A missing or damaged item: what and when, never who."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    set = ReportSetSerializer()
    bag = serializers.CharField(allow_null=True)
    piece = ReportPieceSerializer(allow_null=True)
    quantity = serializers.IntegerField()
    reason = serializers.ChoiceField(["missing", "damaged"])
    box_code = serializers.CharField()
    country = serializers.CharField()


class ReportsView(ApiView):
    permission_classes = (IsQuality,)

    @operation(
        "listReports",
        tag="quality",
        summary="List missing and damaged items, newest first",
        answers={200: page_of(ReportSerializer, "ReportPage")},
        parameters=[ReportsQuery, *PAGING],
        scope="reports:read",
        answered=page_example(EXAMPLE),
    )
    def get(self, request: Request) -> Response:
        query = read_query(ReportsQuery, request)
        found, links = paged_rows(request, defect_reports(**query), "-id")
        return Response({**links, "results": [_report(row) for row in found]})


def _report(row: dict[str, Any]) -> dict[str, Any]:
    piece = None
    if row["part_num"] is not None:
        color = {"id": row["color_id"], "name": row["color_name"], "rgb": row["color_rgb"]}
        piece = {"part_num": row["part_num"], "color": color, "name": row["piece_name"]}
    return {
        "id": row["id"],
        "at": row["reported_at"],
        "set": {"set_num": row["set_num"], "name": row["set_name"]},
        "bag": row["bag_label"] or None,
        "piece": piece,
        "quantity": row["quantity"],
        "reason": row["reason"],
        "box_code": plain_code(row["box_code"]),
        "country": row["country"],
    }
