"""Packing against the scale, and handing over: the replacement itself is complete."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from core.refusals import Refusal
from notifications.models import Message
from orders.actors import CUSTOMER, staff
from orders.allocation.fulfilment import allocate_order
from orders.floor.picking import confirm_pick, create_wave
from orders.intake.cancelling import cancel_order
from orders.intake.order_request import LineRequest
from orders.letters.editing import LetterWishes, change_letter, open_letter
from orders.lifecycle import ORDER_TRANSITIONS, SHIPMENT_TRANSITIONS, move_order, move_shipment
from orders.models import LetterVersion, Order, Shipment
from orders.parcels.shipping import deliver_shipment, pack_shipment, ship_shipment
from orders.parcels.weighing import expected_weight
from tests.cast import JOHN, SmallSet, allocated_order, order_for, staff_user, status_of, stock_piece

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices", "cantina")]

RED = LineRequest(part_num="3001", color_id=4, quantity=2)
PACKAGING = settings.LETTER_WEIGHT_MG + settings.PARCEL_WEIGHT_MG
TWO_RED = PACKAGING + 2 * 2_320


def _picked(order: Order) -> Shipment:
    wave = create_wave(numbers=[order.number], by=None)
    for pick in wave.picks.all():
        confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=pick.quantity, by=None)
    return Shipment.objects.get(wave=wave)


def test_a_parcel_that_weighs_what_it_must_is_packed(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    shipment = pack_shipment(shipment_id=_picked(order).pk, weight_mg=TWO_RED + 100, by=staff_user())
    assert (shipment.status, shipment.expected_weight_mg, status_of(order)) == ("packed", TWO_RED, "packed")


def test_a_parcel_that_lacks_a_piece_is_noticed(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    shipment = _picked(allocated_order(RED))
    with pytest.raises(Refusal) as refused:
        pack_shipment(shipment_id=shipment.pk, weight_mg=TWO_RED - 2_320, by=staff_user())
    assert (refused.value.code, refused.value.status) == ("weight_mismatch", 409)
    assert "2320 mg too light" in str(refused.value.detail)
    shipment.refresh_from_db()
    assert shipment.status == "picking"


def test_only_a_lead_may_pass_over_the_scale_and_says_why(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    shipment = _picked(allocated_order(RED))
    with pytest.raises(Refusal) as refused:
        pack_shipment(shipment_id=shipment.pk, weight_mg=1, override_reason="fine", by=staff_user())
    assert refused.value.status == 403
    packed = pack_shipment(
        shipment_id=shipment.pk, weight_mg=1, override_reason="scale broken", may_override=True, by=None
    )
    assert packed.override_reason == "scale broken"


def test_a_parcel_with_an_unweighed_piece_says_that_its_check_is_off(cantina: SmallSet) -> None:
    cantina.red.weight_mg, cantina.red.weight_kind = None, ""
    cantina.red.save(update_fields=["weight_mg", "weight_kind"])
    stock_piece(cantina.red, 2)
    shipment = _picked(allocated_order(RED))
    assert (expected_weight(shipment).is_known, expected_weight(shipment).unweighed) == (False, 2)
    assert pack_shipment(shipment_id=shipment.pk, weight_mg=999_999, by=None).expected_weight_mg is None


def test_a_bag_made_of_pieces_weighs_what_its_pieces_weigh(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    stock_piece(cantina.grey, 1)
    shipment = _picked(allocated_order())
    assert expected_weight(shipment).weight_mg == PACKAGING + 2 * 2_320 + 220


def test_guessed_weights_allow_for_more(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    shipment = _picked(allocated_order(RED))
    measured = expected_weight(shipment).tolerance_mg
    cantina.red.weight_kind = "guessed"
    cantina.red.save(update_fields=["weight_kind"])
    assert expected_weight(shipment).tolerance_mg > measured


def test_a_parcel_that_is_not_wholly_picked_cannot_be_packed(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    wave = create_wave(numbers=[allocated_order(RED).number], by=None)
    with pytest.raises(Refusal, match="not_picked"):
        pack_shipment(shipment_id=wave.shipments.get().pk, weight_mg=TWO_RED, by=None)


def test_the_second_packer_is_told(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    shipment = _picked(allocated_order(RED))
    pack_shipment(shipment_id=shipment.pk, weight_mg=TWO_RED, by=None)
    with pytest.raises(Refusal, match="wrong_status"):
        pack_shipment(shipment_id=shipment.pk, weight_mg=TWO_RED, by=None)


def test_a_shipped_parcel_closes_the_order_and_the_customer_hears_of_it(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    shipment = _picked(order)
    pack_shipment(shipment_id=shipment.pk, weight_mg=TWO_RED, by=None)
    ship_shipment(shipment_id=shipment.pk, carrier="Post", tracking_number="AB 1", by=staff_user())
    order.refresh_from_db()
    line = order.lines.get()
    assert (order.state, status_of(order), line.reserved, line.shipped) == ("closed", "shipped", 0, 2)
    mail = Message.objects.get(kind="shipped")
    assert "AB 1" in mail.body
    assert order.number in mail.subject
    deliver_shipment(shipment_id=shipment.pk, by=None)
    assert status_of(order) == "delivered"


def test_the_rest_follows_in_a_second_parcel(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 1)
    order = allocated_order(RED)
    first = _picked(order)
    assert status_of(order) == "picking"
    pack_shipment(shipment_id=first.pk, weight_mg=PACKAGING + 2_320, by=None)
    ship_shipment(shipment_id=first.pk, carrier="Post", by=None)
    order.refresh_from_db()
    assert (order.state, status_of(order)) == ("backordered", "shipped")
    assert "follows" in Message.objects.get(kind="shipped").body
    deliver_shipment(shipment_id=first.pk, by=None)
    assert status_of(order) == "backordered", "a line waits and no parcel is under way"
    stock_piece(cantina.red, 1)
    allocate_order(order.pk)
    second = _picked(order)
    pack_shipment(shipment_id=second.pk, weight_mg=PACKAGING + 2_320, by=None)
    ship_shipment(shipment_id=second.pk, carrier="Post", by=None)
    order.refresh_from_db()
    assert (order.state, order.lines.get().shipped) == ("closed", 2)


def test_a_parcel_that_holds_only_a_part_gets_a_letter_that_says_so(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 1)
    order = allocated_order(RED)
    shipment = pack_shipment(shipment_id=_picked(order).pk, weight_mg=PACKAGING + 2_320, by=None)
    version = LetterVersion.objects.get(letter__order=order)
    assert shipment.letter_version == version
    assert version.body != ""


@pytest.mark.parametrize("language", ["en", "es", "fa"])
def test_the_letter_in_a_second_parcel_is_not_the_first_one_over_again(
    cantina: SmallSet, voices: None, language: str
) -> None:
    """They end on the same shelf, and the second one is edited as it was written."""
    stock_piece(cantina.red, 1)
    order = allocated_order(RED, customer=replace(JOHN, language=language))
    versions = []
    for parcel in (1, 2):
        allocate_order(order.pk)
        shipment = pack_shipment(shipment_id=_picked(order).pk, weight_mg=PACKAGING + 2_320, by=None)
        assert shipment.letter_version is not None
        versions.append(shipment.letter_version)
        if parcel == 1:
            ship_shipment(shipment_id=shipment.pk, carrier="Post", by=None)
            stock_piece(cantina.red, 1)
    first, second = (
        {
            part
            for text in version.body.split("\n")
            for part in re.split(r"(?<=[.!?…]) ", text)
            if part and not part.startswith(("–", "http", version.data["signature"]))
        }
        for version in versions
    )
    assert len(first & second) <= min(len(first), len(second)) / 2
    assert open_letter(order).texts[0].text == versions[1].data["greeting"]
    wishes = LetterWishes(tone="serious", note="Good luck.")
    newer = change_letter(order_id=order.pk, based_on=2, wishes=wishes, actor=staff(None))
    assert open_letter(order).texts[0].text == newer.data["greeting"]


def test_a_packed_parcel_can_no_longer_be_cancelled(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    pack_shipment(shipment_id=_picked(order).pk, weight_mg=TWO_RED, by=None)
    with pytest.raises(Refusal, match="already_packed"):
        cancel_order(order_id=order.pk, actor=CUSTOMER)


@pytest.mark.parametrize(
    ("carrier", "tracking"), [("", "1"), ("x" * 41, "1"), ("Post", "1" * 61), ("Post", "a\nb")]
)
def test_a_hand_over_without_a_carrier_is_refused(cantina: SmallSet, carrier: str, tracking: str) -> None:
    stock_piece(cantina.red, 2)
    shipment = _picked(allocated_order(RED))
    pack_shipment(shipment_id=shipment.pk, weight_mg=TWO_RED, by=None)
    with pytest.raises(Refusal, match="invalid"):
        ship_shipment(shipment_id=shipment.pk, carrier=carrier, tracking_number=tracking, by=None)
    shipment.refresh_from_db()
    assert shipment.status == "packed"


@pytest.mark.parametrize("state", ORDER_TRANSITIONS)
def test_an_order_takes_no_step_the_table_does_not_have(state: str) -> None:
    order = order_for()
    for target in set(ORDER_TRANSITIONS) - ORDER_TRANSITIONS[state]:
        Order.objects.filter(pk=order.pk).update(state=state)
        order.refresh_from_db()
        with pytest.raises(Refusal, match="wrong_state"):
            move_order(order, target, CUSTOMER)


@pytest.mark.parametrize("status", SHIPMENT_TRANSITIONS)
def test_a_parcel_takes_no_step_the_table_does_not_have(cantina: SmallSet, status: str) -> None:
    stock_piece(cantina.red, 2)
    shipment = _picked(allocated_order(RED))
    shipment.status = status
    for target in set(SHIPMENT_TRANSITIONS) - SHIPMENT_TRANSITIONS[status]:
        with pytest.raises(Refusal, match="wrong_status"):
            move_shipment(shipment, target, CUSTOMER)


def test_a_step_on_a_stale_copy_is_refused(cantina: SmallSet, django_assert_max_num_queries: Any) -> None:
    order, stale = order_for(), Order()
    stale = Order.objects.get(pk=order.pk)
    move_order(order, "allocated", CUSTOMER)
    with pytest.raises(Refusal, match="wrong_state"):
        move_order(stale, "backordered", CUSTOMER)
