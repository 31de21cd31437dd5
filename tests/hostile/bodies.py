"""Bodies that are no body: JSON that some parsers take, other types, other encodings, and what is no object."""

import gzip
import json
import zlib

from tests.hostile.rows import BODY, Row, api, changed

GOOD = json.dumps(BODY).encode()
ORDERS = "orders/"


def raw(name: str, body: bytes, *problems: str, **more: object) -> Row:
    return api(name, ORDERS, None, *problems, raw=body, **more)


def not_json(name: str, body: bytes, says: str) -> Row:
    return raw(name, body, " invalid_json", says=(says,))


def other_type(name: str, type: str, body: bytes = GOOD) -> Row:
    return raw(name, body, type=type, status=415, code="unsupported_media_type", says=("application/json",))


ROWS = [
    not_json(
        "json nested 10,000 deep", b'{"lines":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "nested too deeply"
    ),
    not_json(
        "json objects nested 10,000 deep", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested too deeply"
    ),
    not_json("json never closed", b"[" * 500_000, "nested too deeply"),
    not_json("json with a name twice", b'{"set_num": "1", "set_num": "2"}', "stands twice"),
    not_json(
        "json with 60,000 names of which the last stands twice",
        b"{" + b",".join(b'"n%d":0' % number for number in range(60_000)) + b',"n0":1}',
        "stands twice",
    ),
    not_json("json with NaN", b'{"lines": [{"quantity": NaN}]}', "NaN is not a number"),
    not_json("json with Infinity", b'{"lines": [{"quantity": Infinity}]}', "Infinity is not a number"),
    not_json(
        "json with 5,000 digits", b'{"lines": [{"quantity": ' + b"9" * 5_000 + b"}]}", "too many digits"
    ),
    not_json("json with half a character", b'{"set_num": "\\udc00"}', "half of a character"),
    not_json("json with half a character as a name", b'{"\\ud800": 1}', "half of a character"),
    not_json("json with a plain zero byte", b'{"set_num": "a\x00b"}', "not valid JSON"),
    not_json("json with a plain line break in a text", b'{"set_num": "a\nb"}', "not valid JSON"),
    not_json("json behind a byte order mark", b"\xef\xbb\xbf" + GOOD, "not valid JSON"),
    not_json("json in UTF-16", GOOD.decode().encode("utf-16"), "not in UTF-8"),
    not_json("json in UTF-32", GOOD.decode().encode("utf-32-le") + b"\xff", "not in UTF-8"),
    not_json("json in Latin-1", '{"set_num": "café"}'.encode("latin-1"), "not in UTF-8"),
    not_json("json with a letter written in too many bytes", b'{"set_num": "\xc0\xaf"}', "not in UTF-8"),
    not_json("json with a comment", b'{"set_num": "1" /* "2" */}', "not valid JSON"),
    not_json("json with a comma too many", b'{"set_num": "1",}', "not valid JSON"),
    not_json("json in single quotes", b"{'set_num': '1'}", "not valid JSON"),
    not_json("json with a number in hexadecimal", b'{"lines": 0x10}', "not valid JSON"),
    not_json("json with a number that begins with zero", b'{"lines": 014}', "not valid JSON"),
    not_json("json cut off", GOOD[:-20], "not valid JSON"),
    not_json("two json documents", GOOD + GOOD, "not valid JSON"),
    not_json("json as a script", b"callback(" + GOOD + b")", "not valid JSON"),
    not_json("yaml", b"set_num: 75290-1\nlines: []\n", "not valid JSON"),
    not_json(
        "xml that names a file",
        b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>',
        "not valid",
    ),
    not_json("a pickle", b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94.", "not in UTF-8"),
    not_json("a compressed body", gzip.compress(GOOD), "not in UTF-8"),
    raw(
        "a compressed body that says so",
        gzip.compress(GOOD),
        headers={"Content-Encoding": "gzip"},
        status=415,
        code="unsupported_media_type",
    ),
    raw(
        "a plain body that says it is compressed",
        GOOD,
        headers={"Content-Encoding": "deflate"},
        status=415,
        code="unsupported_media_type",
    ),
    raw(
        "a body compressed twice",
        gzip.compress(zlib.compress(GOOD)),
        headers={"Content-Encoding": "deflate, gzip"},
        status=415,
        code="unsupported_media_type",
    ),
    other_type("a form to the api", "application/x-www-form-urlencoded", b"set_num=75290-1&lines=14"),
    other_type("a multipart form to the api", "multipart/form-data; boundary=x", b"--x--"),
    other_type("plain text", "text/plain"),
    other_type("no content type", ""),
    other_type("an endless content type", "application/" + "x" * 8_000),
    other_type("a content type with a zero", "application/json\x00"),
    other_type("xml", "application/xml"),
    other_type("a merge patch", "application/merge-patch+json"),
    other_type("two content types", "text/plain, application/json"),
    raw(
        "json that says another charset",
        GOOD,
        type="application/json; charset=utf-16",
        status=400,
        code="invalid",
        says=("not in UTF-8",),
    ),
    raw("a list in place of the order", b"[" + GOOD + b"]", " wrong_type"),
    raw("a text in place of the order", json.dumps(GOOD.decode()).encode(), " wrong_type"),
    raw("nothing in place of the order", b"null", " wrong_type"),
    raw("a number without end in place of the order", b"1e400", " wrong_type"),
    raw("a body of blanks", b" " * 900_000, " invalid_json"),
    raw("a body over a megabyte", b'{"message": "' + b"x" * 1_000_000 + b'"}', status=413, code="too_large"),
    api(
        "names that python knows",
        ORDERS,
        {**BODY, "__class__": "Order", "__proto__": {"role": "lead"}, "lines": []},
        "/lines required",
    ),
    api("a state of its own", "orders/<fresh>/cancel/", {"state": "closed"}, status=404, code="not_found"),
    api(
        "a quantity without end",
        ORDERS,
        None,
        "/lines/0/quantity wrong_type",
        raw=json.dumps(changed(BODY, "lines/0/quantity", 7)).encode().replace(b": 7", b": 1e400"),
    ),
]
