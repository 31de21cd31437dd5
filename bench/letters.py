"""Letters on one core: the whole job beside the bare typesetting of the same pages, and beside WeasyPrint.

The job does what a worker does for an order: claim, read, choose sentences unlike those of other letters, compose,
check, record version, event, mail and the mail's job, wake. Pages are made later, on request: they are measured on
their own beside WeasyPrint, and again on top of the job. Measured in processor time, on SQLite, with an in-memory
broker: waiting for a disk or another process does not count.
"""

import gc
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from html import escape
from pathlib import Path
from typing import Any

from bench.figures import Figure, figure

LETTERS = 60
RUNS = 7
RIVAL_LETTERS = 20
# The least share of the bare typesetting's pace that the whole job must reach, and of WeasyPrint's, how many times.
SHARE_OF_TYPST, TIMES_WEASYPRINT = 0.6, 8.0
MANY = 5_000
WARM = 500
GROWTH_MB = 8.0


def run() -> Mapping[str, Figure]:
    """Letters per second and core, and how much memory stays in use after five thousand letters."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["VAR"] = tempfile.mkdtemp(prefix="b14bench")
    os.environ["LOG_LEVEL"] = "ERROR"
    os.environ["REDIS_URL"] = "memory://"
    os.environ.pop("DATABASE_URL", None)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("load_voices", verbosity=0)
    from notifications.print.typesetting import typeset

    orders = _Orders()
    orders.place(LETTERS)
    for version in orders.written():
        typeset(version.template, version.data)  # the first compiles the template and reads the fonts
    whole, jobs, pages, bare, rivals = [], [], [], [], []
    for _ in range(RUNS):
        orders.place(LETTERS)
        job_seconds = _processor_seconds(orders.run_jobs)
        versions = orders.written()
        page_seconds = _processor_seconds(partial(_typeset_all, versions))
        jobs.append(LETTERS / job_seconds)
        pages.append(LETTERS / page_seconds)
        whole.append(LETTERS / (job_seconds + page_seconds))
        bare.append(LETTERS / _bare_typst([each.data for each in versions]))
        rivals.append(RIVAL_LETTERS / _weasyprint([each.data for each in versions[:RIVAL_LETTERS]]))
    typst, weasyprint = sorted(bare)[RUNS // 2], sorted(rivals)[RUNS // 2]
    unit = "letters/s"
    return {
        "job": figure(jobs, unit, limit=SHARE_OF_TYPST * typst, rivals=bare),
        "page": figure(pages, unit, limit=TIMES_WEASYPRINT * weasyprint, rivals=rivals),
        "job_and_page": figure(whole, unit, rivals=bare),
        "memory_growth": figure([_growth()], "MB", limit=GROWTH_MB),
    }


def _typeset_all(versions: Sequence[Any]) -> None:
    from notifications.print.typesetting import typeset

    for each in versions:
        typeset(each.template, each.data)


class _Orders:
    """Orders of a few sets in three languages, whose letters are not yet written."""

    def __init__(self) -> None:
        from tests.cast import small_set

        self.sets = [small_set(f"7529{number}-1") for number in range(3)]
        self.count = 0
        self.pending: list[int] = []

    def place(self, count: int) -> None:
        """Place `count` more orders, each from another household."""
        from dataclasses import replace

        from core.models import Job
        from orders.intake.order_request import BuilderRequest, LineRequest
        from tests.cast import JOHN, order_for

        lines = [LineRequest(bag="14"), LineRequest(part_num="3070b", color_id=19, quantity=2)]
        self.pending = []
        for number in range(count):
            self.count += 1
            order = order_for(
                *lines[: 1 + number % 2],
                set_num=self.sets[number % 3].set.set_num,
                customer=replace(JOHN, name=f"John {self.count}", language=("en", "es", "fa")[number % 3]),
                builder=BuilderRequest(name="Emma", age_band="7-12"),
            )
            self.pending.append(order.pk)
        jobs = Job.objects.filter(kind="write_letter", subject__in=[str(pk) for pk in self.pending])
        self.jobs = list(jobs.values_list("pk", flat=True))

    def run_jobs(self) -> None:
        from core.jobs import run_job
        from orders.letters.writing import write_letter

        for job in self.jobs:
            run_job(job, write_letter)

    def written(self) -> list[Any]:
        """The letters of the orders placed last."""
        from orders.models import LetterVersion

        if not LetterVersion.objects.filter(letter__order=self.pending[0]).exists():
            self.run_jobs()
        versions = list(LetterVersion.objects.filter(letter__order__in=self.pending).order_by("pk"))
        if len(versions) != len(self.pending):
            raise RuntimeError(f"{len(self.pending)} orders have {len(versions)} letters.")
        return versions


def _processor_seconds(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def _bare_typst(pages: Sequence[dict[str, Any]]) -> float:
    """Processor seconds of Typst alone, with data and codes made before."""
    import json

    from core.qr_code import qr_code_rows
    from notifications.print import typesetting

    compiler = typesetting._compiler(typesetting.TEMPLATES["letter@1"])
    inputs = [
        {
            "data": json.dumps(page, ensure_ascii=False),
            "code": qr_code_rows(str(page["status_url"])),
        }
        for page in pages
    ]

    def compile_all() -> None:
        for each in inputs:
            compiler.compile(format="pdf", sys_inputs=each, timestamp=typesetting._TIMESTAMP)

    return _processor_seconds(compile_all)


def _weasyprint(pages: Sequence[dict[str, Any]]) -> float:
    """Processor seconds of WeasyPrint for the same pages: size, fonts, drawing, texts, swatches, code."""
    from weasyprint import HTML

    documents = [_as_page(page) for page in pages]
    HTML(string=documents[0]).write_pdf()
    return _processor_seconds(lambda: [HTML(string=document).write_pdf() for document in documents])


def _as_page(page: dict[str, Any]) -> str:
    """The letter as HTML for paper."""
    from core.qr_code import qr_code_svg
    from notifications.print import typesetting

    faces = "".join(
        f"@font-face {{ font-family: {family}; src: url({path.as_uri()}); }}"
        for family, path in typesetting.FACES.items()
    )
    rows = "".join(
        f'<tr><td><i style="background:#{item["rgb"] or "ffffff"}"></i></td><td>{escape(item["line"])}</td></tr>'
        for item in page["items"]
    )
    texts = "".join(
        f"<table>{rows}</table>" if each["kind"] == "items" else f"<p>{escape(each['text'])}</p>"
        for each in page["paragraphs"]
    )
    code = qr_code_svg(page["status_url"])
    drawing = _drawing(page["ornament"], page["accent"])
    return (
        f'<html lang="{page["language"]}" dir="{page["direction"]}"><style>{faces}'
        "@page { size: 148mm 210mm; margin: 12mm 16mm } body { font: 10.4pt latin, persian; line-height: 1.5 }"
        "i { display: inline-block; width: 4.6mm; height: 4.6mm; border: 1px solid #777 }"
        "svg { width: 18mm; height: 18mm; float: right } header svg { width: 116mm; float: none }</style>"
        f"<header>{drawing}</header><h1>{escape(page['greeting'])}</h1>{texts}<p>{escape(page['farewell'])}<br>"
        f"{escape(page['signature'])}</p>{code}<small>{escape(page['order'])}</small></html>"
    )


@lru_cache
def _drawing(name: str, accent: str) -> str:
    """The drawing at the head of the page, as Typst draws it."""
    import typst

    from notifications.print import typesetting

    source = (
        '#import "ornaments.typ": ornament\n#set page(width: 116mm, height: 18mm, margin: 0mm)\n'
        f'#ornament("{name}", "{accent}")'
    )
    compiler = typst.Compiler(
        input=source.encode(), root=str(typesetting._TEMPLATES), font_paths=typesetting._fonts()
    )
    drawn = compiler.compile(format="svg")
    if not isinstance(drawn, bytes):
        raise TypeError("A drawing is one page.")
    return drawn.decode()


def _growth() -> float:
    """How many MB a process grows between its 500th letter and its 5,000th."""
    from dataclasses import replace

    from notifications.letters.composing import compose_letter
    from notifications.print.typesetting import typeset
    from tests.notifications.letters.letter_samples import BAG, PLATE, about

    before = 0.0
    for number in range(MANY):
        facts = about(items=(BAG, PLATE), language=("en", "es", "fa")[number % 3])
        letter = compose_letter(facts=replace(facts, seed=str(number), customer_name=f"John {number}"))
        typeset(letter.template, letter.data)
        if number == WARM:
            gc.collect()
            before = _resident_mb()
    gc.collect()
    return max(_resident_mb() - before, 0.01)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
