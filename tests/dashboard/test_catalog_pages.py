"""The catalogue's pages for staff: find a set, correct it, see the earlier corrections."""

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Bag, Content, Correction, Set
from catalog.queries import bag_contents
from tests.cast import SmallSet
from tests.dashboard.pages import one_line

pytestmark = pytest.mark.django_db

FACTS = {"name": "Mos Eisley Cantina", "year": "2020", "theme": "158", "num_parts": "12", "bags_known": "on"}


def correct(client: Client, **changes: str) -> tuple[int, str]:
    response = client.post("/dashboard/catalog/sets/75290-1/", FACTS | changes)
    return response.status_code, response.content.decode()


def test_a_set_is_found_by_its_number_and_a_piece_by_its_element(sandra: Client, cantina: SmallSet) -> None:
    page = sandra.get("/dashboard/catalog/?q=75290").content.decode()
    assert 'href="/dashboard/catalog/sets/75290-1/"' in page
    page = sandra.get("/dashboard/catalog/?q=300121").content.decode()
    assert 'href="/dashboard/catalog/pieces/3001/4/"' in page
    assert "Nothing in the catalogue fits" in sandra.get("/dashboard/catalog/?q=%00zz").content.decode()


def test_a_correction_is_shown_with_who_and_why(sandra: Client, leo: Client, cantina: SmallSet) -> None:
    assert correct(sandra, num_parts="3187", reason="On the box")[0] == 302
    page = one_line(sandra.get("/dashboard/catalog/sets/75290-1/").content.decode())
    for shown in ("sandra", "On the box", "<td>12</td> <td>3187</td>"):
        assert shown in page
    assert "sandra" in leo.get("/dashboard/catalog/").content.decode()
    assert Set.objects.get().num_parts == 3187


def test_a_wrong_value_has_its_error_beside_the_field_and_stays(sandra: Client, cantina: SmallSet) -> None:
    status, page = correct(sandra, year="3000", num_parts="many", name="")
    assert status == 400
    assert "Type a whole number." in page
    status, page = correct(sandra, year="3000")
    assert status == 400
    assert "Give a year between" in page
    assert 'value="3000"' in page
    assert not Correction.objects.exists()


def test_a_form_without_changes_makes_no_correction(sandra: Client, cantina: SmallSet) -> None:
    response = sandra.post("/dashboard/catalog/sets/75290-1/", FACTS, follow=True)
    assert "Nothing to correct: it was so already." in response.content.decode()


def test_a_correction_is_taken_back_with_one_click(sandra: Client, cantina: SmallSet) -> None:
    correct(sandra, name="Cantina")
    correction = Correction.objects.get()
    assert (
        f"/dashboard/catalog/corrections/{correction.pk}/take-back/"
        in sandra.get("/dashboard/catalog/sets/75290-1/").content.decode()
    )
    assert sandra.post(f"/dashboard/catalog/corrections/{correction.pk}/take-back/").status_code == 302
    assert Set.objects.get().name == "Mos Eisley Cantina"
    page = sandra.post(
        f"/dashboard/catalog/corrections/{correction.pk}/take-back/", follow=True
    ).content.decode()
    assert "not in force any more" in page


def test_a_bag_is_corrected_from_its_entered_contents(sandra: Client, cantina: SmallSet) -> None:
    path = "/dashboard/catalog/sets/75290-1/bags/14/"
    assert "3001 4 2\n3024 71 1" in sandra.get(path).content.decode()
    page = sandra.post(path, {"rows": "3001 4 2\nnonsense"}).content.decode()
    assert "Row 2: give an element id" in page
    assert sandra.post(path, {"rows": "3001 4 3"}).status_code == 302
    bag = Bag.objects.get(label="14")
    assert dict(bag_contents([bag.pk])[bag.pk]) == {cantina.red.pk: 3}
    page = sandra.get("/dashboard/catalog/sets/75290-1/").content.decode()
    assert "<td>3 pieces</td> <td>3 pieces: +1 of 3001 / 4, -1 of 3024 / 71</td>" in one_line(page)
    assert sandra.get("/dashboard/catalog/sets/75290-1/bags/99/").status_code == 404


def test_the_page_of_a_piece_counts_its_sets(sandra: Client, cantina: SmallSet) -> None:
    """Some of its pieces lie in a bag and some loose: it is still one set."""
    Content.objects.create(inventory_id=cantina.set.inventory_id or 0, piece=cantina.red, quantity=1)
    assert "in one set" in sandra.get("/dashboard/catalog/pieces/3001/4/").content.decode()


def test_a_retired_set_is_found_by_its_number_and_has_no_broken_link(
    sandra: Client, cantina: SmallSet
) -> None:
    """Orders for it are still open, and their customers call."""
    Set.objects.update(retired_at=timezone.now())
    for typed in ("75290-1", "75290", "۷۵۲۹۰"):
        page = sandra.get("/dashboard/catalog/", {"q": typed}).content.decode()
        assert 'href="/dashboard/catalog/sets/75290-1/"' in page
        assert "retired" in page
    page = sandra.get("/dashboard/catalog/sets/75290-1/").content.decode()
    links = [link.partition('"')[0] for link in page.split('href="')[1:]]
    dead = [link for link in links if "75290" in link and sandra.get(link).status_code == 404]
    assert not dead
    assert "retired" in page


def test_a_piece_is_weighed(sandra: Client, cantina: SmallSet) -> None:
    path = "/dashboard/catalog/pieces/3001/4/"
    assert "2.32 g each" in sandra.get(path).content.decode()
    assert "Type what the scale shows" in sandra.post(path, {"weight": "heavy"}).content.decode()
    assert "Give a weight above 0" in sandra.post(path, {"weight": "0"}).content.decode()
    assert sandra.post(path, {"weight": "2,4 g", "reason": "ten together"}).status_code == 302
    cantina.red.refresh_from_db()
    assert cantina.red.weight_mg == 2_400
    assert "ten together" in sandra.get(path).content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "sets/nothing/",
        "pieces/none/4/",
        "pieces/3001/99/",
        "pieces/%00/4/",
        "sets/%00/",
        "sets/75290-1/bags/%00/",
    ],
)
def test_a_page_about_nothing_in_the_catalogue_is_not_found(
    sandra: Client, cantina: SmallSet, path: str
) -> None:
    assert sandra.get(f"/dashboard/catalog/{path}").status_code == 404
