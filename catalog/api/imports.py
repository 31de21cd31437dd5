"""Importing a catalogue by REST: send its files, watch the run, cancel it. The staff's page starts the same job."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsLead, caller_of, user_of
from catalog.api import examples
from catalog.importing.importer import TOLERATED
from catalog.importing.runs import (
    MOST_TOLERATED,
    cancel_import,
    import_run,
    import_runs,
    repeat_import,
    report_of,
    report_rows,
    start_import,
)
from catalog.importing.uploads import LARGEST_BODY, too_large
from catalog.models import ImportRun
from core.api.pagination import paged_places, paged_rows
from core.api.parsing import Flag, TooLarge, read_body
from core.api.schema import PAGING, operation, page_example, page_of
from core.api.views import ApiView, id_parameter, may_call, moment, respond_once
from core.idempotency import Answer
from core.refusals import NotFound, Problem, Refusal
from core.uploads import UploadRule, close_files, keep_unnamed, takes_uploads

SCOPE = "catalogue:write"
RUN_ID = id_parameter("run_id")
AFTER_IT = ("getImport", "cancelImport", "repeatImport", "listImportReport")
OF_THIS_RUN = {name: {"run_id": "$response.body#/id"} for name in AFTER_IT}


class ImportRequestSerializer(serializers.Serializer[Any]):
    files = serializers.ListField(
        child=serializers.FileField(),
        help_text="The files of a dump, known by name: `sets.csv` or `sets.csv.gz`, ..., `bags`, `weights`.",
    )
    dry_run = serializers.BooleanField(default=False, help_text="Check the files, and change nothing.")
    tolerated = serializers.FloatField(
        default=TOLERATED,
        min_value=0,
        max_value=MOST_TOLERATED,
        help_text="The share of bad rows that a table may have.",
    )


class ProgressSerializer(serializers.Serializer[Any]):
    doing = serializers.CharField(help_text="The present step.")
    done = serializers.IntegerField()
    total = serializers.IntegerField(help_text="0 while it is unknown.")
    unit = serializers.CharField()


class ImportSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(ImportRun.State.values)
    dry_run = serializers.BooleanField()
    files = serializers.DictField(
        child=serializers.IntegerField(), help_text="The size of each file, by name."
    )
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    cancel_requested = serializers.BooleanField()
    progress = ProgressSerializer()
    changed = serializers.BooleanField(help_text="Whether the catalogue has changed.")
    sentences = serializers.ListField(
        child=serializers.CharField(), help_text="What happened, in sentences for people."
    )
    bad_rows = serializers.IntegerField()
    error_code = serializers.CharField()
    error_detail = serializers.CharField()


class RepeatRequestSerializer(serializers.Serializer[Any]):
    dry_run = Flag(default=False, help_text="Check the files, and change nothing.")


class ReportRowSerializer(serializers.Serializer[Any]):
    severity = serializers.ChoiceField(["error", "note"], help_text="error: the import left the row out.")
    file = serializers.CharField()
    line = serializers.IntegerField(help_text="0 if it concerns the whole file.")
    column = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


def may_send_files(request: HttpRequest) -> bool:
    """Whether the key, or the session, may import."""
    return may_call(ImportsView, request)


@takes_uploads(UploadRule(LARGEST_BODY, may_send_files))
class ImportsView(ApiView):
    permission_classes = (IsLead,)
    parser_classes = (MultiPartParser,)

    @operation(
        "listImports",
        tag="catalogue",
        summary="List imports, newest first",
        answers={200: page_of(ImportSerializer, "ImportPage")},
        parameters=PAGING,
        scope=SCOPE,
        links={"getImport": {"run_id": "$response.body#/results/0/id"}},
        answered=page_example(examples.RUN),
    )
    def get(self, request: Request) -> Response:
        found, links = paged_rows(request, import_runs(), "-pk")
        return Response({**links, "results": [_run(run) for run in found]})

    @operation(
        "startImport",
        tag="catalogue",
        summary="Start an import",
        description="A job imports the files: read the run until its `state` is not `open`.",
        body={"multipart/form-data": ImportRequestSerializer},
        answers={201: ImportSerializer},
        conflicts=["import_running"],
        idempotent=True,
        scope=SCOPE,
        links=OF_THIS_RUN,
        asked={"files": ["sets.csv.gz", "inventory_parts.csv.gz"], "dry_run": True},
        answered=examples.RUN,
    )
    def post(self, request: Request) -> Response:
        files, dry_run, tolerated = _read(request)

        def work() -> Answer:
            run = start_import(files=files, by=user_of(request), dry_run=dry_run, tolerated=tolerated)
            return Answer(status=201, body=_run(run))

        asked = [[(file.name, file.size) for file in files], dry_run, tolerated]
        return respond_once(request, callers=[caller_of(request)], work=work, asked=asked)

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        if int(request.headers.get("Content-Length") or 0) <= LARGEST_BODY:
            close_files(request)
            keep_unnamed(request)
        return super().initialize_request(request, *args, **kwargs)


class ImportView(ApiView):
    permission_classes = (IsLead,)

    @operation(
        "getImport",
        tag="catalogue",
        summary="Get the progress and the result of an import",
        answers={200: ImportSerializer},
        refusals=[404],
        parameters=[RUN_ID],
        scope=SCOPE,
        links=OF_THIS_RUN,
        answered=examples.RUN,
    )
    def get(self, request: Request, run_id: int) -> Response:
        return Response(_run(import_run(run_id=run_id)))


class CancelImportView(ApiView):
    permission_classes = (IsLead,)

    @operation(
        "cancelImport",
        tag="catalogue",
        summary="Cancel an import",
        description="It stops within seconds, unless it is already switching to the new catalogue.",
        answers={200: ImportSerializer},
        refusals=[404],
        conflicts=["import_over"],
        parameters=[RUN_ID],
        scope=SCOPE,
        answered={**examples.RUN, "cancel_requested": True},
    )
    def post(self, request: Request, run_id: int) -> Response:
        return Response(_run(cancel_import(run_id=run_id)))


class RepeatImportView(ApiView):
    permission_classes = (IsLead,)

    @operation(
        "repeatImport",
        tag="catalogue",
        summary="Import the files of an earlier run again, such as a dry run's",
        body=RepeatRequestSerializer,
        answers={201: ImportSerializer},
        refusals=[404],
        conflicts=["files_gone", "import_running"],
        parameters=[RUN_ID],
        idempotent=True,
        scope=SCOPE,
        links=OF_THIS_RUN,
        asked={"dry_run": False},
        answered={**examples.RUN, "id": 4, "dry_run": False},
    )
    def post(self, request: Request, run_id: int) -> Response:
        import_run(run_id=run_id)
        values = read_body(RepeatRequestSerializer, request.data)

        def work() -> Answer:
            run = repeat_import(run_id=run_id, by=user_of(request), dry_run=values["dry_run"])
            return Answer(status=201, body=_run(run))

        return respond_once(request, callers=[caller_of(request)], work=work)


class ImportReportView(ApiView):
    permission_classes = (IsLead,)

    @operation(
        "listImportReport",
        tag="catalogue",
        summary="List the bad rows and the notes of a run, in the order they were found",
        description="The answer is 404 until there is a report, and after it is deleted.",
        answers={200: page_of(ReportRowSerializer, "ImportReportPage")},
        refusals=[404],
        parameters=[RUN_ID, *PAGING],
        scope=SCOPE,
        answered=page_example(examples.REPORT_ROW),
    )
    def get(self, request: Request, run_id: int) -> Response:
        run = import_run(run_id=run_id)
        if report_of(run) is None:
            raise NotFound(_("This import has no report."))
        rows, links = paged_places(request, lambda start, most: report_rows(run, start=start, most=most))
        return Response({**links, "results": [{**row, "line": int(row["line"])} for row in rows]})


def _read(request: Request) -> "tuple[list[UploadedFile[Any]], bool, float]":
    """Raises Refusal `invalid`."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
        raise TooLarge(too_large())
    problems = []
    form: Any = request.data
    dry_run = str(form.get("dry_run", "false")).lower()
    if dry_run not in ("true", "false"):
        problems.append(Problem("/dry_run", "wrong_type", "Give true or false."))
    tolerated = TOLERATED
    try:
        tolerated = float(str(form.get("tolerated", TOLERATED)))
    except ValueError:
        problems.append(Problem("/tolerated", "wrong_type", "Give a number."))
    if problems:
        raise Refusal("invalid", problems=problems)
    return request.FILES.getlist("files"), dry_run == "true", tolerated


def _run(run: ImportRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "state": run.state,
        "dry_run": run.dry_run,
        "files": run.files,
        "created_at": moment(run.created_at),
        "finished_at": moment(run.finished_at),
        "cancel_requested": run.cancel_requested,
        "progress": {"doing": run.doing, "done": run.done, "total": run.total, "unit": run.unit},
        "changed": run.changed,
        "sentences": run.sentences,
        "bad_rows": run.bad_rows,
        "error_code": run.error_code,
        "error_detail": run.error,
    }
