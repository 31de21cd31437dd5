"""What a catalogue looks like after its files were imported."""

from collections import Counter
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Sum

from catalog.models import Bag, Color, Content, Element, Part, PartRelation, Piece, Set, Theme
from catalog.queries import bags_of, catalog_revision, contents_of, find_set, quantities_in_set
from catalog.search.indexing import PARTS, SETS
from core.models import Job
from tests.catalog.dumps import SmallDump, report_rows

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def the_set(set_num: str) -> Set:
    found = find_set(set_num)
    assert found is not None
    return found


def box(set_num: str) -> Counter[tuple[str, str, int, bool, str, str]]:
    """The rows of a set: bag, part, colour, spare, minifig, inner set; with their quantities."""
    return Counter(
        {
            (
                row.bag.label if row.bag else "",
                row.piece.part.part_num,
                row.piece.color_id,
                row.is_spare,
                row.minifig,
                row.sub_set,
            ): row.quantity
            for row in contents_of(the_set(set_num))
        }
    )


def test_every_row_of_every_table_is_there(dump: SmallDump) -> None:
    summary = dump.imported()
    assert summary.rows == {name: len(rows) for name, rows in dump.rows.items()}
    for model, table in (
        (Theme, "themes"),
        (Color, "colors"),
        (Part, "parts"),
        (PartRelation, "part_relationships"),
        (Element, "elements"),
        (Set, "sets"),
    ):
        assert model.objects.count() == len(dump.rows[table]), table
    castle = the_set("7946")
    assert (castle.name, castle.year, castle.theme.name, castle.num_parts) == (
        "King's Castle",
        2010,
        "Kingdoms",
        11,
    )
    brick = Part.objects.get(part_num="3001")
    assert (brick.name, brick.category, brick.material) == ("Brick 2 x 4", "Bricks", "Plastic")


def test_the_highest_inventory_version_counts(dump: SmallDump) -> None:
    dump.bags = False
    dump.imported()
    assert the_set("7946-1").inventory.version == 2  # type: ignore[union-attr]
    assert box("7946-1")["", "3001", 4, False, "", ""] == 6


def test_the_pieces_of_a_minifig_say_which_one_they_belong_to(dump: SmallDump) -> None:
    dump.bags = False
    dump.imported()
    assert box("7946-1") == {
        ("", "3001", 4, False, "", ""): 6,
        ("", "3001", 4, True, "", ""): 1,
        ("", "3003", 71, False, "", ""): 3,
        ("", "973", 4, False, "King", ""): 1,
        ("", "3626b", -1, False, "King", ""): 1,
    }


def test_a_set_inside_a_set_is_counted_as_often_as_it_lies_there(dump: SmallDump) -> None:
    dump.imported()
    assert box("66386-1") == {("", "3003", 71, False, "", "6918-1"): 10}


def test_bags_hold_what_the_file_says_and_the_rest_is_loose(dump: SmallDump) -> None:
    dump.imported()
    castle = the_set("7946-1")
    assert castle.bags_known
    assert [(bag.label, bag.num_pieces) for bag in bags_of(castle)] == [("1", 4), ("2", 2), ("10", 3)]
    assert box("7946-1") == {
        ("1", "3001", 4, False, "", ""): 4,
        ("10", "3001", 4, False, "", ""): 2,
        ("10", "3001", 4, True, "", ""): 1,  # bags hold the spares too, and those are laid last
        ("2", "3003", 71, False, "", ""): 1,
        ("", "3003", 71, False, "", ""): 2,
        ("2", "973", 4, False, "King", ""): 1,
        ("", "3626b", -1, False, "King", ""): 1,
    }
    assert not the_set("6918-1").bags_known


def test_what_only_a_bag_knows_of_is_kept_marked_and_reported(dump: SmallDump, tmp_path: Path) -> None:
    dump.rows["bags"].append("7946-1,1,3003,4,2")
    dump.write().run(report=tmp_path / "report.csv")
    beyond = Content.objects.filter(beyond_inventory=True)
    assert [(row.bag.label, str(row.piece.part), row.quantity) for row in beyond if row.bag] == [
        ("1", "3003", 2)
    ]
    notes = [row for row in report_rows(tmp_path / "report.csv") if row["code"] == "beyond_inventory"]
    assert [(note["severity"], note["file"], note["line"]) for note in notes] == [("note", "bags.csv", "7")]
    assert "bag 1 of 7946-1 has 2 of 3003 in colour 4" in notes[0]["detail"]


def test_bag_rows_that_name_what_the_dump_has_not_are_reported_and_no_harm(
    dump: SmallDump, tmp_path: Path
) -> None:
    dump.rows["bags"] += ["10281-1,1,3001,4,2", "7946-1,1,999999,4,2", "7946-1,1,3001,999,2"]
    dump.write().run(report=tmp_path / "report.csv")
    found = {(row["code"], row["line"], row["column"]) for row in report_rows(tmp_path / "report.csv")}
    assert found == {
        ("bags_of_unknown_set", "7", "set_num"),
        ("bag_row_left_out", "8", "part_num"),
        ("bag_row_left_out", "9", "color_id"),
        ("weights_of_unknown_parts", "0", "part_num"),
    }
    assert bags_of(the_set("7946-1"))[0].num_pieces == 4


def test_a_weight_in_grams_is_every_colours_weight_in_milligrams(dump: SmallDump) -> None:
    dump.imported()
    weights = Piece.objects.filter(part__part_num="3001").values_list("color", "weight_mg", "weight_kind")
    assert set(weights) == {(4, 2320, "measured"), (71, 2320, "measured")}
    assert Piece.objects.filter(part__part_num="3003", weight_mg=1165, weight_kind="guessed").exists()
    assert Piece.objects.get(part__part_num="973").weight_mg is None


def test_importing_the_same_again_changes_nothing_and_says_so(dump: SmallDump) -> None:
    dump.imported()
    before = _everything()
    summary = dump.run()
    assert not summary.changed
    assert summary.contents == 0
    assert _everything() == before


def test_the_order_of_rows_and_columns_is_no_change(dump: SmallDump) -> None:
    dump.imported()
    for rows in dump.rows.values():
        rows.reverse()
    dump.headers["inventory_parts"] = "is_spare,quantity,inventory_id,color_id,part_num"
    dump.rows["inventory_parts"] = [
        ",".join((row.split(",") * 2)[i] for i in (4, 3, 0, 2, 1)) for row in dump.rows["inventory_parts"]
    ]
    assert not dump.imported().changed


def test_a_set_whose_contents_changed_gets_a_new_inventory_and_the_others_keep_theirs(
    dump: SmallDump,
) -> None:
    dump.imported()
    castle, smith = the_set("7946-1"), the_set("6918-1")
    dump.change("inventory_parts", "2,3003,71,3,f", "2,3003,71,4,f")
    assert dump.imported().changed
    assert the_set("7946-1").inventory_id != castle.inventory_id
    assert the_set("6918-1").inventory_id == smith.inventory_id
    assert Content.objects.filter(inventory=castle.inventory_id).exists(), "an older inventory stays"


def test_a_minifig_that_changed_changes_the_sets_it_is_in(dump: SmallDump) -> None:
    dump.imported()
    before = the_set("7946-1").inventory_id
    dump.change("inventory_parts", "5,973,4,1,f", "5,973,71,1,f")
    dump.imported()
    assert the_set("7946-1").inventory_id != before
    assert ("", "973", 71, False, "King", "") in box("7946-1")


def test_an_inner_set_that_changed_changes_the_set_around_it(dump: SmallDump) -> None:
    dump.imported()
    dump.change("inventory_parts", "3,3003,71,5,f", "3,3003,71,7,f")
    dump.imported()
    assert box("66386-1") == {("", "3003", 71, False, "", "6918-1"): 14}


def test_names_themes_and_years_are_brought_up_to_date(dump: SmallDump) -> None:
    dump.imported()
    dump.change("sets", "6918-1,Blacksmith Attack,2011,2,5", "6918-1,Blacksmith's Attack,2012,1,5")
    dump.change("themes", "2,Kingdoms,1", "2,Kingdoms II,")
    dump.change("colors", "4,Red,C91A09,f", "4,Bright Red,c91a0a,t")
    dump.change("parts", "973,Torso,13,1", "973,Torso Plain,11,3")
    dump.change("elements", "4211098,3001,71", "4211098,3003,71")
    assert dump.imported().changed
    smith = the_set("6918-1")
    assert (smith.name, smith.year, smith.theme.name) == ("Blacksmith's Attack", 2012, "Castle")
    assert Theme.objects.get(pk=2).parent is None
    assert Color.objects.values_list("name", "rgb", "is_trans").get(pk=4) == ("Bright Red", "C91A0A", True)
    assert Part.objects.values_list("name", "category", "material").get(part_num="973") == (
        "Torso Plain",
        "Bricks",
        "Cloth",
    )
    assert Element.objects.get(element_id="4211098").piece.part.part_num == "3003"
    assert not dump.run().changed


def test_what_disappeared_is_retired_and_what_comes_back_is_live_again(dump: SmallDump) -> None:
    dump.imported()
    gone = {
        "sets": "6918-1,Blacksmith Attack,2011,2,5",
        "inventories": "3,1,6918-1",
        "inventory_parts": "3,3003,71,5,f",
        "inventory_sets": "4,6918-1,2",
        "parts": "u-2694,Rubber Thing,11,2",
        "elements": "4211098,3001,71",
    }
    for table, row in gone.items():
        dump.rows[table].remove(row)
    dump.imported()
    assert the_set("6918-1").retired_at is not None
    assert Part.objects.get(part_num="u-2694").retired_at is not None
    assert Piece.objects.get(part__part_num="3001", color=71).retired_at is not None
    assert Piece.objects.get(part__part_num="3003", color=71).retired_at is None
    assert not dump.run().changed
    for table, row in gone.items():
        dump.rows[table].append(row)
    dump.imported()
    assert the_set("6918-1").retired_at is None
    assert Part.objects.get(part_num="u-2694").retired_at is None
    assert Piece.objects.get(part__part_num="3001", color=71).retired_at is None


def test_bags_survive_a_dump_that_comes_without_them(dump: SmallDump) -> None:
    dump.rows["bags"].append("7946-1,1,3003,4,2")
    dump.imported()
    before = box("7946-1")
    dump.bags = False
    assert not dump.imported().changed
    dump.change("inventory_parts", "2,3001,4,1,t", "2,3001,4,2,t")
    dump.imported()
    castle = the_set("7946-1")
    assert castle.bags_known
    after = box("7946-1")
    assert after.pop(("", "3001", 4, True, "", "")) == 1
    assert after == before
    assert not dump.run().changed


def test_a_bag_that_the_new_file_has_not_is_retired_and_keeps_its_id(dump: SmallDump) -> None:
    dump.imported()
    bag = Bag.objects.get(label="10")
    dump.change("bags", "7946-1,10,3001,4,3", "7946-1,3B,3001,4,3")
    dump.imported()
    assert [row.label for row in bags_of(the_set("7946-1"))] == ["1", "2", "3B"]
    bag.refresh_from_db()
    assert bag.retired_at is not None
    dump.change("bags", "7946-1,3B,3001,4,3", "7946-1,10,3001,4,3")
    dump.imported()
    bag.refresh_from_db()
    assert bag.retired_at is None
    assert [row.label for row in bags_of(the_set("7946-1"))] == ["1", "2", "10"]


def test_weights_survive_a_dump_that_comes_without_them(dump: SmallDump) -> None:
    dump.imported()
    dump.weights = False
    dump.rows["inventory_parts"].append("3,3001,-1,1,f")
    dump.imported()
    assert set(Piece.objects.filter(part__part_num="3001").values_list("weight_mg", flat=True)) == {2320}


def test_spares_and_what_bags_hold_beyond_the_inventory_may_be_asked_for(dump: SmallDump) -> None:
    dump.rows["bags"].append("7946-1,1,3003,4,2")
    dump.imported()
    pieces = {(str(piece.part), piece.color_id): piece.pk for piece in Piece.objects.select_related("part")}
    wanted = [pieces["3001", 4], pieces["3003", 4]]
    assert quantities_in_set(the_set("7946-1"), wanted) == {wanted[0]: 7, wanted[1]: 2}


def test_a_dry_run_says_what_it_would_do_and_does_nothing(dump: SmallDump) -> None:
    summary = dump.write().run(dry_run=True)
    assert len(summary.plan.new_sets) == 4
    assert not Set.objects.exists()
    assert not Part.objects.exists()


def test_orders_that_wait_are_looked_at_again_after_contents_changed_only(dump: SmallDump) -> None:
    dump.imported()
    Job.objects.update(state="done")
    dump.imported()
    assert Job.objects.get(kind="look_again").state == "done", "nothing changed"
    dump.change("bags", "7946-1,10,3001,4,3", "7946-1,10,3001,4,2")
    dump.imported()
    assert Job.objects.get(kind="look_again").state == "pending"


def test_the_revision_rises_with_each_change_only(dump: SmallDump) -> None:
    assert catalog_revision() == 0
    dump.imported()
    dump.run()
    assert catalog_revision() == 1
    dump.change("themes", "2,Kingdoms,1", "2,Kingdoms,")
    dump.imported()
    assert catalog_revision() == 2


@pytest.mark.parametrize(("yes", "no"), [("t", "f"), ("True", "False"), ("TRUE", "FALSE"), ("1", "0")])
def test_truth_is_read_as_each_year_writes_it(dump: SmallDump, yes: str, no: str) -> None:
    words = {"t": yes, "f": no}
    for table in ("inventory_parts", "colors"):
        dump.rows[table] = [f"{row[:-1]}{words[row[-1]]}" for row in dump.rows[table]]
    dump.imported()
    assert Content.objects.filter(is_spare=True).aggregate(Sum("quantity"))["quantity__sum"] == 1


def test_todays_columns_are_known_and_strangers_reported(dump: SmallDump) -> None:
    dump.headers["parts"] = "part_num,name,part_cat_id,part_material"
    dump.rows["parts"] = [row[:-1] + "Plastic" for row in dump.rows["parts"]]
    dump.headers["sets"] += ",img_url"
    dump.rows["sets"] = [
        f"{row},https://cdn.example/{number}.jpg" for number, row in enumerate(dump.rows["sets"])
    ]
    dump.headers["inventory_parts"] += ",img_url"
    dump.rows["inventory_parts"] = [f"{row},javascript:alert(1)" for row in dump.rows["inventory_parts"]]
    dump.change(
        "inventory_parts", "2,3001,4,6,f,javascript:alert(1)", "2,3001,4,6,f,https://cdn.example/3001.jpg"
    )
    dump.headers["colors"] += ",num_parts,num_sets,y1,y2,shininess"
    dump.rows["colors"] = [f"{row},1,2,1970,2026,9" for row in dump.rows["colors"]]
    dump.headers["elements"] += ",design_id"
    dump.rows["elements"] = [f"{row},3001" for row in dump.rows["elements"]]
    summary = dump.imported()
    assert summary.notices == ["colors.csv: unknown, so not read: shininess"]
    assert the_set("7946-1").image_url == "https://cdn.example/0.jpg"
    assert set(Piece.objects.values_list("image_url", flat=True)) == {"", "https://cdn.example/3001.jpg"}


def test_gzip_bom_and_windows_line_ends_are_read(dump: SmallDump) -> None:
    dump.write()
    sets = dump.path("sets")
    sets.write_bytes(b"\xef\xbb\xbf" + sets.read_bytes().replace(b"\n", b"\r\n"))
    dump.pack("sets")
    dump.pack("inventory_parts")
    dump.run()
    assert the_set("7946-1").name == "King's Castle"


def test_quoted_names_may_have_commas_quotes_and_line_breaks(dump: SmallDump) -> None:
    dump.rows["sets"].append('1224.1-1,"Knights, ""brave""\nand true",2000,1,0')
    dump.imported()
    assert the_set("1224.1-1").name == 'Knights, "brave"\nand true'


def test_bad_rows_within_what_is_tolerated_are_left_out_and_reported(dump: SmallDump, tmp_path: Path) -> None:
    dump.rows["elements"] += [f"{number},3001,4" for number in range(1000, 1200)]
    dump.rows["elements"].insert(2, "77,no-such-part,4")
    summary = dump.write().run(tolerated=0.01, report=tmp_path / "report.csv")
    assert summary.bad_rows == 1
    errors = [row for row in report_rows(tmp_path / "report.csv") if row["severity"] == "error"]
    assert [(row["file"], row["line"], row["column"], row["code"]) for row in errors] == [
        ("elements.csv", "4", "part_num", "unknown_reference")
    ]
    assert Element.objects.count() == 203


def test_the_report_is_safe_to_open_in_a_spreadsheet(dump: SmallDump, tmp_path: Path) -> None:
    dump.rows["bags"].append('=HYPERLINK("http://x"),1,3001,4,1')
    dump.headers["bags"] = "set_num,bag,part_num,color_id,quantity"
    dump.rows["bags"][-1] = '"=HYPERLINK(1)",1,3001,4,1'
    dump.write().run(report=tmp_path / "report.csv")
    cells = [cell for row in report_rows(tmp_path / "report.csv") for cell in row.values()]
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)


def _everything() -> list[object]:
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (Theme, Color, Part, PartRelation, Piece, Element, Set, Bag, Content)
    ] + [catalog_revision()]


def test_a_bad_row_is_found_at_its_line_behind_line_breaks_blank_lines_and_rows_too_short(
    dump: SmallDump, tmp_path: Path
) -> None:
    dump.headers["inventory_parts"] += ",img_url"
    dump.rows["inventory_parts"] = [f"{row}," for row in dump.rows["inventory_parts"]]
    dump.rows["inventory_parts"] += [
        '2,3001,4,1,f,"a\nb\r\nc"',
        "",
        "2,3001",
        "2,3001,4,none,f,",
        "2,3001,4,2,f,",
    ]
    dump.write().run(report=tmp_path / "report.csv", tolerated=0.5)
    found = report_rows(tmp_path / "report.csv")
    said = [(row["line"], row["code"]) for row in found if row["severity"] == "error"]
    assert sorted(said) == [("13", "field_count"), ("14", "bad_value")]
    bricks = [quantity for place, quantity in box("7946-1").items() if place[1:4] == ("3001", 4, False)]
    assert sum(bricks) == 6 + 1 + 2


def test_names_with_everything_in_them_arrive_as_they_are(dump: SmallDump) -> None:
    """Backslashes, tabs and line ends are marks of PostgreSQL's bulk path."""
    name = "King \\N \\t\tof \u2028 \"all\" 'that'"
    quoted = name.replace('"', '""')
    dump.change("minifigs", "fig-000001,King,2", f'fig-000001,"{quoted}",2')
    dump.imported()
    figures = set(Content.objects.exclude(minifig="").values_list("minifig", flat=True))
    assert figures == {name}


@pytest.mark.django_db
def test_from_the_first_search_on_the_planner_knows_how_often_a_word_is_said(dump: SmallDump) -> None:
    """Without, PostgreSQL looks rare words up as if they stood everywhere, until it gets to the table by itself."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's word index keeps its own counts")
    dump.imported()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_stats WHERE attname = 'document' AND most_common_elems IS NOT NULL ORDER BY 1"
        )
        assert [row[0] for row in cursor.fetchall()] == [PARTS.table, SETS.table]
