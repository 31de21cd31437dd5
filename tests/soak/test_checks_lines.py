"""Lines and their stock: the check finds what is served twice, what is not served, and what waits in vain."""

import pytest
from django.db.models import F
from django.utils import timezone

from catalog.models import Correction
from orders.intake.order_request import LineRequest
from orders.models import Backorder, Order, OrderLine, Shipment, ShipmentLine
from tests.cast import SmallSet, allocated_order, order_for, stock_piece
from tests.soak.checks.lines import check_lines, check_nothing_idle, check_states
from tests.soak.conftest import rules, ship
from warehouse.models import Reservation, StockLevel

pytestmark = pytest.mark.django_db


def all_rules() -> set[tuple[str, str]]:
    return rules(check_lines()) | rules(check_nothing_idle()) | rules(check_states())


def test_what_is_set_aside_waits_or_has_left_is_in_order(order: Order, waiting: Order) -> None:
    ship(allocated_order())
    assert all_rules() == set()


def test_a_line_without_its_stock_is_found(order: Order) -> None:
    Reservation.objects.all().delete()
    assert rules(check_lines()) == {("off", "reserved for a bag")}


def test_a_line_with_the_stock_of_two_is_found(order: Order, shop: SmallSet) -> None:
    line = OrderLine.objects.get()
    Reservation.objects.create(
        reference=line.reference, level=stock_piece(shop.grey, 1).levels.get(), quantity=1
    )
    assert rules(check_lines()) == {("double", "a bag holds what makes no bag")}


def test_what_was_set_aside_before_its_bag_was_corrected_is_in_order(order: Order, shop: SmallSet) -> None:
    Reservation.objects.update(level=stock_piece(shop.grey, 1).levels.get())
    StockLevel.objects.update(reserved=0)
    assert rules(check_lines()) == {("double", "a bag holds what makes no bag")}
    Correction.objects.create(
        set=shop.set, field="bag", bag_label="14", before=[], after=[], source=[], at=timezone.now()
    )
    assert rules(check_lines()) == set()


def test_a_piece_reserved_twice_is_found(shop: SmallSet) -> None:
    allocated_order(LineRequest(part_num="3001", color_id=4))
    Reservation.objects.update(quantity=2)
    assert rules(check_lines()) == {("double", "reserved for a piece")}


def test_stock_reserved_for_a_line_that_is_gone_is_found(order: Order) -> None:
    Reservation.objects.update(reference="line:999999")
    assert ("off", "stock reserved for a line that is not there") in rules(check_lines())


def test_a_line_shipped_twice_is_found(order: Order) -> None:
    parcel = ship(order)
    line = OrderLine.objects.get()
    again = Shipment.objects.create(
        order=order,
        wave=parcel.wave,
        slot=9,
        status="shipped",
        created_at=timezone.now(),
        packed_at=timezone.now(),
        shipped_at=timezone.now(),
    )
    ShipmentLine.objects.create(shipment=again, line=line, quantity=1)
    assert rules(check_lines()) == {("double", "shipped")}


def test_a_waiting_line_that_is_not_written_down_is_found(waiting: Order) -> None:
    Backorder.objects.all().delete()
    assert rules(check_lines()) == {("off", "waits without being written down")}


def test_a_line_that_is_neither_served_nor_waits_is_found(order: Order) -> None:
    Reservation.objects.all().delete()
    OrderLine.objects.update(reserved=0)
    assert rules(check_lines()) == {("stuck", "a line that is neither served nor waits")}


def test_a_line_that_waits_for_what_is_there_is_found(waiting: Order, shop: SmallSet) -> None:
    assert rules(check_nothing_idle()) == set()
    stock_piece(shop.tan, 1)
    assert rules(check_nothing_idle()) == {("stuck", "waits for what is there")}


def test_a_line_behind_an_older_one_waits_rightly(waiting: Order, shop: SmallSet) -> None:
    allocated_order(LineRequest(part_num="3070b", color_id=19))
    stock_piece(shop.tan, 1)
    found = [finding.subject for finding in check_nothing_idle()]
    assert len(found) == 1, "only the first in the queue could be served"
    assert waiting.number in found[0]


def test_an_order_that_no_job_looked_at_is_found(shop: SmallSet) -> None:
    order_for()
    assert ("stuck", "received and never looked at") in rules(check_states())


def test_a_state_that_is_not_that_of_its_lines_is_found(waiting: Order) -> None:
    Order.objects.update(state="allocated")
    assert rules(check_states()) == {("off", "state")}


def test_an_erased_order_that_lives_is_found(order: Order) -> None:
    Order.objects.update(erased_at=timezone.now())
    assert rules(check_states()) == {("stuck", "erased and living")}


def test_an_ended_order_that_still_has_stock_is_found(order: Order) -> None:
    Order.objects.update(state="cancelled", ended_at=timezone.now())
    assert rules(check_lines()) == {("off", "ended and still has stock")}


def test_an_ended_order_that_still_waits_is_found(waiting: Order) -> None:
    Order.objects.update(state="cancelled", ended_at=timezone.now())
    assert ("off", "ended and still waiting") in rules(check_states())


def test_a_found_line_may_ask_for_more_than_it_has(shop: SmallSet) -> None:
    order = allocated_order(
        LineRequest(part_num="3001", color_id=4), LineRequest(part_num="3070b", color_id=19)
    )
    Backorder.objects.all().delete()
    order.lines.filter(backordered__gt=0).update(found_at=timezone.now(), backordered=F("waived"))
    Order.objects.update(state="allocated")
    assert all_rules() == set()
