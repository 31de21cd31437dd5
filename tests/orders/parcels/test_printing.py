"""A wave's papers as one PDF: in walking order, part by part, counted, and let go of when their time is up."""

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from pypdf import PdfReader
from pytest_django import Settings

from core.jobs import claim_job, run_job
from core.models import Job
from core.refusals import NotFound, Refusal
from orders import undone
from orders.actors import SYSTEM
from orders.floor.picking import create_wave
from orders.intake.order_request import LineRequest
from orders.letters import writing
from orders.models import Event, Order, PrintRun, Shipment, Wave
from orders.parcels import printing
from orders.parcels.documents import merge_pdfs
from orders.parcels.printing import failure_of, make_print_run, print_file, print_wave, remove_old_prints
from orders.parcels.shipping import pack_shipment
from orders.parcels.wave_documents import sheets_of, without_letter
from orders.parcels.weighing import expected_weight
from orders.privacy.erasing import erase_order
from tests.cast import SmallSet, allocated_order, staff_user, stock_piece

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices"), pytest.mark.slow]

RED = LineRequest(part_num="3001", color_id=4, quantity=1)
GREY = LineRequest(part_num="3024", color_id=71, quantity=1)


@pytest.fixture(autouse=True)
def prints_dir(settings: Settings, tmp_path: Path) -> Path:
    folder = tmp_path / "prints"
    settings.PRINTS_DIR = folder
    return folder


@pytest.fixture(autouse=True)
def _stock(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 20, "B-01-1-01")
    stock_piece(cantina.grey, 20, "A-01-1-01")


def _with_letter(*lines: LineRequest) -> Order:
    order = allocated_order(*lines)
    run_job(Job.objects.get(kind="write_letter", subject=order.pk).pk, writing.write_letter)
    return order


def _wave(*orders: Order) -> Wave:
    return create_wave(numbers=[order.number for order in orders], by=None)


def _step(run: PrintRun) -> None:
    claim = claim_job(Job.objects.get(kind="print_wave", subject=run.pk).pk)
    assert claim is not None
    make_print_run(claim)


def _printed(wave: Wave) -> PrintRun:
    run = print_wave(wave_id=wave.pk, by=staff_user())
    while PrintRun.objects.get(pk=run.pk).finished_at is None:
        _step(run)
    run.refresh_from_db()
    return run


def _pages(run: PrintRun) -> list[str]:
    pages = PdfReader(io.BytesIO(print_file(run).read_bytes())).pages
    return [" ".join(page.extract_text().split()) for page in pages]  # wherever the lines end


def test_slip_letter_and_label_of_every_parcel_in_walking_order() -> None:
    last, first = _with_letter(RED), _with_letter(GREY)
    run = _printed(_wave(last, first))
    pages = _pages(run)
    assert len(pages) == run.pages == 6
    # The grey plate's bin comes first on the walk, whatever its slot.
    for order, (slip, letter, label) in zip((first, last), (pages[:3], pages[3:]), strict=True):
        assert all(order.number in page for page in (slip, letter, label))
        assert "Packing slip" in slip
        assert "Lord Vader" in letter
        assert "SPRINGFIELD" in label


@pytest.mark.long
def test_five_hundred_orders_from_release_to_one_pdf(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 500, "C-01-1-01")
    orders = [_with_letter(RED) for _ in range(500)]
    pages = _pages(_printed(_wave(*orders)))
    assert len(pages) == 1500
    for order, slip in zip(orders, pages[::3], strict=True):
        assert order.number in slip


def test_each_sheet_counts_its_own_pages() -> None:
    pages = _pages(_printed(_wave(_with_letter(RED), _with_letter(GREY))))
    assert [page.count("1 / 1") for page in pages] == [1, 0, 0, 1, 0, 0]


def test_a_wave_is_made_part_by_part_with_its_progress_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "SHIPMENTS_AT_ONCE", 2)
    wave = _wave(*[allocated_order(RED) for _ in range(5)])
    run = print_wave(wave_id=wave.pk, by=None)
    seen = []
    while run.finished_at is None:
        _step(run)
        run.refresh_from_db()
        seen.append((run.done, run.pages))
    assert seen == [(2, 4), (4, 8), (5, 10), (5, 10)]
    assert len(_pages(run)) == 10


def test_a_part_made_twice_is_in_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker killed between the part and its record leaves the part behind."""
    monkeypatch.setattr(printing, "SHIPMENTS_AT_ONCE", 1)
    wave = _wave(allocated_order(RED), allocated_order(RED))
    run = print_wave(wave_id=wave.pk, by=None)
    printing._make_part(run, 0, 1)
    assert len(_pages(_printed(wave))) == 4


def test_it_is_asked_for_twice_and_made_once() -> None:
    wave = _wave(allocated_order(RED))
    assert print_wave(wave_id=wave.pk, by=None) == print_wave(wave_id=wave.pk, by=None)
    assert PrintRun.objects.count() == 1


def test_prints_are_counted_and_who_printed_is_known() -> None:
    order = allocated_order(RED)
    wave = _wave(order)
    _printed(wave)
    _printed(wave)
    assert Shipment.objects.get().prints == 2
    events = Event.objects.filter(type="printed").order_by("pk")
    assert [(event.data["times"], str(event.actor)) for event in events] == [(1, "paula"), (2, "paula")]


def test_a_letter_that_has_more_to_say_is_printed_when_the_parcel_is_packed() -> None:
    tan = LineRequest(part_num="3070b", color_id=19, quantity=1)
    order = _with_letter(RED, tan)  # there are no tan tiles: they follow
    wave = _wave(order)
    shipment = wave.shipments.get()
    assert [template for template, _ in sheets_of([shipment.pk])] == ["packing_slip@1", "address_label@1"]
    assert without_letter(wave) == 1
    pick = wave.picks.get()
    from orders.floor.picking import confirm_pick

    confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=1, by=None)
    pack_shipment(shipment_id=shipment.pk, weight_mg=expected_weight(shipment).weight_mg, by=None)
    slip, letter, label = sheets_of([shipment.pk])
    assert (slip[0], letter[0], label[0]) == ("packing_slip@1", "letter@1", "address_label@1")
    assert without_letter(wave) == 0


def test_what_was_handed_over_is_not_printed_again() -> None:
    gone, here = allocated_order(RED), allocated_order(RED)
    wave = _wave(gone, here)
    Shipment.objects.filter(order=gone).update(
        status="shipped", packed_at=wave.created_at, shipped_at=wave.created_at
    )
    pages = _pages(_printed(wave))
    assert [here.number in page for page in pages] == [True, True]
    labels = [data for template, data in sheets_of([gone.shipments.get().pk]) if "label" in template]
    assert labels == [], "nor where it leaves while its papers are made"
    Shipment.objects.update(status="shipped", packed_at=wave.created_at, shipped_at=wave.created_at)
    with pytest.raises(Refusal, match="nothing_to_print"):
        print_wave(wave_id=wave.pk, by=None)


def test_the_file_is_its_owners_alone() -> None:
    path = print_file(_printed(_wave(allocated_order(RED))))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_parts_are_gone_when_the_whole_is_there(
    prints_dir: Path, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        run = _printed(_wave(allocated_order(RED)))
    assert [path.name for path in prints_dir.iterdir()] == [run.file]


@pytest.mark.django_db(transaction=True)
def test_an_erased_order_takes_the_wave_s_papers_with_it(prints_dir: Path) -> None:
    order, other = allocated_order(RED), allocated_order(RED)
    _printed(_wave(order, other))
    erase_order(order_id=order.pk, actor=SYSTEM)
    assert list(prints_dir.iterdir()) == []
    assert not PrintRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_order_erased_while_its_papers_are_made_leaves_none(prints_dir: Path) -> None:
    order = allocated_order(RED)
    run = print_wave(wave_id=_wave(order, allocated_order(RED)).pk, by=None)
    claim = claim_job(Job.objects.get(kind="print_wave").pk)
    assert claim is not None
    made = printing._make_part

    def erased_meanwhile(run: PrintRun, first: int, count: int) -> int:
        pages = made(run, first, count)
        erase_order(order_id=order.pk, actor=SYSTEM)
        (prints_dir / f"{run.file}.part000000").touch()  # as if it had been written a moment later
        return pages

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(printing, "_make_part", erased_meanwhile)
        make_print_run(claim)
    assert list(prints_dir.iterdir()) == []
    assert not PrintRun.objects.filter(pk=run.pk).exists()
    assert Job.objects.get(kind="print_wave").state == "done"


def test_what_was_kept_long_enough_goes_and_strangers_too(prints_dir: Path) -> None:
    old, new = _printed(_wave(allocated_order(RED))), _printed(_wave(allocated_order(RED)))
    PrintRun.objects.filter(pk=old.pk).update(requested_at=timezone.now() - timedelta(hours=13))
    (prints_dir / "stranger.pdf").touch()
    hour_ago = timezone.now().timestamp() - 3600
    for path in prints_dir.iterdir():
        os.utime(path, (hour_ago, hour_ago))
    assert remove_old_prints() == 1
    assert new.file in {path.name for path in prints_dir.iterdir()}
    assert not {"stranger.pdf", old.file} & {path.name for path in prints_dir.iterdir()}


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(NotFound):
        print_wave(wave_id=999, by=None)
    with transaction.atomic():
        empty = Wave.objects.create(created_at=timezone.now())
    with pytest.raises(Refusal) as refused:
        print_wave(wave_id=empty.pk, by=None)
    assert refused.value.code == "nothing_to_print"
    run = print_wave(wave_id=_wave(allocated_order(RED)).pk, by=None)
    with pytest.raises(Refusal) as refused:
        print_file(run)
    assert refused.value.code == "not_printed_yet"
    finished = _printed(run.wave)
    print_file(finished).unlink()
    with pytest.raises(Refusal) as refused:
        print_file(finished)
    assert refused.value.code == "print_gone"


def _try(run: PrintRun) -> None:
    """A try of the job as a worker makes it: a failure is noted with the job."""
    Job.objects.filter(kind="print_wave", state="pending").update(due_at=timezone.now())
    run_job(Job.objects.get(kind="print_wave", subject=run.pk).pk, make_print_run)
    run.refresh_from_db()


def test_a_folder_that_is_closed_once_is_said_and_the_next_press_makes_the_papers(prints_dir: Path) -> None:
    wave = _wave(_with_letter(RED))
    run = print_wave(wave_id=wave.pk, by=None)
    prints_dir.touch()  # a file where the folder should be
    _try(run)
    assert (failure_of(run), run.failed_at is not None) == ("storage", True)
    with pytest.raises(Refusal) as refused:
        print_file(run)
    assert refused.value.code == "print_failed"
    Job.objects.filter(kind="print_wave").update(state="failed", attempts=15)
    prints_dir.unlink()
    again = print_wave(wave_id=wave.pk, by=staff_user())
    assert (failure_of(again), again.done) == ("", 0), "it is under way again"
    assert len(_pages(_printed(wave))) == 3


def test_a_job_that_is_tried_again_by_itself_clears_the_failure(prints_dir: Path) -> None:
    run = print_wave(wave_id=_wave(_with_letter(RED)).pk, by=None)
    prints_dir.touch()
    _try(run)
    prints_dir.unlink()
    _try(run)
    _try(run)
    assert (failure_of(run), run.failed_at, run.pages) == ("", None, 3)


@pytest.mark.parametrize("state", ["failed", "done"])
def test_papers_that_no_worker_makes_any_more_are_made_at_the_next_press(state: str) -> None:
    wave = _wave(_with_letter(RED))
    run = print_wave(wave_id=wave.pk, by=None)
    Job.objects.filter(kind="print_wave").update(state=state)
    assert failure_of(run) == "other"
    assert len(_pages(_printed(wave))) == 3


def test_papers_whose_job_is_gone_are_found_by_the_slow_round() -> None:
    run = print_wave(wave_id=_wave(_with_letter(RED)).pk, by=None)
    Job.objects.all().delete()
    undone.find_undone_work()
    while PrintRun.objects.get(pk=run.pk).finished_at is None:
        _step(run)


def _made_in_parts(monkeypatch: pytest.MonkeyPatch) -> PrintRun:
    """A run of three parts, each a parcel's slip and label, that are not joined yet."""
    monkeypatch.setattr(printing, "SHIPMENTS_AT_ONCE", 1)
    run = print_wave(wave_id=_wave(*[allocated_order(RED) for _ in range(3)]).pk, by=None)
    for _ in range(3):
        _step(run)
    run.refresh_from_db()
    assert (run.done, run.pages, run.parts) == (3, 6, [[0, 1, 2], [1, 1, 2], [2, 1, 2]])
    return run


@pytest.mark.parametrize("damage", ["missing", "empty", "another", "broken"])
def test_a_part_that_is_not_as_it_was_made_is_made_again(
    damage: str, prints_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _made_in_parts(monkeypatch)
    part, other = (prints_dir / f"{run.file}.part00000{number}" for number in (1, 2))
    match damage:
        case "missing":
            part.unlink()
        case "empty":
            part.write_bytes(b"")
        case "another":
            part.write_bytes(merge_pdfs([other.read_bytes()] * 2))
        case "broken":
            part.write_bytes(part.read_bytes()[:500])
    while run.finished_at is None:
        _step(run)
        run.refresh_from_db()
    pages = _pages(run)
    numbers = [Shipment.objects.get(pk=shipment).order.number for shipment in run.parcels]
    assert [numbers.index(next(n for n in numbers if n in page)) for page in pages] == [0, 0, 1, 1, 2, 2]
    assert run.pages == len(pages) == 6


def test_a_file_is_never_finished_with_other_pages_than_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _made_in_parts(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(printing, "merge_pdfs", lambda parts: merge_pdfs(list(parts)[1:]))
        _try(run)
    assert (run.finished_at, failure_of(run)) == (None, "incomplete")
    _try(run)
    assert (len(_pages(run)), failure_of(run)) == (6, "")


def test_a_part_that_was_not_written_whole_is_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    run = print_wave(wave_id=_wave(allocated_order(RED)).pk, by=None)
    with monkeypatch.context() as patch:
        patch.setattr(printing, "_write", lambda name, content: None)
        _try(run)
    assert (run.done, failure_of(run)) == (0, "incomplete")


def test_a_worker_that_is_late_writes_nothing_on_a_run_that_was_begun_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(printing, "SHIPMENTS_AT_ONCE", 1)
    wave = _wave(allocated_order(RED), allocated_order(RED))
    run = print_wave(wave_id=wave.pk, by=None)
    _step(run)
    make = printing._make_part

    def begun_again_meanwhile(run: PrintRun, first: int, count: int) -> int:
        PrintRun.objects.filter(pk=run.pk).update(failed_at=timezone.now(), failure="other")
        print_wave(wave_id=wave.pk, by=None)
        return make(run, first, count)

    with monkeypatch.context() as patch:
        patch.setattr(printing, "_make_part", begun_again_meanwhile)
        _step(run)
    run.refresh_from_db()
    assert (run.done, run.parts) == (0, [])
    assert len(_pages(_printed(wave))) == 4


def test_a_run_that_an_older_version_began_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _made_in_parts(monkeypatch)
    PrintRun.objects.update(parts=[])  # it noted none
    assert len(_pages(_printed(run.wave))) == 6
