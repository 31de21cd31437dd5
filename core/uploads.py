"""Views that take files larger than a form, and who may send them to these: decided before the body is read."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.urls import Resolver404, resolve

V = TypeVar("V", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class UploadRule:
    """How many bytes a whole body may have, and whether the caller may send it.

    `allows` gets a request with its headers and its user, and an empty body.
    """

    largest: int
    allows: Callable[[HttpRequest], bool]


def takes_uploads(rule: UploadRule) -> Callable[[V], V]:
    """Let a view, or a class of views, take bodies as large as the rule says."""

    def decorate(view: V) -> V:
        view.upload_rule = rule  # type: ignore[attr-defined]
        return view

    return decorate


def rule_for(method: str, path: str) -> UploadRule | None:
    """The rule of the view that this request reaches, if it takes uploads."""
    if method != "POST":
        return None
    try:
        view = resolve(path).func
    except Resolver404:
        return None
    for holder in (view, getattr(view, "view_class", None)):
        rule = getattr(holder, "upload_rule", None)
        if isinstance(rule, UploadRule):
            return rule
    return None


def unnamed_file() -> IO[bytes]:
    """An empty file in VAR/uploads that is gone when it is closed, or when the process ends, whatever ends it."""
    folder: Path = settings.UPLOADS_DIR
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)


def keep_unnamed(request: HttpRequest) -> None:
    """Let the files of this request be kept without names. Changes nothing where they are, as in a second try."""
    if not hasattr(request, "_files"):
        request.upload_handlers = [UnnamedFileUploadHandler(request)]


def close_files(request: HttpRequest) -> None:
    """Close the files that an earlier try read: Django REST Framework reads the body again for each."""
    if hasattr(request, "_files"):
        for _name, files in request.FILES.lists():
            for file in files:
                file.close()
        del request._files


def rewind_files(request: HttpRequest) -> None:
    """Let the files that were read of a request be read again, from their beginning."""
    if hasattr(request, "_files"):
        for _name, files in request.FILES.lists():
            for file in files:
                file.seek(0)


class UnnamedFileUploadHandler(FileUploadHandler):
    """Keeps each file of a form in a temporary file without a name, which is gone with the process."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._file = unnamed_file()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[Any]":
        self._file.seek(0)
        return UploadedFile(
            file=self._file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
