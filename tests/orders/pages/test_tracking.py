"""A request whose parts travel separately: its page shows for each what happened and what comes next."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from catalog.models import PartRelation
from orders.actors import CUSTOMER, staff
from orders.allocation.fulfilment import allocate_order
from orders.allocation.substitutes import answer_offer, offer_substitute
from orders.floor.picking import confirm_pick, create_wave
from orders.intake.order_request import LineRequest
from orders.intake.reviewing import review_order
from orders.links import order_path
from orders.models import Order, Shipment
from orders.parcels import shipping
from orders.parcels.returning import close_order, return_shipment, send_again
from orders.parcels.shipping import deliver_shipment, pack_shipment, ship_shipment
from orders.parcels.weighing import expected_weight
from tests.cast import SmallSet, allocated_order, order_for, piece, status_of, stock_bag, stock_piece

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cantina"), pytest.mark.slow]

BAG = LineRequest(bag="14")
PLATE = LineRequest(part_num="3024", color_id=71)
WEDNESDAY = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _it_is_wednesday_and_no_letter_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "shipment_version", lambda order, shipment: None)
    monkeypatch.setattr(timezone, "now", lambda: WEDNESDAY)


def _send(order: Order, status: str) -> Shipment:
    """A parcel with everything of this order that is in stock, brought to this status."""
    wave = create_wave(numbers=[order.number], by=None)
    parcel = wave.shipments.get()
    if status == "picking":
        return parcel
    for pick in wave.picks.all():
        confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=pick.quantity, by=None)
    pack_shipment(shipment_id=parcel.pk, weight_mg=expected_weight(parcel).weight_mg, by=None)
    if status != "packed":
        ship_shipment(shipment_id=parcel.pk, carrier="Post", tracking_number=f"RR{parcel.pk}", by=None)
    if status in ("delivered", "returned"):
        end = deliver_shipment if status == "delivered" else return_shipment
        end(shipment_id=parcel.pk, by=None)
    return parcel


def _half_sent(cantina: SmallSet, status: str) -> Order:
    """The bag reaches this status; the plate is out of stock."""
    stock_bag(cantina.bag14, 1)
    order = allocated_order(BAG, PLATE)
    _send(order, status)
    return order


def _page(order: Order, language: str = "en") -> str:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return unescape(client.get(order_path(order)).content.decode())


def _ways(order: Order) -> list[tuple[str, str, str]]:
    """For each part on the page: its heading, its current step, and all its words."""
    parts = []
    for section in re.findall(r'<section class="card way".*?</section>', _page(order), re.DOTALL):
        assert len(set(re.findall(r'(?:aria-labelledby|<h2 id)="(way-[0-9]+)"', section))) == 1
        words = " ".join(re.sub(r"<[^>]+>", " ", section).split())
        heading = re.search(r"<h2.*?</h2>", section, re.DOTALL)
        now = re.search(r'aria-current="step">.*?class="step-name">([^<]+)', section, re.DOTALL)
        assert heading is not None
        assert now is not None
        parts.append((" ".join(re.sub(r"<[^>]+>", " ", heading[0]).split()), now[1].strip(), words))
    return parts


def _heads(order: Order) -> list[tuple[str, str]]:
    return [(heading, step) for heading, step, _words in _ways(order)]


def test_where_the_first_parcel_has_arrived_the_page_says_so_and_what_the_rest_waits_for(
    cantina: SmallSet,
) -> None:
    order = _half_sent(cantina, "delivered")
    assert status_of(order) == "backordered", "the one status is what it always was"
    (heading, step, words), (rest, rest_step, rest_words) = _ways(order)
    assert (heading, step) == ("Parcel 1 delivered", "With you")
    assert "Bag 14" in words
    assert "This parcel has arrived. It travelled with" in words
    assert "3024" not in words
    assert (rest, rest_step) == ("What is still to come", "Waiting for stock")
    assert "1 × Plate 1 x 1, Light Bluish Gray" in rest_words
    assert "We do not know the day yet" in rest_words
    assert "Happy building" not in _page(order)


@pytest.mark.parametrize(
    ("status", "head"),
    [
        ("picking", ("Parcel 1 being packed", "Parts found")),
        ("packed", ("Parcel 1 packed", "Packed")),
        ("shipped", ("Parcel 1 on its way", "On its way")),
        ("returned", ("Parcel 1 came back", "Came back to us")),
    ],
)
def test_however_far_the_first_parcel_is_the_rest_waits_beside_it(
    cantina: SmallSet, status: str, head: tuple[str, str]
) -> None:
    assert _heads(_half_sent(cantina, status)) == [head, ("What is still to come", "Waiting for stock")]


def test_what_arrived_on_the_shelves_after_the_first_parcel_has_a_day(cantina: SmallSet) -> None:
    order = _half_sent(cantina, "delivered")
    stock_piece(cantina.grey, 1)
    allocate_order(order.pk)
    assert status_of(order) == "delivered"
    assert "Happy building" not in _page(order), "something is still to come"
    _first, (heading, step, words) = _ways(order)
    assert (heading, step) == ("What lies ready", "Parts found")
    assert "leave our house by November 19, 2026" in words
    _send(order, "shipped")
    assert _heads(order) == [("Parcel 1 delivered", "With you"), ("Parcel 2 on its way", "On its way")]
    assert "Happy building" not in _page(order)
    deliver_shipment(shipment_id=order.shipments.get(status="shipped").pk, by=None)
    assert "Everything has arrived. Happy building!" in _page(order)


def test_only_the_next_parcel_has_a_day(cantina: SmallSet) -> None:
    order = _half_sent(cantina, "packed")
    stock_piece(cantina.grey, 1)
    allocate_order(order.pk)
    days = ["leave our house by" in words for _heading, _step, words in _ways(order)]
    assert days == [True, False]


def test_before_anything_is_packed_what_is_there_and_what_waits_stand_apart(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    order = allocated_order(BAG, PLATE)
    assert _heads(order) == [
        ("What lies ready", "Parts found"),
        ("What is still to come", "Waiting for stock"),
    ]
    assert "Found it!" in _page(order)


def test_a_part_of_a_line_may_be_there(cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2)
    order = allocated_order(LineRequest(part_num="3001", color_id=4, quantity=3))
    (_, _, ready), (_, _, waits) = _ways(order)
    assert "2 × Brick 2 x 4" in ready
    assert "1 × Brick 2 x 4" in waits


def test_a_parcel_sent_again_is_shown_at_both_parcels(cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    order = allocated_order(BAG)
    _send(order, "returned")
    page = _page(order)
    assert "Came back to us" in page
    assert "With you" not in page
    send_again(order_id=order.pk, actor=staff(None))
    (came_back, _, words), (ready, step, _) = _ways(order)
    assert (came_back, ready, step) == ("Parcel 1 came back", "What lies ready", "Parts found")
    assert "sent once more" in words
    _send(order, "delivered")
    assert "Everything has arrived." in _page(order)


def test_a_request_that_travels_whole_has_one_line_of_steps(cantina: SmallSet) -> None:
    waiting = allocated_order(PLATE)
    assert _ways(waiting) == []
    assert _page(waiting).count('aria-current="step"') == 1
    assert "Waiting for stock" in _page(waiting)
    stock_bag(cantina.bag14, 1)
    found = allocated_order(BAG, PLATE)
    found.lines.filter(bag_label="").update(found_at=WEDNESDAY, backordered=0)
    _send(found, "delivered")
    assert _ways(found) == []
    assert "Your parcel has arrived. Happy building!" in _page(found)


def test_the_page_names_the_piece_that_lies_in_the_parcel_instead(cantina: SmallSet) -> None:
    other = piece("3024b", 71, "Plate 1 x 1 with rim", "Light Bluish Gray", "A0A5A9", 230)
    PartRelation.objects.create(kind="M", child=other.part, parent=cantina.grey.part)
    stock_piece(other, 1)
    order = allocated_order(PLATE)
    offer = offer_substitute(
        line_id=order.lines.get().pk, wanted_id=cantina.grey.pk, offered_id=other.pk, actor=staff(None)
    )
    answer_offer(offer_id=offer.pk, answer="yes", actor=CUSTOMER)
    _send(order, "shipped")
    words = re.sub(r"</?bdi[^>]*>", "", _page(order))
    assert "As agreed, Plate 1 x 1 with rim lies in it instead of Plate 1 x 1." in words
    assert "You answered our question." in words


def test_what_we_gave_up_was_not_the_customer_s_wish(cantina: SmallSet) -> None:
    order = _half_sent(cantina, "delivered")
    close_order(order_id=order.pk, actor=staff(None))
    page = _page(order)
    assert "is not sent any more" in page
    assert "as you wished" not in page


def test_a_request_of_which_less_is_sent_says_so(cantina: SmallSet) -> None:
    order = order_for(BAG, PLATE)
    Order.objects.filter(pk=order.pk).update(state="in_review")
    plate = order.lines.get(bag_label="")
    review_order(order_id=order.pk, decision="trim", quantities={plate.pk: 0}, actor=staff(None))
    page = _page(order)
    assert "this is what we can send of it" in page
    assert "Not all of it can be sent" in page


@pytest.mark.parametrize("language", ["es", "fa"])
def test_the_parts_are_named_in_the_readers_language(cantina: SmallSet, language: str) -> None:
    order = _half_sent(cantina, "delivered")
    page = _page(order, language)
    for english in ("Parcel 1", "still to come", "Waiting for stock", "has arrived"):
        assert english not in page


def test_many_parts_cost_no_more_queries_than_few(
    cantina: SmallSet, client: Client, django_assert_max_num_queries: Any
) -> None:
    order = _half_sent(cantina, "delivered")
    with django_assert_max_num_queries(20):
        client.get(order_path(order))
