"""How often each page asks the database: the same for one row as for many."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.jobs import claim_job
from core.models import Job
from orders.floor.picking import create_wave
from orders.intake.order_request import LineRequest
from orders.letters.writing import write_letter
from orders.models import Shipment
from tests.cast import SmallSet, allocated_order, stock_bag, stock_piece

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("voices"), pytest.mark.slow]

RED = LineRequest(part_num="3001", color_id=4, quantity=2)
GREY = LineRequest(part_num="3024", color_id=71, quantity=1)
# Session and user are read besides what the page itself reads.
PERSON = 2

Fill = Callable[[int], None]


@pytest.fixture
def fill(cantina: SmallSet) -> Fill:
    """Makes a number of orders: in the queue, in a wave, waiting, with letters."""

    def work(count: int) -> None:
        stock_piece(cantina.red, 4 * count, "A-01-1-01")
        stock_piece(cantina.grey, 2 * count, "A-01-1-02")
        stock_bag(cantina.bag14, count)
        in_wave = [allocated_order(RED, GREY, LineRequest(bag="14")) for _ in range(count)]
        for _ in range(count):
            allocated_order(RED, GREY)
        create_wave(numbers=[order.number for order in in_wave], by=None)
        for _ in range(count):
            allocated_order(LineRequest(bag="13"))
        for job in Job.objects.filter(kind="write_letter", state="pending"):
            claim = claim_job(job.pk)
            assert claim is not None
            write_letter(claim)

    return work


@pytest.mark.parametrize("count", [1, 8])
@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/dashboard/", 11),
        ("/dashboard/orders/?view=ready", 6),
        ("/dashboard/orders/?view=all", 6),
        ("/dashboard/orders/?view=waiting", 3),
        ("/dashboard/orders/{order}/", 16),
        ("/dashboard/waves/", 1),
        ("/dashboard/waves/{wave}/", 8),
        ("/dashboard/parcels/", 1),
        ("/dashboard/parcels/{parcel}/", 8),
        ("/dashboard/stock/?q=3", 3),
        ("/dashboard/stock/{item}/", 6),
        ("/dashboard/letters/", 3),
        ("/dashboard/failed/", 4),
        ("/dashboard/reports/", 1),
        ("/dashboard/privacy/", 1),
        ("/dashboard/privacy/retention/", 1),
        ("/dashboard/waves/{wave}/list/", 7),
        ("/dashboard/waves/{wave}/papers/", 7),
        ("/dashboard/stock/bins/", 1),
        ("/dashboard/stock/bins/{bin}/", 3),
        ("/dashboard/stock/receive/", 2),
        ("/dashboard/parcels/hand-over/", 1),
    ],
)
def test_the_number_of_queries_does_not_grow(
    leo: Client,
    fill: Fill,
    django_assert_num_queries: DjangoAssertNumQueries,
    address: str,
    queries: int,
    count: int,
) -> None:
    fill(count)
    shipment = Shipment.objects.select_related("order").earliest("pk")
    path = address.format(
        order=shipment.order.number,
        wave=shipment.wave_id,
        parcel=shipment.pk,
        bin=shipment.shares.earliest("pk").pick.level.bin_id,
        item=shipment.shares.earliest("pk").pick.level.item_id,
    )
    with django_assert_num_queries(PERSON + queries):
        assert leo.get(path).status_code == 200
