"""The files of an import that a browser or a program sent: recognised by their names, kept under VAR/imports."""

import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from catalog.importing import tables
from catalog.importing.dump import check_tables
from catalog.importing.files import TableFile
from catalog.importing.problems import CatalogError, Problems, shown
from catalog.models import ImportRun
from core.refusals import Problem, Refusal

MB = 1 << 20
# Today's whole dump is 20 MB gzipped and 130 MB plain.
LARGEST_FILE, LARGEST_UPLOAD = 200 * MB, 300 * MB
# With the parts of a form around the files.
LARGEST_BODY = LARGEST_UPLOAD + MB
KEPT_RUNS = 5
ABANDONED_AFTER_SECONDS = 24 * 3600
REPORT = "report"
BESIDE = (tables.BAGS.name, tables.WEIGHTS.name)
KNOWN = (*(table.name for table in tables.DUMP), *BESIDE)


def imports_folder() -> Path:
    return Path(settings.VAR) / "imports"


def folder_of(run: ImportRun) -> Path:
    """The folder of a run's files and its report."""
    return imports_folder() / run.folder


def file_beside(folder: Path, name: str) -> Path | None:
    """`bags` or `weights` in a folder, plain or gzipped, or None."""
    return next(
        (path for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz") if path.is_file()), None
    )


def keep_files(files: "Sequence[UploadedFile[Any]]") -> tuple[str, dict[str, int]]:
    """Write the files into a new folder and check every header. Returns the folder's name, and sizes by name.

    Raises Refusal `invalid` with a pointer `/files/<index>` or `/files` for each problem; then nothing is kept.
    """
    names = _names(files)
    folder = imports_folder() / secrets.token_hex(8)
    folder.mkdir(parents=True)
    try:
        for file, name in zip(files, names, strict=True):
            with (folder / name).open("wb") as kept:
                for chunk in file.chunks():
                    kept.write(chunk)
        _check_headers(folder)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Refusal("cannot_keep", f"The files cannot be kept: {error.strerror}.", status=507) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder.name, {name: file.size or 0 for file, name in zip(files, names, strict=True)}


def _names(files: "Sequence[UploadedFile[Any]]") -> list[str]:
    """The name each file is kept under: the table's own, whatever folder or upper case the sender's name has."""
    names: list[str] = []
    problems: list[Problem] = []
    for index, file in enumerate(files):
        given = str(file.name or "")
        name = given.replace("\\", "/").rpartition("/")[2].lower()
        table = name.removesuffix(".gz").removesuffix(".csv")
        if table not in KNOWN or name not in (f"{table}.csv", f"{table}.csv.gz"):
            detail = f"“{shown(given)}” is none of the tables: {', '.join(KNOWN)}, each as .csv or .csv.gz."
            problems.append(Problem(f"/files/{index}", "unknown_file", detail))
        elif any(other.startswith(f"{table}.csv") for other in names):
            problems.append(Problem(f"/files/{index}", "duplicate_file", f"{table} is there twice."))
        elif (file.size or 0) > LARGEST_FILE:
            detail = f"{name} has {(file.size or 0) // MB} MB; at most {LARGEST_FILE // MB} MB are taken."
            problems.append(Problem(f"/files/{index}", "too_large", detail))
        names.append(name)
    if sum(file.size or 0 for file in files) > LARGEST_UPLOAD:
        problems.append(Problem("/files", "too_large", too_large()))
    missing = [
        table.name for table in tables.DUMP if not any(name.startswith(f"{table.name}.csv") for name in names)
    ]
    if missing and not problems:
        problems.append(Problem("/files", "missing_table", f"Missing: {', '.join(missing)}."))
    if problems:
        raise Refusal("invalid", problems=problems)
    return names


def too_large() -> str:
    """The message for a sender whose files are too large."""
    return f"The files have more than {LARGEST_UPLOAD // MB} MB together; send them gzipped, as they were downloaded."


def _check_headers(folder: Path) -> None:
    """Refuse at once what reading would refuse before its first row, while the sender still looks at the page."""
    try:
        check_tables(folder)
        for table in (tables.BAGS, tables.WEIGHTS):
            if path := file_beside(folder, table.name):
                TableFile(path, table, Problems()).check_header()
    except CatalogError as error:
        raise Refusal("invalid", problems=[Problem("/files", error.code, str(error))]) from error


def tidy_up() -> None:
    """Remove the tables of all but the newest runs, keeping their reports; and folders that belong to no run."""
    runs = list(ImportRun.objects.order_by("-pk").values_list("folder", flat=True))
    newest = set(runs[:KEPT_RUNS])
    for folder in imports_folder().iterdir():
        if folder.name in newest:
            continue
        if folder.name not in runs:
            if time.time() - folder.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
            continue
        for file in folder.iterdir():
            if not file.name.startswith(REPORT):
                file.unlink(missing_ok=True)
