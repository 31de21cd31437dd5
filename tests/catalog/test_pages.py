"""Finding a set and choosing from it: with plain links and forms, at a fixed cost."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from catalog.importing.importer import import_catalog
from catalog.models import Content, Part, Piece, Set
from catalog.views import PIECES_ON_A_PAGE, SETS_ON_A_PAGE
from tests.cast import SmallSet, small_set
from tests.catalog.dumps import SmallDump

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
AS_PART = {"HX-Request": "true"}
SAMPLE = Path(__file__).parents[2] / "catalog" / "sample"


@pytest.fixture
def sample(db: None) -> None:
    """The sample catalogue, with what the search looks things up in."""
    import_catalog(directory=SAMPLE, bags=SAMPLE / "bags.csv", weights=SAMPLE / "weights.csv")


def test_home_asks_one_question(client: Client) -> None:
    page = client.get("/").content.decode()
    assert page.count('role="search"') == 1
    assert "Which set?" in page


@pytest.mark.parametrize("query", ["75290", "75290-1", "cantina", "MOS eisley", "۷۵۲۹۰", "star wars"])
def test_a_set_is_found_by_number_name_or_theme(client: Client, sample: None, query: str) -> None:
    page = client.get("/sets/", {"q": query}).content.decode()
    assert 'href="/sets/75290-1/"' in page


def test_a_set_is_found_by_a_piece_of_it(client: Client, sample: None) -> None:
    page = client.get("/sets/", {"q": "300121"}).content.decode()
    assert '<bdi lang="en">Brick 2 x 4, Red</bdi>' in page
    assert "These sets have it." in page
    # And on to that piece of the set.
    assert 'href="/sets/75290-1/?q=300121#pieces"' in page


def test_a_bare_number_asks_which_of_its_sets_is_meant(client: Client, dump: SmallDump) -> None:
    dump.rows["sets"].append("7946-2,Other Castle,2012,2,0")
    dump.imported()
    page = client.get("/sets/", {"q": "7946"}).content.decode()
    assert "2 sets have this number. Which one is yours?" in page
    assert page.index('href="/sets/7946-1/"') < page.index('href="/sets/7946-2/"')
    assert "have this number" not in client.get("/sets/", {"q": "7946-1"}).content.decode()
    assert "have this number" not in client.get("/sets/", {"q": "6918"}).content.decode()


def test_the_page_of_a_set_leads_to_the_others_of_its_number(client: Client, dump: SmallDump) -> None:
    dump.rows["sets"].append("7946-2,Other Castle,2012,2,0")
    dump.imported()
    page = client.get("/sets/7946/", follow=True).content.decode()
    assert "Not this one? 1 more set has this number." in page
    assert 'href="/sets/7946-2/"' in page
    assert "Not this one?" not in client.get("/sets/6918-1/").content.decode()


def test_as_one_types_only_the_results_travel(client: Client, sample: None) -> None:
    response = client.get("/sets/", {"q": "cantina"}, headers={"HX-Request": "true"})
    assert b"<html" not in response.content
    assert b"75290-1" in response.content
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("query", ["", " ", "x" * 5000, "\x00", "%", "_", "'", "<b>", "\u202e", "9" * 40])
@pytest.mark.parametrize("page", ["1", "0", "-1", "x", "9" * 40, "۲"])
def test_nothing_typed_breaks_the_search(client: Client, query: str, page: str) -> None:
    small_set()
    assert client.get("/sets/", {"q": query, "page": page}).status_code == 200


def test_results_come_by_the_page(client: Client, sample: None) -> None:
    everything = Set.objects.filter(retired_at=None, num_parts__gt=0).count()
    assert SETS_ON_A_PAGE < everything < 2 * SETS_ON_A_PAGE
    assert client.get("/sets/").content.decode().count('class="set-row"') == SETS_ON_A_PAGE
    second = client.get("/sets/", {"page": "2"}).content.decode()
    assert second.count('class="set-row"') == everything - SETS_ON_A_PAGE


def test_a_bare_number_leads_to_the_sets_own_page(client: Client) -> None:
    small_set()
    response = client.get("/sets/75290/", {"bag": "14"})
    assert response["Location"] == "/sets/75290-1/?bag=14"


@pytest.mark.parametrize(
    "path", ["/sets/1/", "/sets/%00/", "/sets/..%5C/", f"/sets/{'9' * 300}/", "/sets/%22%3E/"]
)
def test_an_unknown_set_is_a_page_that_says_so(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert b"There is nothing here" in response.content


def test_bags_come_first_in_the_order_people_count(client: Client) -> None:
    small_set()
    page = client.get("/sets/75290-1/").content.decode()
    assert page.index('value="13"') < page.index('value="14"') < page.index('id="pieces"')


def test_pieces_are_filtered_by_bag_colour_and_words(client: Client) -> None:
    small_set()

    def names(**asked: Any) -> list[str]:
        page = client.get("/sets/75290-1/", asked).content.decode()
        found = ("Brick 2 x 4", "Plate 1 x 1", "Tile 1 x 1")
        return [name for name in found if f'<strong><bdi lang="en">{name}</bdi></strong>' in page]

    assert names() == ["Brick 2 x 4", "Plate 1 x 1", "Tile 1 x 1"]
    assert names(**{"in": "14"}) == ["Brick 2 x 4", "Plate 1 x 1"]
    assert names(**{"in": "-"}) == ["Tile 1 x 1"]
    assert names(color="19") == ["Tile 1 x 1"]
    assert names(q="2 x 4") == ["Brick 2 x 4"]
    assert names(q="300121") == ["Brick 2 x 4"]
    assert names(q="nothing") == []


def test_adding_and_removing_live_in_the_address_and_keep_the_rest_of_it(client: Client) -> None:
    small_set()
    added = client.get("/sets/75290-1/", {"bag": "14", "q": "brick", "piece": "3024:71", "add": "3001:4"})
    query = parse_qs(urlsplit(added["Location"]).query)
    assert query == {"bag": ["14"], "q": ["brick"], "piece": ["3024:71", "3001:4"]}
    dropped = client.get("/sets/75290-1/", {"piece": ["3001:4", "3024:71", "3001:4"], "drop": "3001:4"})
    assert parse_qs(urlsplit(dropped["Location"]).query) == {"piece": ["3024:71"], "list": ["open"]}
    assert "<details open>" in client.get(dropped["Location"]).content.decode()


def test_a_whole_minifigure_goes_on_the_list_with_its_pieces(client: Client) -> None:
    cantina = small_set()
    assert cantina.set.inventory is not None
    for piece, quantity in ((cantina.red, 2), (cantina.grey, 4)):
        Content.objects.create(
            inventory=cantina.set.inventory, piece=piece, quantity=quantity, minifig="Stormtrooper"
        )
    assert 'name="figure" value="Stormtrooper"' in client.get("/sets/75290-1/").content.decode()
    added = client.get("/sets/75290-1/", {"figure": "Stormtrooper", "q": "x"})
    query = parse_qs(urlsplit(added["Location"]).query)
    assert query == {"q": ["x"], "piece": ["3001:4", "3024:71", "3024:71"]}
    assert "piece" not in client.get("/sets/75290-1/", {"figure": "Nobody"})["Location"]


def test_the_list_shows_what_was_chosen_and_takes_it_to_the_form(client: Client) -> None:
    small_set()
    page = client.get("/sets/75290-1/", {"piece": ["3001:4", "3001:4", "nothing:1"]}).content.decode()
    assert "Your list: 2 pieces" in page
    assert page.count('type="hidden" name="piece" value="3001:4"') == 2
    assert "nothing:1" not in page
    assert 'formaction="/sets/75290-1/request/"' in page


def test_colours_need_not_be_seen(client: Client) -> None:
    small_set()
    page = client.get("/sets/75290-1/").content.decode()
    assert 'fill="#C91A09"' in page
    assert ">Red<" in page
    assert "style=" not in page


@pytest.mark.parametrize("name", ["in", "color", "q", "page", "piece", "bag", "add", "drop", "figure"])
@pytest.mark.parametrize("value", ["\x00", "9" * 60, "-", "--1", "x:y", "3001:" + "9" * 30, "\u202e", "%"])
def test_nothing_asked_of_a_set_breaks_its_page(client: Client, name: str, value: str) -> None:
    small_set()
    assert client.get("/sets/75290-1/", {name: value}).status_code in (200, 302)


def make_large(cantina: SmallSet, kinds: int = 300) -> None:
    """So many kinds of pieces more."""
    parts = Part.objects.bulk_create(
        Part(part_num=f"x{number}", name="Peg", category="Bricks") for number in range(kinds)
    )
    pieces = Piece.objects.bulk_create(Piece(part=part, color=cantina.red.color) for part in parts)
    inventory = cantina.set.inventory
    assert inventory is not None
    Content.objects.bulk_create(Content(inventory=inventory, piece=piece, quantity=1) for piece in pieces)


def test_a_large_set_costs_what_a_small_one_costs(client: Client, django_assert_num_queries: Any) -> None:
    cantina = small_set()
    costs: list[tuple[dict[str, Any], dict[str, str], int]] = [
        ({}, {}, 9),
        ({}, AS_PART, 5),
        ({"q": "peg"}, {}, 10),
        ({"q": "peg"}, AS_PART, 6),
        ({"page": "2", "color": "4", "category": "Bricks", "in": "-"}, AS_PART, 5),
        ({"piece": ["x1:4", "x2:4", "x3:4"]}, {}, 12),
        ({"piece": ["x1:4", "x2:4", "x3:4"]}, AS_PART, 8),
    ]
    with django_assert_num_queries(9):
        client.get("/sets/75290-1/")
    with django_assert_num_queries(5):
        client.get("/sets/75290-1/", headers=AS_PART)
    make_large(cantina)
    for asked, headers, queries in costs:
        with django_assert_num_queries(queries, info=f"{asked} {headers}"):
            page = client.get("/sets/75290-1/", asked, headers=headers).content.decode()
    assert page.count('name="add"') == PIECES_ON_A_PAGE


def test_a_page_of_sets_costs_the_same_for_one_as_for_twelve(
    client: Client, sample: None, django_assert_num_queries: Any
) -> None:
    client.get("/sets/", {"q": "cantina"})
    for headers in ({}, AS_PART):
        with django_assert_num_queries(3):
            page = client.get("/sets/", {"q": "cantina"}, headers=headers).content.decode()
        assert page.count('class="set-row"') == 1
        with django_assert_num_queries(3):
            page = client.get("/sets/", headers=headers).content.decode()
        assert page.count('class="set-row"') == SETS_ON_A_PAGE
        # What a number may mean: a set, the beginning of one, an element, a part.
        with django_assert_num_queries(8):
            page = client.get("/sets/", {"q": "300121"}, headers=headers).content.decode()
        assert page.count('class="set-row"') > 1


def test_home_costs_one_query(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        client.get("/")


@pytest.mark.parametrize(
    "path", ["/", "/sets/?q=x", "/sets/75290-1/", "/orders/find/", "/privacy/", "/nowhere/"]
)
def test_every_page_has_the_language_switch_and_comes_in_each_language(client: Client, path: str) -> None:
    small_set()
    for language, direction in (("en", "ltr"), ("es", "ltr"), ("fa", "rtl")):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        page = client.get(path).content.decode()
        assert f'<html lang="{language}" dir="{direction}">' in page
        assert page.count('class="languages"') == 1
        assert "Skip to the page" in page or language != "en"


def test_the_switch_keeps_the_address(client: Client) -> None:
    response = client.post("/language/", {"language": "fa", "next": "/sets/75290-1/?piece=3001:4"})
    assert response["Location"] == "/sets/75290-1/?piece=3001:4"
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "fa"


def test_the_switch_leads_nowhere_else(client: Client) -> None:
    response = client.post("/language/", {"language": "fa", "next": "https://elsewhere.example/"})
    assert response["Location"] == "/"


def test_pages_allow_no_script_or_style_of_a_strangers(client: Client) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
