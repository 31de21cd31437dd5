"""Lists: pages by cursor that stay right while rows come in, with the same number of queries at any length."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Content, Revision, Set, Theme
from orders.models import Order, OrderLine
from tests.api.callers import Caller
from tests.api.long_lists import LISTS, add_sets, many_orders
from tests.cast import SmallSet, order_for

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def walk(caller: Caller, path: str, **query: Any) -> list[dict[str, Any]]:
    """All rows of a list, page after page; the way back from the end shows the same."""
    answer = caller.get(path, **query)
    assert answer.status == 200, answer.json
    rows: list[dict[str, Any]] = answer.json["results"]
    pages = [rows]
    assert answer.json["previous"] is None
    while answer.json["next"]:
        answer = caller.get(answer.json["next"])
        pages.append(answer.json["results"])
        rows = rows + answer.json["results"]
    backwards = [pages[-1]]
    while answer.json["previous"]:
        answer = caller.get(answer.json["previous"])
        backwards.append(answer.json["results"])
    assert backwards == pages[::-1]
    return rows


def test_sets_come_by_number_page_after_page(cantina: SmallSet, anybody: Caller) -> None:
    add_sets(25)
    rows = walk(anybody, "sets/", page_size=10)
    assert len(rows) == 26
    assert [row["set_num"] for row in rows] == sorted(row["set_num"] for row in rows)
    assert rows[-1] == {
        "set_num": "75290-1",
        "name": "Mos Eisley Cantina",
        "year": 2020,
        "theme": {"id": 158, "name": "Star Wars"},
        "num_parts": 12,
        "image_url": None,
        "num_bags": 2,
    }


def test_page_that_ends_exactly_at_the_end_has_no_next(cantina: SmallSet, anybody: Caller) -> None:
    add_sets(19)
    assert len(walk(anybody, "sets/", page_size=10)) == 20


def test_page_stays_right_while_rows_come_in(cantina: SmallSet, anybody: Caller) -> None:
    add_sets(10)
    first = anybody.get("sets/", page_size=5).json
    add_sets(3, first=500)  # sorted as text, they come after the rows seen
    Set.objects.filter(set_num="1001-1").delete()
    second = anybody.get(first["next"]).json
    assert second["results"][0]["set_num"] == "1005-1"


def test_sets_are_filtered_by_theme_with_those_below_and_by_year(cantina: SmallSet, anybody: Caller) -> None:
    add_sets(10)
    Theme.objects.filter(id=7).update(parent=158)
    assert len(walk(anybody, "sets/", theme=7)) == 10
    assert len(walk(anybody, "sets/", theme=158)) == 11
    assert len(walk(anybody, "sets/", theme=7, year=2003)) == 2
    assert walk(anybody, "sets/", theme=9) == []


def test_blank_parameters_count_as_not_given(cantina: SmallSet, anybody: Caller) -> None:
    assert len(anybody.get("/api/v1/sets/?search=&theme=&year=").json["results"]) == 1
    assert len(anybody.get("/api/v1/sets/75290-1/pieces/?bag=&color=&search=").json["results"]) == 4


def test_retired_set_cannot_be_asked_for(cantina: SmallSet, anybody: Caller) -> None:
    Set.objects.update(retired_at=timezone.now())
    assert anybody.get("sets/").json["results"] == []
    assert anybody.get("sets/75290-1/").is_refused(404, "not_found")
    assert anybody.get("sets/75290-1/pieces/").is_refused(404, "not_found")


def test_set_shows_its_bags(cantina: SmallSet, anybody: Caller) -> None:
    shown = anybody.get("sets/75290/").json
    assert shown["bags_known"] is True
    assert shown["num_bags"] == 2
    assert shown["bags"] == [{"label": "13", "num_pieces": 4}, {"label": "14", "num_pieces": 3}]


def test_pieces_of_a_set(cantina: SmallSet, anybody: Caller) -> None:
    Content.objects.filter(bag=cantina.bag14, piece=cantina.grey).update(minifig="Han Solo", is_spare=True)
    rows = walk(anybody, "sets/75290-1/pieces/", page_size=1)
    assert rows[0] == {
        "part_num": "3001",
        "color": {"id": 4, "name": "Red", "rgb": "C91A09"},
        "element_ids": ["300121"],
        "name": "Brick 2 x 4",
        "category": "Bricks",
        "quantity": 4,
        "bag": "13",
        "is_spare": False,
        "minifig": None,
        "image_url": None,
        "weight_mg": 2320,
    }
    assert [(row["part_num"], row["bag"], row["is_spare"], row["minifig"]) for row in rows[1:]] == [
        ("3001", "14", False, None),
        ("3024", "14", True, "Han Solo"),
        ("3070b", None, False, None),
    ]


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ({"bag": "13"}, ["3001"]),
        ({"bag": "99"}, []),
        ({"color": "19"}, ["3070b"]),
        ({"search": "red 2"}, ["3001", "3001"]),
        ({"search": "300121", "bag": "14"}, ["3001"]),
        ({"search": "nothing like it"}, []),
    ],
)
def test_pieces_are_filtered(
    cantina: SmallSet, anybody: Caller, query: dict[str, str], parts: list[str]
) -> None:
    assert [row["part_num"] for row in walk(anybody, "sets/75290-1/pieces/", **query)] == parts


def test_sets_an_element_is_in(cantina: SmallSet, anybody: Caller) -> None:
    assert [row["set_num"] for row in walk(anybody, "pieces/300121/sets/")] == ["75290-1"]
    assert anybody.get("pieces/1/sets/").is_refused(404, "not_found")


def test_catalogue_that_has_not_changed_is_not_sent_again(cantina: SmallSet, anybody: Caller) -> None:
    Revision.objects.update_or_create(id=1, defaults={"number": 3})
    etag = anybody.get("sets/75290-1/").headers["ETag"]
    again = anybody.get("sets/75290-1/", headers={"If-None-Match": etag})
    assert (again.status, again.response.content, again.headers["ETag"]) == (304, b"", etag)
    assert "Content-Type" not in again.headers  # else the caller's copy would have that type from now on
    Revision.objects.update(number=4)
    changed = anybody.get("sets/75290-1/", headers={"If-None-Match": etag})
    assert (changed.status, changed.headers["ETag"] != etag) == (200, True)


def test_large_answers_of_the_catalogue_are_compressed(cantina: SmallSet, anybody: Caller) -> None:
    add_sets(50)
    answer = anybody.get("sets/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(("path", "query", "role", "fill", "queries"), LISTS)
@pytest.mark.parametrize("rows", [10, 1000])
def test_list_costs_the_same_number_of_queries_at_any_length(
    cantina: SmallSet,
    works_as: Callable[[str], Caller],
    anybody: Caller,
    path: str,
    query: dict[str, str],
    role: str,
    fill: Callable[[SmallSet, int], None],
    queries: int,
    rows: int,
) -> None:
    fill(cantina, rows)
    caller = works_as(role) if role else anybody
    caller.get(path, page_size=1, **query)  # a key's last use is stored once a minute
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = caller.get(path, page_size=100, **query)
    assert len(answer.json["results"]) >= min(rows, 99)
    spent = len(captured) - (1 if role else 0)  # the key itself
    assert spent == queries, "\n".join(query["sql"] for query in captured.captured_queries)


def test_every_list_of_the_document_is_tested() -> None:
    from tests.api.test_who import described_operations

    lists = {
        path.removeprefix("/api/v1/")
        for name, (_, path) in described_operations().items()
        if name[:4] == "list"
    }
    covered = {
        path.replace("75290-1", "{set_num}").replace("300121", "{element_id}").replace("/7/", "/{run_id}/")
        for path, *_rest in LISTS
    }
    assert covered == lists


def test_orders_are_listed_newest_first_and_page_after_page(
    cantina: SmallSet, works_as: Callable[[str], Caller]
) -> None:
    many_orders(cantina, 24)
    desk = works_as("service")
    newest = [row["number"] for row in walk(desk, "orders/", page_size=10)]
    oldest = [row["number"] for row in walk(desk, "orders/", page_size=10, ordering="created_at")]
    assert (
        newest
        == oldest[::-1]
        == list(Order.objects.order_by("-created_at", "-pk").values_list("number", flat=True))
    )
    assert walk(desk, "orders/", state="cancelled") == []
    assert walk(desk, "orders/", set_num="1-1") == []
    assert desk.get("orders/", state="lost").problems == {("/state", "invalid_choice")}


def test_search_of_sets_costs_the_same_number_of_queries_for_any_number_of_results(
    cantina: SmallSet, anybody: Caller
) -> None:
    counts = []
    for rows in (10, 1000):
        add_sets(rows, first=1000 + rows * 10)
        anybody.get("sets/", search="castle")
        with CaptureQueriesContext(connection) as captured:
            anybody.get("sets/", search="castle", page_size=100)
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("lines", [2, 40])
def test_order_costs_the_same_number_of_queries_with_any_number_of_lines(
    cantina: SmallSet, works_as: Callable[[str], Caller], lines: int
) -> None:
    order = order_for()
    OrderLine.objects.bulk_create(
        [OrderLine(order=order, position=n + 2, piece=cantina.red) for n in range(lines)]
    )
    desk = works_as("service")
    desk.get(f"orders/{order.number}/")
    with CaptureQueriesContext(connection) as captured:
        answer = desk.get(f"orders/{order.number}/")
    assert len(answer.json["lines"]) == lines + 1
    assert len(captured) == 6, "\n".join(query["sql"] for query in captured.captured_queries)
    assert Order.objects.count() == 1


def test_etag_of_another_address_is_not_accepted(cantina: SmallSet, anybody: Caller) -> None:
    etag = anybody.get("sets/75290-1/").headers["ETag"]
    for known in (etag, "*", 'W/"x"', "rubbish"):
        assert anybody.get("sets/1-1/", headers={"If-None-Match": known}).is_refused(404, "not_found")
