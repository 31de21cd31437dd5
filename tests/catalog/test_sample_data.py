"""The sample catalogue agrees with itself and holds what the demo and the other tests count on. Files only."""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

SAMPLE = Path(__file__).resolve().parents[2] / "catalog" / "sample"
CANTINA = "75290-1"

pytestmark = [pytest.mark.once, pytest.mark.slow]

HEADERS = {
    "themes": "id,name,parent_id",
    "colors": "id,name,rgb,is_trans",
    "part_categories": "id,name",
    "parts": "part_num,name,part_cat_id,part_material_id",
    "part_relationships": "rel_type,child_part_num,parent_part_num",
    "elements": "element_id,part_num,color_id",
    "sets": "set_num,name,year,theme_id,num_parts",
    "inventories": "id,version,set_num",
    "inventory_parts": "inventory_id,part_num,color_id,quantity,is_spare",
    "inventory_sets": "inventory_id,set_num,quantity",
    "inventory_minifigs": "inventory_id,fig_num,quantity",
    "minifigs": "fig_num,name,num_parts",
    "bags": "set_num,bag,part_num,color_id,quantity",
    "weights": "part_num,weight_g,kind",
    "stock": "bin,set_num,bag,part_num,color_id,quantity",
}
# What must be unique in each table, as column names.
KEYS = {
    "themes": ["id"],
    "colors": ["id"],
    "part_categories": ["id"],
    "parts": ["part_num"],
    "part_relationships": ["rel_type", "child_part_num", "parent_part_num"],
    "elements": ["element_id"],
    "sets": ["set_num"],
    "inventories": ["id"],
    "inventory_parts": ["inventory_id", "part_num", "color_id", "is_spare"],
    "inventory_sets": ["inventory_id", "set_num"],
    "inventory_minifigs": ["inventory_id", "fig_num"],
    "minifigs": ["fig_num"],
    "bags": ["set_num", "bag", "part_num", "color_id"],
    "weights": ["part_num"],
    "stock": ["bin", "set_num", "bag", "part_num", "color_id"],
}
# (table, column) -> (table, column) that must know the value; an empty value is a matter of other tests.
REFERENCES = {
    ("themes", "parent_id"): ("themes", "id"),
    ("parts", "part_cat_id"): ("part_categories", "id"),
    ("part_relationships", "child_part_num"): ("parts", "part_num"),
    ("part_relationships", "parent_part_num"): ("parts", "part_num"),
    ("elements", "part_num"): ("parts", "part_num"),
    ("elements", "color_id"): ("colors", "id"),
    ("sets", "theme_id"): ("themes", "id"),
    ("inventory_parts", "inventory_id"): ("inventories", "id"),
    ("inventory_parts", "part_num"): ("parts", "part_num"),
    ("inventory_parts", "color_id"): ("colors", "id"),
    ("inventory_sets", "inventory_id"): ("inventories", "id"),
    ("inventory_sets", "set_num"): ("sets", "set_num"),
    ("inventory_minifigs", "inventory_id"): ("inventories", "id"),
    ("inventory_minifigs", "fig_num"): ("minifigs", "fig_num"),
    ("bags", "set_num"): ("sets", "set_num"),
    ("bags", "part_num"): ("parts", "part_num"),
    ("bags", "color_id"): ("colors", "id"),
    ("weights", "part_num"): ("parts", "part_num"),
    ("stock", "set_num"): ("sets", "set_num"),
    ("stock", "part_num"): ("parts", "part_num"),
    ("stock", "color_id"): ("colors", "id"),
}


class Piece(NamedTuple):
    part_num: str
    color_id: str


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    with (SAMPLE / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def column(name: str, field: str) -> set[str]:
    return {row[field] for row in table(name)}


def piece(row: dict[str, str]) -> Piece:
    return Piece(row["part_num"], row["color_id"])


@cache
def current_inventories() -> dict[str, str]:
    """Set or figure number -> id of its highest inventory version."""
    best: dict[str, tuple[int, str]] = {}
    for row in table("inventories"):
        number = row["set_num"]
        best[number] = max(best.get(number, (0, "")), (int(row["version"]), row["id"]))
    return {number: inventory for number, (_, inventory) in best.items()}


def own_pieces(inventory: str, *, spare: bool) -> Counter[Piece]:
    """What an inventory lists itself, without its minifigs and sub-sets."""
    found: Counter[Piece] = Counter()
    for row in table("inventory_parts"):
        if row["inventory_id"] == inventory and row["is_spare"] == ("t" if spare else "f"):
            found[piece(row)] += int(row["quantity"])
    return found


def contents(number: str, *, spare: bool = False) -> Counter[Piece]:
    """The pieces of a set or figure, with those of its minifigs and sub-sets."""
    inventory = current_inventories()[number]
    found = own_pieces(inventory, spare=spare)
    for name, field in (("inventory_minifigs", "fig_num"), ("inventory_sets", "set_num")):
        for row in table(name):
            if row["inventory_id"] == inventory:
                for item, quantity in contents(row[field], spare=spare).items():
                    found[item] += quantity * int(row["quantity"])
    return found


@cache
def bags(set_num: str) -> dict[str, Counter[Piece]]:
    """Label -> pieces; what lies loose in the box under the empty label."""
    found: defaultdict[str, Counter[Piece]] = defaultdict(Counter)
    for row in table("bags"):
        if row["set_num"] == set_num:
            found[row["bag"]][piece(row)] += int(row["quantity"])
    return dict(found)


@cache
def stocked_pieces() -> Counter[Piece]:
    found: Counter[Piece] = Counter()
    for row in table("stock"):
        if row["part_num"]:
            found[piece(row)] += int(row["quantity"])
    return found


@cache
def packed_bags() -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for row in table("stock"):
        if row["set_num"]:
            found[row["set_num"], row["bag"]] += int(row["quantity"])
    return found


def root_themes(set_num: str) -> Iterator[str]:
    """The names of a set's theme and of all above it, from the set upwards."""
    by_id = {row["id"]: row for row in table("themes")}
    theme_id = next(row["theme_id"] for row in table("sets") if row["set_num"] == set_num)
    while theme_id:
        yield by_id[theme_id]["name"]
        theme_id = by_id[theme_id]["parent_id"]


SETS = [row["set_num"] for row in table("sets")]
SETS_WITH_BAGS = sorted(column("bags", "set_num"))


# The files


@pytest.mark.parametrize("name", HEADERS)
def test_a_table_has_the_columns_of_its_form_and_rows(name: str) -> None:
    with (SAMPLE / f"{name}.csv").open(encoding="utf-8") as file:
        assert file.readline().rstrip("\n") == HEADERS[name]
    assert table(name)
    assert not any(None in row or None in row.values() for row in table(name)), (
        "a row is too long or too short"
    )


@pytest.mark.parametrize("name", KEYS)
def test_no_row_is_there_twice(name: str) -> None:
    keys = Counter(tuple(row[field] for field in KEYS[name]) for row in table(name))
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize(("source", "target"), REFERENCES.items(), ids=lambda pair: ".".join(pair))
def test_what_a_row_points_to_is_there(source: tuple[str, str], target: tuple[str, str]) -> None:
    assert column(*source) - {""} <= column(*target)


@pytest.mark.parametrize("name", ["inventory_parts", "inventory_sets", "inventory_minifigs", "bags"])
def test_quantities_are_at_least_one(name: str) -> None:
    assert min(int(row["quantity"]) for row in table(name)) >= 1


def test_an_inventory_belongs_to_a_set_or_a_minifig_and_has_each_version_once() -> None:
    assert column("inventories", "set_num") == column("sets", "set_num") | column("minifigs", "fig_num")
    versions = Counter((row["set_num"], row["version"]) for row in table("inventories"))
    assert set(versions.values()) == {1}


def test_colours_are_six_hexadecimal_digits_and_say_whether_they_are_transparent() -> None:
    for row in table("colors"):
        assert re.fullmatch(r"[0-9A-F]{6}", row["rgb"])
        assert row["is_trans"] == ("t" if row["name"].startswith("Trans-") else "f")


def test_every_part_and_colour_is_in_use() -> None:
    assert column("parts", "part_num") == column("inventory_parts", "part_num")
    assert column("colors", "id") == column("inventory_parts", "color_id")


def test_the_sample_stays_light() -> None:
    assert len(table("inventory_parts")) <= 4_000
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) <= 300_000


def test_the_readme_says_that_this_is_sample_data() -> None:
    text = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert "This is sample data" in text
    assert "not* the maker's inventory" in text


# The sets


def test_there_are_fourteen_sets_over_nine_themes() -> None:
    assert len(SETS) >= 14
    assert len({list(root_themes(set_num))[-1] for set_num in SETS}) >= 9


def test_sub_themes_lead_to_a_theme_above_them() -> None:
    assert list(root_themes("10134-1")) == ["Ultimate Collector Series", "Star Wars"]
    assert list(root_themes("60246-1")) == ["Police", "City"]


def test_there_are_small_and_large_sets() -> None:
    sizes = [int(row["num_parts"]) for row in table("sets")]
    assert min(sizes) < 50
    assert sum(size > 2_000 for size in sizes) >= 3


@pytest.mark.parametrize("set_num", SETS)
def test_num_parts_is_the_sum_of_all_that_is_not_spare(set_num: str) -> None:
    stated = next(int(row["num_parts"]) for row in table("sets") if row["set_num"] == set_num)
    assert contents(set_num).total() == stated


@pytest.mark.parametrize("row", table("minifigs"), ids=lambda row: row["fig_num"])
def test_a_minifig_has_as_many_parts_as_it_says_and_stands_in_a_set(row: dict[str, str]) -> None:
    assert contents(row["fig_num"]).total() == int(row["num_parts"])
    assert row["fig_num"] in column("inventory_minifigs", "fig_num")


def test_a_set_has_two_inventories_and_the_higher_one_says_more() -> None:
    versions = {row["version"]: row["id"] for row in table("inventories") if row["set_num"] == "30364-1"}
    assert set(versions) == {"1", "2"}
    assert current_inventories()["30364-1"] == versions["2"]
    assert own_pieces(versions["1"], spare=False).total() < own_pieces(versions["2"], spare=False).total()


def test_a_set_without_the_usual_suffix_holds_four_other_sets() -> None:
    assert "-" not in "66557"
    inside = {
        row["set_num"]
        for row in table("inventory_sets")
        if row["inventory_id"] == current_inventories()["66557"]
    }
    assert inside == {"10706-1", "10707-1", "10708-1", "10709-1"}
    assert any(not re.fullmatch(r".+-\d+", set_num) and "-" in set_num for set_num in SETS)


def test_one_set_has_colours_that_are_hard_to_tell_apart() -> None:
    names = {row["id"]: row["name"] for row in table("colors")}
    of_the_set = {names[item.color_id] for item in contents("10134-1")}
    assert {"Light Gray", "Dark Gray", "Light Bluish Gray", "Dark Bluish Gray"} <= of_the_set
    assert {"Dark Blue", "Black"} <= of_the_set
    alike = Counter(item.part_num for item in contents("10134-1") if item.color_id in {"7", "8", "71", "72"})
    assert max(alike.values()) == 4, "one mould in all four greys"


# The bags


@pytest.mark.parametrize("set_num", SETS_WITH_BAGS)
def test_bags_and_what_lies_loose_agree_with_the_inventory(set_num: str) -> None:
    in_bags: Counter[Piece] = Counter()
    for pieces in bags(set_num).values():
        in_bags.update(pieces)
    assert in_bags == contents(set_num)


@pytest.mark.parametrize("set_num", SETS_WITH_BAGS)
def test_a_set_with_bag_rows_has_at_least_one_labelled_bag(set_num: str) -> None:
    assert set(bags(set_num)) - {""}


def test_some_sets_have_something_loose_in_the_box() -> None:
    assert sum("" in bags(set_num) for set_num in SETS_WITH_BAGS) >= 3


def test_one_set_has_no_bags_entered() -> None:
    assert "928-1" in SETS
    assert "928-1" not in SETS_WITH_BAGS


def test_one_set_has_lettered_bags() -> None:
    assert list(bags("42111-1")) == ["1", "2", "3A", "3B", "4"]


def test_one_set_has_a_bag_beside_the_numbered_ones() -> None:
    assert list(bags("21322-1")) == [*map(str, range(1, 13)), "S1"]


def test_the_cantina_is_the_set_the_system_is_named_after() -> None:
    row = next(row for row in table("sets") if row["set_num"] == CANTINA)
    assert (row["name"], row["year"], row["num_parts"]) == ("Mos Eisley Cantina", "2020", "3187")
    assert list(root_themes(CANTINA)) == ["Star Wars"]


def test_the_cantina_lies_in_sixteen_bags_of_ten_to_forty_kinds_and_nothing_is_loose() -> None:
    assert list(bags(CANTINA)) == [str(number) for number in range(1, 17)]
    assert all(10 <= len(pieces) <= 40 for pieces in bags(CANTINA).values())
    assert sum(pieces.total() for pieces in bags(CANTINA).values()) == 3187


def test_the_cantina_is_mostly_sand_and_stone() -> None:
    quantities: Counter[str] = Counter()
    for item, quantity in contents(CANTINA).items():
        quantities[item.color_id] += quantity
    sandy = sum(quantities[color] for color in ("19", "28", "70", "71", "72"))
    assert sandy > 0.6 * quantities.total()


def test_the_cantina_has_spares() -> None:
    assert contents(CANTINA, spare=True).total() > 0


def test_luke_ben_han_and_greedo_are_in_the_cantina() -> None:
    names = {row["fig_num"]: row["name"] for row in table("minifigs")}
    inside = [
        names[row["fig_num"]]
        for row in table("inventory_minifigs")
        if row["inventory_id"] == current_inventories()[CANTINA]
    ]
    for name in ("Luke Skywalker", "Ben (Obi-Wan) Kenobi", "Han Solo", "Greedo"):
        assert any(found.startswith(name) for found in inside), name


def test_the_example_request_for_the_cantina_can_be_fulfilled_outside_bag_14() -> None:
    red = Piece("3001", "4")
    assert contents(CANTINA)[red] >= 3
    assert contents(CANTINA)[red] - bags(CANTINA)["14"][red] >= 3


# Elements, weights, relations


def test_element_ids_have_four_to_ten_digits() -> None:
    assert all(re.fullmatch(r"\d{4,10}", row["element_id"]) for row in table("elements"))


def test_element_300121_is_a_red_brick_2_x_4_and_nothing_else() -> None:
    assert [piece(row) for row in table("elements") if row["element_id"] == "300121"] == [Piece("3001", "4")]


def test_an_element_names_a_piece_that_some_inventory_has() -> None:
    in_use = {piece(row) for row in table("inventory_parts")}
    assert {piece(row) for row in table("elements")} <= in_use


def test_nearly_all_parts_have_a_weight_and_a_few_have_none() -> None:
    without = column("parts", "part_num") - column("weights", "part_num")
    assert 2 <= len(without) <= 10
    assert all(0 < float(row["weight_g"]) < 60 for row in table("weights"))


def test_weights_say_how_well_they_are_known_in_all_three_ways() -> None:
    assert {row["kind"].split("_")[0] for row in table("weights")} == {"measured", "computed", "guess"}


def test_a_larger_brick_weighs_more() -> None:
    grams = {row["part_num"]: float(row["weight_g"]) for row in table("weights")}
    assert grams["3024"] < grams["3005"] < grams["3004"] < grams["3003"] < grams["3001"]


def test_parts_are_related_as_moulds_alternates_prints_and_pairs() -> None:
    assert column("part_relationships", "rel_type") == {"M", "A", "P", "R"}
    assert all(row["child_part_num"] != row["parent_part_num"] for row in table("part_relationships"))


# The stock


def test_a_stock_row_is_either_a_packed_bag_or_a_piece() -> None:
    for row in table("stock"):
        bag = bool(row["set_num"]) and bool(row["bag"])
        item = bool(row["part_num"]) and bool(row["color_id"])
        neither_half = not (bag and (row["part_num"] or row["color_id"]))
        assert bag != item, row
        assert neither_half, row
        assert int(row["quantity"]) >= 0


def test_bins_are_named_by_aisle_rack_shelf_and_place_and_there_are_many() -> None:
    assert all(re.fullmatch(r"[A-Z]-\d{2}-\d-\d{2}", name) for name in column("stock", "bin"))
    assert len(column("stock", "bin")) >= 60


def test_a_bin_holds_packed_bags_or_pieces_but_not_both() -> None:
    with_bags = {row["bin"] for row in table("stock") if row["set_num"]}
    with_pieces = {row["bin"] for row in table("stock") if row["part_num"]}
    assert with_bags
    assert not with_bags & with_pieces


def test_what_is_packed_is_a_bag_that_the_set_has() -> None:
    for set_num, label in packed_bags():
        assert label in bags(set_num), (set_num, label)


def test_what_lies_on_the_shelf_is_in_some_inventory() -> None:
    assert set(stocked_pieces()) <= {piece(row) for row in table("inventory_parts")}


def test_most_pieces_are_on_the_shelf_and_some_are_not() -> None:
    in_use = {piece(row) for row in table("inventory_parts")}
    on_shelf = {item for item, quantity in stocked_pieces().items() if quantity}
    assert 0.85 < len(on_shelf) / len(in_use) < 1


def test_johns_bag_lies_packed_three_times() -> None:
    assert packed_bags()[CANTINA, "14"] == 3


def test_packed_bags_of_other_sets_are_there_too() -> None:
    assert len({set_num for set_num, _ in packed_bags()}) >= 5


def test_bag_13_is_not_packed_but_can_be_made_up_three_times() -> None:
    assert (CANTINA, "13") not in packed_bags()
    for item, quantity in bags(CANTINA)["13"].items():
        assert stocked_pieces()[item] >= 3 * quantity, item


def test_bag_12_lacks_one_piece_and_finds_another_ones_bin_empty() -> None:
    assert (CANTINA, "12") not in packed_bags()
    short = {
        item: stocked_pieces()[item]
        for item, quantity in bags(CANTINA)["12"].items()
        if stocked_pieces()[item] < quantity
    }
    assert short == {Piece("60474", "28"): 2, Piece("3960", "70"): 0}
    assert [row["bin"] for row in table("stock") if piece(row) == Piece("3960", "70")], "the bin is there"


def test_red_bricks_2_x_4_are_plentiful() -> None:
    assert stocked_pieces()[Piece("3001", "4")] >= 50


def test_one_piece_lies_in_two_bins() -> None:
    bins = Counter(piece(row) for row in table("stock") if row["part_num"])
    assert max(bins.values()) >= 2
