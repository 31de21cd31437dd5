"""From the page of a set, service enters a bag before any customer asks for it."""

import pytest
from django.test import Client

from catalog.models import Bag, Content, Correction
from tests.cast import SmallSet, small_set

pytestmark = pytest.mark.django_db
PAGE = "/dashboard/sets/75290-1/bags/"


@pytest.fixture
def loose() -> SmallSet:
    """A set whose pieces are known, and whose bags are not."""
    set_ = small_set(bags_known=False)
    Content.objects.update(bag=None)
    Bag.objects.all().delete()
    return set_


def test_only_service_and_leads_see_the_link(
    client: Client, sandra: Client, leo: Client, paula: Client, quinn: Client, loose: SmallSet
) -> None:
    sees = {
        name: PAGE in each.get("/sets/75290-1/").content.decode()
        for name, each in {
            "client": client,
            "sandra": sandra,
            "leo": leo,
            "paula": paula,
            "quinn": quinn,
        }.items()
    }
    assert sees == {"client": False, "sandra": True, "leo": True, "paula": False, "quinn": False}
    assert sandra.get(PAGE).status_code == 200


def test_the_entered_bag_is_on_the_sets_page_at_once(client: Client, sandra: Client, loose: SmallSet) -> None:
    before = client.get("/sets/75290-1/")
    assert 'name="bag"' not in before.content.decode()
    done = sandra.post(PAGE, {"label": "7", "rows": "300121 5\n3070b 19 2"})
    assert (done.status_code, done["Location"]) == (302, "/sets/75290-1/")
    after = client.get("/sets/75290-1/", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    page = after.content.decode()
    assert 'name="bag" value="7"' in page
    assert "7 pieces" in page
    # A customer may still ask for another label of this set.
    assert "We do not know all bags of this set yet." in page
    correction = Correction.objects.get()
    assert correction.by is not None
    assert (correction.bag_label, correction.by.username) == ("7", "sandra")


@pytest.mark.parametrize(
    ("label", "rows", "error"),
    [
        ("", "300121 1", "This field is required."),
        ("x" * 13, "300121 1", "at most 12 characters"),
        ("7", "", "This field is required."),
        ("7", "999999 1", "Row 1: We do not know 999999."),
    ],
)
def test_a_wrong_form_has_its_error_and_the_text_stays(
    sandra: Client, loose: SmallSet, label: str, rows: str, error: str
) -> None:
    response = sandra.post(PAGE, {"label": label, "rows": rows})
    assert response.status_code == 400
    page = response.content.decode()
    assert error in page
    assert rows in page
    assert not Bag.objects.exists()


def test_a_bag_is_entered_once(sandra: Client, leo: Client) -> None:
    small_set()
    response = sandra.post(PAGE, {"label": "14", "rows": "300121 1"})
    assert response.status_code == 409
    assert "What lies in bag 14 is known already." in response.content.decode()
    assert sandra.get("/dashboard/sets/1-1/bags/").status_code == 404
