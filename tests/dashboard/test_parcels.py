"""Parcels off the usual path: pieces without a weight, the hand-over list, returned parcels."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from orders.floor.picking import confirm_pick, create_wave
from orders.intake.order_request import LineRequest
from orders.models import Shipment
from orders.parcels.carriers import carrier_named
from orders.parcels.shipping import pack_shipment, ship_shipment
from orders.parcels.weighing import expected_weight
from tests.cast import SmallSet, allocated_order, levels, stock_piece

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices")]

RED = LineRequest(part_num="3001", color_id=4, quantity=2)


@pytest.fixture
def picked(cantina: SmallSet) -> Shipment:
    stock_piece(cantina.red, 2)
    wave = create_wave(numbers=[allocated_order(RED).number], by=None)
    confirm_pick(wave_id=wave.pk, pick_id=wave.picks.get().pk, quantity=2, by=None)
    return wave.shipments.get()


@pytest.fixture
def shipped(picked: Shipment) -> Shipment:
    pack_shipment(shipment_id=picked.pk, weight_mg=expected_weight(picked).weight_mg, by=None)
    return ship_shipment(shipment_id=picked.pk, carrier="ups", tracking_number=" 1Z9 ", by=None)


def _page(client: Client, shipment: Shipment) -> str:
    return client.get(f"/dashboard/parcels/{shipment.pk}/").content.decode()


def test_a_piece_without_a_weight_is_weighed_on_the_spot(
    paula: Client, picked: Shipment, cantina: SmallSet
) -> None:
    cantina.red.weight_mg, cantina.red.weight_kind = None, ""
    cantina.red.save(update_fields=["weight_mg", "weight_kind"])
    page = _page(paula, picked)
    assert "the check is off" in page
    assert "Weigh some Brick 2 x 4, Red" in page
    address = f"/dashboard/parcels/{picked.pk}/weigh/{cantina.red.pk}/"
    refused = paula.post(address, {"count": "0", "total": "x"})
    assert refused.status_code == 400
    assert "is-wrong" in refused.content.decode()
    page = paula.post(address, {"count": "10", "total": "23.2"}, follow=True).content.decode()
    assert "Each weighs 2.32 g." in page
    assert "It must weigh" in page
    assert (
        paula.post(f"/dashboard/parcels/{picked.pk}/weigh/99999/", {"count": "9", "total": "9"}).status_code
        == 404
    )


def test_the_driver_s_list_names_parcels_and_carriers_and_no_address(
    paula: Client, shipped: Shipment
) -> None:
    page = paula.get("/dashboard/parcels/hand-over/").content.decode()
    assert "UPS: 1 parcel," in page
    assert shipped.order.number in page
    assert "1Z9" in page
    for word in ("John", "Main St", "Springfield"):
        assert word not in page
    yesterday = timezone.localdate() - timedelta(days=1)
    assert (
        "Nothing was handed over"
        in paula.get(f"/dashboard/parcels/hand-over/?day={yesterday}").content.decode()
    )


@pytest.mark.parametrize("day", ["", "x", "0001-01-01", "9999-12-31", "2026-02-30", "\x00"])
def test_an_invalid_day_is_today(paula: Client, day: str) -> None:
    assert paula.get("/dashboard/parcels/hand-over/", {"day": day}).status_code == 200


def test_a_returned_parcel_is_on_the_shelf_again_except_what_is_damaged(
    paula: Client, shipped: Shipment, cantina: SmallSet
) -> None:
    address = f"/dashboard/parcels/{shipped.pk}/back/"
    assert "It came back" in _page(paula, shipped)
    refused = paula.post(address, {"damaged-P:3001:4": "3"})
    assert refused.status_code == 400
    assert "2 of P:3001:4 lie in this parcel." in refused.content.decode()
    for typed in ("one", "-1", "1x"):
        refused = paula.post(address, {"damaged-P:3001:4": typed})
        assert refused.status_code == 400, "a typing error must not put a damaged item on the shelf"
        assert "How many of P:3001:4 are damaged?" in refused.content.decode()
    page = paula.post(address, {"damaged-P:3001:4": "1", "bin": "R-01"}, follow=True).content.decode()
    assert "It is back on the shelf." in page
    assert levels(cantina.red.stock_item)["R-01"] == (1, 0)
    again = paula.post(address, {})
    assert again.status_code == 409
    assert "This parcel is returned already." in again.content.decode()


def test_a_carrier_with_a_link_has_a_link_to_the_parcel(
    paula: Client, shipped: Shipment, settings: Settings
) -> None:
    settings.CARRIERS = ["UPS=https://carrier.example/?no={number}"]
    assert 'href="https://carrier.example/?no=1Z9"' in _page(paula, shipped)
    assert carrier_named("ups").tracking_url("1 Z/9") == "https://carrier.example/?no=1%20Z%2F9"
    assert carrier_named("A cousin").name == "A cousin"
    assert carrier_named("A cousin").tracking_url("1") == ""


class PickyCarrier:
    """A carrier of our own: its numbers are digits."""

    name = "Picky"

    def plain_number(self, typed: str) -> str:
        if not typed.strip().isdigit():
            raise ValueError("Picky's numbers are digits.")
        return typed.strip()

    def tracking_url(self, tracking_number: str) -> str:
        return ""


def test_an_own_adapter_decides_what_a_tracking_number_is(
    paula: Client, picked: Shipment, settings: Settings
) -> None:
    settings.CARRIERS = [f"{__name__}.PickyCarrier"]
    pack_shipment(shipment_id=picked.pk, weight_mg=expected_weight(picked).weight_mg, by=None)
    address = f"/dashboard/parcels/{picked.pk}/ship/"
    refused = paula.post(address, {"carrier": "picky", "tracking_number": "abc"})
    assert refused.status_code == 400
    assert "Picky&#x27;s numbers are digits." in refused.content.decode()
    assert paula.post(address, {"carrier": "picky", "tracking_number": " 123 "}).status_code == 302
    picked.refresh_from_db()
    assert (picked.carrier, picked.tracking_number) == ("Picky", "123")


def test_papers_printed_again_are_counted_and_shown(paula: Client, picked: Shipment) -> None:
    pack_shipment(shipment_id=picked.pk, weight_mg=expected_weight(picked).weight_mg, by=None)
    assert "Printed" not in _page(paula, picked)
    for paper in ("all", "label", "slip"):
        paula.get(f"/dashboard/parcels/{picked.pk}/{paper}.pdf")
    assert "Printed 2 times already." in _page(paula, picked)
    history = paula.get(f"/dashboard/orders/{picked.order.number}/").content.decode()
    assert "Papers with the address printed" in history
    assert "2 times by now" in history
