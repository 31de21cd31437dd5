"""What a row of the tables says: what is sent by whom, how it is refused, and what the page keeps of it.

A row is a dictionary's worth of arguments, so that each table reads as a list. In paths, fields, bodies and headers
`<name>` stands for something of the world (tests/hostile/world.py), such as `<number>` or `<token>`.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

SET = "75290-1"
BODY: dict[str, Any] = {
    "set_num": SET,
    "lines": [{"bag": "14"}],
    "customer": {"name": "John", "email": "john@example.com"},
    "address": {
        "line1": "1 Main St",
        "city": "Springfield",
        "region": "IL",
        "postal_code": "62701",
        "country": "US",
    },
}
# The same on the customer's form.
FORM: dict[str, Any] = {
    "bag": "14",
    "bag_reason": "missing",
    "name": "John",
    "email": "john@example.com",
    "line1": "1 Main St",
    "city": "Springfield",
    "region": "IL",
    "postal_code": "62701",
    "country": "US",
    "language": "en",
    "nonce": "a-nonce-of-a-form",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One hostile input, and the answer that it gets.

    `by` is nobody, customer (the holder of the order's token) or a role; on pages a role has a session, in the API a
    key. `problems` are "pointer code" of each problem; `code` is the answer's own. `says` stands in the answer, `keeps`
    was typed and stands in the page again. `stores` names the tables that may have more rows afterwards.
    """

    name: str
    path: str
    method: str = "POST"
    by: str = "nobody"
    body: Any = None
    fields: Mapping[str, Any] | None = None
    raw: bytes | None = None
    type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 400
    code: str = ""
    problems: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    leads_to: str = ""
    checks_csrf: bool = False
    stores: tuple[str, ...] = ()


def api(name: str, path: str, body: Any = None, *problems: str, **more: Any) -> Row:
    """A call of the API: `problems` make it `invalid`, else `code` says what it is."""
    more.setdefault("code", "invalid" if problems else "")
    return Row(name=name, path=f"/api/v1/{path}", body=body, problems=problems, **more)


def asked(name: str, path: str, *problems: str, **more: Any) -> Row:
    """A reading call of the API."""
    return api(name, path, None, *problems, method="GET", **more)


def order(name: str, way: str, value: Any, *problems: str, **more: Any) -> Row:
    """An order by the API with another value in one place."""
    return api(name, "orders/", changed(BODY, way, value), *problems, **more)


def page(name: str, path: str, fields: Mapping[str, Any] | None = None, *says: str, **more: Any) -> Row:
    """A form that is sent; without fields a page that is opened."""
    more.setdefault("method", "GET" if fields is None else "POST")
    return Row(name=name, path=path, fields=fields, **{"says": says, **more})


def request(name: str, fields: Mapping[str, Any], *says: str, **more: Any) -> Row:
    """The request form of the set with other fields. What was typed stands in the form that comes back."""
    path, action = more.pop("path", f"/sets/{SET}/request/"), {"action": "place"}
    more.setdefault("status", 200)
    return page(name, path, {**FORM, **action, **fields}, *says, **more)


def changed(body: dict[str, Any], way: str, value: Any) -> dict[str, Any]:
    """A copy with another value at a path such as `lines/0/bag`; a value of `...` takes the name out."""
    copy = deepcopy(body)
    *steps, last = way.split("/")
    place: Any = copy
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if value is ...:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return copy
