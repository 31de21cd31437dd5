"""One table of what people type and what they mean, the same for both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from catalog.importing.importer import import_catalog
from catalog.models import Set, Theme
from catalog.search.pieces import search_pieces
from catalog.search.sets import find_sets, load_sets, search_sets
from catalog.search.vocabulary import slips_allowed
from catalog.text import folded, natural_key, western_digits, words
from tests.catalog.dumps import SmallDump

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SAMPLE = Path(__file__).parents[2] / "catalog" / "sample"

SAMPLE_HITS = [
    ("75290", "75290-1"),
    ("75290-1", "75290-1"),
    (" 75290 ", "75290-1"),
    ("752", "75290-1"),
    ("٧٥٢٩٠", "75290-1"),
    ("۷۵۲۹۰-۱", "75290-1"),
    ("Mos Eisley Cantina", "75290-1"),
    ("mos eisly", "75290-1"),
    ("mos eisely cantena", "75290-1"),
    ("eisley mos", "75290-1"),
    ("MOS EIS", "75290-1"),
    ("cantina star wars", "75290-1"),
    ("lego mos eisley cantina set", "75290-1"),
    ("móś êïsley", "75290-1"),
    ("cantina 2020", "75290-1"),
    ("75 290", "75290-1"),
    ("Set #75290", "75290-1"),
    ("no. 75290", "75290-1"),
    ("moseisley", "75290-1"),
    ("cant ina", "75290-1"),
]


@pytest.fixture(scope="module")
def sample(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The sample catalogue, for all tests of this module that ask for it, and gone after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        import_catalog(directory=SAMPLE, bags=SAMPLE / "bags.csv", weights=SAMPLE / "weights.csv")
        yield
        transaction.set_rollback(True)


def numbers(sets: list[Set]) -> list[str]:
    return [set_.set_num for set_ in sets]


@pytest.mark.parametrize(("typed", "meant"), SAMPLE_HITS)
def test_first_hit_in_the_sample(sample: None, typed: str, meant: str) -> None:
    assert numbers(search_sets(typed))[:1] == [meant]


def test_an_element_id_leads_to_the_sets_it_is_in(sample: None) -> None:
    found = search_sets("300121")
    assert "75290-1" in numbers(found)
    [piece] = search_pieces("300121")
    assert (piece.part.part_num, piece.color.name) == ("3001", "Red")


@pytest.mark.parametrize(
    "typed", ["red 2x4 brick", "brick 2 x 4 red", "Red Brick 2×4", "red briks 2x4", "3001"]
)
def test_a_piece_is_found_by_what_it_looks_like(sample: None, typed: str) -> None:
    assert search_pieces(typed)[0].part.part_num == "3001"
    if typed != "3001":
        assert search_pieces(typed)[0].color.name == "Red"
    assert "75290-1" in numbers(search_sets(typed))


def test_a_number_may_be_a_part_too_and_its_sets_come_after_those_of_the_number(sample: None) -> None:
    found = find_sets("3001")
    assert found.piece is not None
    assert (found.piece.part.part_num, found.in_any_color) == ("3001", True)
    assert found.having <= set(found.ids)
    assert found.ids


def test_what_is_typed_in_one_is_found_in_parts_and_the_other_way_round(dump: SmallDump) -> None:
    for number, name in (("8019-1", "X-Wing Fighter"), ("8020-1", "R2-D2"), ("8021-1", "Snowspeeder")):
        dump.rows["sets"].append(f"{number},{name},2010,2,200")
    dump.imported()
    for typed, meant in (
        ("xwing", "8019-1"),
        ("x wing", "8019-1"),
        ("r2d2", "8020-1"),
        ("snow speeder", "8021-1"),
        ("xwingfighter", "8019-1"),
    ):
        assert numbers(search_sets(typed))[:1] == [meant], typed


def test_sets_come_before_give_aways_and_these_before_books(dump: SmallDump) -> None:
    for number, parts in (("1-1", 0), ("2-1", 20), ("3-1", 900)):
        dump.rows["sets"].append(f"{number},Yoda,2020,2,{parts}")
    dump.imported()
    assert numbers(search_sets("yoda")) == ["3-1", "2-1", "1-1"]


def test_a_piece_of_few_sets_may_not_be_what_was_meant(dump: SmallDump) -> None:
    """The box says Boba Fett Helmet, the catalogue calls it Boba Fett, and a book comes with such a helmet."""
    dump.rows["parts"].append("87610,Helmet Boba Fett,11,1")
    dump.rows["sets"] += ["75277-1,Boba Fett,2020,2,600", "5004853-1,Encyclopedia,2014,2,1"]
    dump.rows["inventories"].append("77,1,5004853-1")
    dump.rows["inventory_parts"].append("77,87610,71,1,f")
    dump.imported()
    found = find_sets("boba fett helmet")
    assert numbers(load_sets(found.ids)) == ["5004853-1", "75277-1"]
    assert not found.all_have_it
    assert find_sets("87610").all_have_it


@pytest.mark.parametrize(
    "typed",
    [
        "caja 75290",
        "número 75290",
        "ref. 75290",
        "75290 nave espacial",
        "جعبه ۷۵۲۹۰",
        "شمارهٔ ۷۵۲۹۰",
        "75290 xyzzy",
    ],
)
def test_a_sets_number_says_more_than_words_around_it_that_nothing_is_called(
    sample: None, typed: str
) -> None:
    assert numbers(search_sets(typed)) == ["75290-1"]


def test_behind_a_number_that_its_words_do_not_fit_come_the_sets_of_that_name(dump: SmallDump) -> None:
    dump.rows["sets"] += [
        "10256-1,Taj Mahal,2017,2,5900",
        "10257-1,Carousel,2017,2,2600",
        "928-1,Explorer,1979,2,300",
    ]
    dump.imported()
    assert numbers(search_sets("taj mahal 10257")) == ["10257-1", "10256-1"]
    assert numbers(search_sets("nave 928")) == ["928-1"]


def test_an_element_or_part_is_recognised_among_words(sample: None) -> None:
    for typed in ("pieza 300121", "قطعه ۳۰۰۱۲۱"):
        piece = find_sets(typed).piece
        assert piece is not None, typed
        assert (piece.part.part_num, piece.color.name) == ("3001", "Red")


def test_the_word_that_says_least_is_left_out_first(dump: SmallDump) -> None:
    dump.rows["sets"] += [
        f"{500 + n}-1,Baby {name},2010,2,200" for n, name in enumerate(["Fox", "Owl", "Elephant"])
    ]
    dump.rows["sets"] += [
        "600-1,Yoda,2010,2,500",
        "601-1,Barcode Reader,2010,2,500",
        "602-1,Pirate Ship,2010,2,500",
    ]
    dump.imported()
    assert numbers(search_sets("baby yoda")) == ["600-1"]
    # The beginning of a word that was typed to its end is none.
    assert numbers(search_sets("barco pirate")) == ["602-1"]
    # So little is said by "de" that one name that has it is not found by it.
    dump.rows["sets"] += [
        "603-1,Arc de Triomphe,2017,2,380",
        "604-1,Hogwarts,2011,2,460",
        "605-1,Hogwarts,2010,2,330",
    ]
    dump.imported()
    assert numbers(search_sets("castillo de hogwarts")) == ["604-1", "605-1"]


def test_a_little_word_may_tell_one_name_from_the_other(dump: SmallDump) -> None:
    dump.rows["sets"] += ["75275-1,A-Wing Starfighter,2020,2,1600", "75181-1,Y-Wing Starfighter,2018,2,1900"]
    dump.rows["sets"] += ["75301-1,X-Wing Starfighter,2021,2,474"]
    dump.imported()
    for typed, meant in (
        ("lego a wing", "75275-1"),
        ("set y wing", "75181-1"),
        ("lego y wing starfihgter", "75181-1"),
    ):
        assert numbers(search_sets(typed))[:1] == [meant], typed
    assert {set_.set_num for set_ in search_sets("the starfighter")} == {"75275-1", "75181-1", "75301-1"}
    assert find_sets("the red 2x4 brick").piece is not None


def test_a_set_of_the_theme_comes_before_a_book_that_has_the_theme_in_its_name(dump: SmallDump) -> None:
    dump.rows["sets"] += ["9-1,Castle: Attack of the Knights,2015,2,10", "8-1,Knights Camp,2001,2,300"]
    dump.imported()
    assert numbers(search_sets("castle knights")) == ["8-1", "9-1"]


def test_what_the_catalogue_spells_in_two_ways_is_found_by_both(dump: SmallDump) -> None:
    dump.rows["sets"] += ["1-1,Advent Calendar,2018,2,300", "2-1,Advent Calender 2013,2013,2,200"]
    dump.imported()
    for typed in ("advent calendar", "advent calender"):
        assert numbers(search_sets(typed)) == ["1-1", "2-1"]
    assert numbers(search_sets("advent calender 2013")) == ["2-1"]


def test_of_parts_that_fit_alike_the_plain_one_of_most_boxes_is_first(dump: SmallDump) -> None:
    names = [
        "Hinge Tile 1 x 4",
        "Tile 1 x 4 with Groove",
        "Tile 1 x 4 with Clips",
        "Tile 1 x 4 with Face Print",
    ]
    for number, name in enumerate(names):
        dump.rows["parts"].append(f"t{number},{name},11,1")
        dump.rows["elements"].append(f"90000{number},t{number},4")
    dump.rows["inventory_parts"] += ["2,t1,4,1,f", "3,t1,4,1,f", "2,t2,4,1,f", "2,t3,4,1,f", "3,t3,4,1,f"]
    dump.imported()
    found = [piece.part.part_num for piece in search_pieces("red tile 1x4")]
    assert found == ["t1", "t2", "t0", "t3"]


def test_a_colour_is_understood_before_it_is_typed_to_its_end(sample: None) -> None:
    for typed in ("plate dark blui", "plate dark bluish gr"):
        found = search_pieces(typed)
        assert found, typed
        assert {piece.color.name for piece in found} == {"Dark Bluish Gray"}
    assert {piece.color.name for piece in search_pieces("plate dark t")} == {"Dark Tan"}


def test_grey_is_gray(sample: None) -> None:
    found = search_pieces("dark bluish grey plate")
    assert found
    assert {piece.color.name for piece in found} == {"Dark Bluish Gray"}


def test_a_theme_has_its_sets_and_those_of_the_themes_below_it(sample: None) -> None:
    root = Theme.objects.get(name="Star Wars", parent=None)
    found = search_sets("", theme=root.pk)
    assert "75290-1" in numbers(found)
    below = [theme.pk for theme in Theme.objects.filter(parent=root)]
    assert {set_.theme_id for set_ in found} <= {root.pk, *below}
    assert numbers(search_sets("cantina", theme=root.pk)) == ["75290-1"]
    other = Theme.objects.exclude(pk__in=[root.pk, *below]).first()
    assert other is not None
    assert search_sets("cantina", theme=other.pk) == []
    assert search_sets("75290", theme=other.pk) == []


def test_a_year_narrows(sample: None) -> None:
    assert numbers(search_sets("cantina", year=2020)) == ["75290-1"]
    assert search_sets("cantina", year=2019) == []
    assert {set_.year for set_ in search_sets("", year=2020)} == {2020}


@pytest.mark.parametrize(
    "typed",
    ["qqqqxyzzy", "!!!", "'", '"', "\\", "* OR 1", "a' | 'b", ":*", "()", "NEAR(", "\x00", "%", "🦕", "½"],
)
def test_what_nothing_is_called_finds_little_and_breaks_nothing(sample: None, typed: str) -> None:
    search_sets(typed)
    search_pieces(typed)


def test_a_query_of_any_length_is_answered(sample: None) -> None:
    assert search_sets("cantina " * 5_000)[:1]
    assert search_sets("x" * 100_000) == []


def test_retired_sets_are_not_offered(dump: SmallDump) -> None:
    dump.imported()
    dump.rows["sets"].remove("4180878,Key Chain,2004,1,0")
    dump.rows["inventories"].remove("6,1,4180878")
    dump.imported()
    assert search_sets("key chain") == []
    assert search_sets("4180878") == []


def test_a_bare_number_means_the_first_and_shows_the_others(dump: SmallDump) -> None:
    for suffix in (10, 2, 3):
        dump.rows["sets"].append(f"7946-{suffix},Castle {suffix},2010,2,0")
    dump.imported()
    assert numbers(search_sets("7946")) == ["7946-1", "7946-2", "7946-3", "7946-10"]
    assert numbers(search_sets("7946-2"))[0] == "7946-2"


def test_the_words_of_a_new_catalogue_correct_from_its_first_moment(dump: SmallDump) -> None:
    dump.imported()
    assert search_sets("trebuchet") == []
    dump.rows["sets"].append("1-1,Trebuchet,2020,1,0")
    dump.imported()
    assert numbers(search_sets("trebuchte")) == ["1-1"]


def test_a_search_costs_few_queries(
    sample: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    search_sets("warm up eisly")
    with django_assert_max_num_queries(4):
        search_sets("cantina")
    with django_assert_max_num_queries(8):
        search_sets("300121")
    with django_assert_max_num_queries(5):
        search_sets("mos eisly")
    with django_assert_max_num_queries(12):
        search_sets("red 2x4 brick")


# --- text ---------------------------------------------------------------------------------------------------------


def test_text_is_folded_alike_for_sets_and_for_what_is_typed() -> None:
    assert folded("Père NOËL") == "pere noel"
    assert western_digits("۷۵۲۹۰ ٧٥ 七") == "75290 75 七"
    assert words("Brick 2 x 4, Luke's X-Wing (1 × 2)") == ["brick", "2x4", "lukes", "x", "wing", "1x2"]
    assert words("Straße ﬁn") == ["strasse", "fin"]


def test_labels_are_sorted_as_people_count() -> None:
    assert sorted(["10", "3B", "2", "3A", "1", "A", "3"], key=natural_key) == [
        "1",
        "2",
        "3",
        "3A",
        "3B",
        "10",
        "A",
    ]


def test_short_words_may_have_fewer_slips() -> None:
    assert [slips_allowed("x" * length) for length in (2, 3, 5, 6, 9, 10)] == [0, 1, 1, 2, 2, 3]
