"""Weighing pieces of unknown weight: from then on the scale can check the parcels they lie in."""

import pytest
from django.conf import settings

from catalog.correcting import correct_weight
from core.refusals import NotFound, Refusal
from orders.floor.picking import create_wave
from orders.intake.order_request import LineRequest
from orders.models import Shipment
from orders.parcels.weighing import expected_weight, tolerance, unweighed_pieces
from tests.cast import SmallSet, allocated_order, staff_user, stock_piece
from warehouse.weights import Weight, weigh_piece, weights_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_weight_of_red(cantina: SmallSet) -> None:
    cantina.red.weight_mg, cantina.red.weight_kind = None, ""
    cantina.red.save(update_fields=["weight_mg", "weight_kind"])


def _parcel(cantina: SmallSet) -> Shipment:
    stock_piece(cantina.red, 2)
    order = allocated_order(LineRequest(part_num="3001", color_id=4, quantity=2))
    return create_wave(numbers=[order.number], by=None).shipments.get()


def test_ten_weighed_together_tell_what_one_weighs_and_turn_the_check_on(cantina: SmallSet) -> None:
    parcel = _parcel(cantina)
    assert (unweighed_pieces(parcel), expected_weight(parcel).is_known) == ([cantina.red], False)
    weigh_piece(piece_id=cantina.red.pk, count=10, total_mg=23_200, by=staff_user())
    expected = expected_weight(parcel)
    assert (unweighed_pieces(parcel), expected.is_known) == ([], True)
    assert expected.weight_mg == settings.LETTER_WEIGHT_MG + settings.PARCEL_WEIGHT_MG + 2 * 2_320
    cantina.red.refresh_from_db()
    assert (cantina.red.weight_mg, cantina.red.weight_kind) == (2_320, "measured")


def test_more_of_them_together_tell_it_better(cantina: SmallSet) -> None:
    few = weigh_piece(piece_id=cantina.red.pk, count=1, total_mg=2_300, by=None)
    many = weigh_piece(piece_id=cantina.red.pk, count=20, total_mg=46_400, by=None)
    assert (few.error_mg, many.error_mg) == (103, 24)
    assert weights_of([cantina.red.pk]) == {cantina.red.pk: Weight(2_320, 24)}


def test_a_later_correction_has_its_own_error(cantina: SmallSet) -> None:
    weigh_piece(piece_id=cantina.red.pk, count=20, total_mg=46_400, by=None)
    correct_weight(piece_id=cantina.red.pk, weight_mg=2_500, by=None)
    assert weights_of([cantina.red.pk]) == {cantina.red.pk: Weight(2_500, 50.0)}


def test_what_is_too_light_for_the_scale_is_weighed_together(cantina: SmallSet) -> None:
    with pytest.raises(Refusal) as refused:
        weigh_piece(piece_id=cantina.grey.pk, count=1, total_mg=200, by=None)
    assert (refused.value.code, "at least 2" in str(refused.value.detail)) == ("too_few", True)
    cantina.grey.refresh_from_db()
    assert cantina.grey.weight_mg == 220


@pytest.mark.parametrize(("count", "total_mg", "pointer"), [(0, 100, "/count"), (1, 0, "/total_mg")])
def test_a_weighing_that_cannot_be_is_refused(
    cantina: SmallSet, count: int, total_mg: int, pointer: str
) -> None:
    with pytest.raises(Refusal) as refused:
        weigh_piece(piece_id=cantina.red.pk, count=count, total_mg=total_mg, by=None)
    assert pointer in [problem.pointer for problem in refused.value.problems]
    with pytest.raises(NotFound):
        weigh_piece(piece_id=0, count=1, total_mg=2_000, by=None)


def test_errors_of_different_moulds_add_up_by_their_squares_and_of_one_mould_straight() -> None:
    one, other = Weight(10_000, 300), Weight(10_000, 400)
    assert tolerance([(one, 1), (other, 1)]) == 671  # 1.314 times the root of 300², 400² and the scale's 100²
    assert tolerance([(one, 2)]) == 800
