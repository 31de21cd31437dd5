"""A refusal lists every problem of a request at once; no request makes the server fail."""

import json
import time
from copy import deepcopy
from typing import Any

import pytest

from core.models import IdempotencyKey
from orders.models import Event, Order, OrderContact
from tests.api.callers import Caller
from tests.cast import SmallSet

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _refusal_changes_nothing(db: None) -> Any:
    yield
    for model in (Order, OrderContact, Event, IdempotencyKey):
        assert not model.objects.exists()


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at a path such as `lines/0/bag`; a value of `...` takes the name out."""
    copy = deepcopy(body)
    *way, last = path.split("/")
    place: Any = copy
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if value is ...:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return copy


LONG = "x" * 10_000

REFUSED = [
    ("set_num", "99999-1", "/set_num", "unknown_set"),
    ("set_num", ..., "/set_num", "required"),
    ("set_num", 75290, "/set_num", "wrong_type"),
    ("set_num", None, "/set_num", "wrong_type"),
    ("set_num", ["75290-1"], "/set_num", "wrong_type"),
    ("set_num", "75290-1\u0000", "/set_num", "control_characters"),
    ("set_num", LONG, "/set_num", "too_long"),
    ("lines", ..., "/lines", "required"),
    ("lines", [], "/lines", "required"),
    ("lines", None, "/lines", "wrong_type"),
    ("lines", {}, "/lines", "wrong_type"),
    ("lines", "14", "/lines", "wrong_type"),
    ("lines", [{"bag": "14"}] * 101, "/lines", "too_many"),
    ("lines/0", "14", "/lines/0", "wrong_type"),
    ("lines/0", [], "/lines/0", "wrong_type"),
    ("lines/0", None, "/lines/0", "wrong_type"),
    ("lines/0", {}, "/lines/0", "bag_or_piece"),
    ("lines/0", {"bag": None}, "/lines/0", "bag_or_piece"),
    ("lines/0", {"bag": "14", "element_id": "300121"}, "/lines/0", "bag_or_piece"),
    ("lines/0/bag", "99", "/lines/0/bag", "unknown_bag"),
    ("lines/0/bag", "", "/lines/0/bag", "invalid"),
    ("lines/0/bag", True, "/lines/0/bag", "wrong_type"),
    ("lines/0/bag", 14.5, "/lines/0/bag", "wrong_type"),
    ("lines/0/bag", {"label": "14"}, "/lines/0/bag", "wrong_type"),
    ("lines/0/bag", 10**400, "/lines/0/bag", "invalid"),
    ("lines/0/bag", "1\u00004", "/lines/0/bag", "invalid"),
    ("lines/0/quantity", "2", "/lines/0/quantity", "wrong_type"),
    ("lines/0/quantity", True, "/lines/0/quantity", "wrong_type"),
    ("lines/0/quantity", 1.5, "/lines/0/quantity", "wrong_type"),
    ("lines/0/quantity", 0, "/lines/0/quantity", "out_of_range"),
    ("lines/0/quantity", -1, "/lines/0/quantity", "out_of_range"),
    ("lines/0/quantity", 10**30, "/lines/0/quantity", "out_of_range"),
    ("lines/0/quantity", 2, "/lines/0/quantity", "too_many"),
    ("lines/0/reason", "stolen", "/lines/0/reason", "unknown_reason"),
    ("lines/0/reason", 7, "/lines/0/reason", "wrong_type"),
    ("lines/0", {"part_num": "3001", "color_id": 10**20}, "/lines/0/color_id", "out_of_range"),
    ("lines/0", {"part_num": "3001", "color_id": "4"}, "/lines/0/color_id", "wrong_type"),
    ("lines/0", {"part_num": "3001"}, "/lines/0/color_id", "required"),
    ("lines/0", {"part_num": "9", "color_id": 4}, "/lines/0/part_num", "unknown_piece"),
    ("lines/0", {"element_id": "1"}, "/lines/0/element_id", "unknown_piece"),
    ("lines/0", {"element_id": 300121}, "/lines/0/element_id", "wrong_type"),
    ("lines/0", {"element_id": "300121", "quantity": 7}, "/lines/0/quantity", "too_many"),
    ("customer", ..., "/customer/name", "required"),
    ("customer", "John", "/customer", "wrong_type"),
    ("customer/name", ..., "/customer/name", "required"),
    ("customer/name", "  ", "/customer/name", "required"),
    ("customer/name", LONG, "/customer/name", "too_long"),
    ("customer/name", "Jo\u0007hn", "/customer/name", "control_characters"),
    ("customer/name", {"first": "John"}, "/customer/name", "wrong_type"),
    ("customer/email", "john", "/customer/email", "invalid"),
    ("customer/email", "", "/customer/email", "required"),
    ("customer/language", 1, "/customer/language", "wrong_type"),
    ("customer/language", LONG, "/customer/language", "too_long"),
    ("address", ..., "/address/line1", "required"),
    ("address/line1", "", "/address/line1", "required"),
    ("address/country", "XX", "/address/country", "unknown_country"),
    ("address/country", ..., "/address/country", "required"),
    ("address/postal_code", "ABC", "/address/postal_code", "invalid"),
    ("address/region", "Nowhere", "/address/region", "invalid"),
    ("builder", "Emma", "/builder", "wrong_type"),
    ("builder/age_band", "8", "/builder/age_band", "invalid"),
    ("builder/name", LONG, "/builder/name", "too_long"),
    ("message", "x" * 1001, "/message", "too_long"),
    ("message", None, "/message", "wrong_type"),
    ("box_code", LONG, "/box_code", "too_long"),
    ("bought_at", ["Target"], "/bought_at", "wrong_type"),
]


@pytest.mark.parametrize(("path", "value", "pointer", "code"), REFUSED)
def test_each_wrong_value_is_refused_at_its_place(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any], path: str, value: Any, pointer: str, code: str
) -> None:
    answer = anybody.place(changed(body, path, value))
    assert answer.is_refused(400, "invalid")
    assert (pointer, code) in answer.problems
    around = pointer.rsplit("/", 1)[0] if path not in ("customer", "address") else ""
    assert all(other.startswith(around) for other, _code in answer.problems), answer.problems


def test_one_refusal_lists_the_problems_of_parser_and_use_case(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any]
) -> None:
    body["lines"] = [
        {"bag": "99"},
        {"element_id": "300121", "quantity": "two"},
        {"bag": "14", "reason": "eaten"},
    ]
    body["customer"] = {"name": "", "email": 7}
    body["address"]["postal_code"] = "ABC"
    body["builder"] = []
    assert anybody.place(body).problems == {
        ("/lines/0/bag", "unknown_bag"),
        ("/lines/1/quantity", "wrong_type"),
        ("/lines/2/reason", "unknown_reason"),
        ("/customer/name", "required"),
        ("/customer/email", "wrong_type"),
        ("/address/postal_code", "invalid"),
        ("/builder", "wrong_type"),
    }


# A body, and the words that its refusal has.
NOT_JSON = {
    "nothing but a brace": (b"{", "line 1, column 2"),
    "not a number": (b'{"set_num": NaN}', "NaN is not a number"),
    "endless": (b'{"set_num": -Infinity}', "-Infinity is not a number"),
    "a name twice": (b'{"set_num": "75290-1", "set_num": "75290-1"}', "“set_num” stands twice"),
    "a name that cannot be printed twice": (b'{"\\u0000a": 1, "\\u0000a": 1}', "“a” stands twice"),
    "half a character": (b'{"set_num": "\\ud800"}', "half of a character"),
    "not UTF-8": (b'{"set_num": "\xff"}', "not in UTF-8"),
    "UTF-16": ('{"set_num": "75290-1"}'.encode("utf-16"), "not in UTF-8"),
    "nested without end": (b"[" * 100_000, "nested too deeply"),
    "nested and closed": (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    "a number of 5,000 digits": (b'{"lines": [{"bag": ' + b"9" * 5_000 + b"}]}", "too many digits"),
    "two documents": (b"{}{}", "line 1, column 3"),
    "a comment": (b'{"set_num":\n // "set_num"', "line 2, column 2"),
}


@pytest.mark.parametrize(("raw", "said"), NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json_is_refused_with_the_reason(
    cantina: SmallSet, anybody: Caller, raw: bytes, said: str
) -> None:
    answer = anybody.post("orders/", raw=raw)
    assert answer.is_refused(400, "invalid")
    assert answer.problems == {("", "invalid_json")}
    assert said in answer.json["errors"][0]["detail"]


def test_a_hundred_thousand_names_with_one_twice_are_refused_at_once(
    cantina: SmallSet, anybody: Caller
) -> None:
    names = [str(number) for number in range(90_000)]
    raw = "{" + ",".join(f'"{name}":1' for name in [*names, names[-1]]) + "}"
    began = time.monotonic()
    answer = anybody.post("orders/", raw=raw.encode())
    assert time.monotonic() - began < 5
    assert "“89999” stands twice" in answer.json["errors"][0]["detail"]


@pytest.mark.parametrize("raw", [b"[]", b"null", b"7", b'"text"', b"1e400", b"true"])
def test_what_is_no_object_is_refused(cantina: SmallSet, anybody: Caller, raw: bytes) -> None:
    assert anybody.post("orders/", raw=raw).problems == {("", "wrong_type")}


@pytest.mark.parametrize(
    "type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "rubbish"],
)
def test_other_content_types_are_refused(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any], type: str
) -> None:
    answer = anybody.post("orders/", raw=json.dumps(body).encode(), type=type)
    assert answer.is_refused(415, "unsupported_media_type")
    assert "application/json" in answer.json["detail"]


def test_body_that_is_too_large_is_not_read_to_its_end(cantina: SmallSet, anybody: Caller) -> None:
    assert anybody.post("orders/", raw=b" " * 1_000_001).is_refused(413, "too_large")


def test_empty_body_is_refused_with_the_missing_names(cantina: SmallSet, anybody: Caller) -> None:
    assert anybody.post("orders/", raw=b"").problems == {
        ("/set_num", "required"),
        ("/lines", "required"),
        ("/customer/name", "required"),
        ("/customer/email", "required"),
        ("/address/line1", "required"),
        ("/address/country", "required"),
    }


@pytest.mark.parametrize(("language", "words"), [("en", "Give a list."), ("es", None), ("fa", None)])
def test_details_are_in_the_language_asked_for(
    cantina: SmallSet, anybody: Caller, language: str, words: str | None
) -> None:
    answer = anybody.post("orders/", {"lines": 7}, headers={"Accept-Language": language})
    assert answer.headers["Content-Language"] == language
    details = [error["detail"] for error in answer.json["errors"] if error["pointer"] == "/lines"]
    if words:
        assert details == [words]


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", "application/problem+json", "*/*", "rubbish"]
)
def test_answers_are_json_for_any_accept_header(cantina: SmallSet, anybody: Caller, accept: str) -> None:
    answer = anybody.get("sets/", headers={"Accept": accept})
    assert (answer.status, answer.type) == (200, "application/json")


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/nothing/", "/api/v2/sets/", "/api/v1/waves/x/picks/1/"]
)
def test_paths_that_are_not_there_are_problems_too(db: None, anybody: Caller, path: str) -> None:
    assert anybody.get(path).is_refused(404, "not_found")


def test_methods_that_are_not_there_are_problems_too(cantina: SmallSet, anybody: Caller) -> None:
    answer = anybody.get("order-links/")
    assert answer.is_refused(405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


def test_strange_host_is_a_problem_too(db: None, anybody: Caller) -> None:
    assert anybody.get("sets/", headers={"Host": "evil.example"}).is_refused(400, "invalid")


def test_our_own_failure_is_a_problem_that_does_not_show_what_failed(
    cantina: SmallSet, anybody: Caller, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise ZeroDivisionError("John's secret")

    monkeypatch.setattr("orders.api.orders.place_order", fail)
    answer = anybody.place(body)
    assert answer.is_refused(500, "server_error")
    assert b"secret" not in answer.response.content


@pytest.mark.parametrize(
    "number", ["B14-0000-0000", "x", "💥", "B14-ßßßß-ßßßß", "x" * 3_000, "%00", "\u0661" * 8, "B14"]
)
def test_unknown_order_numbers_are_not_found(db: None, anybody: Caller, number: str) -> None:
    assert anybody.get(f"orders/{number}/", token="x").is_refused(404, "not_found")


@pytest.mark.parametrize("set_num", ["75290-2", "' OR 1=1", "75290-1\n", "a?b#c%d", "💥", "..", "\x00"])
def test_identifiers_may_have_any_character_but_a_slash(
    cantina: SmallSet, anybody: Caller, set_num: str
) -> None:
    answer = anybody.get(f"sets/{set_num}/")
    assert answer.status == 200 if set_num.strip() == "75290-1" else answer.is_refused(404, "not_found")


@pytest.mark.parametrize(
    ("path", "query", "pointer", "code"),
    [
        ("sets/", {"page_size": 0}, "/page_size", "out_of_range"),
        ("sets/", {"page_size": 101}, "/page_size", "out_of_range"),
        ("sets/", {"page_size": "ten"}, "/page_size", "out_of_range"),
        ("sets/", {"page_size": "٥"}, "/page_size", "out_of_range"),
        ("sets/", {"cursor": "x"}, "/cursor", "invalid_cursor"),
        ("sets/", {"cursor": "💥"}, "/cursor", "invalid_cursor"),
        ("sets/", {"cursor": "WyJhZnRlciIsIFsxXV0"}, "/cursor", "invalid_cursor"),
        ("sets/", {"cursor": "WyJhZnRlciIsMV0"}, "/cursor", "invalid_cursor"),
        ("sets/", {"cursor": "WyJhZnRlciIsIlx1MDAwMCJd"}, "/cursor", "invalid_cursor"),
        ("sets/", {"cursor": "WyJhZnRlciIsIlx1ZDgwMCJd"}, "/cursor", "invalid_cursor"),
        ("sets/", {"search": "x", "cursor": "WyJmcm9tIiwtMV0"}, "/cursor", "invalid_cursor"),
        (
            "sets/75290-1/pieces/",
            {"cursor": "WyJhZnRlciIsMTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDBd"},
            "/cursor",
            "invalid_cursor",
        ),
        ("sets/", {"theme": "x"}, "/theme", "invalid"),
        ("sets/", {"year": 10**30}, "/year", "out_of_range"),
        ("sets/", {"search": "x" * 201}, "/search", "too_long"),
        ("sets/", {"search": "a\x00b"}, "/search", "control_characters"),
        ("sets/75290-1/pieces/", {"color": "red"}, "/color", "invalid"),
        ("sets/75290-1/pieces/", {"bag": "\x01"}, "/bag", "control_characters"),
    ],
)
def test_each_wrong_parameter_is_refused(
    cantina: SmallSet, anybody: Caller, path: str, query: dict[str, Any], pointer: str, code: str
) -> None:
    answer = anybody.get(path, **query)
    assert answer.is_refused(400, "invalid")
    assert answer.problems == {(pointer, code)}


def test_address_without_its_last_slash_is_redirected_with_its_body(db: None, anybody: Caller) -> None:
    posted = anybody.post("/api/v1/orders?a=b", {})
    assert (posted.status, posted.headers["Location"]) == (308, "/api/v1/orders/?a=b")
    asked = anybody.get("/api/v1/sets")
    assert (asked.status, asked.headers["Location"]) == (301, "/api/v1/sets/")
    assert anybody.post("/api/v1/nothing", {}).is_refused(404, "not_found")
