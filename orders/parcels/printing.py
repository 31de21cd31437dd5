"""Printing a whole wave: a job makes one PDF part by part, counts the prints, and removes old files.

The files lie under `VAR/prints`, readable by their owner only. They hold addresses, so each goes when its time is up,
when one of its orders is erased, and when no print run knows it any more.
"""

import logging
import os
import secrets
from collections.abc import Collection, Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from pypdfium2 import PdfiumError

from accounts.models import User
from core.failures import TryLater
from core.jobs import Claim, recording, request_job
from core.models import Job
from core.refusals import NotFound, Refusal
from notifications.print.typesetting import typeset_together
from orders.actors import staff
from orders.models import Event, PrintRun, Shipment, Wave
from orders.parcels.documents import count_pages, merge_pdfs, note_prints
from orders.parcels.wave_documents import sheets_of, walking_order

log = logging.getLogger(__name__)

# The parcels of one part: enough to be fast, few enough that a letter waits less than a second behind a wave.
SHIPMENTS_AT_ONCE = 50
# A file that no run knows stays for this time: its run may not be committed yet.
UNKNOWN_FILE_SECONDS = 15 * 60


class IncompletePrint(TryLater):
    """The joined papers have other pages than their parts together: a part was lost, or not written whole."""


def print_wave(*, wave_id: int, by: User | None) -> PrintRun:
    """Request the papers of a wave's parcels, in walking order. A run that is under way already is returned.

    One that failed, or that no worker does any more, is begun again. Raises NotFound, or Refusal 409
    `nothing_to_print`.
    """
    with transaction.atomic():
        wave = Wave.objects.select_for_update().filter(pk=wave_id).first()
        if wave is None:
            raise NotFound("There is no such wave.")
        run = PrintRun.objects.select_for_update().filter(wave=wave, finished_at=None).first()
        if run is not None and run.failed_at is None and is_worked_on(run):
            return run
        shipment_ids = walking_order(wave)
        if not shipment_ids:
            raise Refusal("nothing_to_print", "There is nothing to print for this wave.", status=409)
        run = run or PrintRun(wave=wave, file=f"{secrets.token_urlsafe(24)}.pdf")
        run.requested_by, run.requested_at, run.parcels = by, timezone.now(), shipment_ids
        _begin(run)
        run.save()
        request_job("print_wave", run.pk)
    return run


def is_worked_on(run: PrintRun) -> bool:
    """Whether a job is left that makes the papers of an unfinished run."""
    return Job.objects.filter(kind="print_wave", subject=str(run.pk), state=Job.State.PENDING).exists()


def failure_of(run: PrintRun) -> str:
    """Why a run came to no end, as a code; empty while it is under way, and when it is finished."""
    if run.finished_at is not None or (run.failed_at is None and is_worked_on(run)):
        return ""
    return run.failure or PrintRun.Failure.OTHER


def make_print_run(claim: Claim) -> None:
    """The job of a print run: it makes one part, or, when all parts are there, the whole.

    1. Read the run; for a deleted or finished run there is nothing to do.
    2. Typeset the next parcels as a part, holding no lock. A part made twice is the same part. Or join all parts; one
       that is missing or has other pages than were counted is made again first.
    3. Record the progress and request the job again; at the end count what was printed.

    What goes wrong is noted on the run, for the packer who waits for it; the job is tried again or set aside as any.
    """
    run = PrintRun.objects.select_related("requested_by").filter(pk=int(claim.subject)).first()
    if run is None or run.finished_at is not None:
        with recording(claim):
            return
    try:
        part = _next_part(run)
        pages = _make_part(run, *part) if part else _join_parts(run)
    except DatabaseError:
        raise  # nothing is wrong with the papers
    except Exception as error:
        _note_failure(run, error)
        raise
    with recording(claim):
        locked = PrintRun.objects.select_for_update().filter(pk=run.pk).first()
        if locked is None:
            # An order was erased meanwhile, and the run with it: its files go too.
            transaction.on_commit(partial(_remove_files, [run.file]), robust=True)
        elif locked.requested_at != run.requested_at:
            pass  # begun again meanwhile: its job is due again
        elif part:
            first, count = part
            made = {made[0]: made for made in run.parts} | {first: [first, count, pages]}
            locked.parts = [made[key] for key in sorted(made)]
            locked.done = sum(count for _first, count, _pages in locked.parts)
            locked.pages = sum(pages for _first, _count, pages in locked.parts)
            locked.failed_at, locked.failure = None, ""
            locked.save(update_fields=["parts", "done", "pages", "failed_at", "failure"])
            request_job("print_wave", run.pk)
        else:
            locked.finished_at, locked.failed_at, locked.failure = timezone.now(), None, ""
            locked.save(update_fields=["finished_at", "failed_at", "failure"])
            note_prints(run.parcels, staff(run.requested_by), wave=run.wave_id)
            transaction.on_commit(partial(_remove_parts, run.file), robust=True)


def print_file(run: PrintRun) -> Path:
    """The finished PDF. Raises Refusal 409 `not_printed_yet`, `print_failed`, or 410 `print_gone`."""
    path = Path(settings.PRINTS_DIR) / run.file
    if failure_of(run):
        raise Refusal("print_failed", "These papers could not be made. Make them again.", status=409)
    if run.finished_at is None:
        raise Refusal("not_printed_yet", "This is still being made.", status=409)
    if not path.exists():
        raise Refusal("print_gone", "This file was removed when its time was up. Print it again.", status=410)
    return path


def orders_of_run(run: PrintRun) -> list[int]:
    """The ids of the orders whose papers a run has."""
    return list(Shipment.objects.filter(pk__in=run.parcels).values_list("order_id", flat=True))


def forget_prints(order_ids: Collection[int]) -> None:
    """Delete every print run that holds one of these orders, inside the transaction that erases them."""
    # By the order's events: a shipment that left its wave again is deleted, but it may have been printed before.
    picked = Event.objects.filter(order__in=order_ids, type="picking").values_list("data", flat=True)
    runs = PrintRun.objects.filter(wave__in={data["wave"] for data in picked})
    files = list(runs.values_list("file", flat=True))
    runs.delete()
    if files:
        transaction.on_commit(partial(_remove_files, files), robust=True)


def remove_old_prints() -> int:
    """Remove the runs whose time is up, and files that no run knows. Returns how many runs it removed."""
    long_ago = timezone.now() - timedelta(hours=settings.PRINTS_KEPT_HOURS)
    old = PrintRun.objects.filter(requested_at__lt=long_ago)
    count, _by_model = old.delete()
    known = set(PrintRun.objects.values_list("file", flat=True))
    for path in _folder().iterdir():
        run_file = path.name.partition(".part")[0]
        age = timezone.now().timestamp() - path.stat().st_mtime
        if run_file not in known and age > UNKNOWN_FILE_SECONDS:
            path.unlink(missing_ok=True)
    return count


def _begin(run: PrintRun) -> None:
    run.parts, run.done, run.pages = [], 0, 0
    run.failed_at, run.failure = None, ""


def _next_part(run: PrintRun) -> tuple[int, int] | None:
    """The first parcel of the part to be made next, and how many it has: a new one, or one that is not as it was made.

    None when every part lies there as it was made.
    """
    if run.done != sum(count for _first, count, _pages in run.parts):
        _begin(run)  # by an older version, which did not note its parts
    if run.done < len(run.parcels):
        return run.done, len(run.parcels[run.done : run.done + SHIPMENTS_AT_ONCE])
    for first, count, pages in run.parts:
        if _pages_of(_part(run, first)) != pages:
            log.warning("print run %s: part %s is not as it was made", run.pk, first)
            return first, count
    return None


def _pages_of(path: Path) -> int:
    """How many pages a part has; none where it is not there, and -1 where it is no PDF any more."""
    try:
        return count_pages(path.read_bytes())
    except FileNotFoundError:
        return 0
    except PdfiumError:
        return -1


def _make_part(run: PrintRun, first: int, count: int) -> int:
    """Typeset the sheets of these parcels as one part; returns how many pages it has."""
    sheets = sheets_of(run.parcels[first : first + count])
    if not sheets:
        _part(run, first).unlink(missing_ok=True)
        return 0
    pages = typeset_together(sheets)
    count_of_pages = count_pages(pages)
    _write(_part(run, first).name, pages)
    if _pages_of(_part(run, first)) != count_of_pages:
        raise IncompletePrint(f"part {first} was not written whole")
    return count_of_pages


def _join_parts(run: PrintRun) -> int:
    """Join the parts; returns how many pages the whole has. Raises IncompletePrint where that is not their sum."""
    parts = [_part(run, first) for first, _count, pages in run.parts if pages]
    whole = merge_pdfs(path.read_bytes() for path in parts)
    pages = count_pages(whole) if parts else 0
    if pages != run.pages:
        raise IncompletePrint(f"{pages} pages of {run.pages}")
    _write(run.file, whole)
    return pages


def _note_failure(run: PrintRun, error: Exception) -> None:
    failure = PrintRun.Failure.OTHER
    if isinstance(error, OSError):
        failure = PrintRun.Failure.STORAGE
    elif isinstance(error, IncompletePrint):
        failure = PrintRun.Failure.INCOMPLETE
    PrintRun.objects.filter(pk=run.pk, requested_at=run.requested_at, finished_at=None).update(
        failed_at=timezone.now(), failure=failure
    )


def _write(name: str, content: bytes) -> None:
    """The file appears whole or not at all, and only its owner can read it."""
    unfinished = _folder() / f"{name}.{secrets.token_hex(4)}.new"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    unfinished.rename(_folder() / name)


def _folder() -> Path:
    folder = Path(settings.PRINTS_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _part(run: PrintRun, first: int) -> Path:
    return Path(settings.PRINTS_DIR) / f"{run.file}.part{first:06d}"


def _remove_parts(file: str) -> None:
    for path in _folder().glob(f"{file}.part*"):
        path.unlink(missing_ok=True)


def _remove_files(files: Iterable[str]) -> None:
    for file in files:
        (_folder() / file).unlink(missing_ok=True)
        _remove_parts(file)
