"""Paths: what leaves the folder, what is no number, what only looks like a number of ours."""

from tests.hostile.rows import Row, api, asked, page

GONE = "There is nothing here"
NO_ORDER = "This link opens nothing"


def missing(name: str, path: str, *says: str, **more: object) -> Row:
    return page(name, path, None, *(says or (GONE,)), **{"status": 404, **more})


def no_order(name: str, number: str) -> Row:
    return asked(name, f"orders/{number}/", by="service", status=404, code="not_found")


def no_row(name: str, path: str, **more: object) -> Row:
    return asked(name, path, by="lead", status=404, code="not_found", **more)


def no_page(name: str, path: str) -> Row:
    """A page of the staff about a row that is not there."""
    return page(name, f"/dashboard/{path}", None, by="lead", status=404)


FAR = 10**17
ROWS = [
    missing("a path upwards", "/../../etc/passwd"),
    missing("a path upwards in escapes", "/%2e%2e/%2e%2e/etc/passwd"),
    missing("a path upwards escaped twice", "/%252e%252e/etc/passwd"),
    missing("a path upwards in too many bytes", "/%c0%ae%c0%ae/%c0%afetc"),
    missing("a path upwards backwards", "/..%5c..%5cwindows"),
    page("a zero in a path", "/sets/75290-1%00/", status=302, leads_to="/sets/75290-1/"),
    missing("a line break in a path", "/sets/%0d%0aSet-Cookie:%20a=b/"),
    missing("a path of 8,000 characters", "/sets/" + "x" * 8_000 + "/"),
    missing("a path of 2,000 folders", "/sets" + "/a" * 2_000 + "/"),
    missing("a set of a template", "/sets/%7B%7B7*7%7D%7D/"),
    missing("a set of a script", "/sets/%3Cscript%3Ealert(1)%3C%2Fscript%3E/"),
    missing("a set with a slash", "/sets/75290%2F1/"),
    missing("a request about no set", "/sets/none-1/request/"),
    missing("a picture upwards", "/media/pieces/..%2f..%2fdb.sqlite3"),
    missing("a picture with a zero", "/media/pieces/3001%00.png"),
    missing("a picture of 5,000 characters", "/media/pieces/" + "x" * 5_000 + ".png"),
    missing("a hidden file", "/.git/config"),
    missing("a settings file", "/.env"),
    missing("a page of another system", "/wp-login.php?rest_route=/"),
    missing("an order without a token", "/orders/<fresh>/", NO_ORDER),
    missing("an order with a token of another", "/orders/<fresh>/?token=<waiting_token>", NO_ORDER),
    missing("an order with two tokens", "/orders/<fresh>/?token=<fresh_token>&token=x", NO_ORDER),
    missing("an order with a token as a list", "/orders/<fresh>/?token[]=<fresh_token>", NO_ORDER),
    missing("an order with a token and a zero", "/orders/<fresh>/?token=<fresh_token>%00", NO_ORDER),
    missing("an order by an older link", "/orders/<renewed>/?token=<old_token>", NO_ORDER),
    missing("a letter of another's token", "/orders/<fresh>/letter.pdf?token=<waiting_token>", NO_ORDER),
    missing(
        "a letter that is not there",
        "/orders/<fresh>/letter.pdf?token=<fresh_token>",
        "Your letter is still being written",
    ),
    missing("a proof that is none", "/orders/<fresh>/download/?proof=x%00", NO_ORDER),
    missing("a proof of 10,000 characters", "/orders/<fresh>/erase/?proof=" + "x" * 10_000, NO_ORDER),
    missing("a link's token as a proof", "/orders/<fresh>/erase/?proof=<fresh_token>", NO_ORDER),
    missing(
        "an offer of another order", "/orders/<fresh>/substitutes/<offer_id>/?token=<fresh_token>", NO_ORDER
    ),
    missing("an offer of 30 digits", f"/orders/<fresh>/substitutes/{10**30}/?token=<fresh_token>", NO_ORDER),
    missing("an offer of 5,000 digits", f"/orders/<fresh>/substitutes/{'9' * 5_000}/?token=<fresh_token>"),
    no_order("an order's number with other letters", "B14-ОООО-ОООО"),
    no_order("an order's number with other digits", "B14-\u0661\u0662\u0663\u0664-\u0661\u0662\u0663\u0664"),
    no_order("an order's number of a pattern", "%25_%25"),
    no_order("an order's number with a zero", "B14-0000%00"),
    no_order("an order's number of 3,000 characters", "B14" + "0" * 3_000),
    no_order("an order's number of one sign too many", "<fresh>0"),
    no_order("an order's number of broken bytes", "%ff%fe"),
    no_row("a wave of 19 digits", f"waves/{10**18}/"),
    no_row("a wave of 30 digits", f"waves/{10**30}/"),
    no_row("a wave of 5,000 digits", "waves/" + "9" * 5_000 + "/"),
    no_row("a wave below nothing", "waves/-1/"),
    no_row("a wave of other digits", "waves/\u0661/"),
    no_row("a wave of a fraction", "waves/1.0/"),
    no_row("a wave of a power", "waves/1e3/"),
    no_row("a wave with a blank", "waves/%201/"),
    no_row("a wave with a sign", "waves/%2b1/"),
    no_row("a shipment that is not there", f"shipments/{FAR}/"),
    no_row("a document that is none", "shipments/<packed_shipment>/papers/passwd.pdf"),
    no_row("a document upwards", "shipments/<packed_shipment>/papers/..%2fslip.pdf"),
    no_row("an import that is not there", f"imports/{FAR}/"),
    no_row("a print of another wave", "waves/<walked_wave>/papers/<print_id>.pdf"),
    no_row("a mail of another order", "orders/<fresh>/mails/<mail_id>/"),
    no_row("a version far away", f"orders/<number>/letter/{FAR}/"),
    no_row("a count that is not there", f"bin-counts/{FAR}/"),
    no_row("the sets of an element with a zero", "pieces/3001%00/sets/"),
    no_page("a staff's wave of 30 digits", f"waves/{10**30}/"),
    no_page("a staff's wave of 19 digits", f"waves/{10**18 * 9}/"),
    no_page("a staff's parcel of 30 digits", f"parcels/{10**30}/"),
    no_page("a staff's item of 30 digits", f"stock/{10**30}/"),
    no_page("a staff's bin of 30 digits", f"stock/bins/{10**30}/"),
    no_page("a staff's count of 30 digits", f"stock/counts/{10**30}/"),
    no_page("a staff's import of 30 digits", f"catalog/imports/{10**30}/"),
    no_page("a staff's letter of 30 digits", f"letters/<number>/{10**30}/"),
    no_page("a staff's letter as paper of 30 digits", f"letters/<number>/{10**30}.pdf"),
    no_page("a staff's mail of 30 digits", f"orders/<number>/mails/{10**30}/"),
    no_page("a staff's papers of 30 digits", f"waves/<wave_id>/papers/{10**30}.pdf"),
    no_page("a staff's colour of 30 digits", f"catalog/pieces/3001/{10**30}/"),
    no_page("a staff's colour out of range", "catalog/pieces/3001/999999999/"),
    no_page("a staff's order with a zero", "orders/B14%00/"),
    page("a staff's set with a zero", "/dashboard/catalog/sets/75290-1%00/", by="lead", status=200),
    page("a staff's bag with a zero", "/dashboard/catalog/sets/75290-1/bags/13%00/", by="lead", status=200),
    page("a staff's part with a zero", "/dashboard/catalog/pieces/3001%00/4/", by="lead", status=200),
    no_page("a staff's stop of 30 digits", f"waves/{10**30}/list/"),
    api(
        "a stop of another wave",
        "waves/<wave_id>/picks/<walked_pick>/",
        {"quantity": 1},
        by="warehouse",
        status=404,
        code="not_found",
    ),
    api(
        "a line of another order",
        "orders/<fresh>/lines/<waiting_line>/found/",
        {},
        headers={"Authorization": "Order <fresh_token>"},
        status=404,
        code="not_found",
    ),
    page(
        "the admin's row of 30 digits",
        f"/admin/accounts/user/{10**30}/change/",
        None,
        by="lead",
        status=302,
        leads_to="/admin/",
    ),
    page(
        "the admin's row with a zero",
        "/admin/accounts/user/_00/change/",
        None,
        by="lead",
        status=302,
        leads_to="/admin/",
    ),
]
