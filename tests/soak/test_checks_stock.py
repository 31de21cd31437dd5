"""The ledger: the check finds quantities that are not its sums."""

import pytest

from orders.models import Order, PickShare
from tests.soak.checks.stock import check_stock
from tests.soak.conftest import rules, ship
from warehouse.models import StockLevel, StockMovement

pytestmark = pytest.mark.django_db


def test_a_ledger_that_adds_up_is_in_order(order: Order, waiting: Order) -> None:
    ship(order)
    assert rules(check_stock()) == set()


def test_a_quantity_that_is_not_the_ledgers_is_found(order: Order) -> None:
    StockLevel.objects.filter(reserved__gt=0).update(on_hand=7)
    assert rules(check_stock()) == {("off", "the ledger")}


def test_a_reservation_that_the_level_does_not_know_is_found(order: Order) -> None:
    StockLevel.objects.update(reserved=0)
    assert rules(check_stock()) == {("off", "the ledger")}


def test_a_pick_that_the_ledger_lost_is_found(order: Order) -> None:
    ship(order)
    StockMovement.objects.filter(reason="picked").delete()
    assert ("off", "what left") in rules(check_stock())


def test_a_parcel_that_holds_more_than_was_picked_is_found(order: Order) -> None:
    ship(order)
    PickShare.objects.update(quantity=2, picked_quantity=2)
    assert rules(check_stock()) == {("off", "what left")}
