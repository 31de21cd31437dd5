"""Queries: pages out of range, forged cursors, and searches that are a program of some kind."""

import base64
import json
from typing import Any
from urllib.parse import quote

from tests.hostile.rows import Row, asked, page

LISTS = "sets/"


def paged(name: str, size: str) -> Row:
    return asked(name, f"sets/?page_size={quote(size)}", "/page_size out_of_range")


def cursor(name: str, place: Any, path: str = LISTS, **more: Any) -> Row:
    """A cursor: bytes as they are, else a place that we would have written as JSON."""
    text = place if isinstance(place, str) else base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
    joint = "&" if "?" in path else "?"
    return asked(name, f"{path}{joint}cursor={quote(text)}", "/cursor invalid_cursor", **more)


def of_program(name: str, path: str, *problems: str, **more: Any) -> Row:
    return asked(name, path, *problems, **{"by": "lead", **more})


def search(name: str, typed: str, **more: Any) -> Row:
    """A search on the page: it finds nothing, and the field keeps what was typed."""
    more.setdefault("keeps", (typed.strip()[:100],))
    return page(name, f"/sets/?q={quote(typed)}", status=200, **more)


SEARCHES = {
    "a statement": "' UNION SELECT password FROM accounts_user --",
    "a second statement": "x'; DELETE FROM orders_order; --",
    "an index's syntax": 'NEAR("a" "b", 10) AND "c"* OR ^d NOT {name}: e',
    "an index's column": "name : * - ( OR )",
    "an open quote": '"',
    "a text search's syntax": "a & !b | (c <-> d):*",
    "a pattern": "%_%\\",
    "an expression without end": "(a+)+$" + "a" * 60 + "!",
    "brackets": "[[[[((((",
    "a set of stop words": "the a of and is",
    "marks by the thousand": "Z" + "\u0301" * 3_000,
    "turned around": "\u202egnalrednu\u202c",
    "joined signs": "👨‍👩‍👧‍👦" * 20,
    "a script": "<script>alert(1)</script>",
    "a template of the page": "{{ 7*7 }}{% include '/etc/passwd' %}",
    "the longest number": "9" * 99,
    "a number below nothing": "-2147483649",
    "a number and 50 more": " ".join(str(10**number) for number in range(50)),
    "letters without an end": "ﷺ" * 99,
    "the dotless i": "İıſßŒ" * 15,
}
FAR = 10**30
ROWS = [
    paged("a page of 0", "0"),
    paged("a page of -1", "-1"),
    paged("a page of 101", "101"),
    paged("a page of a billion", "1e9"),
    paged("a page of NaN", "NaN"),
    paged("a page of 5,000 digits", "9" * 5_000),
    paged("a page of other digits", "\u0661\u0660"),
    paged("a page of a blank", " 5"),
    paged("a page of two sizes", "5,6"),
    cursor("a cursor of garbage", "garbage"),
    cursor("a cursor of umlauts", "ümläüt"),
    cursor("a cursor of 10,000 characters", "A" * 10_000),
    cursor("a cursor of no base64", "a"),
    cursor("a cursor of a number", 7),
    cursor("a cursor of an object", {"after": 1}),
    cursor("a cursor of a list", ["after", [1]]),
    cursor("a cursor of nothing", ["after", None]),
    cursor("a cursor of true", ["after", True], "stock/movements/", by="lead"),
    cursor("a cursor of a float", ["after", 1.5], "stock/movements/", by="lead"),
    cursor("a cursor with a zero", ["after", "\x00"]),
    cursor("a cursor with half a character", ["after", "\ud800"]),
    cursor("a cursor of too many", ["after", "a", "b"]),
    cursor("a cursor of no direction", ["beside", "a"]),
    cursor("a cursor too far", ["after", FAR], "sets/75290-1/pieces/"),
    cursor("a cursor below nothing", ["from", -1], "sets/?search=cantina"),
    cursor("a cursor of a place too far", ["from", 10**9], "sets/?search=cantina"),
    cursor("a cursor of the wrong list", ["after", "75290-1"], "sets/75290-1/pieces/"),
    cursor("a cursor of no time", ["after", "yesterday", 1], "orders/", by="lead"),
    cursor(
        "a cursor of a time too early", ["after", "0001-01-01T00:00:00+23:59", "B14"], "orders/", by="lead"
    ),
    cursor("a cursor nested", "W" * 499),
    of_program("a search of 10,000 characters", "sets/?search=" + "x" * 10_000, "/search too_long"),
    of_program("a search with a zero", "sets/?search=a%00b", "/search control_characters"),
    of_program("a search of broken bytes and a bell", "sets/?search=%07%ff", "/search control_characters"),
    of_program("a theme of letters", "sets/?theme=star", "/theme invalid"),
    of_program("a theme of 30 digits", f"sets/?theme={FAR}", "/theme out_of_range"),
    of_program("a year of 30 digits", f"sets/?year={FAR}", "/year out_of_range"),
    of_program("a year of 5,000 digits", "sets/?year=" + "9" * 5_000, "/year out_of_range"),
    of_program("a year of a fraction", "sets/?year=2020.5", "/year invalid"),
    of_program("a year of NaN", "sets/?year=NaN", "/year invalid"),
    of_program("a colour of a name", "sets/75290-1/pieces/?color=red", "/color invalid"),
    of_program("a bag with a zero", "sets/75290-1/pieces/?bag=%00", "/bag control_characters"),
    of_program("stock of a part with a zero", "stock/?part_num=%00", "/part_num control_characters"),
    of_program("stock of a set of 10,000 characters", "stock/?set_num=" + "x" * 10_000, "/set_num too_long"),
    of_program("stock in a bin of 500 characters", "stock/?bin=" + "x" * 500, "/bin too_long"),
    of_program(
        "stock of a colour out of range", f"stock/?part_num=3001&color_id={FAR}", "/color_id out_of_range"
    ),
    of_program("movements of an item with a bell", "stock/movements/?sku=%07", "/sku control_characters"),
    of_program("bins of a beginning of 500", "bins/?beginning=" + "x" * 500, "/beginning too_long"),
    of_program("a scan of nothing", "stock/scanned/", "/code required"),
    of_program("a scan of 10,000 characters", "stock/scanned/?code=" + "x" * 10_000, "/code too_long"),
    of_program("a scan of an element nobody has", "stock/scanned/?code=%25", status=404, code="not_found"),
    of_program("reports of a set with a zero", "reports/?set_num=%00", "/set_num control_characters"),
    of_program("corrections of a colour of words", "corrections/?color_id=red", "/color_id invalid"),
    of_program("orders in no state", "orders/?state=%27%20OR%201=1", "/state invalid_choice"),
    of_program("shipments in no state", "shipments/?status=gone", "/status invalid_choice"),
    of_program("a hand-over on no day", "hand-overs/?day=2026-02-30", "/day invalid"),
    of_program("a hand-over in the year 10,000", "hand-overs/?day=10000-01-01", "/day invalid"),
    of_program("a hand-over before all time", "hand-overs/?day=0000-00-00", "/day invalid"),
    *(search(f"a search of {kind}", typed) for kind, typed in SEARCHES.items()),
    search("a search of 10,000 characters on the page", "x" * 10_000),
    search("a search with a zero on the page", "a\x00b", keeps=()),
    page("a page of sets far away", f"/sets/?q=cantina&page={FAR}", status=200),
    page("a page of sets below nothing", "/sets/?q=cantina&page=-1", status=200),
    page("a page of sets of no number", "/sets/?q=cantina&page=NaN", status=200),
    page(
        "a query of 5,000 parameters",
        "/sets/?" + "&".join(f"q{number}=1" for number in range(5_000)),
        says=("That was too much at once",),
        status=413,
    ),
    page(
        "a query in a charset that is none",
        "/sets/?q=cantina",
        status=200,
        headers={"Content-Type": "x/y; charset=rot13"},
        keeps=("cantina",),
    ),
    page(
        "a query in a charset of two bytes",
        "/sets/?q=cantina",
        status=200,
        headers={"Content-Type": "x/y; charset=utf-16"},
        keeps=("cantina",),
    ),
    page(
        "filters of nothing we know",
        "/sets/75290-1/?in=%00&color=%00&category=%00&q=%00&page=%00&piece=%00:4&bag=%00",
        status=200,
    ),
    page("a filter of a colour too far", f"/sets/75290-1/?color={FAR}", status=200),
    page("a filter of a colour of 5,000 digits", "/sets/75290-1/?color=" + "9" * 5_000, status=200),
    page(
        "500 pieces in a page's address",
        "/sets/75290-1/?" + "&".join(f"piece=x{n}:4" for n in range(500)),
        status=200,
    ),
    page(
        "a piece that is none", "/sets/75290-1/?add=%00:999999999999", status=302, leads_to="/sets/75290-1/?"
    ),
    page(
        "a piece to add with a header",
        "/sets/75290-1/?add=x%0d%0aSet-Cookie:%20a=b",
        status=302,
        leads_to="/sets/75290-1/?piece=x%0D%0ASet-Cookie",
    ),
    page(
        "a figure that is none",
        "/sets/75290-1/?figure=" + "%F0%9F%92%A5" * 500,
        status=302,
        leads_to="/sets/75290-1/",
    ),
    page("a staff's search with a zero", "/dashboard/stock/?q=a%00b", by="lead", status=200),
    page(
        "a staff's search of a pattern", "/dashboard/stock/?q=%25_%5c", by="lead", status=200, keeps=("%_\\",)
    ),
    page(
        "a staff's search of 10,000 characters", "/dashboard/stock/?q=" + "x" * 10_000, by="lead", status=200
    ),
    page("a staff's number with a zero", "/dashboard/orders/?number=%00", by="lead", status=200),
    page(
        "a staff's number of a script",
        "/dashboard/orders/?number=%3Cscript%3E",
        by="lead",
        status=200,
        keeps=("<script>",),
    ),
    page(
        "a staff's queue of no view", "/dashboard/orders/?view=%00&page=%00&orders=%00", by="lead", status=200
    ),
    page("a staff's page far away", f"/dashboard/orders/?page={FAR}", by="lead", status=200),
    page("a staff's bin with a zero", "/dashboard/stock/bins/?bin=%00", by="lead", status=200),
    page(
        "a staff's parcel of a scan with a zero",
        "/dashboard/parcels/?scan=%00&view=%00",
        by="lead",
        status=200,
    ),
    page("a staff's parcel of a scan of 30 digits", f"/dashboard/parcels/?scan={FAR}", by="lead", status=200),
    page("a staff's stop far away", f"/dashboard/waves/<walked_wave>/?stop={FAR}", by="lead", status=200),
    page(
        "a staff's hand-over of no day", "/dashboard/parcels/hand-over/?day=2026-13-45", by="lead", status=200
    ),
    page(
        "a staff's hand-over of the last day",
        "/dashboard/parcels/hand-over/?day=9999-12-31",
        by="lead",
        status=200,
    ),
    page(
        "a staff's hand-over of the first day",
        "/dashboard/parcels/hand-over/?day=0001-01-01",
        by="lead",
        status=200,
    ),
    page(
        "failed work of no view, no kind and no place",
        "/dashboard/failed/?view=%00&kind=%3Cscript%3E&after=9999-99-99T99%3A99%3A99Z_%00",
        by="lead",
        status=200,
    ),
    page(
        "failed work behind the last day",
        f"/dashboard/failed/?after=0001-01-01T00:00:00Z_{FAR}",
        by="lead",
        status=200,
    ),
    page("a staff's report of a zero", "/dashboard/reports/?set=%00", by="lead", status=200),
    page("a staff's catalogue of a zero", "/dashboard/catalog/?q=%00%25", by="lead", status=200),
    page(
        "a staff's receipt into a bin of a script",
        "/dashboard/stock/receive/?bin=%3Cscript%3E",
        by="lead",
        status=200,
        keeps=("<script>",),
    ),
    page("an admin's search with a zero", "/admin/accounts/user/?q=%00", by="lead", status=200),
    page(
        "an admin's filter that is none",
        "/admin/accounts/user/?password__startswith=a",
        by="lead",
        status=400,
    ),
    page("an admin's page far away", f"/admin/accounts/user/?p={FAR}", by="lead", status=200),
]
