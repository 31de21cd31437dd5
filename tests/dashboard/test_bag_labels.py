"""The label of a bag on the warehouse's pages, with a note where no bag of ours bears it."""

import pytest
from django.test import Client

from orders.models import OrderLine, Wave
from tests.cast import SmallSet, allocated_order, stock_piece

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices")]


@pytest.fixture
def wave(paula: Client, cantina: SmallSet) -> Wave:
    """Bag 14, made up of its pieces."""
    stock_piece(cantina.red, 2)
    stock_piece(cantina.grey, 1)
    paula.post("/dashboard/waves/make/", {"orders": [allocated_order().number]})
    return Wave.objects.get()


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "14"),
        ({"bag": None, "bag_label": "GREEN"}, "GREEN (as the customer typed it)"),
        ({"bag": None, "bag_label": "?"}, "? (label unknown)"),
        ({"bag_label": "?"}, "? (label unknown)"),
    ],
)
def test_packer_sees_whether_a_bag_bears_its_label(
    paula: Client, wave: Wave, changes: dict[str, object], shown: str
) -> None:
    OrderLine.objects.update(**changes)
    walk = paula.get(f"/dashboard/waves/{wave.pk}/").content.decode()
    assert f"for bag {shown}<" in walk
    printed = paula.get(f"/dashboard/waves/{wave.pk}/list/").content.decode()
    assert f"bag {shown}<" in printed
    parcel = paula.get(f"/dashboard/parcels/{wave.shipments.get().pk}/").content.decode()
    assert f"Bag {shown}\n" in parcel
