"""Files in every state of damage: each has its named error, none a traceback, and none changes the catalogue."""

import gzip
import resource
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.importing.problems import CatalogError
from catalog.models import Content, Part, Revision, Set, Theme
from tests.catalog.dumps import SmallDump, report_rows

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Damage = Callable[[SmallDump], object]


@dataclass(frozen=True)
class Case:
    """How the files are damaged before or after they are written, and what is said then."""

    name: str
    code: str
    before: Damage | None = None
    after: Damage | None = None
    file: str = ""
    line: int | None = None
    column: str | None = None


def with_row(table: str, row: str) -> Damage:
    return lambda dump: dump.rows[table].append(row)


def with_bytes(table: str, change: Callable[[bytes], bytes]) -> Damage:
    return lambda dump: dump.path(table).write_bytes(change(dump.path(table).read_bytes()))


def packed(table: str, change: Callable[[bytes], bytes]) -> Damage:
    def damage(dump: SmallDump) -> None:
        path = dump.pack(table)
        path.write_bytes(change(path.read_bytes()))

    return damage


def renamed(table: str, old: str, new: str) -> Damage:
    def damage(dump: SmallDump) -> None:
        dump.headers[table] = dump.headers[table].replace(old, new)

    return damage


def swapped_row(table: str, row: str, into: str) -> Damage:
    return lambda dump: dump.change(table, row, into)


def bomb(dump: SmallDump) -> None:
    """A hundred megabytes of well-formed rows that pack to a hundred kilobytes."""
    path = dump.pack("inventory_parts")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    rows = b"2,3001,4,1,f\n" * 100_000
    with path.open("wb") as file:
        file.write(packer.compress(b"inventory_id,part_num,color_id,quantity,is_spare\n"))
        for _ in range(80):
            file.write(packer.compress(rows))
        file.write(packer.flush())


def endless_line(dump: SmallDump) -> None:
    """One line of two hundred megabytes, packed to two hundred kilobytes."""
    path = dump.pack("sets")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        file.write(packer.compress(b"set_num,name,year,theme_id,num_parts\n1-1,"))
        for _ in range(20):
            file.write(packer.compress(b"x" * 10_000_000))
        file.write(packer.flush())


def endless_row(table: str, times: int = 4_000) -> Damage:
    """A row over thousands of lines, each short: its fields hold line breaks. Two megabytes, or ten."""

    def damage(dump: SmallDump) -> None:
        path = dump.path(table)
        path.write_bytes(path.read_bytes() + b"1" + (b"," * 500 + b'"\n"') * times + b"\n")

    return damage


def wide_header(dump: SmallDump) -> None:
    """Nearly two hundred thousand columns, their header row over two hundred lines."""
    path = dump.path("themes")
    header, _, rows = path.read_bytes().partition(b"\n")
    path.write_bytes(header + (b",a" * 1_000 + b',"\n"') * 190 + b"\n" + rows)


def empty_members(dump: SmallDump) -> None:
    """Gzip files of nothing, one after the other: many to read before the first byte of a table."""
    path = dump.pack("themes")
    path.write_bytes(gzip.compress(b"", mtime=0) * 50_000 + path.read_bytes())


CASTLE = "7946-1,King's Castle,2010,2,11"
CASES = [
    Case("a table is missing", "missing_table", after=lambda dump: dump.path("sets").unlink()),
    Case(
        "the folder is missing", "no_folder", after=lambda dump: setattr(dump, "folder", dump.folder / "none")
    ),
    Case(
        "a table is there twice", "ambiguous_table", after=lambda dump: (dump.folder / "sets.csv.gz").touch()
    ),
    Case("an empty file", "empty_table", after=with_bytes("sets", lambda _: b""), file="sets.csv"),
    Case("a missing column", "missing_column", renamed("sets", "year", "jahr"), file="sets.csv", line=1),
    Case("a column twice", "duplicate_column", renamed("sets", "year", "name"), file="sets.csv", line=1),
    Case("no header", "missing_column", after=with_bytes("colors", lambda text: text.partition(b"\n")[2])),
    Case(
        "Latin-1",
        "not_utf8",
        swapped_row("sets", CASTLE, "7946-1,Château,2010,2,11"),
        with_bytes("sets", lambda text: text.decode().encode("latin-1")),
        file="sets.csv",
        line=2,
    ),
    Case(
        "UTF-16",
        "control_character",
        after=with_bytes("sets", lambda text: text.decode().encode("utf-16-le")),
    ),
    Case("a NUL", "control_character", with_row("sets", "1-1,a\0b,2000,1,1"), file="sets.csv", line=6),
    Case("truncated gzip", "truncated", after=packed("inventory_parts", lambda zipped: zipped[:-20])),
    Case(
        "gzip cut before its end mark",
        "truncated",
        after=packed("inventory_parts", lambda zipped: zipped[:-4]),
    ),
    Case("gzip with flipped bits", "not_gzip", after=packed("parts", lambda zipped: zipped[:-8] + b"\0" * 8)),
    Case("no gzip at all", "not_gzip", after=packed("parts", gzip.decompress)),
    Case(
        "a web page instead",
        "missing_column",
        after=with_bytes("sets", lambda _: b"<!doctype html>\n<p>Sign in"),
    ),
    Case("a quote never closed", "not_csv", with_row("sets", '1-1,"Castle,2000,1,1'), file="sets.csv"),
    Case("too few fields", "field_count", with_row("sets", "1-1,Castle,2000"), file="sets.csv", line=6),
    Case(
        "too many fields",
        "field_count",
        with_row("sets", "1-1,Castle, big,2000,1,1"),
        file="sets.csv",
        line=6,
    ),
    Case("one endless line", "line_too_long", after=endless_line, file="sets.csv.gz", line=2),
    Case(
        "a long line amid others",
        "line_too_long",
        with_row("sets", f"1-1,{'x' * 90_000},2000,1,1\n2-1,b,2000,1,1"),
        file="sets.csv",
        line=6,
    ),
    Case("a header of many columns", "too_many_columns", after=wide_header, file="themes.csv", line=1),
    Case(
        "a header that never ends",
        "row_too_long",
        after=with_bytes("themes", lambda text: b"id,name,parent_id" + (b"," * 500 + b'"\n"') * 4_000 + text),
    ),
    Case("a row over many lines", "row_too_long", after=endless_row("parts"), file="parts.csv"),
    Case(
        "a row over very many lines in the largest table",
        "row_too_long",
        after=endless_row("inventory_parts", times=20_000),
        file="inventory_parts.csv",
    ),
    Case("many gzip files of nothing in one", "not_gzip", after=empty_members, file="themes.csv.gz"),
    Case("a zip bomb", "unpacks_too_far", after=bomb, file="inventory_parts.csv.gz"),
    Case(
        "the same set twice",
        "duplicate_key",
        with_row("sets", CASTLE),
        file="sets.csv",
        line=6,
        column="set_num",
    ),
    Case("the same colour twice", "duplicate_key", with_row("colors", "4,Rot,C91A09,f"), column="id"),
    Case("the same part twice", "duplicate_key", with_row("parts", "3001,Brick,11,1"), column="part_num"),
    Case(
        "the same element twice", "duplicate_key", with_row("elements", "300121,3003,4"), column="element_id"
    ),
    Case("the same inventory twice", "duplicate_key", with_row("inventories", "2,3,6918-1"), column="id"),
    Case("a version twice", "duplicate_key", with_row("inventories", "99,2,7946-1"), column="version"),
    Case(
        "the same minifig twice",
        "duplicate_key",
        with_row("minifigs", "fig-000001,Queen,2"),
        column="fig_num",
    ),
    Case(
        "a minifig called as a set", "duplicate_key", with_row("minifigs", "7946-1,Queen,2"), column="fig_num"
    ),
    Case("the same theme twice", "duplicate_key", with_row("themes", "1,Burg,"), column="id"),
    Case("the same weight twice", "duplicate_key", with_row("weights", "3001,9,measured"), column="part_num"),
    Case(
        "a negative quantity",
        "bad_value",
        with_row("inventory_parts", "2,3001,4,-1,f"),
        line=9,
        column="quantity",
    ),
    Case("quantity nought", "bad_value", with_row("inventory_parts", "2,3001,4,0,f"), column="quantity"),
    Case("a huge quantity", "bad_value", with_row("inventory_parts", "2,3001,4,100001,f"), column="quantity"),
    Case("a quantity of many digits", "bad_value", with_row("inventory_parts", f"2,3001,4,{'9' * 5000},f")),
    Case("half a piece", "bad_value", with_row("inventory_parts", "2,3001,4,1.5,f"), column="quantity"),
    Case("no quantity", "bad_value", with_row("inventory_sets", "4,7946-1,"), column="quantity"),
    Case(
        "neither true nor false",
        "bad_value",
        with_row("inventory_parts", "2,3001,4,1,maybe"),
        column="is_spare",
    ),
    Case("a year of tomorrow's world", "bad_value", with_row("sets", "1-1,Castle,20100,1,1"), column="year"),
    Case("negative parts", "bad_value", with_row("sets", "1-1,Castle,2010,1,-1"), column="num_parts"),
    Case("a slash in a number", "bad_value", with_row("sets", "1/1,Castle,2010,1,1"), column="set_num"),
    Case("no name", "bad_value", with_row("sets", "1-1, ,2010,1,1"), column="name"),
    Case("a name too long", "too_long", with_row("sets", f"1-1,{'x' * 301},2010,1,1"), column="name"),
    Case("a number too long", "too_long", with_row("sets", f"{'1' * 41},x,2010,1,1"), column="set_num"),
    Case("a colour that is none", "bad_value", with_row("colors", "5,Blue,blue,f"), column="rgb"),
    Case(
        "an id beyond the database", "bad_value", with_row("colors", "9999999999,Blue,0000FF,f"), column="id"
    ),
    Case(
        "a relation of no kind", "bad_value", with_row("part_relationships", "X,3003,3001"), column="rel_type"
    ),
    Case("weightless", "bad_value", with_row("weights", "3003,0,measured"), column="weight_g"),
    Case("no number for a weight", "bad_value", with_row("weights", "973,NaN,measured"), column="weight_g"),
    Case("a weight of no kind", "bad_value", with_row("weights", "973,1,felt"), column="kind"),
    Case("a bag without end", "bad_value", with_row("bags", "7946-1,1234567890123,3001,4,1"), column="bag"),
    Case("a negative bag row", "bad_value", with_row("bags", "7946-1,1,3001,4,-4"), column="quantity"),
    Case(
        "an unknown theme", "unknown_reference", with_row("sets", "1-1,Castle,2010,99,1"), column="theme_id"
    ),
    Case(
        "an unknown parent", "unknown_reference", with_row("themes", "3,Robin,99"), line=4, column="parent_id"
    ),
    Case("an unknown category", "unknown_reference", with_row("parts", "9,x,99,1"), column="part_cat_id"),
    Case(
        "an unknown part", "unknown_reference", with_row("inventory_parts", "2,none,4,1,f"), column="part_num"
    ),
    Case(
        "an unknown colour",
        "unknown_reference",
        with_row("inventory_parts", "2,3001,9,1,f"),
        column="color_id",
    ),
    Case(
        "an unknown inventory",
        "unknown_reference",
        with_row("inventory_parts", "9,3001,4,1,f"),
        column="inventory_id",
    ),
    Case("an unknown set", "unknown_reference", with_row("inventories", "9,1,1-1"), column="set_num"),
    Case(
        "an unknown inner set", "unknown_reference", with_row("inventory_sets", "4,1-1,1"), column="set_num"
    ),
    Case(
        "an unknown minifig", "unknown_reference", with_row("inventory_minifigs", "4,fig,1"), column="fig_num"
    ),
    Case("an unknown relative", "unknown_reference", with_row("part_relationships", "P,3001,x")),
    Case(
        "themes in a circle",
        "theme_cycle",
        swapped_row("themes", "1,Castle,", "1,Castle,2"),
        file="themes.csv",
    ),
    Case("a theme in itself", "theme_cycle", with_row("themes", "3,Robin,3"), file="themes.csv"),
    Case("a set inside itself", "set_inside_itself", with_row("inventory_sets", "4,66386-1,1")),
    Case("sets inside each other", "set_inside_itself", with_row("inventory_sets", "3,66386-1,1")),
    Case(
        "a set beyond any box",
        "set_too_large",
        with_row("inventory_sets", "4,7946-1,100000\n2,6918-1,100000"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_damage_is_named_and_changes_nothing(dump: SmallDump, case: Case) -> None:
    dump.imported()
    before = _catalogue()
    if case.before:
        case.before(dump)
    dump.write()
    if case.after:
        case.after(dump)
    with pytest.raises(CatalogError) as caught:
        dump.run()
    error = caught.value
    assert error.code == case.code, str(error)
    assert not case.file or error.file == case.file
    assert case.line is None or error.line == case.line
    assert case.column is None or error.column == case.column
    assert _catalogue() == before


def test_a_set_of_ever_more_sets_is_refused_in_no_time(dump: SmallDump) -> None:
    """Forty sets, each twice in the next: a million million rows if one were to write them out."""
    for number in range(40):
        dump.rows["sets"].append(f"{number}-9,Doll {number},2000,1,0")
        dump.rows["inventories"].append(f"{1000 + number},1,{number}-9")
        dump.rows["inventory_sets"].append(f"{1000 + number},{f'{number - 1}-9' if number else '6918-1'},2")
    begun = time.process_time()
    with pytest.raises(CatalogError) as caught:
        dump.imported()
    assert caught.value.code == "set_too_large"
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("damage", [bomb, endless_line])
def test_what_unpacks_to_very_much_takes_neither_time_nor_memory(dump: SmallDump, damage: Damage) -> None:
    dump.write()
    damage(dump)
    memory, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(CatalogError):
        dump.run()
    assert time.process_time() - begun < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 50_000, "kB"


def test_a_table_full_of_bad_rows_is_refused_and_the_report_still_written(
    dump: SmallDump, tmp_path: Path
) -> None:
    dump.rows["elements"] = [f"{number},nothing,4" for number in range(50)]
    with pytest.raises(CatalogError) as caught:
        dump.write().run(tolerated=0.5, report=tmp_path / "report.csv")
    assert caught.value.code == "too_many_bad_rows"
    assert str(caught.value) == (
        "elements.csv, line 2, column part_num: 50 of 50 rows are bad; the first: there is no part “nothing”."
    )
    assert len(report_rows(tmp_path / "report.csv")) == 50


def test_a_file_of_rubbish_is_given_up_early(dump: SmallDump, tmp_path: Path) -> None:
    dump.rows["elements"] = [f"{number},nothing,4" for number in range(15_000)]
    with pytest.raises(CatalogError) as caught:
        dump.write().run(tolerated=1.0)
    assert caught.value.code == "too_many_bad_rows"


def test_the_command_says_it_in_one_sentence(dump: SmallDump) -> None:
    dump.write().path("sets").write_text("set_num,name\n", encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        call_command("import_catalog", str(dump.folder), stdout=StringIO(), stderr=StringIO())
    assert str(caught.value) == (
        "sets.csv, line 1: missing: the columns year, theme_id, num_parts. The catalogue is as it was."
    )


def test_a_file_that_cannot_be_read_is_said_too(dump: SmallDump) -> None:
    dump.write()
    with pytest.raises(CommandError, match=r"bags\.csv does not exist"):
        call_command(
            "import_catalog", str(dump.folder), "--bags", str(dump.folder / "no/bags.csv"), stderr=StringIO()
        )
    with pytest.raises(CommandError, match="cannot be read or written"):
        call_command(
            "import_catalog",
            str(dump.folder),
            "--report",
            "/proc/none/report.csv",
            stdout=StringIO(),
            stderr=StringIO(),
        )


def _catalogue() -> list[object]:
    return [
        list(model.objects.order_by("pk").values_list()) for model in (Theme, Part, Set, Content, Revision)
    ]
