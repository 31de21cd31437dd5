"""The pieces of a set: under headings, by filter, by search, a part of the page at a time."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import translation

from catalog.models import Bag, Content, Part, Piece
from catalog.templatetags.weights import weight, write_grams
from catalog.views import PIECES_ON_A_PAGE
from tests.cast import SmallSet

pytestmark = pytest.mark.django_db
PAGE = "/sets/75290-1/"
AS_PART = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _kinds_of_parts(cantina: SmallSet) -> None:
    Part.objects.filter(part_num="3024").update(category="Plates")
    Part.objects.filter(part_num="3070b").update(category="Tiles")


def shown(client: Client, **asked: Any) -> list[str]:
    """Headings and names of pieces in the order of the page."""
    page = client.get(PAGE, asked, headers=AS_PART).content.decode()
    found = re.findall(r'(?s)<h3 class="piece-group">(.*?)</h3>|<strong><bdi lang="en">(.*?)</bdi>', page)
    return [re.sub(r"<[^>]*>", "", heading).strip() or name for heading, name in found]


def test_pieces_stand_under_their_bags(client: Client, cantina: SmallSet) -> None:
    assert shown(client) == [
        "Bag 13",
        "Brick 2 x 4",
        "Bag 14",
        "Plate 1 x 1",
        "Brick 2 x 4",
        "In no bag",
        "Tile 1 x 1",
    ]


def test_within_a_bag_they_stand_under_colours_and_within_a_colour_under_kinds(
    client: Client, cantina: SmallSet
) -> None:
    by_color = ["Light Bluish Gray", "Plate 1 x 1", "Red", "Brick 2 x 4"]
    assert shown(client, **{"in": "14"}) == by_color
    assert shown(client, **{"in": "14", "color": "4"}) == ["Bricks", "Brick 2 x 4"]
    assert shown(client, **{"in": "14", "category": "Plates"}) == ["Light Bluish Gray", "Plate 1 x 1"]
    assert shown(client, category="Wheels") == []


def test_without_bags_they_stand_under_colours(client: Client, cantina: SmallSet) -> None:
    Content.objects.update(bag=None)
    Bag.objects.all().delete()
    cantina.set.bags_known = False
    cantina.set.save()
    assert shown(client)[::3] == ["Light Bluish Gray", "Brick 2 x 4", "Tile 1 x 1"]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("red 2x4 brick", ["Brick 2 x 4"]),
        ("brick 2 × 4", ["Brick 2 x 4"]),
        ("BRI", ["Brick 2 x 4"]),
        ("grey", ["Plate 1 x 1"]),
        ("3024", ["Plate 1 x 1"]),
        ("۳۰۲۴", ["Plate 1 x 1"]),
        ("300121", ["Brick 2 x 4"]),
        ("1x1", ["Plate 1 x 1", "Tile 1 x 1"]),
        ("brick tan", []),
        ("!!!", []),
    ],
)
def test_a_search_inside_a_set_is_as_generous_as_that_for_sets(
    client: Client, cantina: SmallSet, typed: str, names: list[str]
) -> None:
    found = [each for each in shown(client, q=typed) if each[0] in "BPT" and not each.startswith("Bag ")]
    assert sorted(set(found)) == names


def test_a_part_of_the_page_is_the_list_alone_and_tells_the_language_switch_where_one_is(
    client: Client, cantina: SmallSet
) -> None:
    response = client.get(PAGE, {"piece": "3001:4"}, headers=AS_PART)
    part, whole = response.content.decode(), client.get(PAGE, {"piece": "3001:4"}).content.decode()
    assert "<html" not in part
    assert 'name="q"' not in part
    assert 'id="language-next" value="/sets/75290-1/?piece=3001%3A4" hx-swap-oob="true"' in part
    assert whole.count('id="language-next"') == 1
    assert "hx-swap-oob" not in whole
    assert "Your list: 1 piece" in part
    assert len(part) < len(whole) * 0.7


def test_adding_from_the_second_page_stays_there(client: Client, cantina: SmallSet) -> None:
    parts = Part.objects.bulk_create(
        Part(part_num=f"x{number}", name="Peg") for number in range(PIECES_ON_A_PAGE)
    )
    pieces = Piece.objects.bulk_create(Piece(part=part, color=cantina.red.color) for part in parts)
    assert cantina.set.inventory is not None
    Content.objects.bulk_create(
        Content(inventory=cantina.set.inventory, piece=piece, quantity=1) for piece in pieces
    )
    assert 'name="at" value="2"' in client.get(PAGE, {"page": "2"}).content.decode()
    assert 'name="at"' not in client.get(PAGE).content.decode()
    added = client.get(PAGE, {"at": "2", "add": "x1:4"})["Location"]
    assert parse_qs(urlsplit(added).query) == {"page": ["2"], "piece": ["x1:4"]}


def test_each_piece_says_what_it_weighs(client: Client, cantina: SmallSet) -> None:
    page = client.get(PAGE).content.decode()
    assert "2.32 g" in page
    assert "0.22 g" in page
    Piece.objects.filter(pk=cantina.tan.pk).update(weight_kind="guessed")
    Piece.objects.filter(pk=cantina.grey.pk).update(weight_mg=None, weight_kind="")
    page = client.get(PAGE).content.decode()
    assert "about 0.26 g" in page
    assert "0.22 g" not in page


def test_weights_are_written_as_the_language_writes_them(cantina: SmallSet) -> None:
    assert [write_grams(mg) for mg in (2_320, 200, 11_000, 4, 1_005)] == ["2.32", "0.2", "11", "0.01", "1"]
    with translation.override("es"):
        assert weight(cantina.red) == "2,32 g"
    with translation.override("fa"):
        assert weight(cantina.red).startswith("۲٫۳۲")
