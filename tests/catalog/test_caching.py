"""Pages of the catalogue are kept by the catalogue's version: never one for another reader, never an old one."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory, override_settings
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Role
from catalog import caching, pictures
from catalog.bag_entry import BagRowEntry, correct_bag
from catalog.revising import one_state, raise_revision, read_state
from tests.cast import SmallSet, staff_user
from tests.catalog.dumps import SmallDump

pytestmark = pytest.mark.django_db
AS_PART = {"HX-Request": "true"}
PAGE = "/sets/75290-1/"


def etag(client: Client, path: str = PAGE, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return response["ETag"]


def test_a_page_that_has_not_changed_is_not_made_again(
    client: Client, cantina: SmallSet, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for path in ("/", "/sets/?q=mos", PAGE, f"{PAGE}?piece=3001:4&in=14"):
        known = etag(client, path)
        with django_assert_num_queries(1):
            again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", known)
        first = client.get(path)
        for name in ("Cache-Control", "Vary"):
            assert again[name] == first[name]
        assert first["Cache-Control"] == "public, no-cache"
        assert {"Accept-Language", "Cookie", "HX-Request"} <= set(first["Vary"].split(", "))


def test_compressed_it_is_known_again_too(client: Client, cantina: SmallSet) -> None:
    response = client.get(PAGE, headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert b"Mos Eisley" in gzip.decompress(response.content)
    known = response["ETag"]
    for spelled in (known, known.removeprefix("W/"), f'"other", {known}'):
        assert client.get(PAGE, headers={"If-None-Match": spelled}).status_code == 304
    assert client.get(PAGE, headers={"If-None-Match": '"other"'}).status_code == 200


def test_what_shows_something_else_has_another_name(client: Client, cantina: SmallSet) -> None:
    names = [
        etag(client),
        etag(client, f"{PAGE}?piece=3001:4"),
        etag(client, f"{PAGE}?piece=3001:4&piece=3001:4"),
        etag(client, f"{PAGE}?in=14"),
        etag(client, **{"HX-Request": "true"}),
        etag(client, **{"Accept-Language": "es"}),
        etag(client, **{"Accept-Language": "fa"}),
    ]
    assert len(set(names)) == len(names)
    restored = etag(client, **AS_PART, **{"HX-History-Restore-Request": "true"})
    assert restored == names[0], "going back, htmx wants the whole page"
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    assert etag(client) == names[5], "the cookie decides before the browser's own language"


def test_another_limit_is_said_at_once(client: Client, cantina: SmallSet) -> None:
    known = etag(client)
    with override_settings(LIMIT_BAGS_PER_ORDER=settings.LIMIT_BAGS_PER_ORDER + 1):
        assert client.get(PAGE, headers={"If-None-Match": known}).status_code == 200


def test_a_language_never_answers_for_another(client: Client, cantina: SmallSet) -> None:
    english = etag(client)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "fa"
    response = client.get(PAGE, headers={"If-None-Match": english})
    assert response.status_code == 200
    assert '<html lang="fa"' in response.content.decode()


def test_an_import_makes_every_page_new(client: Client, dump: SmallDump) -> None:
    dump.imported()
    paths = ["/sets/7946-1/", "/sets/?q=castle", "/sets/"]
    known = {path: etag(client, path) for path in paths}
    dump.imported()
    for path in paths:
        assert client.get(path, headers={"If-None-Match": known[path]}).status_code == 304, "nothing changed"
    dump.change("sets", "7946-1,King's Castle,2010,2,11", "7946-1,Queen's Castle,2010,2,11")
    dump.imported()
    for path in paths:
        response = client.get(path, headers={"If-None-Match": known[path]})
        assert response.status_code == 200
        assert "Queen&#x27;s Castle" in response.content.decode()


def test_a_search_before_the_new_index_is_not_kept_for_after_it(
    client: Client, dump: SmallDump, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump.imported()
    dump.change("sets", "7946-1,King's Castle,2010,2,11", "7946-1,Trebuchet,2010,2,11")
    with monkeypatch.context() as patch:
        patch.setattr("catalog.importing.importer.refresh_index", lambda *_: False)
        dump.imported()
    between = client.get("/sets/?q=trebuchet")
    assert b"7946-1" not in between.content
    dump.run()
    after = client.get("/sets/?q=trebuchet", headers={"If-None-Match": between["ETag"]})
    assert after.status_code == 200
    assert b"7946-1" in after.content


def test_a_correction_makes_the_page_new(client: Client, cantina: SmallSet) -> None:
    known = etag(client)
    correct_bag(
        set_id=cantina.set.pk,
        label="14",
        rows=[BagRowEntry(element_id="300121", quantity=1)],
        by=staff_user(Role.SERVICE),
    )
    response = client.get(PAGE, headers={"If-None-Match": known})
    assert response.status_code == 200
    assert b"1 piece\n" in response.content


def test_a_version_read_before_the_page_was_made_is_out_of_date_and_never_wrong(
    client: Client, dump: SmallDump, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import commits while the page is being made: what it shows is new, its name is the old catalogue's."""
    dump.imported()
    dump.change("sets", "7946-1,King's Castle,2010,2,11", "7946-1,Queen's Castle,2010,2,11")
    real = caching.catalogue_etag

    def then_an_import(*parts: str) -> str:
        name = real(*parts)
        monkeypatch.setattr(caching, "catalogue_etag", real)
        dump.imported()
        return name

    monkeypatch.setattr(caching, "catalogue_etag", then_an_import)
    first = client.get("/sets/7946-1/")
    assert b"Queen" in first.content
    assert client.get("/sets/7946-1/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_page_and_its_name_are_of_one_state_and_the_next_page_of_another() -> None:
    with one_state() as held:
        raise_revision()
        assert read_state() == held
    assert read_state().number == held.number + 1


@pytest.fixture
def media(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "pieces").mkdir()
    yield tmp_path / "pieces"
    pictures._held = None


def test_a_picture_that_comes_makes_the_page_new(client: Client, cantina: SmallSet, media: Path) -> None:
    known = etag(client)
    (media / "300121.png").write_bytes(b"png")
    response = client.get(PAGE, headers={"If-None-Match": known})
    assert response.status_code == 200
    assert b'src="/media/pieces/300121.png"' in response.content


def test_another_version_of_the_program_has_other_names(
    client: Client, cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = etag(client)
    monkeypatch.setattr(caching, "program_version", lambda: "newer")
    assert client.get(PAGE, headers={"If-None-Match": known}).status_code == 200


def test_who_is_signed_in_gets_pages_of_their_own(client: Client, cantina: SmallSet) -> None:
    stranger = etag(client)
    client.force_login(staff_user(Role.SERVICE))
    for headers in ({}, {"If-None-Match": stranger, "Accept-Encoding": "gzip"}):
        response = client.get(PAGE, headers=headers)
        assert response.status_code == 200
        assert response["Cache-Control"] == "private, no-store"
        assert "Cookie" in response["Vary"]
        assert "ETag" not in response
        assert "Content-Encoding" not in response, "what is for one reader is not compressed"


def test_a_page_with_a_token_is_not_kept_and_not_compressed(rf: RequestFactory) -> None:
    @caching.catalogue_page
    def with_token(request: HttpRequest) -> HttpResponse:
        return HttpResponse(get_token(request) * 10)

    @caching.catalogue_page
    def without(request: HttpRequest) -> HttpResponse:
        return HttpResponse("the same for everybody " * 20)

    request = rf.get("/", headers={"Accept-Encoding": "gzip"})
    response = with_token(request)
    assert response["Cache-Control"] == "private, no-store"
    assert not response.has_header("ETag")
    assert not response.has_header("Content-Encoding")
    response = without(rf.get("/", headers={"Accept-Encoding": "gzip"}))
    assert response.has_header("ETag")
    assert response["Content-Encoding"] == "gzip"


def test_what_leads_elsewhere_or_is_not_there_has_no_name(client: Client, cantina: SmallSet) -> None:
    for path in ("/sets/75290/", f"{PAGE}?add=3001:4", "/sets/1-1/"):
        assert "ETag" not in client.get(path)
