"""Files and forms in parts: boundaries, names, tables that are none, and what unpacks to very much."""

import gzip
import io
import tarfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.catalog.dumps import SmallDump
from tests.hostile.rows import FORM, SET, Row, api, page

BOUNDARY = "bound"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
FORM_PAGE = f"/sets/{SET}/request/"
ACTION = {**FORM, "action": "list"}
UNREADABLE: dict[str, Any] = {"says": ("We could not read that",), "status": 400}
TOO_MUCH: dict[str, Any] = {"says": ("That was too much at once",), "status": 413}


def part(name: str, content: bytes = b"x", *more: str, file: str | None = None) -> bytes:
    of_file = "" if file is None else f'; filename="{file}"'
    lines = [f"--{BOUNDARY}", f'Content-Disposition: form-data; name="{name}"{of_file}', *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n"


def body(*parts: bytes, end: bytes = b"--bound--\r\n") -> bytes:
    return b"".join(parts) + end


@cache
def dump() -> dict[str, bytes]:
    made = SmallDump(Path("unused"))
    return {table: made.text(table).encode() for table in made.headers}


def tables(**instead: tuple[str, bytes] | None) -> bytes:
    """The files of a good dump, with one under another name or with another content."""
    files = {name: (f"{name}.csv", content) for name, content in dump().items()} | instead
    return body(*(part("files", each[1], file=each[0]) for each in files.values() if each is not None))


def dump_of(name: str, *problems: str, raw: bytes, **more: object) -> Row:
    return api(name, "imports/", None, *problems, raw=raw, **{"type": MULTIPART, "by": "lead", **more})


def of_sets(name: str, content: bytes, code: str, file: str = "sets.csv") -> Row:
    return dump_of(name, f"/files {code}", raw=tables(sets=(file, content)))


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../sets.csv", b"0" * 1_000_000)
    return file.getvalue()


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../sets.csv"))
    return file.getvalue()


def a_list(
    name: str, content: bytes, *says: str, file: str = "list.csv", more: tuple[str, ...] = (), **rest: object
) -> Row:
    """A part list sent with the request form; the form comes back with what was typed."""
    fields = [part(field, str(value).encode()) for field, value in ACTION.items()]
    return page(
        name,
        FORM_PAGE,
        None,
        *says,
        method="POST",
        type=MULTIPART,
        raw=body(*fields, part("list_file", content, *more, file=file)),
        **{"status": 200, "keeps": ("1 Main St",), **rest},
    )


def stock_file(name: str, content: bytes, *says: str, **more: object) -> Row:
    fields = [part("key", b"a-key-of-a-form"), part("mode", b"received")]
    return page(
        name,
        "/dashboard/stock/file/",
        None,
        *says,
        method="POST",
        type=MULTIPART,
        by="warehouse",
        raw=body(*fields, part("file", content, file="stock.csv")),
        **{"status": 400, **more},
    )


def raw_form(name: str, raw: bytes, type: str = MULTIPART, **more: object) -> Row:
    """What is no form of ours, sent as one: the page asks for what is missing."""
    return page(name, FORM_PAGE, None, method="POST", raw=raw, type=type, **{**UNREADABLE, **more})


HEADING = b"sku,bin,quantity\n"
ROWS = [
    raw_form("a form without a boundary", body(part("name")), "multipart/form-data"),
    raw_form("a boundary of blanks", body(part("name")), 'multipart/form-data; boundary="  "'),
    raw_form("a boundary of umlauts", body(part("name")), "multipart/form-data; boundary=ümläüt"),
    raw_form(
        "a boundary of 10,000 characters", body(part("name")), "multipart/form-data; boundary=" + "b" * 10_000
    ),
    raw_form("a form of 10,000 fields", body(*(part(f"f{n}") for n in range(10_000))), **TOO_MUCH),
    raw_form(
        "a form of 10,000 fields in a line",
        "&".join(f"f{n}=1" for n in range(10_000)).encode(),
        "application/x-www-form-urlencoded",
        **TOO_MUCH,
    ),
    raw_form("a form of 300 files", body(*(part(f"f{n}", file="x") for n in range(300))), **TOO_MUCH),
    raw_form(
        "a form without its end",
        body(part("name", b"John"), end=b""),
        status=200,
        says=("cannot be printed",),
    ),
    raw_form("a form of nothing", b"", status=200, says=("Enter your name",)),
    raw_form("a form in which nothing is a part", b"x" * 500, status=200, says=("Enter your name",)),
    raw_form(
        "a part without a name",
        body(b"--bound\r\nContent-Disposition: form-data\r\n\r\nx\r\n"),
        status=200,
        says=("Enter your name",),
    ),
    raw_form(
        "a part without a heading", body(b"--bound\r\n\r\nx\r\n"), status=200, says=("Enter your name",)
    ),
    raw_form("a part of 5,000 headings", body(part("name", b"x", *(f"X-{n}: y" for n in range(5_000))))),
    raw_form("a part with a heading of 100,000", body(part("name", b"John", "X: " + "y" * 100_000))),
    raw_form(
        "a form in a form",
        body(part("name", body(part("city")), "Content-Type: multipart/mixed; boundary=bound")),
        status=200,
        says=("Choose at least one bag or piece",),
    ),
    raw_form(
        "a part that is no base64",
        body(part("name", b"\xff\xfe!", "Content-Transfer-Encoding: base64")),
        status=200,
        says=("Enter your name",),
    ),
    raw_form(
        "a part in quoted signs",
        body(part("name", b"=00=0D=0ABcc:", "Content-Transfer-Encoding: quoted-printable")),
        status=200,
        says=("Choose at least one bag or piece",),
    ),
    raw_form(
        "a file in a text field",
        body(part("name", b"John", file="name.txt")),
        status=200,
        says=("Enter your name",),
    ),
    raw_form(
        "a text in a file's field",
        body(part("list_file", b"3001,4,1"), part("action", b"list")),
        status=200,
        says=("Paste your list first",),
    ),
    raw_form(
        "a form of broken bytes",
        b"name=%ff%fe&email=%00",
        "application/x-www-form-urlencoded",
        status=200,
        says=("This holds characters that cannot be printed",),
    ),
    raw_form(
        "a form in UTF-16", "name=John".encode("utf-16"), "application/x-www-form-urlencoded; charset=utf-16"
    ),
    raw_form("a form in a charset that is none", body(part("name")), f"{MULTIPART}; charset=rot13"),
    raw_form("a form in a charset of bytes", body(part("name")), f"{MULTIPART}; charset=hex"),
    raw_form("a form in a charset that never decodes", body(part("name")), f"{MULTIPART}; charset=undefined"),
    raw_form(
        "a form in Latin-1", body(part("name", "José".encode("latin-1"))), f"{MULTIPART}; charset=latin-1"
    ),
    raw_form(
        "a form in a charset nobody knows",
        body(part("bag", b"14")),
        f"{MULTIPART}; charset=klingon",
    ),
    raw_form(
        "a form in seven bits", b"name=+ADw-script+AD4-", "application/x-www-form-urlencoded; charset=utf-7"
    ),
    raw_form(
        "json to a page", b'{"name": "John"}', "application/json", status=200, says=("Enter your name",)
    ),
    a_list("a list that is a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "Line"),
    a_list("a list of nothing", b"", "Paste your list first"),
    a_list("a list of a megabyte less a little", b"3001,4\n" * 130_000, status=200),
    a_list("a list in UTF-16", "Part,Color\n3001,4".encode("utf-16"), "Line"),
    a_list("a list with zeros", b"30\x0001,4,1\n"),
    a_list("a list in one line", b"3001," * 30_000, "Line"),
    a_list("a list of quotes", b'"' * 10_001, "Line"),
    a_list("a list of a formula", b'=cmd|"/c calc"!A1,4,1\n', "Line"),
    a_list("a list of quantities without end", b"3001,4," + b"9" * 5_000 + b"\n", "Line"),
    a_list("a list of quantities below nothing", b"3001,4,-5\n", "Line"),
    a_list("a list that is compressed", packed(b"3001,4,1\n" * 1_000), "Line"),
    a_list("a list that is a program", b"<?php system('id'); ?>\n<script>alert(1)</script>", "Line"),
    a_list("a list under a path", b"9999,4,1\n", "Line", file="../../../../tmp/list.csv"),
    a_list("a list under a name with a zero", b"9999,4,1\n", "Line", file="list\x00.csv"),
    a_list("a list under a name of 10,000", b"9999,4,1\n", file="x" * 10_000, **UNREADABLE, keeps=()),
    a_list("a list under a turned name", b"9999,4,1\n", "Line", file="\u202evsc.exe"),
    a_list("a list under no name", b"9999,4,1\n", "Paste your list first", file=""),
    a_list("a list under a name of dots", b"9999,4,1\n", "Paste your list first", file=".."),
    a_list(
        "a list that says it is in base64",
        b"!!!!",
        "Paste your list first",
        more=("Content-Transfer-Encoding: base64",),
    ),
    dump_of("an import of nothing", "/files missing_table", raw=body()),
    dump_of("an import by a stranger", raw=tables(), by="nobody", status=401, code="not_authenticated"),
    dump_of("an import by the warehouse", raw=tables(), by="warehouse", status=403, code="permission_denied"),
    dump_of("an import without a boundary", " invalid_json", raw=tables(), type="multipart/form-data"),
    api(
        "an import as json",
        "imports/",
        {"files": ["/etc/passwd"]},
        by="lead",
        status=415,
        code="unsupported_media_type",
    ),
    dump_of("an import with a table missing", "/files missing_table", raw=tables(sets=None)),
    dump_of(
        "an import with a table twice",
        "/files/14 duplicate_file",
        raw=tables(again=("sets.csv.gz", packed(dump()["sets"]))),
    ),
    dump_of("an import of a file that is none", "/files/14 unknown_file", raw=tables(more=("passwd", b"x"))),
    dump_of(
        "an import of a file with a zero", "/files/14 duplicate_file", raw=tables(more=("sets\x00.csv", b"x"))
    ),
    dump_of("an import of a file of 10,000", " invalid_json", raw=tables(more=("s" * 10_000 + ".csv", b"x"))),
    dump_of(
        "an import of a file in an archive", "/files/14 unknown_file", raw=tables(more=("dump.zip", zipped()))
    ),
    dump_of(
        "an import of a share that is none",
        "/tolerated out_of_range",
        raw=part("tolerated", b"NaN") + tables(),
    ),
    dump_of(
        "an import of a share without end",
        "/tolerated out_of_range",
        raw=part("tolerated", b"1e999") + tables(),
    ),
    dump_of(
        "an import of a share of words", "/tolerated wrong_type", raw=part("tolerated", b"all") + tables()
    ),
    dump_of(
        "an import of a share below nothing",
        "/tolerated out_of_range",
        raw=part("tolerated", b"-1") + tables(),
    ),
    dump_of(
        "an import that is tried perhaps", "/dry_run wrong_type", raw=part("dry_run", b"perhaps") + tables()
    ),
    of_sets("a table of nothing", b"", "empty_table"),
    of_sets("a table with a column missing", b"set_num,name\n", "missing_column"),
    of_sets("a table in UTF-16", dump()["sets"].decode().encode("utf-16"), "control_character"),
    of_sets(
        "a table with a zero in its heading",
        b"set_num\x00,name,year,theme_id,num_parts\n",
        "control_character",
    ),
    of_sets("a table that is compressed under a plain name", packed(dump()["sets"]), "control_character"),
    of_sets("a table that is plain under a packed name", dump()["sets"], "not_gzip", "sets.csv.gz"),
    of_sets("a table that is cut off", packed(dump()["sets"])[:12], "truncated", "sets.csv.gz"),
    of_sets("a table packed twice", packed(packed(dump()["sets"])), "control_character", "sets.csv.gz"),
    of_sets("a table in an archive", zipped(), "not_gzip", "sets.csv.gz"),
    of_sets("a table in a packed archive", tarred(), "control_character", "sets.csv.gz"),
    of_sets("a heading of 100 MB, packed", packed(b"a" * 100_000_000), "line_too_long", "sets.csv.gz"),
    of_sets(
        "a heading of 100 MB of zeros, packed", packed(bytes(100_000_000)), "line_too_long", "sets.csv.gz"
    ),
    of_sets(
        "a heading of 50,000 columns", b",".join(b"c%d" % n for n in range(50_000)) + b"\n", "line_too_long"
    ),
    of_sets(
        "a heading of 190,000 columns over many lines",
        dump()["sets"].partition(b"\n")[0] + (b",a" * 1_000 + b',"\n"') * 190 + b"\n",
        "too_many_columns",
    ),
    of_sets("a heading of many gzip files of nothing", packed(b"") * 50_000, "not_gzip", "sets.csv.gz"),
    of_sets("a heading in an open quote", b'"set_num,name,year,theme_id,num_parts\n' * 3, "not_csv"),
    page(
        "an import of the page without a token",
        "/dashboard/catalog/imports/",
        None,
        "Please send that once more",
        method="POST",
        raw=tables(),
        type=MULTIPART,
        by="lead",
        status=403,
        checks_csrf=True,
    ),
    dump_of(
        "an import in a charset that is none",
        raw=tables(),
        type=f"{MULTIPART}; charset=rot13",
        code="invalid",
        says=("not in UTF-8",),
    ),
    stock_file("a stock file of nothing", b"", "The submitted file is empty"),
    stock_file("a stock file without a heading", b"P:3001:4,A-01,1\n", "The heading lacks"),
    stock_file("a stock file in UTF-16", "sku,bin,quantity\n".encode("utf-16"), "no UTF-8 characters"),
    stock_file("a stock file with a zero", HEADING + b"P:30\x0001:4,A-01,1\n", "this is no text"),
    stock_file("a stock file of a formula", HEADING + b"=1+1,A-01,1\n", "no item has the SKU"),
    stock_file("a stock file below nothing", HEADING + b"P:3001:4,A-01-1-01,-5\n", "give a whole number"),
    stock_file(
        "a stock file of 5,000 digits",
        HEADING + b"P:3001:4,A-01-1-01," + b"9" * 5_000 + b"\n",
        "give a whole number",
    ),
    stock_file(
        "a stock file of a line twice", HEADING + b"P:3001:4,A-01-1-01,1\n" * 2, "stands in line 2 already"
    ),
    stock_file(
        "a stock file half of it right", HEADING + b"P:3001:4,A-01-1-01,1\nP:0:0,A-01-1-01,1\n", "Line 3"
    ),
    stock_file(
        "a stock file of 3,000 lines", HEADING + b"P:3001:4,A-01-1-01,1\n" * 3_000, "At most 2000 lines"
    ),
    stock_file("a stock file of 600 kB", HEADING + b"x" * 600_000, "The file has more than 500 kB"),
    stock_file("a stock file in an open quote", HEADING + b'"P:3001:4,A-01-1-01,1\n', "no item has the SKU"),
    stock_file(
        "a stock file of a cell of 200,000", HEADING + b"x" * 200_000 + b",A,1\n", "cannot be read as CSV"
    ),
    stock_file(
        "a stock file into a bin of a script",
        HEADING + b"P:3001:4,<script>alert(1)</script>,1\n",
        "give a bin",
    ),
]
