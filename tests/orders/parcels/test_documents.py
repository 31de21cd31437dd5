"""What is printed for a parcel: complete, in its language, and the address on the label alone."""

import io

import pytest
from pypdf import PdfReader

from core.refusals import Refusal
from orders.actors import SYSTEM
from orders.floor.picking import create_wave
from orders.intake.order_request import LineRequest
from orders.models import Order, OrderContact, Shipment
from orders.parcels.documents import address_label, address_lines, label_data, packing_slip, slip_data
from orders.privacy.erasing import erase_order
from tests.cast import MADRID, MARIA, SmallSet, allocated_order, stock_bag, stock_piece

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices", "cantina")]

RED = LineRequest(part_num="3001", color_id=4, quantity=2)


def _parcel(*orders: Order) -> Shipment:
    wave = create_wave(numbers=[order.number for order in orders], by=None)
    return wave.shipments.select_related("order__set").get(slot=1)


def _text(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_a_packed_bag_is_one_line_of_the_slip(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    (line,) = slip_data(_parcel(allocated_order()))["lines"]
    assert (line["label"], line["quantity"], line["note"]) == ("Bag 14", 1, "")


def test_a_bag_made_up_of_pieces_lists_them(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 1, "A-01-1-01")
    stock_piece(cantina.red, 1, "A-01-1-02")
    stock_piece(cantina.grey, 1, "A-02-1-01")
    lines = slip_data(_parcel(allocated_order()))["lines"]
    # Two bins, and one line for what the family counts.
    assert [(line["label"], line["color_name"], line["quantity"], line["note"]) for line in lines] == [
        ("Brick 2 x 4", "Red", 2, "for bag 14"),
        ("Plate 1 x 1", "Light Bluish Gray", 1, "for bag 14"),
    ]
    assert [line["detail"] for line in lines] == ["300121", "3024"]


def test_the_slip_says_number_slot_and_set_and_no_address(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    parcel = _parcel(allocated_order(RED))
    text = _text(packing_slip(parcel))
    for word in (parcel.order.number, "75290-1", "Mos Eisley Cantina", "Brick 2 x 4", "300121"):
        assert word in text
    for word in ("John", "Main St", "Springfield", "example.com"):
        assert word not in text


def test_the_label_has_the_address_as_its_country_writes_it(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    parcel = _parcel(allocated_order(RED, customer=MARIA, address=MADRID))
    text = _text(address_label(parcel))
    for word in ("María Ruiz", "28013 MADRID", "SPAIN", parcel.order.number, "Parts desk"):
        assert word in text
    assert label_data(parcel)["lines"][0] == "María Ruiz"


def test_no_line_of_an_address_is_lost(cantina: SmallSet) -> None:
    contact = OrderContact(
        name="John", line1="1 Main St", line2="Apartment 9", city="Springfield", region="IL",
        postal_code="62701", country="US",
    )  # fmt: skip
    assert address_lines(contact) == [
        "John",
        "1 Main St",
        "Apartment 9",
        "SPRINGFIELD, IL 62701",
        "UNITED STATES",
    ]


def test_an_erased_customer_has_no_label(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    parcel = _parcel(allocated_order(RED))
    parcel.status = "packed"
    parcel.packed_at = parcel.created_at
    parcel.save()
    erase_order(order_id=parcel.order_id, actor=SYSTEM)
    with pytest.raises(Refusal) as refused:
        address_label(parcel)
    assert (refused.value.code, refused.value.status) == ("address_erased", 409)


def test_the_same_slip_again_is_the_same_page(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    parcel = _parcel(allocated_order(RED))
    assert packing_slip(parcel) == packing_slip(parcel)
