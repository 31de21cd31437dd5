"""Pictures of pieces: only those that the operator has put under VAR/media/pieces/.

A file is named by an element id (`300121.webp`), or by part number and colour (`3001_4.webp`). A piece without a
picture on this disk gets a drawing; addresses of other hosts, which a dump may have, are never loaded.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from catalog.models import Piece

CONTENT_TYPES = {
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}


@dataclass(frozen=True, slots=True)
class Pictures:
    """The names of the files by element id or piece, and when the folder last changed, in ns (0: never)."""

    folder: Path
    changed: int
    files: dict[str, str]


_held: Pictures | None = None


def current_pictures() -> Pictures:
    """The pictures in the folder; read again only after it changed."""
    global _held
    folder = Path(settings.MEDIA_ROOT) / "pieces"
    try:
        changed = folder.stat().st_mtime_ns
    except OSError:
        changed = 0
    if _held is None or (_held.folder, _held.changed) != (folder, changed):
        _held = Pictures(folder, changed, _read(folder) if changed else {})
    return _held


def pictures_version() -> str:
    """A text that changes when a picture is added or removed."""
    return str(current_pictures().changed)


def picture_of(piece: Piece) -> str | None:
    """The path of the piece's picture, if there is one. Part and elements are loaded with the piece."""
    files = current_pictures().files
    if not files:
        return None
    names = [
        *(element.element_id for element in piece.elements.all()),
        f"{piece.part.part_num}_{piece.color_id}",
    ]
    name = next((files[name] for name in names if name in files), None)
    return reverse("catalog:piece_picture", args=[name]) if name else None


def picture_path(name: str) -> Path | None:
    """The file of that name if it is one of the pictures; only a name from the folder's own list is accepted."""
    pictures = current_pictures()
    stem, _suffix = os.path.splitext(name)
    return pictures.folder / name if pictures.files.get(stem) == name else None


def _read(folder: Path) -> dict[str, str]:
    """If a piece has several pictures, the kind that stands first in the table above wins."""
    files: dict[str, str] = {}
    order = list(CONTENT_TYPES)
    with os.scandir(folder) as entries:
        found = [os.path.splitext(entry.name) for entry in entries if not entry.name.startswith(".")]
    for stem, suffix in sorted(
        (each for each in found if each[1] in CONTENT_TYPES), key=lambda each: order.index(each[1])
    ):
        files.setdefault(stem, stem + suffix)
    return files
