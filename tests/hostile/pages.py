"""The forms of customers and staff: what is typed wrong on purpose, and forms that come from elsewhere."""

from collections.abc import Mapping
from typing import Any

from tests.hostile.rows import Row, page, request
from tests.hostile.world import PASSWORD

LONG = "x" * 10_000
EVIL = {"Origin": "https://evil.example"}
CANNOT_PRINT = "This holds characters that cannot be printed"
SIGN_IN = "/sign-in/"
WRONG = "Wrong user name or password."


def signs_in(name: str, username: str, password: str, *says: str, **more: object) -> Row:
    return page(
        name,
        SIGN_IN,
        {"username": username, "password": password},
        *(says or (WRONG,)),
        **{"status": 400, **more},
    )


def leads_home(name: str, wanted: str) -> Row:
    """Who signs in is led to our own pages, wherever a link would lead."""
    fields = {"username": "sandra", "password": PASSWORD, "next": wanted}
    return page(name, SIGN_IN, fields, status=302, leads_to="/dashboard/")


def language(name: str, wanted: str) -> Row:
    """A visitor who chooses a language stays here."""
    return page(name, "/language/", {"language": "es", "next": wanted}, status=302, leads_to="/")


def shelf(name: str, path: str, fields: Mapping[str, Any], *says: str, **more: object) -> Row:
    return page(
        name,
        f"/dashboard/{path}",
        {"key": "a-key-of-a-form", **fields},
        *says,
        **{"by": "warehouse", "status": 400, **more},
    )


ITEM = "stock/<item_id>"
ROWS = [
    request(
        "a form of nothing but blanks",
        {"name": " ", "email": "\t", "line1": " ", "bag": " "},
        "Enter your name",
        "Enter the street",
        "Choose at least one bag or piece",
    ),
    request("a form's name of 10,000", {"name": LONG}, "at most 200 characters", keeps=(LONG,)),
    request("a form's name with a header", {"name": "John\r\nBcc: x@example.com"}, CANNOT_PRINT),
    request("a form's name with a zero", {"name": "Jo\x00hn"}, CANNOT_PRINT),
    request("a form's name without width", {"name": "\u200b\u2060"}, "Enter your name"),
    request("a form's e-mail with a header", {"email": "john@example.com\nBcc: x@y.z"}, CANNOT_PRINT),
    request(
        "a form's e-mail of two",
        {"email": "a@example.com, b@example.com"},
        "Enter an e-mail address such as",
        keeps=("a@example.com, b@example.com",),
    ),
    request("a form's country of a path", {"country": "../US"}, "Choose the country", keeps=("1 Main St",)),
    request("a form's language of none", {"language": "xx\x00"}, CANNOT_PRINT, keeps=("1 Main St",)),
    request(
        "a form's language we do not write",
        {"language": "tlh"},
        "Choose one of the languages",
        keeps=("1 Main St",),
    ),
    request(
        "a form's reason of none",
        {"bag_reason": "<b>"},
        "Choose missing, damaged or lost",
        keeps=("1 Main St",),
    ),
    request("a form's age of none", {"age_band": "-5"}, "Choose one of the age groups", keeps=("1 Main St",)),
    request(
        "a form's bag of a thousand characters",
        {"bag": "1" * 1_000},
        "Enter the number printed on the bag",
        keeps=("1 Main St",),
    ),
    request(
        "a form's bags of a thousand commas",
        {"bag": "," * 1_000 + "99"},
        "This set has no bag 99",
        keeps=("1 Main St",),
    ),
    request(
        "a form's bags, 101 of them",
        {"bag": ",".join(map(str, range(101)))},
        "At most 100 lines",
        keeps=("1 Main St",),
    ),
    request(
        "a form's bag twice",
        {"bag": ["14", "14"]},
        "This bag is in the request already",
        keeps=("1 Main St",),
    ),
    request("a form's bag of a script", {"bag": "<script>"}, "This set has no bag", keeps=("1 Main St",)),
    request(
        "a form's piece of no key",
        {"piece": "nothing", "quantity": "1"},
        "We do not know this piece",
        keeps=("1 Main St",),
    ),
    request("a form's piece of a key with a zero", {"piece": "30\x00:9999"}, "We do not know this piece"),
    request(
        "a form's piece of a colour out of range",
        {"piece": "3001:999999999", "quantity": "1"},
        "We do not know this piece",
    ),
    request(
        "a form's quantity of words",
        {"piece": "3001:4", "quantity": "all"},
        "Enter how many you need",
        keeps=("all",),
    ),
    request(
        "a form's quantity below nothing",
        {"piece": "3001:4", "quantity": "-1"},
        "Enter how many you need",
        keeps=("-1",),
    ),
    request("a form's quantity of 0", {"piece": "3001:4", "quantity": "0"}, "Enter a number from 1 on"),
    request(
        "a form's quantity of 5,000 digits",
        {"piece": "3001:4", "quantity": "9" * 5_000},
        "Enter how many you need",
    ),
    request(
        "a form's quantity of a power",
        {"piece": "3001:4", "quantity": "1e3"},
        "Enter how many you need",
        keeps=("1e3",),
    ),
    request(
        "a form's quantity of more than there are",
        {"piece": "3001:4", "quantity": "999999"},
        "This set has only 6",
    ),
    request(
        "a form's reasons of none",
        {"piece": "3001:4", "quantity": "1", "reason": "x\x00"},
        "Choose missing, damaged or lost",
    ),
    request("a form's message of 100,000", {"message": LONG * 10}, "at most 1000 characters"),
    request("a form's action of none", {"action": "delete:everything", "name": ""}, "Enter your name"),
    request(
        "a form's line to drop of none", {"action": "drop:99999999999999999999", "name": "J"}, "1 Main St"
    ),
    request("a form's line to drop of another digit", {"action": "drop:\u0661"}, "1 Main St"),
    request("a form's piece to add of none", {"action": "add:" + LONG}, "1 Main St"),
    request("a form's search of everything", {"action": "find", "find": "%_'\"\\*(" + LONG}, "1 Main St"),
    request("a form's search with a zero", {"action": "find", "find": "a\x00b"}, "1 Main St"),
    request(
        "a form's language of a button that is none",
        {"action": "language:../../x", "name": ""},
        "Enter your name",
    ),
    request(
        "a form's nonce of a script", {"nonce": "<script>alert(1)</script>", "name": ""}, "Enter your name"
    ),
    request("a form's nonce of 10,000", {"nonce": LONG, "name": ""}, "Enter your name"),
    request("a form's page from elsewhere", {"name": ""}, "Enter your name", headers=EVIL),
    request(
        "a set in words of 10,000",
        {"described_set": LONG, "described": "a bag"},
        "at most 100 characters",
        path="/not-listed/",
        keeps=(LONG,),
    ),
    request(
        "a set in words with a zero",
        {"described_set": "a\x00", "described": "a bag"},
        CANNOT_PRINT,
        path="/not-listed/",
    ),
    request(
        "a set in words without width",
        {"described_set": "\u200b", "described": "\u200b"},
        "Tell us which set it is",
        path="/not-listed/",
    ),
    page(
        "a link asked with a header",
        "/orders/find/",
        {"number": "B14-0000-0000", "email": "a@b.c\nBcc: x@y.z"},
        "Enter an e-mail address such as",
        status=200,
    ),
    page(
        "a link asked with a zero",
        "/orders/find/",
        {"number": "B14\x00", "email": "john@example.com"},
        "Enter the number of your request",
        status=200,
        keeps=("john@example.com",),
    ),
    page(
        "a link asked with 10,000",
        "/orders/find/",
        {"number": LONG, "email": LONG},
        "Enter the number of your request",
        status=200,
        keeps=(LONG,),
    ),
    page(
        "an address of nothing",
        "/orders/<fresh>/address/?token=<fresh_token>",
        {},
        "Choose the country",
        status=200,
    ),
    page(
        "an address with a zero",
        "/orders/<fresh>/address/?token=<fresh_token>",
        {"line1": "1\x00", "country": "US", "city": "Springfield"},
        CANNOT_PRINT,
        status=200,
        keeps=("Springfield",),
    ),
    page(
        "an address of another's order",
        "/orders/<fresh>/address/?token=<waiting_token>",
        {"country": "US"},
        status=404,
    ),
    page(
        "more of nothing",
        "/orders/<fresh>/more/?token=<fresh_token>",
        {"nonce": "n" * 20},
        "Choose at least one bag or piece",
        status=200,
    ),
    page(
        "more of what is asked already",
        "/orders/<fresh>/more/?token=<fresh_token>",
        {"bag": "14", "nonce": "n" * 20},
        "This bag is in the request already",
        status=200,
    ),
    page(
        "a trouble that is none",
        "/orders/<shipped>/again/?token=<shipped_token>",
        {"trouble": "<b>", "message": "hello"},
        "Choose",
        status=200,
        keeps=("hello",),
    ),
    page(
        "a purpose that is none",
        "/orders/<fresh>/data/?token=<fresh_token>",
        {"action": "../erase"},
        status=400,
    ),
    page(
        "a line found that is another's",
        "/orders/<fresh>/lines/<waiting_line>/found/?token=<fresh_token>",
        {},
        status=302,
        leads_to="/orders/<fresh>/?token=<fresh_token>&said=not_found",
    ),
    page(
        "a line found of 30 digits",
        f"/orders/<fresh>/lines/{10**30}/found/?token=<fresh_token>",
        {},
        status=302,
        leads_to="/orders/<fresh>/?token=<fresh_token>&said=not_found",
    ),
    page("a cancelling without a token", "/orders/<fresh>/cancel/", {"token": "<fresh_token>"}, status=404),
    page(
        "a sentence of nobody", "/orders/<fresh>/?token=<fresh_token>&said=<script>&new=<script>", status=200
    ),
    signs_in("a password of 10,000 characters", "sandra", LONG, "at most 1000 characters"),
    signs_in("a password with a zero", "sandra", PASSWORD + "\x00", "Null characters are not allowed"),
    signs_in("a user of 10,000 characters", LONG, "x", "at most"),
    signs_in("a user with a zero", "san\x00dra", PASSWORD, "Null characters are not allowed"),
    signs_in("a user of a statement", "sandra' --", "x", keeps=("sandra' --",)),
    signs_in("a user of a pattern", "sandr_", PASSWORD, keeps=("sandr_",)),
    signs_in("a user in other letters", "ѕаndrа", PASSWORD, keeps=("ѕаndrа",)),
    signs_in("a user without width", "sandra\u200b", PASSWORD),
    signs_in("a user of marks", "s" + "\u0301" * 140, PASSWORD),
    signs_in("a user of nothing", "", "", "This field is required"),
    signs_in("a user of a list", "sandra", "", "This field is required"),
    page("a code without a password", "/sign-in/code/", {"code": "000000"}, status=302, leads_to=SIGN_IN),
    leads_home("a way to another host", "//evil.example/"),
    leads_home("a way to another host backwards", "/\\evil.example/"),
    leads_home("a way to another host with three", "///evil.example"),
    leads_home("a way to another host with a scheme", "https://evil.example/dashboard/"),
    leads_home("a way to a script", "javascript:alert(1)"),
    leads_home("a way with a tab", "/\t/evil.example"),
    page(
        "a way with a header",
        SIGN_IN,
        {"username": "sandra", "password": PASSWORD, "next": "/x\r\nSet-Cookie: a=b"},
        status=302,
        leads_to="/x%0D%0ASet-Cookie",
    ),
    leads_home("a way with an at", "http://testserver@evil.example/"),
    leads_home("a way of no brackets", "http://[evil"),
    leads_home("a way with a zero", "\x00//evil.example"),
    language("a language and another host", "//evil.example/"),
    language("a language and a host backwards", "/\\evil.example"),
    language("a language and a script", "javascript:alert(1)"),
    language("a language and no brackets", "http://["),
    language("a language and a header", "/\r\nSet-Cookie: a=b"),
    page(
        "a language of a path",
        "/language/",
        {"language": "../../etc/passwd", "next": "/"},
        status=302,
        leads_to="/",
    ),
    page(
        "a language with a zero", "/language/", {"language": "es\x00", "next": "/"}, status=302, leads_to="/"
    ),
    page(
        "a language by another page's next",
        "/i18n/setlang/",
        {"language": "es", "next": "//evil.example"},
        status=302,
        leads_to="/",
    ),
    page("a staff's page for a stranger", "/dashboard/orders/<fresh>/", status=302, leads_to=SIGN_IN),
    page(
        "a staff's form without a token",
        "/dashboard/orders/<fresh>/cancel/",
        {},
        "Please send that once more",
        by="service",
        status=403,
        checks_csrf=True,
    ),
    page(
        "a staff's form with a token of none",
        "/dashboard/orders/<fresh>/cancel/",
        {"csrfmiddlewaretoken": "x" * 64},
        "Please send that once more",
        by="service",
        status=403,
        checks_csrf=True,
    ),
    page(
        "a staff's form with a token and a cookie of none",
        "/dashboard/orders/<fresh>/cancel/",
        {"csrfmiddlewaretoken": "\x00" * 64},
        "Please send that once more",
        by="service",
        status=403,
        checks_csrf=True,
        headers={"X-CSRFToken": "y" * 10_000},
    ),
    page(
        "a staff's form from another page",
        "/dashboard/orders/<fresh>/cancel/",
        {},
        "Please send that once more",
        by="service",
        status=403,
        checks_csrf=True,
        headers=EVIL,
    ),
    page(
        "a sign-in with a forged cookie of the form",
        SIGN_IN,
        {"username": "sandra", "password": PASSWORD, "csrfmiddlewaretoken": "a" * 10},
        "Please send that once more",
        status=403,
        checks_csrf=True,
        headers={"Cookie": "csrftoken=" + "a" * 10},
    ),
    page("a staff's page for another role", "/dashboard/catalog/imports/", by="warehouse", status=403),
    page(
        "a staff's deed for another role", "/dashboard/orders/<fresh>/cancel/", {}, by="quality", status=403
    ),
    page(
        "the admin for another role",
        "/admin/accounts/user/",
        by="warehouse",
        status=302,
        leads_to="/admin/login/",
    ),
    page(
        "the admin's way in to another host",
        "/admin/login/?next=//evil.example",
        status=302,
        leads_to=SIGN_IN,
    ),
    shelf(
        "a delivery of a scan of nothing",
        "stock/receive/",
        {"scan": "", "quantity": "1", "bin": "A-01"},
        "This field is required",
    ),
    shelf(
        "a scan with a zero",
        "stock/receive/",
        {"scan": "P\x00", "quantity": "1", "bin": "A-01"},
        "Null characters",
    ),
    shelf(
        "a scan of a pattern",
        "stock/receive/",
        {"scan": "%", "quantity": "1", "bin": "A-01"},
        keeps=("A-01",),
    ),
    shelf(
        "a delivery below nothing",
        "stock/receive/",
        {"scan": "<sku>", "quantity": "-1", "bin": "A-01"},
        "whole number",
    ),
    shelf("a delivery of 0", "stock/receive/", {"scan": "<sku>", "quantity": "0", "bin": "A-01-1-01"}),
    shelf(
        "a delivery into a bin with a header",
        "stock/receive/",
        {"scan": "<sku>", "quantity": "1", "bin": "A\r\nX: y"},
    ),
    shelf(
        "a delivery into a bin without width",
        "stock/receive/",
        {"scan": "<sku>", "quantity": "1", "bin": "\u200b"},
        "Give a bin",
    ),
    shelf(
        "a delivery of a billion",
        "stock/receive/",
        {"scan": "<sku>", "quantity": "999999999", "bin": "A-01-1-01"},
    ),
    shelf(
        "a delivery with a key of 10,000",
        "stock/receive/",
        {"scan": "<sku>", "quantity": "1", "bin": "A-01", "key": LONG},
    ),
    shelf(
        "a count below nothing",
        f"{ITEM}/count/",
        {"counted": "-1", "bin": "<bin>"},
        "whole number",
        keeps=("-1",),
    ),
    shelf(
        "a count of words",
        f"{ITEM}/count/",
        {"counted": "few", "bin": "<bin>"},
        "whole number",
        keeps=("few",),
    ),
    shelf(
        "a change to less than there is",
        f"{ITEM}/adjust/",
        {"delta": "-999999", "bin": "<bin>", "reason": "adjusted"},
        status=409,
    ),
    shelf(
        "a change for no reason",
        f"{ITEM}/adjust/",
        {"delta": "1", "bin": "<bin>", "reason": "stolen"},
        "valid choice",
    ),
    shelf(
        "a carrying of more than there is",
        f"{ITEM}/carry/",
        {"quantity": "99999", "from_bin": "<bin>", "to_bin": "Z-9"},
        status=409,
    ),
    shelf(
        "a carrying to the same bin",
        f"{ITEM}/carry/",
        {"quantity": "1", "from_bin": "<bin>", "to_bin": "<bin>"},
    ),
    shelf("an item of a zero", "stock/new/", {"part_num": "\x00", "color_id": "4"}, "Null characters"),
    shelf(
        "an item of a colour too far",
        "stock/new/",
        {"part_num": "3001", "color_id": "999999999"},
        "We do not know this part in this colour",
    ),
    shelf(
        "a count of a bin of nothing",
        "stock/counts/",
        {"bin": ""},
        status=302,
        leads_to="/dashboard/stock/bins/",
    ),
    shelf(
        "a count of a bin of 10,000",
        "stock/counts/",
        {"bin": LONG},
        status=302,
        leads_to="/dashboard/stock/bins/",
    ),
    shelf(
        "a count of a bin with a zero",
        "stock/counts/",
        {"bin": "A\x00"},
        status=302,
        leads_to="/dashboard/stock/bins/",
    ),
    shelf("a scan into a count of 0", "stock/counts/<count_id>/scan/", {"scan": "300121", "quantity": "0"}),
    shelf(
        "a scan into a count of a billion",
        "stock/counts/<count_id>/scan/",
        {"scan": "300121", "quantity": "999999999"},
    ),
    shelf("a weight of NaN", "parcels/<picking_shipment>/pack/", {"weight": "NaN"}, "in grams"),
    shelf(
        "a weight below nothing",
        "parcels/<picking_shipment>/pack/",
        {"weight": "-1"},
        "in grams",
        keeps=("-1",),
    ),
    shelf("a weight of a tonne", "parcels/<picking_shipment>/pack/", {"weight": "999999999 kg"}),
    shelf(
        "a weight of 5,000 digits",
        "parcels/<picking_shipment>/pack/",
        {"weight": "9" * 5_000},
        "at most 20 characters",
    ),
    shelf(
        "a weight of another parcel's state", "parcels/<shipped_shipment>/pack/", {"weight": "1"}, status=409
    ),
    shelf(
        "a carrier with a zero", "parcels/<packed_shipment>/ship/", {"carrier": "Po\x00st"}, "Null characters"
    ),
    shelf(
        "a tracking number with a header",
        "parcels/<packed_shipment>/ship/",
        {"carrier": "Post", "tracking_number": "1\r\nBcc: x@y.z"},
    ),
    shelf(
        "a tracking number of a script",
        "parcels/<packed_shipment>/ship/",
        {"carrier": "", "tracking_number": "<script>"},
        "This field is required",
        keeps=("<script>",),
    ),
    shelf(
        "a damage of words",
        "parcels/<shipped_shipment>/back/",
        {"damaged-<sku>": "all"},
        "Type a whole number",
    ),
    shelf("a damage of more than there is", "parcels/<shipped_shipment>/back/", {"damaged-<sku>": "99999"}),
    shelf("a damage of an item that is not there", "parcels/<shipped_shipment>/back/", {"damaged-<b>": "1"}),
    shelf(
        "a weighing of a piece of 30 digits",
        f"parcels/<picking_shipment>/weigh/{10**30}/",
        {"count": "10", "total": "1"},
        status=404,
    ),
    shelf("a stop with more than it has", "waves/<walked_wave>/picks/<walked_pick>/", {"quantity": "99"}),
    shelf("a stop with less for no reason", "waves/<walked_wave>/picks/<walked_pick>/", {"quantity": "0"}),
    shelf(
        "a stop with another bin's code",
        "waves/<walked_wave>/picks/<walked_pick>/",
        {"quantity": "1", "scan": "Z-99"},
        status=409,
    ),
    shelf(
        "a stop of another walk",
        "waves/<wave_id>/picks/<walked_pick>/",
        {"quantity": "1"},
        "This stop is gone",
        status=409,
    ),
    shelf("a wave of nothing", "waves/make/", {}, "Choose at least one order"),
    shelf(
        "a wave of an order twice",
        "waves/make/",
        {"orders": ["<waiting>", "<waiting>"]},
        "stands in the wave already",
    ),
    shelf("a wave of no order's number", "waves/make/", {"orders": ["<script>"]}, "not an order"),
    shelf(
        "a wave of a billion by a rule",
        "waves/make/",
        {"by": "age", "most": "-1"},
        "Choose at least one order",
    ),
    page(
        "a review of nothing",
        "/dashboard/orders/<fresh>/review/",
        {"decision": "approve"},
        by="service",
        status=409,
    ),
    page(
        "a review of no decision",
        "/dashboard/orders/<fresh>/review/",
        {"decision": "\x00"},
        by="service",
        status=400,
    ),
    page(
        "an offer of nothing",
        "/dashboard/orders/<waiting>/offer/",
        {"line": "x", "wanted": "\x00", "offered": "-1"},
        by="service",
        status=404,
    ),
    page(
        "an offer for another's line",
        "/dashboard/orders/<waiting>/offer/",
        {"line": "<fresh_line>", "wanted": "1", "offered": "1"},
        by="service",
        status=404,
    ),
    page(
        "contents of a bag of rubbish",
        "/dashboard/catalog/sets/75290-1/bags/13/",
        {"rows": "<script>\x07;;;"},
        by="service",
        status=400,
    ),
    page(
        "contents of a bag of 100,000 characters",
        "/dashboard/catalog/sets/75290-1/bags/13/",
        {"rows": LONG * 10},
        "at most 20000 characters",
        by="service",
        status=400,
    ),
    page(
        "a set corrected to no year",
        "/dashboard/catalog/sets/75290-1/",
        {"name": "x", "year": "0", "theme": "158", "num_parts": "12"},
        by="service",
        status=400,
    ),
    page(
        "a set corrected to no theme",
        "/dashboard/catalog/sets/75290-1/",
        {"name": "x", "year": "2020", "theme": str(10**30), "num_parts": "12"},
        "valid choice",
        by="service",
        status=400,
    ),
    page(
        "a piece of no weight", "/dashboard/catalog/pieces/3001/4/", {"weight": "0"}, by="service", status=400
    ),
    page(
        "a piece of a weight of tonnes",
        "/dashboard/catalog/pieces/3001/4/",
        {"weight": "99999 kg"},
        by="service",
        status=400,
    ),
    page(
        "a letter of a version of 30 digits",
        "/dashboard/letters/<number>/save/",
        {"version": str(10**30), "note": ""},
        by="service",
        status=409,
    ),
    page(
        "a letter of a version of words",
        "/dashboard/letters/<number>/save/",
        {"version": "new", "note": "kept"},
        by="service",
        status=400,
        keeps=("kept",),
    ),
    page(
        "a letter's note of a zero",
        "/dashboard/letters/<number>/save/",
        {"version": "1", "note": "a\x00"},
        "Null characters",
        by="service",
        status=400,
    ),
    page(
        "a letter's note of 10,000",
        "/dashboard/letters/<number>/save/",
        {"version": "1", "note": LONG},
        "at most",
        by="service",
        status=400,
        keeps=(LONG,),
    ),
    page(
        "an import's share of NaN",
        "/dashboard/catalog/imports/",
        {"tolerated": "NaN"},
        "Enter a number",
        by="lead",
        status=400,
    ),
    page(
        "an import's share of a power",
        "/dashboard/catalog/imports/",
        {"tolerated": "1e999"},
        by="lead",
        status=400,
    ),
]
