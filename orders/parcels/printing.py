"""Printing a whole wave: a job makes one PDF part by part, counts the prints, and removes old files.

The files lie under `VAR/prints`, readable by their owner only. They hold addresses, so each goes when its time is up,
when one of its orders is erased, and when no print run knows it any more.
"""

import os
import secrets
from collections.abc import Collection, Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.jobs import Claim, recording, request_job
from core.refusals import NotFound, Refusal
from notifications.print.typesetting import typeset_together
from orders.actors import staff
from orders.models import Event, PrintRun, Shipment, Wave
from orders.parcels.documents import count_pages, merge_pdfs, note_prints
from orders.parcels.wave_documents import sheets_of, walking_order

# The parcels of one part: enough to be fast, few enough that a letter waits less than a second behind a wave.
SHIPMENTS_AT_ONCE = 50
# A file that no run knows stays for this time: its run may not be committed yet.
UNKNOWN_FILE_SECONDS = 15 * 60


def print_wave(*, wave_id: int, by: User | None) -> PrintRun:
    """Request the papers of a wave's parcels, in walking order. A run that is under way already is returned.

    Raises NotFound, or Refusal 409 `nothing_to_print`.
    """
    with transaction.atomic():
        wave = Wave.objects.select_for_update().filter(pk=wave_id).first()
        if wave is None:
            raise NotFound("There is no such wave.")
        under_way = PrintRun.objects.filter(wave=wave, finished_at=None).first()
        if under_way is not None:
            return under_way
        shipment_ids = walking_order(wave)
        if not shipment_ids:
            raise Refusal("nothing_to_print", "There is nothing to print for this wave.", status=409)
        run = PrintRun.objects.create(
            wave=wave,
            requested_by=by,
            requested_at=timezone.now(),
            parcels=shipment_ids,
            file=f"{secrets.token_urlsafe(24)}.pdf",
        )
        request_job("print_wave", run.pk)
    return run


def make_print_run(claim: Claim) -> None:
    """The job of a print run: it makes one part, or, when all parts are there, the whole.

    1. Read the run; for a deleted or finished run there is nothing to do.
    2. Typeset the next parcels as a part, or join all parts, holding no lock. A part made twice is the same part.
    3. Record the progress and request the job again; at the end count what was printed.
    """
    run = PrintRun.objects.select_related("requested_by").filter(pk=int(claim.subject)).first()
    if run is None or run.finished_at is not None:
        with recording(claim):
            return
    chunk = run.parcels[run.done : run.done + SHIPMENTS_AT_ONCE]
    if chunk:
        page_count = _make_part(run, chunk)
    else:
        _join_parts(run)
    with recording(claim):
        locked = PrintRun.objects.select_for_update().filter(pk=run.pk).first()
        if locked is None:
            # An order was erased meanwhile, and the run with it: its files go too.
            transaction.on_commit(partial(_remove_files, [run.file]))
        elif chunk:
            locked.done, locked.pages = run.done + len(chunk), run.pages + page_count
            locked.save(update_fields=["done", "pages"])
            request_job("print_wave", run.pk)
        else:
            locked.finished_at = timezone.now()
            locked.save(update_fields=["finished_at"])
            note_prints(run.parcels, staff(run.requested_by), wave=run.wave_id)
            transaction.on_commit(partial(_remove_parts, run.file))


def print_file(run: PrintRun) -> Path:
    """The finished PDF. Raises Refusal 409 `not_printed_yet`, or 410 `print_gone`."""
    path = _folder() / run.file
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
        transaction.on_commit(partial(_remove_files, files))


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


def _make_part(run: PrintRun, shipment_ids: list[int]) -> int:
    """Typeset the sheets of these shipments as one part; returns how many pages it has."""
    sheets = sheets_of(shipment_ids)
    if not sheets:
        return 0
    pages = typeset_together(sheets)
    _write(f"{run.file}.part{run.done:06d}", pages)
    return count_pages(pages)


def _join_parts(run: PrintRun) -> None:
    _write(run.file, merge_pdfs(path.read_bytes() for path in _parts(run.file)))


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


def _parts(file: str) -> list[Path]:
    return sorted(path for path in _folder().glob(f"{file}.part*") if path.suffix != ".new")


def _remove_parts(file: str) -> None:
    for path in _folder().glob(f"{file}.part*"):
        path.unlink(missing_ok=True)


def _remove_files(files: Iterable[str]) -> None:
    for file in files:
        (_folder() / file).unlink(missing_ok=True)
        _remove_parts(file)
