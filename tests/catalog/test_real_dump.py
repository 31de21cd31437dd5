"""The world's catalogue of June 2020 with bags and weights: 15,423 sets, imported once for all tests here."""

from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connection, connections, transaction
from django.db.models import F, Sum
from pytest_django import DjangoDbBlocker

from catalog.importing.importer import Summary, import_catalog
from catalog.models import Bag, Color, Content, Element, Part, PartRelation, Piece, Set, Theme
from catalog.queries import bags_of, contents_of, find_set
from catalog.search.sets import find_sets, load_sets
from tests.catalog.dumps import REAL_DUMP
from tests.catalog.queries import QUERIES

pytestmark = pytest.mark.django_db


def import_all() -> Summary:
    return import_catalog(
        directory=REAL_DUMP / "rebrickable", bags=REAL_DUMP / "bags.csv", weights=REAL_DUMP / "weights.csv"
    )


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Summary]:
    if not (REAL_DUMP / "rebrickable").is_dir():
        pytest.skip(f"no dump in {REAL_DUMP / 'rebrickable'}: set CATALOG_DATA to the folder that has one")
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        summary = import_all()
        # Django would look at all three million references after each test; one test here does it once.
        patch.setattr(connection, "check_constraints", lambda *_: None)
        yield summary
        transaction.set_rollback(True)


def excavator() -> Set:
    found = find_set("42100")
    assert found is not None
    return found


def test_there_are_as_many_rows_as_the_files_have(world: Summary) -> None:
    assert world.rows["inventory_parts"] == 825_153
    assert world.bad_rows == 0
    for model, table in (
        (Theme, "themes"),
        (Color, "colors"),
        (Part, "parts"),
        (PartRelation, "part_relationships"),
        (Element, "elements"),
        (Set, "sets"),
    ):
        assert model.objects.count() == world.rows[table], table


def test_every_reference_leads_somewhere(world: Summary) -> None:
    default = connections["default"]
    type(default).check_constraints(default)


def test_the_pieces_of_every_set_add_up_to_what_the_dump_says_of_it(world: Summary) -> None:
    """As in the dump itself, a set's own number counts neither spares nor the sets inside it."""
    counted = Counter(
        dict(
            Content.objects.filter(
                inventory=F("inventory__set__inventory"), is_spare=False, beyond_inventory=False, sub_set=""
            )
            .values_list("inventory__set__set_num")
            .annotate(Sum("quantity"))
        )
    )
    said = dict(Set.objects.values_list("set_num", "num_parts"))
    assert [number for number, parts in said.items() if counted[number] != parts] == []


def test_the_excavator_has_its_bags_and_what_lies_loose(world: Summary) -> None:
    bags = bags_of(excavator())
    assert len(bags) == 31
    assert [bag.label for bag in bags[:8]] == ["1A", "1B", "1C", "1D", "1E", "1F", "1G", "2A"]
    assert all(bag.num_pieces > 0 for bag in bags)
    rows = list(contents_of(excavator()))
    own = [row for row in rows if not row.beyond_inventory]
    assert sum(row.quantity for row in own if not row.is_spare) == 4108
    assert sum(row.quantity for row in own if row.is_spare) == 26
    assert any(row.bag is None for row in own)
    assert {(row.bag.label, row.quantity) for row in rows if row.beyond_inventory and row.bag}


def test_what_the_bag_rows_and_the_dump_do_not_agree_on_is_counted(world: Summary) -> None:
    assert world.notes == {
        "bags_of_unknown_set": 4,
        "bag_row_left_out": 10,
        "beyond_inventory": 2,
        "weights_of_unknown_parts": 1,
    }


def test_weights_are_in_milligrams(world: Summary) -> None:
    weighed = Piece.objects.filter(part__part_num="3024").values_list("weight_mg", flat=True).distinct()
    assert list(weighed) == [220]


@pytest.mark.parametrize("number", ["1224.1-1", "201908-mmb", "4180878", "McDR2", "k1062b"])
def test_wild_identifiers_are_kept_as_they_come(world: Summary, number: str) -> None:
    found = find_set(number)
    assert found is not None
    assert found.set_num == number


def test_two_hundred_queries_find_what_was_meant(world: Summary) -> None:
    assert len({typed for typed, _meant in QUERIES}) == 200
    assert {typed: first_hit(typed) for typed, _meant in QUERIES} == dict(QUERIES)


def first_hit(typed: str) -> str:
    """The number of the first set, or the piece it was found by."""
    found = find_sets(typed)
    first = load_sets(found.ids[:1])
    if found.piece is None or found.ids[0] not in found.having:
        return first[0].set_num if first else ""
    color = "any" if found.in_any_color else str(found.piece.color_id)
    return f"{found.piece.part.part_num}:{color}"


def test_importing_it_again_changes_nothing(world: Summary) -> None:
    before = (Content.objects.count(), Bag.objects.count(), excavator().inventory_id)
    assert not import_all().changed
    assert (Content.objects.count(), Bag.objects.count(), excavator().inventory_id) == before
