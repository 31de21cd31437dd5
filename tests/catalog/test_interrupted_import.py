"""An import stopped at any point leaves the old catalogue working, and the next one succeeds."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import Settings

from catalog.bulk import Turns
from catalog.importing.importer import _only_importer, import_catalog
from catalog.importing.merging import Merge
from catalog.importing.problems import CatalogError
from catalog.importing.progress import Phase
from catalog.importing.runs import import_run, start_import
from catalog.models import Content, Inventory, Revision, Set
from catalog.queries import bags_of, contents_of, find_set, search_sets
from orders.models import Order
from tests.cast import order_for
from tests.catalog.dumps import SmallDump
from tests.stack import Stack

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
# When to kill: so long after a phase has begun, at random up to that many seconds.
MOMENTS = [
    (Phase.READING, 0.1),
    (Phase.COMPARING, 0.02),
    (Phase.WRITING, 0.0),
    (Phase.WRITING, 0.1),
    (Phase.TURNING, 0.02),
    (Phase.INDEXING, 0.05),
]
SETS, ROWS_A_SET = 1_500, 30
WHILE_KILLED = {Phase.COMPARING, Phase.WRITING}


class Stopped(Exception):
    """Stands for a power cut: nothing in the import knows it."""


def grown(dump: SmallDump) -> SmallDump:
    """The small world with one set changed, one gone, and some new."""
    dump.change("inventory_parts", "2,3003,71,3,f", "2,3003,71,4,f")
    dump.change("sets", "7946-1,King's Castle,2010,2,11", "7946-1,Queen's Castle,2010,2,12")
    dump.rows["sets"].remove("4180878,Key Chain,2004,1,0")
    dump.rows["inventories"].remove("6,1,4180878")
    dump.rows["colors"].append("0,Black,05131D,f")
    dump.rows["parts"].append("9999,New Thing,11,1")
    for number in range(20):
        dump.rows["sets"].append(f"{500 + number}-1,Tower {number},2026,2,3")
        dump.rows["inventories"].append(f"{500 + number},1,{500 + number}-1")
        dump.rows["inventory_parts"].append(f"{500 + number},9999,0,3,f")
        dump.rows["bags"].append(f"{500 + number}-1,1,9999,0,3")
    return dump.write()


def visible() -> list[object]:
    """What customers see of the small world."""
    sets = Set.objects.filter(retired_at__isnull=True).select_related("theme").order_by("set_num")
    return [
        (
            set_.set_num,
            set_.name,
            set_.theme.name,
            [(bag.label, bag.num_pieces) for bag in bags_of(set_)],
            sorted(
                (row.piece.part.part_num, row.piece.color_id, row.quantity, row.minifig)
                for row in contents_of(set_)
            ),
        )
        for set_ in sets
    ]


@pytest.mark.django_db
def test_stopped_before_and_after_each_write_the_old_catalogue_stays(
    dump: SmallDump, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The import is stopped at its first write, at its second, and so on, until one is let through."""
    dump.imported()
    old = visible()
    grown(dump)
    monkeypatch.setattr("catalog.bulk.FIRST_TURN", 7)
    monkeypatch.setattr("catalog.bulk.SHORTEST_TURN", 7)
    monkeypatch.setattr("catalog.bulk.LONGEST_TURN", 7)
    stops = 0
    while True:
        with monkeypatch.context() as patch:
            _stop_at_write(patch, stops)
            try:
                # The whole transaction of a stopped step is undone, and no other.
                dump.run()
            except Stopped:
                stops += 1
                # Stopped while the search index was made, everything else is new already.
                assert (visible() == old) is (Revision.objects.get().number == 1)
                continue
        break
    assert stops > 8
    assert visible() != old
    assert {set_.set_num for set_ in search_sets("tower")} == {f"{500 + number}-1" for number in range(20)}
    assert not Inventory.objects.filter(current_since=None).exists(), "nothing of the stopped ones is left"
    assert not dump.run().changed


def _stop_at_write(patch: pytest.MonkeyPatch, which: int) -> None:
    """Make the write of that number fail after it was made, inside its transaction; later ones are never reached."""
    writes = iter(range(1_000_000))
    write_rows, change_sets = Turns.write, Merge._change_sets

    def stopping_rows(
        self: Turns, rows: object, how: Callable[[object], None], *more: object, **options: object
    ) -> int:
        def write_and_stop(some: object) -> None:
            how(some)
            if next(writes) == which:
                raise Stopped

        return write_rows(self, rows, write_and_stop, *more, **options)  # type: ignore[arg-type]

    def stopping_sets(self: Merge) -> None:
        change_sets(self)
        if next(writes) == which:
            raise Stopped

    patch.setattr(Turns, "write", stopping_rows)
    patch.setattr(Merge, "_change_sets", stopping_sets)


@pytest.mark.django_db
def test_an_index_that_was_left_behind_is_made_by_the_next_import(
    dump: SmallDump, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("catalog.importing.importer.refresh_index", lambda turns: None)
        dump.imported()
    assert search_sets("blacksmith") == []
    assert not dump.run().changed
    assert [set_.set_num for set_ in search_sets("blacksmith")] == ["6918-1"]


@pytest.mark.django_db
def test_a_second_import_at_the_same_time_is_refused(
    dump: SmallDump, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump.write()
    refused: list[str] = []

    def meanwhile(*_: object) -> None:
        def second() -> None:
            try:
                import_catalog(directory=dump.folder)
            except CatalogError as error:
                refused.append(error.code)
            finally:
                connection.close()

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()

    with monkeypatch.context() as patch:
        patch.setattr(Merge, "write", meanwhile)
        dump.run()
    assert refused == ["import_running"]
    assert dump.run().changed


def test_the_next_import_may_begin_before_the_server_has_ended_the_session_of_the_last(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(connections["default"])
    closed: list[BaseDatabaseWrapper] = []
    close = kind.close
    with monkeypatch.context() as patch:
        patch.setattr(kind, "close", lambda holder: closed.append(holder))
        for _ in range(2):
            with _only_importer():
                pass
    for holder in closed:
        close(holder)


@pytest.fixture
def large_dump(dump: SmallDump) -> SmallDump:
    """Enough sets that an import takes a second or two and can be killed in the middle."""
    dump.rows["parts"] += [f"p{part},Stone {part},11,1" for part in range(ROWS_A_SET)]
    for number in range(1000, 1000 + SETS):
        dump.rows["sets"].append(f"{number}-1,Tower {number},2026,2,{ROWS_A_SET}")
        dump.rows["inventories"].append(f"{number},1,{number}-1")
        dump.rows["inventory_parts"] += [f"{number},p{part},4,1,f" for part in range(ROWS_A_SET)]
    return dump.write()


class Importer:
    """An import in a process of its own, which says when each of its phases begins."""

    PROGRAM = """
import sys
from pathlib import Path

import django

django.setup()
from catalog.importing.progress import Silent
from catalog.importing.importer import _only_importer, import_catalog


class Telling(Silent):
    def begin(self, doing, total, unit="rows"):
        print(doing, flush=True)


folder = Path(sys.argv[1])
import_catalog(directory=folder, bags=folder / "bags.csv", weights=folder / "weights.csv", progress=Telling())
print("done", flush=True)
"""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", self.PROGRAM, str(folder)],
            cwd=ROOT,
            env=stack.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._said() == Phase.READING

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __enter__(self) -> "Importer":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def kill_in(self, phase: Phase, seconds: float) -> bool:
        """SIGKILL so long after this phase began; False when the import was done before."""
        said = Phase.READING.value
        while said not in (phase, "done"):
            said = self._said()
            assert said, "it ended by itself"
        time.sleep(seconds)
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        return "done" not in [said, *self._process.stdout.read().split()]

    def finish(self) -> None:
        """Let it through."""
        assert self._process.stdout is not None
        assert self._process.stdout.read().endswith("done\n")
        assert self._process.wait() == 0

    @property
    def runs(self) -> bool:
        return self._process.poll() is None


@pytest.mark.stack
def test_killed_at_any_moment_the_old_catalogue_works_and_the_next_import_succeeds(
    stack: Stack, large_dump: SmallDump
) -> None:
    """Killed at random moments, each later than the one before, then let through."""
    old = visible()
    chance = random.Random(14)
    killed = 0
    for phase, within in MOMENTS:
        with Importer(stack, large_dump.folder) as importer:
            if not importer.kill_in(phase, within * chance.random()):
                break
        if visible() != old:
            assert Set.objects.filter(retired_at__isnull=True).count() == SETS + 4, "all of it, or nothing"
            break
        killed += 1
        assert [bag.label for bag in bags_of(the_cantina())][:3] == ["1", "2", "3"]
    assert killed >= 3
    with Importer(stack, large_dump.folder) as importer:
        importer.finish()
    assert Set.objects.filter(retired_at__isnull=True).count() == SETS + 4
    assert not Inventory.objects.filter(current_since=None).exists(), "nothing of the killed ones is left"


def the_cantina() -> Set:
    found = find_set("75290-1")
    assert found is not None
    return found


@pytest.mark.stack
def test_a_customer_who_orders_meanwhile_never_waits_two_seconds(stack: Stack, large_dump: SmallDump) -> None:
    """John and many others ask for bag 14, one after the other, all through an import."""
    large_dump.rows["sets"].append("75290-1,Mos Eisley Cantina,2020,2,3187")
    large_dump.rows["inventories"].append("75290,1,75290-1")
    large_dump.write()
    waits = []
    with Importer(stack, large_dump.folder) as importer:
        while importer.runs:
            begun = time.monotonic()
            order_for()
            waits.append(time.monotonic() - begun)
    assert Content.objects.count() > SETS * ROWS_A_SET
    assert Order.objects.count() == len(waits) > 20
    assert max(waits) < 2


@pytest.mark.stack
def test_a_killed_worker_is_followed_by_another_that_imports_from_the_start(
    make_stack: Callable[..., Stack], large_dump: SmallDump, settings: Settings
) -> None:
    """A lead's import in a worker of its own; killed while it writes, and started again as the supervisor does."""
    stack = make_stack(JOB_LEASE_SECONDS="3", SWEEP_SECONDS="0.5")
    settings.VAR = stack.var
    old = visible()
    stack.start_beat()
    stack.start_worker("catalog", "catalog,sweep")
    files = [
        SimpleUploadedFile(f"{table}.csv", large_dump.path(table).read_bytes())
        for table in large_dump.headers
    ]
    run = start_import(files=files, by=None)
    stack.wait_until(lambda: import_run(run_id=run.pk).doing in WHILE_KILLED, "the import is under way")
    stack.kill("catalog")
    assert visible() == old
    assert import_run(run_id=run.pk).state == "open"
    stack.start_worker("catalog", "catalog,sweep")
    stack.wait_until(lambda: import_run(run_id=run.pk).state == "done", "it is done", timeout=90)
    run = import_run(run_id=run.pk)
    assert run.tries == 2
    assert Set.objects.filter(retired_at__isnull=True).count() == SETS + 4
    assert not Inventory.objects.filter(current_since=None).exists()
