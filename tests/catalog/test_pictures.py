"""Pictures of pieces come from the operator's own folder or are drawn; never from somewhere else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import Client
from pytest_django import Settings

from catalog import pictures
from catalog.models import Part, Piece
from tests.cast import SmallSet

pytestmark = pytest.mark.django_db
PAGE = "/sets/75290-1/"


@pytest.fixture
def media(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "pieces").mkdir()
    (tmp_path / "secret.png").write_bytes(b"secret")
    yield tmp_path / "pieces"
    pictures._held = None


def drawn(piece: Piece) -> str:
    return Template("{% load pictures %}{% picture piece %}").render(Context({"piece": piece}))


def test_a_picture_is_named_after_an_element_or_a_part_and_its_colour(
    client: Client, cantina: SmallSet, media: Path
) -> None:
    assert b"<img" not in client.get(PAGE).content
    (media / "300121.webp").write_bytes(b"red brick")
    (media / "3024_71.jpg").write_bytes(b"grey plate")
    page = client.get(PAGE).content.decode()
    assert page.count("<img") == 3, "two rows of the brick, one of the plate"
    assert page.count('src="/media/pieces/300121.webp"') == 2
    assert page.count('src="/media/pieces/3024_71.jpg"') == 1
    response = client.get("/media/pieces/300121.webp")
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert b"".join(response) == b"red brick"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "max-age" in response["Cache-Control"]


def test_of_several_kinds_the_smallest_is_shown(client: Client, cantina: SmallSet, media: Path) -> None:
    for suffix in ("png", "avif", "jpeg"):
        (media / f"300121.{suffix}").write_bytes(b"x")
    assert b'src="/media/pieces/300121.avif"' in client.get(PAGE).content


def test_a_picture_elsewhere_is_never_loaded(client: Client, cantina: SmallSet) -> None:
    Piece.objects.update(image_url="https://elsewhere.example/3001.png")
    page = client.get(PAGE, {"piece": "3001:4"})
    assert b"elsewhere.example" not in page.content
    assert "img-src 'self' data:" in page["Content-Security-Policy"]
    shown = client.get("/api/v1/sets/75290-1/pieces/").json()["results"]
    assert {row["image_url"] for row in shown} == {"https://elsewhere.example/3001.png"}


@pytest.mark.parametrize(
    "name",
    [
        "..%2Fsecret.png",
        "%2e%2e%5csecret.png",
        "secret.png",
        "300121.svg",
        "300121",
        ".hidden.png",
        "%00",
        "x.html",
    ],
)
def test_nothing_but_pictures_is_served(client: Client, media: Path, name: str) -> None:
    for there in ("300121.svg", ".hidden.png", "x.html"):
        (media / there).write_bytes(b"x")
    assert client.get(f"/media/pieces/{name}").status_code == 404


def test_a_picture_that_went_is_not_there(client: Client, cantina: SmallSet, media: Path) -> None:
    picture = media / "300121.png"
    picture.write_bytes(b"x")
    assert b"<img" in client.get(PAGE).content
    picture.unlink()
    assert b"<img" not in client.get(PAGE).content
    assert client.get("/media/pieces/300121.png").status_code == 404


@pytest.mark.parametrize(
    ("name", "rows", "columns"),
    [("Brick 2 x 4", 2, 4), ("Plate Special 1 x 2 with Handle", 1, 2), ("Plate 16 x 16", 16, 16)],
)
def test_the_stand_in_of_a_brick_has_its_studs(cantina: SmallSet, name: str, rows: int, columns: int) -> None:
    Part.objects.filter(pk=cantina.red.part_id).update(name=name)
    picture = drawn(Piece.objects.get(pk=cantina.red.pk))
    assert 'fill="#C91A09"' in picture
    assert "style=" not in picture
    studs = picture.split('<path d="')[2].partition('"')[0]
    assert studs.count("M") == rows
    size = float(picture.split('stroke-dasharray="0 ')[1].partition('"')[0])
    assert float(studs.rpartition("h")[2]) == pytest.approx(size * (columns - 1) + 0.1, abs=0.2 * columns)


@pytest.mark.parametrize("name", ["Torso", "Tile 1 x 1", "Brick 0 x 0", "Plate 48 x 48", "", "9 x 99 x <b>"])
def test_everything_has_a_stand_in(cantina: SmallSet, name: str) -> None:
    Part.objects.filter(pk=cantina.red.part_id).update(name=name)
    picture = drawn(Piece.objects.get(pk=cantina.red.pk))
    assert picture.startswith('<svg class="piece-picture"')
    assert "<b>" not in picture
