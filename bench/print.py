"""Printing: the papers of a wave of 500 orders as one PDF, beside one raw Typst compile of the very same pages.

Ours reads the wave, draws the codes, typesets the pages part by part with a record after each, and joins the parts.
The rival gets everything prepared: one compiler, one document, nothing stored. Each run is a process of its own.
"""

import json
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from bench.figures import Figure, figure, seconds

ORDERS = 500
RUNS = 3
AT_LEAST = 0.7  # of the rival's pages per second


def run() -> Mapping[str, Figure]:
    """Pages per second from the rows of a wave to the PDF on the disk."""
    # A process of its own: settings are read once, and other parts of the benchmark have different ones.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as own:
        return own.submit(_run).result()


def _run() -> dict[str, Figure]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["VAR"] = tempfile.mkdtemp(prefix="b14bench")
    os.environ["LOG_LEVEL"] = "ERROR"
    os.environ["REDIS_URL"] = "memory://"
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()
    wave_id = _wave()
    ours, raw = [], []
    for _ in range(RUNS):
        ours.append(_in_a_process(_print, wave_id))
        raw.append(_in_a_process(_compile, wave_id))
    figures = {"wave_of_500": figure(ours, "pages/s", limit=AT_LEAST * sorted(raw)[RUNS // 2], rivals=raw)}
    figures["release_of_500"] = figure([_released[0]], "s")
    return figures


_released: list[float] = []


def _wave() -> int:
    """A wave of orders of one to three lines, each with its letter, in three languages."""
    from django.core.management import call_command
    from django.db import transaction

    from core.models import Job
    from orders.floor.picking import create_wave
    from orders.intake.order_request import LineRequest
    from orders.models import LetterVersion, Order
    from tests.cast import JOHN, MARIA, allocated_order, small_set, stock_bag, stock_piece

    call_command("migrate", verbosity=0)
    call_command("load_voices", verbosity=0)
    cantina = small_set()
    for piece, bin_code in (
        (cantina.red, "A-01-1-01"),
        (cantina.grey, "B-02-1-01"),
        (cantina.tan, "C-03-1-01"),
    ):
        stock_piece(piece, 3 * ORDERS, bin_code)
    stock_bag(cantina.bag14, ORDERS, "D-04-1-01")
    lines = (
        LineRequest(bag="14"),
        LineRequest(part_num="3001", color_id=4, quantity=2),
        LineRequest(part_num="3024", color_id=71, quantity=1),
    )
    numbers = []
    with transaction.atomic():
        for number in range(ORDERS):
            customer = (JOHN, MARIA)[number % 2]
            numbers.append(allocated_order(*lines[: 1 + number % 3], customer=customer).number)
    _write_letters()
    assert LetterVersion.objects.count() == ORDERS, "every order has its letter"  # noqa: S101
    Job.objects.all().delete()
    waves: list[Any] = []
    _released.append(seconds(lambda: waves.append(create_wave(numbers=numbers, by=None))))
    assert Order.objects.count() == ORDERS  # noqa: S101
    return int(waves[0].pk)


def _write_letters() -> None:
    from core.jobs import run_job
    from core.models import Job
    from orders.letters.writing import write_letter

    for job_id in Job.objects.filter(kind="write_letter").values_list("pk", flat=True):
        run_job(job_id, write_letter)


def _print(wave_id: int) -> float:
    """Pages per second of the job, from its request to the finished file."""
    from core.jobs import run_job
    from core.models import Job
    from orders.models import PrintRun
    from orders.parcels.printing import make_print_run, print_file, print_wave

    _warm_up()
    PrintRun.objects.all().delete()
    Job.objects.filter(kind="print_wave").delete()

    def work() -> None:
        run = print_wave(wave_id=wave_id, by=None)
        while PrintRun.objects.get(pk=run.pk).finished_at is None:
            run_job(Job.objects.get(kind="print_wave").pk, make_print_run)

    took = seconds(work)
    run = PrintRun.objects.get()
    assert print_file(run).stat().st_size > 100_000  # noqa: S101
    return run.pages / took


def _compile(wave_id: int) -> float:
    """Pages per second of Typst alone, with everything prepared."""
    from notifications.print import typesetting
    from orders.models import Wave
    from orders.parcels.documents import count_pages
    from orders.parcels.wave_documents import sheets_of, walking_order

    _warm_up()
    sheets = sheets_of(walking_order(Wave.objects.get(pk=wave_id)))
    rows = json.dumps(typesetting.rows_of(sheets), ensure_ascii=False)
    compiler = typesetting.new_compiler(typesetting.TOGETHER)
    pages: list[Any] = []

    def work() -> None:
        pages.append(compiler.compile(format="pdf", sys_inputs={"sheets": rows}, timestamp=1, pdf_tags=False))

    took = seconds(work)
    return count_pages(pages[0]) / took


def _warm_up() -> None:
    """A worker reads the fonts only once in its life."""
    from notifications.print.typesetting import typeset_together
    from orders.parcels.documents import LABEL

    typeset_together([(LABEL, {"lines": ["x"], "number": "x", "return_lines": ["x"]})])


def _in_a_process(work: Callable[[int], float], wave_id: int) -> float:
    """The figure in a new process: Typst caches what it has typeset."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def call() -> None:
        from django.db import connections

        connections.close_all()
        theirs.send(work(wave_id))

    child = context.Process(target=call)
    child.start()
    value: float = ours.recv()
    child.join()
    return value
