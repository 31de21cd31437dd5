"""Big work gives way: what customers ask for meanwhile is done within seconds, not behind all of it."""

from collections.abc import Callable

import pytest

from catalog.models import Piece, Set
from notifications.models import Message
from orders.allocation.late_notices import request_late_notices
from orders.intake.order_request import LineRequest
from orders.models import Backorder, Order
from tests.cast import order_for
from tests.orders.crowd import waiting_crowd
from tests.stack import Stack
from warehouse.models import StockItem
from warehouse.stocking import move_stock

pytestmark = [pytest.mark.stack]

WAITING = 300


def test_an_order_placed_during_a_delivery_does_not_wait_for_its_end(
    make_stack: Callable[..., Stack],
) -> None:
    stack = make_stack()
    cantina, piece = Set.objects.get(set_num="75290-1"), _piece_without_stock()
    waiting_crowd(cantina, piece, WAITING)
    stack.start_worker("worker", "fulfilment,sweep")
    sku = StockItem.objects.get(piece=piece).sku
    move_stock(sku=sku, bin_code="Z-01-1-01", delta=WAITING, reason="received")
    stack.wait_until(lambda: Backorder.objects.count() < WAITING, "the delivery is being served", timeout=60)
    order = order_for(LineRequest(bag="14"))
    left = []

    def is_fulfilled() -> bool:
        left.append(Backorder.objects.count())
        return Order.objects.get(pk=order.pk).state != Order.State.RECEIVED

    stack.wait_until(is_fulfilled, "the new order is fulfilled", timeout=60)
    assert left[-1] > 0, "it did not wait until the whole delivery was served"
    stack.wait_until(lambda: not Backorder.objects.exists(), "the delivery is served to its end", timeout=120)


def test_a_letter_is_mailed_before_all_who_are_late_hear_so(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack()
    waiting_crowd(Set.objects.get(set_num="75290-1"), _piece_without_stock(), WAITING, days_ago=30)
    stack.start_worker("worker", "letters,mail")
    request_late_notices()
    mails = Message.objects.filter(state=Message.State.SENT)
    stack.wait_until(mails.filter(kind="late").exists, "the first who is late hears so", timeout=60)
    order_for(LineRequest(bag="14"))
    sent = []

    def is_mailed() -> bool:
        sent.append(mails.filter(kind="late").count())
        return mails.filter(kind="letter").exists()

    stack.wait_until(is_mailed, "the letter is mailed", timeout=60)
    assert sent[-1] < WAITING, "it did not wait until all the others were mailed"
    stack.wait_until(
        lambda: mails.filter(kind="late").count() == WAITING, "all who are late heard so", timeout=120
    )


def _piece_without_stock() -> Piece:
    piece = Piece.objects.filter(stock_item=None).order_by("pk").first()
    assert piece is not None, "every piece of the sample is in stock"
    return piece
