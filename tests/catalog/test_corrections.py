"""What staff put right: who did is kept, pages are renewed, and no import undoes it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.models import Role
from catalog.bag_entry import BagRowEntry, correct_bag, enter_bag
from catalog.correcting import correct_set, correct_weight, corrections_of_set, take_back
from catalog.importing.merging import Merge
from catalog.models import Bag, Content, Correction, Piece, Revision, Set
from catalog.queries import bag_contents, bags_of, find_element
from core.models import Job
from core.refusals import NotFound, Refusal
from tests.cast import staff_user
from tests.catalog.dumps import SmallDump, report_rows

pytestmark = pytest.mark.django_db


def the_set(number: str = "7946-1") -> Set:
    return Set.objects.get(set_num=number)


def brick() -> Piece:
    found = find_element("300121")
    assert found is not None
    return found


def inside(set_: Set, label: str) -> dict[str, int]:
    """What lies in a bag: how many of each part."""
    bag = Bag.objects.get(set=set_, label=label, retired_at=None)
    pieces = dict(Piece.objects.values_list("pk", "part__part_num"))
    return {pieces[piece]: quantity for piece, quantity in bag_contents([bag.pk])[bag.pk]}


def now_inside(set_: Set, label: str) -> dict[str, int]:
    """The same, of the set's current inventory alone: `bag_contents` would answer from an older one."""
    rows = Content.objects.filter(inventory=set_.inventory_id, bag__label=label, bag__retired_at=None)
    return dict(rows.values_list("piece__part__part_num", "quantity"))


def rows(*typed: tuple[str, int]) -> list[BagRowEntry]:
    return [BagRowEntry(element_id=element, quantity=quantity) for element, quantity in typed]


def changed_dump(dump: SmallDump) -> SmallDump:
    """The next year's files: other contents of the castle and the smith, other names."""
    dump.change("inventory_parts", "2,3003,71,3,f", "2,3003,71,4,f")
    dump.change("inventory_parts", "3,3003,71,5,f", "3,3003,71,6,f")
    dump.change("sets", "7946-1,King's Castle,2010,2,11", "7946-1,Castle of the King,2011,1,12")
    dump.change("weights", "3001,2.32,measured_on_scale", "3001,2.4,measured_on_scale")
    return dump.write()


def test_a_set_is_corrected_and_who_did_it_is_kept(dump: SmallDump) -> None:
    dump.imported()
    revision = Revision.objects.get().number
    made = correct_set(
        set_id=the_set().pk,
        changes={"name": "King's Great Castle", "year": 2010, "num_parts": 12},
        by=staff_user(Role.LEAD),
        reason="As on the box",
    )
    assert [(one.field, one.before, one.after) for one in made] == [
        ("name", "King's Castle", "King's Great Castle"),
        ("num_parts", 11, 12),
    ]
    assert (the_set().name, the_set().num_parts) == ("King's Great Castle", 12)
    newest = corrections_of_set(the_set())[0]
    assert newest.by is not None
    assert (newest.by.username, newest.reason) == ("leo", "As on the box")
    assert Revision.objects.get().number == revision + 1, "so that no cached page shows the old name"
    assert Job.objects.filter(kind="index_catalog", state="pending").exists(), (
        "so that it is found by the new name"
    )


def test_what_is_so_already_is_no_correction(dump: SmallDump) -> None:
    dump.imported()
    revision = Revision.objects.get().number
    assert correct_set(set_id=the_set().pk, changes={"name": "King's Castle"}, by=None) == []
    assert Revision.objects.get().number == revision
    assert not Job.objects.filter(kind="index_catalog").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " x"),
        ("name", "x" * 301),
        ("name", "a\x00b"),
        ("year", 3000),
        ("theme", 99),
        ("num_parts", -1),
        ("num_parts", 2_000_000),
        ("set_num", "1-1"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(dump: SmallDump, field: str, value: object) -> None:
    dump.imported()
    with pytest.raises(Refusal) as caught:
        correct_set(set_id=the_set().pk, changes={"name": "Other", field: value}, by=None, reason="x" * 201)
    assert {problem.pointer for problem in caught.value.problems} == {f"/{field}", "/reason"}
    assert the_set().name == "King's Castle"
    assert not Correction.objects.exists()


def test_an_import_leaves_what_staff_corrected_and_brings_the_rest(dump: SmallDump, tmp_path: Path) -> None:
    dump.imported()
    correct_set(set_id=the_set().pk, changes={"name": "Our Castle"}, by=None)
    correct_weight(piece_id=brick().pk, weight_mg=2_350, by=None)
    changed_dump(dump).run(report=tmp_path / "report.csv")
    castle = the_set()
    assert (castle.name, castle.year, castle.theme_id, castle.num_parts) == ("Our Castle", 2011, 1, 12)
    assert (brick().weight_mg, brick().weight_kind) == (2_350, "measured")
    said = {row["detail"] for row in report_rows(tmp_path / "report.csv") if row["code"] == "correction_kept"}
    assert said == {
        "7946-1: the source has Castle of the King, staff Our Castle.",
        "3001 in colour 4: the source has 2400 mg, staff 2350 mg.",
    }
    assert not dump.run().changed


def test_taken_back_it_is_what_the_newest_source_says(dump: SmallDump) -> None:
    dump.imported()
    (correction,) = correct_set(set_id=the_set().pk, changes={"name": "Our Castle"}, by=None)
    weighed = correct_weight(piece_id=brick().pk, weight_mg=2_350, by=None)
    assert weighed is not None
    changed_dump(dump).run()
    take_back(correction_id=correction.pk, by=staff_user(Role.SERVICE))
    take_back(correction_id=weighed.pk, by=None)
    assert the_set().name == "Castle of the King"
    assert brick().weight_mg == 2_400
    newest = corrections_of_set(the_set())[0]
    assert (newest.before, newest.after, newest.holds) == ("Our Castle", "Castle of the King", False)
    with pytest.raises(Refusal, match="not_in_force"):
        take_back(correction_id=correction.pk, by=None)
    dump.change("sets", "7946-1,Castle of the King,2011,1,12", "7946-1,Kingly,2011,1,12")
    dump.imported()
    assert the_set().name == "Kingly", "imports change it again"


def test_corrected_twice_the_first_gives_way(dump: SmallDump) -> None:
    dump.imported()
    (first,) = correct_set(set_id=the_set().pk, changes={"name": "One"}, by=None)
    (second,) = correct_set(set_id=the_set().pk, changes={"name": "Two"}, by=None)
    assert (second.before, second.source) == ("One", "King's Castle")
    assert list(Correction.objects.filter(holds=True)) == [second]
    with pytest.raises(Refusal, match="not_in_force"):
        take_back(correction_id=first.pk, by=None)


@pytest.mark.parametrize("weight", [0, -5, 20_000_001])
def test_a_weight_that_nothing_has_is_refused(dump: SmallDump, weight: int) -> None:
    dump.imported()
    with pytest.raises(Refusal) as caught:
        correct_weight(piece_id=brick().pk, weight_mg=weight, by=None)
    assert caught.value.problems[0].pointer == "/weight_mg"


def test_a_bag_entered_by_staff_outlives_imports_with_and_without_bags(dump: SmallDump) -> None:
    dump.imported()
    smith = the_set("6918-1")
    dump.bags = False
    enter_bag(
        set_id=smith.pk, label="2", rows=rows(("4211098", 1), ("4114319", 2)), by=staff_user(Role.SERVICE)
    )
    assert inside(smith, "2") == {"3001": 1, "3003": 2}
    changed_dump(dump).run()
    smith = the_set("6918-1")
    assert inside(smith, "2") == {"3001": 1, "3003": 2}
    assert not smith.bags_known, "one entered bag is not all of them"
    dump.bags = True
    dump.rows["bags"] += ["6918-1,1,3003,71,3", "6918-1,2,3003,71,3"]
    dump.imported()
    smith = the_set("6918-1")
    assert smith.bags_known
    assert inside(smith, "1") == {"3003": 3}
    assert inside(smith, "2") == {"3001": 1, "3003": 2}, "staff looked into it, the file did not"


def test_a_bag_that_the_new_inventory_does_not_fill_is_reported(dump: SmallDump, tmp_path: Path) -> None:
    """From a file of last year or from staff: a member of staff has to look into the box again."""
    dump.imported()
    correct_bag(set_id=the_set().pk, label="2", rows=rows(("300121", 1)), by=None)
    dump.bags = False
    dump.rows["inventory_parts"].remove("2,3001,4,6,f")
    dump.write().run(report=tmp_path / "report.csv")
    told = [row["detail"] for row in report_rows(tmp_path / "report.csv") if "known_bag" in row["code"]]
    assert told == [
        "bag 1 of 7946-1, as stored before, has more pieces than the inventory: 3.",
        "bag 2 of 7946-1, as stored before, has more pieces than the inventory: 1.",
        "bag 10 of 7946-1, as stored before, has more pieces than the inventory: 3.",
    ]


def test_a_known_bag_is_corrected_and_the_set_keeps_its_count(dump: SmallDump) -> None:
    dump.imported()
    castle = the_set()
    before = Content.objects.filter(inventory=castle.inventory_id, beyond_inventory=False)
    count = sum(before.values_list("quantity", flat=True))
    correct_bag(
        set_id=castle.pk, label="1", rows=rows(("300121", 2), ("4114319", 1)), by=None, reason="opened"
    )
    assert inside(castle, "1") == {"3001": 2, "3003": 1}
    after = Content.objects.filter(inventory=castle.inventory_id, beyond_inventory=False)
    assert sum(after.values_list("quantity", flat=True)) == count
    correction = Correction.objects.get()
    assert (correction.before, correction.after) == ([["3001", 4, 4]], [["3001", 4, 2], ["3003", 4, 1]])
    changed_dump(dump).run()
    assert inside(the_set(), "1") == {"3001": 2, "3003": 1}
    with pytest.raises(Refusal, match="bag_is_entered"):
        take_back(correction_id=correction.pk, by=None)


def test_a_bag_that_is_none_is_taken_away_and_stays_away(dump: SmallDump) -> None:
    dump.imported()
    correct_bag(set_id=the_set().pk, label="10", rows=[], by=None)
    assert [bag.label for bag in bags_of(the_set())] == ["1", "2"]
    changed_dump(dump).run()
    assert [bag.label for bag in bags_of(the_set())] == ["1", "2"]
    enter_bag(set_id=the_set().pk, label="10", rows=rows(("300121", 3)), by=None)
    assert [bag.label for bag in bags_of(the_set())] == ["1", "2", "10"]


def test_only_a_bag_of_which_something_is_known_is_corrected(dump: SmallDump) -> None:
    dump.imported()
    with pytest.raises(NotFound):
        correct_bag(set_id=the_set().pk, label="77", rows=rows(("300121", 1)), by=None)
    with pytest.raises(Refusal) as caught:
        enter_bag(set_id=the_set().pk, label="x" * 13, rows=[], by=None)
    assert {problem.pointer for problem in caught.value.problems} == {"/label", "/rows"}


def _enter_the_smiths_bag() -> None:
    enter_bag(set_id=the_set("6918-1").pk, label="7", rows=rows(("4211098", 1)), by=None)


def _rename_the_castle() -> None:
    correct_set(set_id=the_set().pk, changes={"name": "Our Castle", "num_parts": 77}, by=None)


def _weigh_the_brick() -> None:
    correct_weight(piece_id=brick().pk, weight_mg=2_222, by=None)


def _take_the_name_back() -> None:
    take_back(correction_id=Correction.objects.get(field="name", holds=True).pk, by=None)


@pytest.mark.parametrize(
    ("meanwhile", "seen", "expected"),
    [
        (_enter_the_smiths_bag, lambda: now_inside(the_set("6918-1"), "7"), {"3001": 1}),
        (_rename_the_castle, lambda: (the_set().name, the_set().num_parts), ("Our Castle", 77)),
        (_weigh_the_brick, lambda: brick().weight_mg, 2_222),
        (_take_the_name_back, lambda: the_set("4180878").name, "Key Chain"),
    ],
)
def test_what_is_put_right_while_an_import_runs_is_not_lost(
    dump: SmallDump,
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: Callable[[], None],
    seen: Callable[[], object],
    expected: object,
) -> None:
    """After the import has planned, and written the new boxes, and before the pointers turn."""
    dump.imported()
    correct_set(set_id=the_set("4180878").pk, changes={"name": "Keyring"}, by=None)
    dump.change("sets", "4180878,Key Chain,2004,1,0", "4180878,Key Chain,2005,1,0")
    insert_boxes = Merge._insert_boxes

    def with_staff_at_work(self: Merge) -> None:
        insert_boxes(self)
        meanwhile()

    monkeypatch.setattr(Merge, "_insert_boxes", with_staff_at_work)
    changed_dump(dump).run()
    assert seen() == expected
    assert not dump.run().changed
    assert seen() == expected
