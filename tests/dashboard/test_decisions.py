"""What service decides on the order's page: send less, offer another piece, send again, or close."""

import pytest
from django.test import Client

from catalog.models import PartRelation
from notifications.models import Message
from orders.floor.picking import confirm_pick, create_wave
from orders.intake.order_request import LineRequest
from orders.models import Order, OrderLine, Shipment, Substitution
from orders.parcels.returning import return_shipment
from orders.parcels.shipping import pack_shipment, ship_shipment
from orders.parcels.weighing import expected_weight
from tests.cast import SmallSet, allocated_order, order_for, piece, stock_piece

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices")]

RED = LineRequest(part_num="3001", color_id=4, quantity=2)
GREY = LineRequest(part_num="3024", color_id=71, quantity=1)


def _page(client: Client, order: Order) -> str:
    return client.get(f"/dashboard/orders/{order.number}/").content.decode()


def _put_aside(*lines: LineRequest) -> Order:
    order = order_for(*lines)
    Order.objects.filter(pk=order.pk).update(state="in_review", review_reasons=["many_pieces"])
    return order


def _trim(client: Client, order: Order, *quantities: int, **more: str) -> tuple[int, str]:
    lines = OrderLine.objects.filter(order=order).order_by("position")
    typed = {f"line-{line.pk}": str(n) for line, n in zip(lines, quantities, strict=True)}
    response = client.post(f"/dashboard/orders/{order.number}/review/", {"decision": "trim", **typed, **more})
    return response.status_code, response.content.decode()


def test_less_is_sent_and_the_customer_gets_a_kind_mail(sandra: Client, cantina: SmallSet) -> None:
    order = _put_aside(RED, GREY)
    assert "How many of each are sent?" in _page(sandra, order)
    assert _trim(sandra, order, 1, 0, word="many")[0] == 302
    assert list(OrderLine.objects.filter(order=order).values_list("quantity", flat=True)) == [1]
    mail = Message.objects.get(kind="trimmed")
    assert "more than we can give away" in mail.body
    assert "line 2: 0 of 1" in _page(sandra, order)


@pytest.mark.parametrize("quantities", [(0, 0), (3, 1)])
def test_an_impossible_trim_is_refused_and_nothing_changes(
    sandra: Client, cantina: SmallSet, quantities: tuple[int, int]
) -> None:
    order = _put_aside(RED, GREY)
    status, page = _trim(sandra, order, *quantities)
    assert status == 400
    assert "note bad" in page
    assert list(OrderLine.objects.filter(order=order).values_list("quantity", flat=True)) == [2, 1]


@pytest.fixture
def alike(cantina: SmallSet) -> int:
    """Another mould of the red brick lies on the shelf."""
    other = piece("3001old", 4, "Brick 2 x 4 old", "Red", "C91A09", 2_320)
    old, new = other.part, cantina.red.part
    PartRelation.objects.create(child=old, parent=new, kind=PartRelation.Kind.MOLD)
    stock_piece(other, 9, "C-01-1-01")
    return other.pk


def test_another_mould_is_offered_and_the_answer_is_shown(
    sandra: Client, cantina: SmallSet, alike: int
) -> None:
    order = allocated_order(RED)
    page = _page(sandra, order)
    assert "Brick 2 x 4 old" in page
    line = order.lines.get()
    typed = {"line": line.pk, "wanted": cantina.red.pk, "offered": alike}
    assert sandra.post(f"/dashboard/orders/{order.number}/offer/", typed).status_code == 302
    assert Message.objects.filter(kind="substitute").exists()
    assert "asked 0 min ago" in _page(sandra, order)
    Substitution.objects.update(answer="wait", answered_at=order.created_at)
    assert "The customer prefers to wait" in _page(sandra, order)


@pytest.mark.parametrize("typed", [{}, {"line": "x"}, {"line": "9" * 30}, {"wanted": "1", "offered": "1"}])
def test_an_offer_that_makes_no_sense_is_refused(
    sandra: Client, cantina: SmallSet, alike: int, typed: dict[str, str]
) -> None:
    order = allocated_order(RED)
    sent = {"line": str(order.lines.get().pk), "wanted": "0", "offered": str(alike), **typed}
    assert sandra.post(f"/dashboard/orders/{order.number}/offer/", sent).status_code in (404, 409)
    assert not Substitution.objects.exists()


def _came_back(cantina: SmallSet) -> Order:
    stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    wave = create_wave(numbers=[order.number], by=None)
    confirm_pick(wave_id=wave.pk, pick_id=wave.picks.get().pk, quantity=2, by=None)
    shipment = Shipment.objects.get()
    pack_shipment(shipment_id=shipment.pk, weight_mg=expected_weight(shipment).weight_mg, by=None)
    ship_shipment(shipment_id=shipment.pk, carrier="Post", by=None)
    return_shipment(shipment_id=shipment.pk, by=None)
    return order


def test_a_returned_parcel_is_sent_again(sandra: Client, paula: Client, cantina: SmallSet) -> None:
    order = _came_back(cantina)
    assert "Send it again" in _page(sandra, order)
    assert "Send it again" not in _page(paula, order)
    sandra.post(f"/dashboard/orders/{order.number}/resend/")
    order.refresh_from_db()
    assert order.state == "allocated"
    page = _page(sandra, order)
    assert "Send it again" not in page
    assert sandra.post(f"/dashboard/orders/{order.number}/resend/").status_code == 409


def test_an_order_with_a_returned_parcel_is_closed(sandra: Client, cantina: SmallSet) -> None:
    order = _came_back(cantina)
    assert f"Close {order.number}" in _page(sandra, order)
    assert sandra.post(f"/dashboard/orders/{order.number}/close/").status_code == 302
    order.refresh_from_db()
    assert order.end_reason == "returned"
    assert sandra.post(f"/dashboard/orders/{order.number}/close/").status_code == 409
    assert f"Close {order.number}" not in _page(sandra, order)


def test_the_household_s_history_shows_the_lines_of_its_orders(sandra: Client, cantina: SmallSet) -> None:
    order, other = order_for(), order_for(RED)
    other.contact.email_key = order.contact.email_key
    other.contact.save(update_fields=["email_key"])
    page = _page(sandra, order)
    history = page[page.index("Same household") :]
    assert other.number in history
    assert "2 &times; Brick 2 x 4" in history
