"""The named queries that pages, the API and placing ask of the catalogue."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog import queries
from catalog.models import Bag, Color, Content, Element, Inventory, Part, Piece, Set, Theme

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def castle() -> Set:
    """A set with bags 1, 2, 3A, 3B and 10, a spare, a loose piece, a minifig and a row only its bag knows of."""
    root = Theme.objects.create(id=1, name="Castle")
    theme = Theme.objects.create(id=2, name="Kingdoms", parent=root)
    castle = Set.objects.create(set_num="7946-1", name="King's Castle", year=2010, theme=theme, num_parts=10)
    inventory = Inventory.objects.create(set=castle, imported_at=LONG_AGO, current_since=LONG_AGO)
    castle.inventory = inventory
    castle.bags_known = True
    castle.save()
    red = Color.objects.create(id=4, name="Red", rgb="C91A09")
    grey = Color.objects.create(id=71, name="Light Bluish Gray", rgb="A0A5A9")
    brick = Part.objects.create(part_num="3001", name="Brick 2 x 4", category="Bricks")
    sword = Part.objects.create(part_num="3847", name="Weapon Sword", category="Minifig Accessories")
    red_brick = Piece.objects.create(part=brick, color=red)
    grey_sword = Piece.objects.create(part=sword, color=grey)
    Element.objects.create(element_id="300121", piece=red_brick)
    Element.objects.create(element_id="4114319", piece=red_brick)
    bags = {
        label: Bag.objects.create(set=castle, label=label, position=position)
        for position, label in enumerate(["1", "2", "3A", "3B", "10"])
    }

    def content(bag: str, piece: Piece, quantity: int, **more: bool | str) -> None:
        Content.objects.create(inventory=inventory, bag=bags.get(bag), piece=piece, quantity=quantity, **more)

    content("1", red_brick, 4)
    content("10", red_brick, 3)
    content("2", grey_sword, 1, minifig="King")
    content("2", grey_sword, 1, is_spare=True)
    content("3B", grey_sword, 1, beyond_inventory=True)
    content("", red_brick, 2)
    return castle


@pytest.mark.parametrize("typed", ["7946-1", "7946", " 7946-1 ", "۷۹۴۶", "٧٩٤٦-١", "7946\x00"])
def test_set_is_found_by_its_number_however_it_is_typed(castle: Set, typed: str) -> None:
    assert queries.find_set(typed) == castle


def test_bare_number_means_the_exact_set_before_the_first_of_that_number(castle: Set) -> None:
    exact = Set.objects.create(set_num="7946", name="Key chain", year=2010, theme=castle.theme, num_parts=1)
    assert queries.find_set("7946") == exact
    assert list(queries.sets_sharing_number(castle)) == [exact]


def test_unknown_numbers_find_nothing(castle: Set) -> None:
    for typed in ["", "7947", "7946-2", "' OR 1=1", "x" * 10_000]:
        assert queries.find_set(typed) is None


def test_retired_set_is_still_found_by_its_number(castle: Set) -> None:
    Set.objects.update(retired_at=timezone.now())
    assert queries.find_set("7946-1") == castle


def test_set_that_an_import_has_not_turned_live_is_not_found(castle: Set) -> None:
    Set.objects.update(retired_at=timezone.now(), inventory=None)
    assert queries.find_set("7946-1") is None


def test_bags_come_in_the_order_people_count_them(castle: Set) -> None:
    assert [bag.label for bag in queries.bags_of(castle)] == ["1", "2", "3A", "3B", "10"]
    assert [bag.num_pieces for bag in queries.bags_of(castle)] == [4, 2, 0, 1, 3]


def test_retired_bag_is_not_offered(castle: Set) -> None:
    castle.bags.filter(label="2").update(retired_at=timezone.now())
    assert "2" not in [bag.label for bag in queries.bags_of(castle)]


def test_contents_show_everything_a_page_needs_in_two_queries(
    castle: Set, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        shown = [
            (
                row.bag.label if row.bag else None,
                row.piece.part.part_num,
                row.piece.color.name,
                [element.element_id for element in row.piece.elements.all()],
                row.quantity,
                row.is_spare,
                row.minifig,
            )
            for row in queries.contents_of(castle)
        ]
    assert shown == [
        ("1", "3001", "Red", ["300121", "4114319"], 4, False, ""),
        ("2", "3847", "Light Bluish Gray", [], 1, False, "King"),
        ("2", "3847", "Light Bluish Gray", [], 1, True, ""),
        ("3B", "3847", "Light Bluish Gray", [], 1, False, ""),
        ("10", "3001", "Red", ["300121", "4114319"], 3, False, ""),
        (None, "3001", "Red", ["300121", "4114319"], 2, False, ""),
    ]


def test_contents_are_filtered_by_bag_colour_and_words(castle: Set) -> None:
    def count(**filters: str | int) -> int:
        return queries.contents_of(castle, **filters).count()  # type: ignore[arg-type]

    assert count(bag="10") == 1
    assert count(bag="۱۰") == 1
    assert count(bag="") == 1
    assert count(bag="11") == 0
    assert count(color_id=4) == 3
    assert count(search="brick red") == 3
    assert count(search="300121") == 3
    assert count(search="3847") == 3
    assert count(search="king") == 1
    assert count(search="brick gray") == 0


def test_quantities_count_spares_and_what_only_the_bags_know_of(castle: Set) -> None:
    red_brick = Piece.objects.get(part__part_num="3001")
    sword = Piece.objects.get(part__part_num="3847")
    other = Piece.objects.create(part=sword.part, color_id=4)
    assert queries.quantities_in_set(castle, [red_brick.pk, sword.pk, other.pk]) == {
        red_brick.pk: 9,
        sword.pk: 3,
    }


def test_piece_is_found_by_part_and_colour_and_by_each_element_id(castle: Set) -> None:
    piece = Piece.objects.get(part__part_num="3001")
    assert queries.find_piece(part_num="3001", color_id=4) == piece
    assert queries.find_piece(part_num="3001", color_id=71) is None
    assert queries.find_element("300121") == queries.find_element(" 4114319") == piece
    assert queries.find_element("9") is None


def test_sets_with_a_piece_are_the_live_ones_that_have_it_now(castle: Set) -> None:
    piece = Piece.objects.get(part__part_num="3001")
    assert list(queries.sets_with(piece)) == [castle]
    castle.inventory = Inventory.objects.create(set=castle, imported_at=timezone.now())
    castle.save()
    assert list(queries.sets_with(piece)) == []


def test_bag_contents_come_summed_by_piece_in_one_query(
    castle: Set, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    bags = {bag.label: bag.pk for bag in castle.bags.all()}
    sword = Piece.objects.get(part__part_num="3847").pk
    brick = Piece.objects.get(part__part_num="3001").pk
    with django_assert_num_queries(1):
        found = queries.bag_contents([bags["2"], bags["10"]])
    assert found == {bags["2"]: [(sword, 2)], bags["10"]: [(brick, 3)]}
    assert queries.bag_contents([bags["3A"]]) == {bags["3A"]: []}


def test_bag_that_the_set_has_no_longer_keeps_its_last_contents(castle: Set) -> None:
    bag = castle.bags.get(label="10")
    brick = Piece.objects.get(part__part_num="3001").pk
    castle.inventory = Inventory.objects.create(
        set=castle, imported_at=timezone.now(), current_since=timezone.now()
    )
    castle.save()
    half_done = Inventory.objects.create(set=castle, imported_at=timezone.now())
    Content.objects.create(inventory=half_done, bag=bag, piece_id=brick, quantity=99)
    assert queries.bag_contents([bag.pk]) == {bag.pk: [(brick, 3)]}


def test_theme_names_go_up_to_the_root_and_survive_a_circle(castle: Set) -> None:
    assert queries.theme_names(castle) == ("Kingdoms", "Castle")
    Theme.objects.filter(pk=1).update(parent=2)
    castle.refresh_from_db()
    assert queries.theme_names(castle) == ("Kingdoms", "Castle")
