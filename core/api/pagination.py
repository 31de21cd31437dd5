"""How lists are paged: by cursor, so that a page stays right while rows come in.

A cursor names the row after which a page begins, by the values that order the list; the last of these is unique. It is
opaque to callers, and a cursor that we did not make is refused. Lists ranked by a search have no such order: their
cursor names a place among at most 200.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from core.api.parsing import MAX_INT32
from core.refusals import Problem, Refusal

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 100
MAX_RANKED = 200
MAX_CURSOR = 500

Page = tuple[list[Any], dict[str, Any]]


def paged_rows(request: Request, rows: QuerySet[Any], *ordering: str) -> Page:
    """One page of a query: its rows, and `{next, previous}` to answer with.

    `ordering` names fields that are never null, the last of them unique; "-" before one counts down.
    Raises Refusal `invalid`.
    """
    size, cursor = page_size(request), request.query_params.get("cursor", "")
    backwards, after = _read_cursor(rows.model, ordering, cursor) if cursor else (False, None)
    order = [_reversed(name) for name in ordering] if backwards else list(ordering)
    if after is not None:
        rows = rows.filter(_beyond(order, after))
    found = list(rows.order_by(*order)[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_next = bool(found) and (backwards or more)
    has_previous = bool(found) and (more if backwards else after is not None)
    return found, {
        "next": _link(request, ["after", *_place(found[-1], ordering)]) if has_next else None,
        "previous": _link(request, ["before", *_place(found[0], ordering)]) if has_previous else None,
    }


def paged_ranking(request: Request, ranking: Sequence[Any]) -> Page:
    """One page of search results, best first. Raises Refusal `invalid`."""
    size, cursor = page_size(request), request.query_params.get("cursor", "")
    start = 0
    if cursor:
        kind, *place = _decode(cursor)
        if kind != "from" or len(place) != 1 or type(place[0]) is not int or not 0 <= place[0] <= MAX_RANKED:
            raise _bad_cursor()
        start = place[0]
    end = min(start + size, MAX_RANKED, len(ranking))
    return list(ranking[start:end]), {
        "next": _link(request, ["from", end]) if end < min(len(ranking), MAX_RANKED) else None,
        "previous": _link(request, ["from", max(0, start - size)]) if start else None,
    }


def paged_places(request: Request, read: Callable[[int, int], Sequence[Any]]) -> Page:
    """One page of rows with fixed places, such as the lines of a file: `read(place, most)` returns the next rows.

    Raises Refusal `invalid`.
    """
    size, cursor = page_size(request), request.query_params.get("cursor", "")
    start = 0
    if cursor:
        kind, *place = _decode(cursor)
        if kind != "from" or len(place) != 1 or type(place[0]) is not int or not 0 <= place[0] <= MAX_INT32:
            raise _bad_cursor()
        start = place[0]
    rows = list(read(start, size + 1))
    return rows[:size], {
        "next": _link(request, ["from", start + size]) if len(rows) > size else None,
        "previous": _link(request, ["from", max(0, start - size)]) if start else None,
    }


def page_size(request: Request) -> int:
    """How many rows the caller wants: 1 to 100, by default 50. Raises Refusal `invalid`."""
    given = request.query_params.get("page_size", str(DEFAULT_PAGE_SIZE))
    if not (given.isascii() and given.isdigit() and len(given) <= 4 and 1 <= int(given) <= MAX_PAGE_SIZE):
        detail = _("Give a number from 1 to %(most)d.") % {"most": MAX_PAGE_SIZE}
        raise _invalid("/page_size", "out_of_range", detail)
    return int(given)


def _reversed(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _place(row: Any, ordering: Sequence[str]) -> list[Any]:
    values = []
    for name in ordering:
        value = row
        for part in name.lstrip("-").split("__"):
            value = value[part] if isinstance(value, Mapping) else getattr(value, part)
        values.append(value if isinstance(value, str | int) else str(value))
    return values


def _beyond(order: Sequence[str], place: Sequence[Any]) -> Q:
    """The rows after a place: beyond it in the first field, or equal there and beyond it in the next."""
    beyond, same, bound = Q(pk__in=()), Q(), Q()
    for name, value in zip(order, place, strict=True):
        field, direction = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
        beyond |= same & Q(**{f"{field}__{direction}": value})
        same &= Q(**{field: value})
        # Redundant, but lets the database begin at the place instead of scanning up to it.
        bound = bound or Q(**{f"{field}__{direction}e": value})
    return bound & beyond


def _read_cursor(model: type[models.Model], ordering: Sequence[str], cursor: str) -> tuple[bool, list[Any]]:
    kind, *place = _decode(cursor)
    if kind not in ("after", "before") or len(place) != len(ordering):
        raise _bad_cursor()
    return kind == "before", [
        _value(model, name.lstrip("-"), value) for name, value in zip(ordering, place, strict=True)
    ]


def _value(model: type[models.Model], name: str, value: Any) -> Any:
    """A cursor's value in the type of its field: a cursor may be forged, and the database accepts no other type."""
    field: Any = None
    for part in name.split("__"):
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        model = field.related_model or model
    if not isinstance(value, str if isinstance(field, models.CharField | models.DateTimeField) else int):
        raise _bad_cursor()
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) >= 2 * MAX_INT32 * MAX_INT32):
        raise _bad_cursor()
    try:
        return field.to_python(value)
    except (ValidationError, ValueError, OverflowError) as error:
        raise _bad_cursor() from error


def _link(request: Request, place: list[Any]) -> str:
    """The address of another page of the same list."""
    cursor = base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")
    parameters = request.query_params.copy()
    parameters["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{parameters.urlencode()}")


def _decode(cursor: str) -> list[Any]:
    try:
        if len(cursor) > MAX_CURSOR:
            raise ValueError("too long")
        place = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        json.dumps(place, ensure_ascii=False).encode()
        if "\\u0000" in json.dumps(place):
            raise ValueError("a zero character")
    except (ValueError, RecursionError) as error:
        raise _bad_cursor() from error
    if not isinstance(place, list) or not place or not all(isinstance(value, str | int) for value in place):
        raise _bad_cursor()
    return place


def _bad_cursor() -> Refusal:
    return _invalid(
        "/cursor", "invalid_cursor", _("This is not the cursor of a page. Follow next and previous.")
    )


def _invalid(pointer: str, code: str, detail: Any) -> Refusal:
    return Refusal("invalid", _("The request is not valid."), problems=[Problem(pointer, code, detail)])
