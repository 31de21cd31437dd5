"""Pages from data: Typst templates compiled to PDF. The same data always gives the same bytes.

A template is a function `sheet(data, drawn)`. Alone in a document it is a page of its own, in `papers.typ` one of
many.

A template never evaluates its data: strings arrive as JSON and are set as text. Compilers are kept per thread and
process, because threads cannot share one; a process that forks should do so before its first page.
"""

import json
import os
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

from core.qr_code import qr_code_rows

_TEMPLATES = Path(__file__).parent / "typst"
#: Name and version of a template, and its file. A changed page becomes a new version beside the old one, so that a
#: letter that was sent can be made again unchanged.
TEMPLATES = {
    "letter@1": "letter.typ",
    "packing_slip@1": "packing_slip.typ",
    "address_label@1": "address_label.typ",
}
#: Many sheets in one document: knows every template above.
TOGETHER = "papers.typ"
#: The entry of a template's data that its QR code encodes.
_ENCODED = {"letter@1": "status_url", "packing_slip@1": "number"}

#: The folders of the fonts, and for each the file that shows which characters it has. `fonts/make.py` says why one is
#: our own.
_PLEX_SERIF = Path(str(files("fontpkg_ibm_plex_serif"))) / "files"
_KISEH = Path(__file__).parent / "fonts"
FACES = {"latin": _PLEX_SERIF / "IBMPlexSerif-Regular.ttf", "persian": _KISEH / "Kiseh-Regular.ttf"}
#: The time of creation in every PDF, in seconds: a page depends on its data only.
_TIMESTAMP = 1_767_225_600

_kept = threading.local()


def typeset(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of `data` on `template`, such as `letter@1`.

    Raises ValueError for an unknown template, typst.TypstError for data that lacks what the template needs.
    """
    if template not in TEMPLATES:
        raise ValueError(f"There is no template {template!r}; there are {', '.join(TEMPLATES)}.")
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    if template in _ENCODED:
        inputs["code"] = qr_code_rows(str(data[_ENCODED[template]]))
    return _compile(TEMPLATES[template], inputs)


def typeset_together(sheets: Sequence[tuple[str, Mapping[str, Any]]]) -> bytes:
    """One PDF of many sheets, each a template's name with its data, in a fraction of the time of single ones.

    For the printer: without the structure that screen readers need. Raises as `typeset` does.
    """
    rows = json.dumps(rows_of(sheets), ensure_ascii=False)
    return _compile(TOGETHER, {"sheets": rows}, pdf_tags=False)


def rows_of(sheets: Sequence[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """What `papers.typ` reads: each sheet's template, its data, and its QR code drawn. Raises ValueError."""
    rows = []
    for template, data in sheets:
        if template not in TEMPLATES:
            raise ValueError(f"There is no template {template!r}; there are {', '.join(TEMPLATES)}.")
        code = qr_code_rows(str(data[_ENCODED[template]])) if template in _ENCODED else ""
        rows.append({"template": template, "data": data, "code": code})
    return rows


def _compile(file: str, inputs: dict[str, str], *, pdf_tags: bool = True) -> bytes:
    page = _compiler(file).compile(format="pdf", sys_inputs=inputs, timestamp=_TIMESTAMP, pdf_tags=pdf_tags)
    if not isinstance(page, bytes):
        raise TypeError(f"{file} made {type(page).__name__} instead of one PDF.")
    return page


def missing_glyphs(text: str) -> str:
    """The characters of `text` that none of our fonts has, each once, in order. Empty if all can be printed."""
    known = _characters()
    seen = dict.fromkeys(each for each in unicodedata.normalize("NFC", text) if ord(each) not in known)
    return "".join(each for each in seen if unicodedata.category(each) not in {"Cc", "Cf"})


def _compiler(file: str) -> typst.Compiler:
    """This thread's compiler for a file; a forked child makes its own."""
    if getattr(_kept, "process", None) != os.getpid():
        _kept.process, _kept.compilers = os.getpid(), {}
    compilers: dict[str, typst.Compiler] = _kept.compilers
    if file not in compilers:
        compilers[file] = new_compiler(file)
    return compilers[file]


def new_compiler(file: str) -> typst.Compiler:
    """A compiler for one file of ours. Only the thread that made it may use it."""
    return typst.Compiler(input=str(_TEMPLATES / file), root=str(_TEMPLATES), font_paths=_fonts())


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(face.parent) for face in FACES.values()],
    )


@lru_cache(maxsize=1)
def _characters() -> frozenset[int]:
    """Every character that one of the fonts can draw."""
    known: set[int] = set()
    for face in FACES.values():
        with TTFont(face, lazy=True) as font:
            known |= set(font.getBestCmap())
    return frozenset(known)
