"""Moving stock: a line of the ledger for each change, and a database that refuses what cannot be."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from core.models import Job
from core.refusals import Refusal
from orders.floor.counting import start_count
from tests.cast import SmallSet, levels, staff_user, stock_piece
from warehouse.locks import lock_items
from warehouse.models import Bin, Reservation, StockItem, StockLevel, StockMovement
from warehouse.reserving import Shelves, release, take
from warehouse.stocking import move_stock

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(cantina: SmallSet) -> StockItem:
    return stock_piece(cantina.red, 5)


def _promise(item: StockItem, quantity: int, reference: str = "line:1") -> None:
    with transaction.atomic():
        shelves = Shelves([item.pk])
        shelves.reserve(reference=reference, item_id=item.pk, quantity=quantity)
        shelves.save()


def test_what_comes_in_is_a_level_and_a_line_of_the_ledger(item: StockItem) -> None:
    paula = staff_user()
    movement = move_stock(sku=item.sku, bin_code="A-01-1-02", delta=7, reason="received", by=paula)
    assert levels(item) == {"A-01-1-01": (5, 0), "A-01-1-02": (7, 0)}
    assert (movement.delta, movement.by) == (7, paula)


def test_a_bin_typed_in_small_letters_is_the_same_bin(item: StockItem) -> None:
    move_stock(sku=item.sku, bin_code="a-01-1-01", delta=7, reason="received")
    assert levels(item) == {"A-01-1-01": (12, 0)}
    assert start_count(bin_code=" a-01-1-01", by=None).bin.code == "A-01-1-01"
    assert Bin.objects.count() == 1


def test_levels_are_the_sum_of_the_ledger(item: StockItem) -> None:
    move_stock(sku=item.sku, bin_code="A-01-1-01", delta=-2, reason="counted")
    move_stock(sku=item.sku, bin_code="A-01-1-01", delta=4, reason="received")
    ledger = StockMovement.objects.filter(item=item).aggregate(sum=Sum("delta"))["sum"]
    assert levels(item) == {"A-01-1-01": (ledger, 0)}


def test_stock_that_arrives_wakes_the_lines_that_wait_for_it(item: StockItem) -> None:
    assert Job.objects.filter(kind="serve_waiting", subject=str(item.pk)).exists()


def test_what_is_promised_cannot_be_taken_away_by_hand(item: StockItem) -> None:
    _promise(item, 4)
    with pytest.raises(Refusal) as refused:
        move_stock(sku=item.sku, bin_code="A-01-1-01", delta=-2, reason="counted")
    assert (refused.value.code, refused.value.status) == ("below_reserved", 409)
    assert levels(item) == {"A-01-1-01": (5, 4)}
    assert StockMovement.objects.count() == 1


def test_bad_movements_are_refused_with_every_problem(item: StockItem) -> None:
    with pytest.raises(Refusal) as refused:
        move_stock(sku="nothing", bin_code="x" * 21, delta=0, reason="stolen")
    pointers = {problem.pointer for problem in refused.value.problems}
    assert pointers == {"/sku", "/bin", "/delta", "/reason"}


def test_more_than_there_is_cannot_be_promised(item: StockItem) -> None:
    with pytest.raises(ValueError, match="beyond what is available"), transaction.atomic():
        Shelves([item.pk]).reserve(reference="line:1", item_id=item.pk, quantity=6)


def test_what_is_released_can_be_promised_again(item: StockItem) -> None:
    _promise(item, 5)
    with transaction.atomic():
        assert release(["line:1"]) == {item.pk}
    assert levels(item) == {"A-01-1-01": (5, 0)}
    assert not Reservation.objects.exists()
    _promise(item, 5, "line:2")


def test_promising_twice_for_one_line_adds_up(item: StockItem) -> None:
    _promise(item, 2)
    _promise(item, 2)
    assert Reservation.objects.get().quantity == 4


def test_taking_moves_promise_level_and_ledger_together(item: StockItem) -> None:
    _promise(item, 3)
    level = StockLevel.objects.get(item=item)
    with transaction.atomic():
        lock_items([item.pk])
        take(reference="line:1", level_id=level.pk, quantity=2, movement_reference="shipment:1", by=None)
    assert levels(item) == {"A-01-1-01": (3, 1)}
    assert Reservation.objects.get().quantity == 1
    assert StockMovement.objects.get(reason="picked").delta == -2


def test_nothing_can_be_taken_that_was_not_promised(item: StockItem) -> None:
    _promise(item, 1)
    level = StockLevel.objects.get(item=item)
    with pytest.raises(ValueError, match="not reserved"), transaction.atomic():
        take(reference="line:1", level_id=level.pk, quantity=2, movement_reference="shipment:1", by=None)
    assert levels(item) == {"A-01-1-01": (5, 1)}


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("stock_level_not_below_zero", {"on_hand": F("on_hand") - 6, "reserved": 0}),
        ("stock_level_reserved_not_below_zero", {"reserved": -1}),
        ("stock_level_reserved_at_most_on_hand", {"reserved": F("on_hand") + 1}),
    ],
)
def test_the_database_refuses_an_impossible_level(
    item: StockItem, constraint: str, change: dict[str, int]
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        StockLevel.objects.filter(item=item).update(**change)


def test_the_database_refuses_an_item_that_is_both_or_neither(cantina: SmallSet) -> None:
    for fields in ({}, {"piece": cantina.tan, "bag": cantina.bag13}):
        with pytest.raises(IntegrityError, match="stock_item_is_a_piece_or_a_bag"), transaction.atomic():
            StockItem.objects.create(sku="x", **fields)


def test_the_database_refuses_a_movement_of_nothing(item: StockItem) -> None:
    bin_id = StockLevel.objects.get(item=item).bin_id
    with pytest.raises(IntegrityError, match="stock_movement_moves_something"), transaction.atomic():
        StockMovement.objects.create(item=item, bin_id=bin_id, delta=0, reason="counted")
