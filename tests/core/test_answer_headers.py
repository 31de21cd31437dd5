"""Every answer says who may keep it, find it and embed it: a walk along all routes, as a stranger and as a lead."""

import asyncio
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from accounts.models import Role
from config.web.buffered_wsgi import BufferedWSGI
from config.web.refusals import WORDS, refusal
from core.answer_headers import HEADERS, AnswerHeaders
from core.log_filters import ShortenRefusals
from orders.links import order_path
from tests.cast import SmallSet, allocated_order, staff_user, stock_bag

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# Whatever is kept by a cache depends on the catalogue alone, or on the program.
MAY_BE_KEPT = {
    "catalog:home",
    "catalog:sets",
    "catalog:set",
    "catalog:piece_picture",
    "api:sets",
    "api:set",
    "api:pieces",
    "api:sets_with_piece",
    "core:robots",
    "core:security_txt",
}
# Forms of a stranger: "back" has to find what was typed.
MAY_BE_KEPT_BY_ITS_BROWSER = {"orders:request", "orders:request_unlisted"}
VALUES = {
    "set_num": "75290-1",
    "part_num": "3001",
    "color_id": "4",
    "paper": "slip",
    "name": "1.webp",
    "label": "14",
}


def routes(resolver: Any, before: str = "", namespace: str = "") -> Iterator[tuple[str, str]]:
    """The name and an address of every route."""
    for each in resolver.url_patterns:
        address = before + filled(str(each.pattern))
        if isinstance(each, URLResolver):
            inside = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from routes(each, address, inside)
        elif isinstance(each, URLPattern):
            yield f"{namespace}{each.name}", f"/{address}"


def filled(pattern: str) -> str:
    """A pattern with a value in the place of each parameter."""
    pattern = (
        re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<str:\1>", pattern)
        .lstrip("^")
        .rstrip("$")
        .replace("\\", "")
    )
    return re.sub(r"<(?:(\w+):)?(\w+)>", lambda m: VALUES.get(m[2], "1"), pattern)


ALL = list(routes(get_resolver()))


def wrong_with(name: str, address: str, response: Any) -> Iterator[str]:
    for header in (*HEADERS, "Content-Security-Policy", "Cache-Control"):
        if header not in response.headers:
            yield f"{name} {address} {response.status_code}: no {header}"
    cached = response.headers.get("Cache-Control", "")
    if name in MAY_BE_KEPT_BY_ITS_BROWSER and set(cached.split(", ")) == {"no-cache", "private"}:
        cached = "no-store"
    if "no-store" not in cached and name not in MAY_BE_KEPT:
        yield f"{name} {address} {response.status_code}: may be kept ({cached})"
    if name not in settings.PUBLIC_PAGES and "noindex" not in response.headers.get("X-Robots-Tag", ""):
        yield f"{name} {address} {response.status_code}: may be found"


def test_the_walk_goes_everywhere() -> None:
    names = {name for name, _ in ALL}
    assert len(ALL) > 200
    assert {
        "orders:status",
        "dashboard:parcel_paper",
        "api:place" if "api:place" in names else "api:orders",
    } <= names
    assert {"core:readyz", "admin:index", "schema", "accounts:enrol", *MAY_BE_KEPT} <= names


@pytest.mark.parametrize("who", ["stranger", "lead"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_answer_is_closed_unless_it_is_public(cantina: SmallSet, who: str, method: str) -> None:
    client = Client(raise_request_exception=False)
    if who == "lead":
        client.force_login(staff_user(Role.LEAD))
    found: list[str] = []
    for name, address in ALL:
        if name in ("accounts:sign_out", "admin:logout"):
            continue
        found += wrong_with(name, address, getattr(client, method)(address))
    assert found == []


def test_pages_of_an_order_are_closed(client: Client, cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    order = allocated_order()
    response = client.get(order_path(order))
    assert response.status_code == 200
    assert list(wrong_with("orders:status", "", response)) == []


def test_public_pages_may_be_found_and_kept(client: Client, cantina: SmallSet) -> None:
    for address in ("/", "/sets/75290-1/", "/privacy/"):
        assert "X-Robots-Tag" not in client.get(address).headers
    assert client.get("/")["Cache-Control"] == "public, no-cache"
    assert "noindex" in client.get("/sets/1-1/")["X-Robots-Tag"]
    assert "noindex" in client.get("/sets/75290-1/request/")["X-Robots-Tag"]


@pytest.mark.parametrize(
    "address",
    ["/nowhere/", "/api/v1/nowhere/", "/static/nowhere.css", "/orders/", "/sets", "/%00", "/admin/x/"],
)
def test_refusals_before_any_view_are_closed_too(client: Client, address: str) -> None:
    found = [each for each in wrong_with("", address, client.get(address)) if "static" not in each]
    assert found == []


@pytest.mark.parametrize("path", ["/language/", "/api/v1/orders/"])
@pytest.mark.parametrize("status", list(WORDS))
def test_what_the_server_refuses_by_itself_is_closed_too(path: str, status: int) -> None:
    _status, headers, _content = refusal(status, path)
    answer = HttpResponse(headers=dict(headers))
    # It names no features: a page without a script asks for none.
    assert [each for each in wrong_with("", path, answer) if "Permissions-Policy" not in each] == []


def test_the_answer_of_health_is_closed_too() -> None:
    sent: list[dict[str, str]] = []
    protocol = SimpleNamespace(
        response_bytes=lambda status, headers, content: sent.append(dict(headers)),
    )
    scope = SimpleNamespace(path="/healthz", method="GET", server="127.0.0.1:8000")
    server = BufferedWSGI(lambda environ, start: [])
    # In a thread of its own: in this one a browser's loop may run.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, server.__rsgi__(scope, protocol)).result()
    answer = HttpResponse(headers=sent[0])
    assert [each for each in wrong_with("", "/healthz", answer) if "Permissions-Policy" not in each] == []


def test_what_a_view_has_set_itself_stays() -> None:
    def view(request: Any) -> HttpResponse:
        return HttpResponse(headers={"Cache-Control": "public", "Referrer-Policy": "no-referrer"})

    response = AnswerHeaders(view)(RequestFactory().get("/x/"))
    assert response["Cache-Control"] == "public"
    assert response["Referrer-Policy"] == "no-referrer"


# --- a wrong Host, and what is too large ---


def test_a_wrong_host_gets_a_short_page_that_says_where_we_are(client: Client, settings: Settings) -> None:
    response = client.get("/orders/find/", headers={"Host": "evil.test"})
    page = response.content.decode()
    assert response.status_code == 400
    assert f'href="{settings.SITE_URL}/"' in page
    assert "evil.test" not in page
    assert list(wrong_with("", "", response)) == []
    assert client.get("/api/v1/sets/", headers={"Host": "evil.test"}).json()["code"] == "invalid"


def test_a_wrong_host_is_one_line_of_the_log_and_a_hundred_are_five(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(ShortenRefusals())
    for _ in range(100):
        client.get("/", headers={"Host": f"evil.test/{'x' * 3000}"})
    records = [record for record in caplog.records if record.name == "django.security.DisallowedHost"]
    assert len(records) == ShortenRefusals.LINES_A_MINUTE
    for record in records:
        assert record.exc_info is None
        assert len(record.getMessage()) <= ShortenRefusals.LONGEST_LINE


def test_the_next_minute_says_how_many_lines_were_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("core.log_filters.time.monotonic", lambda: now)
    shorten = ShortenRefusals()

    def line(name: str = "django.security.DisallowedHost") -> logging.LogRecord | None:
        record = logging.LogRecord(name, logging.ERROR, "", 0, "Invalid\nhost %s", ("x",), None)
        return record if shorten.filter(record) else None

    assert [bool(line()) for _ in range(8)] == [True] * 5 + [False] * 3
    assert line("django.security.csrf") is not None
    assert line("orders") is not None
    now += 61
    later = line()
    assert later is not None
    assert later.getMessage() == "Invalid host x (and 3 more before)"


def test_our_own_log_shortens_refusals(settings: Settings) -> None:
    assert "shorten_refusals" in settings.LOGGING["handlers"]["stderr"]["filters"]


@pytest.mark.parametrize(
    "sent",
    [
        {"description": "x" * 1_000_001},
        {f"field{n}": "x" for n in range(2_001)},
    ],
    ids=["bytes", "fields"],
)
def test_more_than_we_can_read_gets_a_page_that_says_so(client: Client, sent: dict[str, str]) -> None:
    response = client.post("/not-listed/", sent)
    assert response.status_code == 413
    assert "That was too much at once" in response.content.decode()


# --- what programs look for ---


def test_robots_txt_keeps_robots_from_staff_and_programs_and_names_no_order_page(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert text.startswith("User-agent: *\n")
    assert "Disallow: /dashboard/\n" in text
    assert "Disallow: /api/\n" in text
    assert "/orders" not in text  # noindex closes these, and only a robot that opens the page reads it


def test_security_txt_says_whom_to_write_to_and_never_grows_old(client: Client, settings: Settings) -> None:
    settings.SECURITY_CONTACT = "safe@bag14.test"
    response = client.get("/.well-known/security.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    assert fields["Contact"] == "mailto:safe@bag14.test"
    assert fields["Canonical"] == f"{settings.SITE_URL}/.well-known/security.txt"
    expires = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(days=100) < expires - datetime.now(UTC) < timedelta(days=365)
    settings.SECURITY_CONTACT = "https://bag14.test/security"
    assert (
        "Contact: https://bag14.test/security\n" in client.get("/.well-known/security.txt").content.decode()
    )
