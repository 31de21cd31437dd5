"""Each row of the tables is refused in its own words, stores nothing, loses nothing typed, and shows no insides."""

import json
import re
from html import escape
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.http import HttpResponseBase
from django.test import Client
from django.test.client import ClientHandler

from core.charsets import read_as_utf8
from tests.hostile import bodies, business, headers, pages, paths, queries, uploads, values
from tests.hostile.rows import Row
from tests.hostile.world import ROLES, HostileWorld, count_rows

ROWS = [
    row for table in (bodies, headers, paths, queries, values, uploads, pages, business) for row in table.ROWS
]
# A session of a stranger, and what is counted, may come of any request.
# Sessions, and the note that one of the staff opened an order.
MAY_GROW = {"django_session", "orders_access"}
# What an answer says only when something broke.
LEAKS = re.compile(
    r"Traceback|site-packages|\.py\b.*line \d|\b(?:psycopg|sqlite3|django\.(?:db|core)|OperationalError|DataError)\b"
    r"|\bSELECT .* FROM\b|\bINSERT INTO\b"
)


@pytest.mark.django_db
# A file that came before the rest of its form turned out to be none is closed when it is forgotten.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_a_hostile_input_is_refused_and_stores_nothing(hostile_world: HostileWorld, row: Row) -> None:
    before = count_rows()
    response = send(row, hostile_world)
    text = text_of(response)
    assert response.status_code == row.status, response.headers.get("Location", "") + excerpt(text)
    after = count_rows()
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed <= {*row.stores, *MAY_GROW}, excerpt(text)
    check_words(row, response, text, hostile_world)
    sent = unquote(row.path) + json.dumps([row.fields, row.body], default=str) + str(row.raw)
    told = [*(found[0] for found in LEAKS.finditer(text)), str(settings.BASE_DIR), str(settings.VAR)]
    assert [leak for leak in told if leak in text and leak not in sent] == []


def test_there_are_many_hostile_inputs_each_with_a_name_of_its_own() -> None:
    assert len(ROWS) >= 150
    assert len({row.name for row in ROWS}) == len(ROWS)


class BehindTheServer(ClientHandler):
    """Gets what the web server would pass on."""

    def __call__(self, environ: dict[str, Any]) -> Any:
        return super().__call__(read_as_utf8(environ))


def send(row: Row, world: HostileWorld) -> Any:
    """The answer to a row. What the server raises counts as an answer with status 500."""
    client = Client(REMOTE_ADDR="192.0.2.1", raise_request_exception=False)
    client.handler = BehindTheServer(enforce_csrf_checks=row.checks_csrf)
    headers = {name: world.filled(value) for name, value in row.headers.items()}
    path = world.filled(row.path)
    if not path.startswith("/api/"):
        if row.by in ROLES:
            client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[row.by]
    elif authorization := world.authorizations[row.by]:
        headers.setdefault("Authorization", authorization)
    if row.raw is not None:
        return client.generic(row.method, path, row.raw, content_type=row.type, headers=headers)
    if row.fields is not None:
        return client.post(path, world.filled(dict(row.fields)), headers=headers)
    if row.method in ("GET", "HEAD"):
        return client.generic(row.method, path, headers=headers)
    body = json.dumps(world.filled({} if row.body is None else row.body)).encode()
    return client.generic(row.method, path, body, content_type=row.type, headers=headers)


def text_of(response: HttpResponseBase) -> str:
    content = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    return content.decode("utf-8", "replace")


def excerpt(text: str) -> str:
    """What an answer says, on one line: the page without its head and tags."""
    main = text.partition("<main")[2] or text
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())[:700]


def check_words(row: Row, response: Any, text: str, world: HostileWorld) -> None:
    if row.code:
        assert response.headers["Content-Type"] == "application/problem+json"
        answer = json.loads(text)
        assert answer["code"] == row.code, excerpt(text)
        found = {f"{each['pointer']} {each['code']}" for each in answer["errors"]}
        assert not row.problems or found == set(map(world.filled, row.problems)), excerpt(text)
    unsaid = [words for words in row.says if words not in text and escape(words) not in text]
    assert unsaid == [], excerpt(text)
    kept = list(map(world.filled, row.keeps))
    assert [typed for typed in kept if escape(typed) not in text] == [], excerpt(text)
    assert [typed for typed in kept if typed in text and "<" in typed] == [], excerpt(text)
    assert response.headers.get("Location", "").startswith(world.filled(row.leads_to))
