"""The walk from a wave to handed-over parcels, as packers do it on the pages."""

import re

import pytest
from django.conf import settings
from django.test import Client

from core.refusals import Refusal
from orders.actors import CUSTOMER, SYSTEM
from orders.intake.cancelling import cancel_order, mark_line_found
from orders.intake.order_request import LineRequest
from orders.models import Order, Pick, PutBack, Shipment, Wave
from orders.parcels.shipping import pack_shipment
from orders.privacy.erasing import erase_order
from tests.cast import SmallSet, allocated_order, levels, status_of, stock_bag, stock_piece
from tests.dashboard.pages import one_line
from warehouse.models import StockMovement

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices"), pytest.mark.slow]

RED = LineRequest(part_num="3001", color_id=4, quantity=2)
GREY = LineRequest(part_num="3024", color_id=71, quantity=1)
PACKAGING = settings.LETTER_WEIGHT_MG + settings.PARCEL_WEIGHT_MG
TWO_RED = PACKAGING + 2 * 2_320


def _wave(client: Client, *orders: Order) -> Wave:
    client.post("/dashboard/waves/make/", {"orders": [order.number for order in orders]})
    return Wave.objects.latest("pk")


def _pick_all(client: Client, wave: Wave) -> None:
    for pick in wave.picks.filter(picked_at=None):
        response = client.post(f"/dashboard/waves/{wave.pk}/picks/{pick.pk}/", {"quantity": pick.quantity})
        assert response.status_code == 302


def _shipment(order: Order) -> Shipment:
    return Shipment.objects.get(order=order)


@pytest.fixture
def red_wave(paula: Client, cantina: SmallSet) -> Wave:
    """One order for two red bricks, in a wave, nothing picked yet."""
    stock_piece(cantina.red, 2)
    return _wave(paula, allocated_order(RED))


@pytest.fixture
def picked(paula: Client, red_wave: Wave) -> Shipment:
    """Its shipment, ready to be packed."""
    _pick_all(paula, red_wave)
    return red_wave.shipments.get()


def _pack(client: Client, shipment: Shipment, **typed: str) -> tuple[int, str]:
    response = client.post(f"/dashboard/parcels/{shipment.pk}/pack/", typed)
    return response.status_code, response.content.decode()


def test_one_order_from_the_wave_to_its_delivery(paula: Client, cantina: SmallSet) -> None:
    stock_bag(cantina.bag14, 1)
    order = allocated_order()
    wave = _wave(paula, order)
    page = paula.get(f"/dashboard/waves/{wave.pk}/").content.decode()
    assert "B-01-1-01" in page
    assert "<strong>Bag 14</strong>, packed" in page
    _pick_all(paula, wave)
    assert "Every stop is done." in paula.get(f"/dashboard/waves/{wave.pk}/").content.decode()
    shipment = _shipment(order)
    weight = PACKAGING + 2_000 + 2 * 2_320 + 220
    assert f"{weight / 1000} g" in paula.get(f"/dashboard/parcels/{shipment.pk}/").content.decode()
    assert _pack(paula, shipment, weight=f"{weight / 1000}")[0] == 302
    response = paula.post(
        f"/dashboard/parcels/{shipment.pk}/ship/", {"carrier": "UPS", "tracking_number": "1Z999"}
    )
    assert response["Location"] == f"/dashboard/waves/{wave.pk}/"
    assert status_of(order) == "shipped"
    paula.post(f"/dashboard/parcels/{shipment.pk}/deliver/")
    assert status_of(order) == "delivered"
    by = order.events.filter(by="staff").values_list("type", "actor__username")
    assert list(by) == [(step, "paula") for step in ("picking", "packed", "shipped", "delivered")]


def test_several_orders_in_one_walk_share_stops_and_are_sorted_into_slots(
    paula: Client, cantina: SmallSet
) -> None:
    stock_piece(cantina.red, 10, "B-01-1-01")
    stock_piece(cantina.grey, 10, "A-01-1-01")
    orders = [allocated_order(RED), allocated_order(RED, GREY), allocated_order(GREY)]
    wave = _wave(paula, *orders)
    page = paula.get(f"/dashboard/waves/{wave.pk}/").content.decode()
    walk = page[page.index('<ol class="walk">') :]
    assert re.findall(r"[AB]-01-1-01", walk)[:2] == ["A-01-1-01", "B-01-1-01"]
    # The current stop is the first bin, for the slots that need its item.
    front = page[page.index('id="stop-bin"') : page.index("</section>")]
    assert "A-01-1-01" in front
    assert re.findall(r'slot-number">(\d)', front) == ["2", "3"]
    _pick_all(paula, wave)
    for order in orders:
        shipment = _shipment(order)
        assert _pack(paula, shipment, weight=f"{_expected(shipment) / 1000:.3f} g")[0] == 302
    # After a hand-over the next parcel of the wave is shown, with the same carrier.
    first, second, _third = (_shipment(order) for order in orders)
    response = paula.post(f"/dashboard/parcels/{first.pk}/ship/", {"carrier": "DHL"})
    assert response["Location"] == f"/dashboard/parcels/{second.pk}/"
    assert 'value="DHL"' in paula.get(response["Location"]).content.decode()
    assert [status_of(order) for order in orders] == ["shipped", "packed", "packed"]


def _expected(shipment: Shipment) -> int:
    from orders.parcels.weighing import expected_weight

    return expected_weight(shipment).weight_mg


@pytest.mark.parametrize("scanned", ["A-01-1-01", "a-01-1-01", "P:3001:4", "3001", "300121", " 300121 ", ""])
def test_a_scan_of_bin_or_item_confirms(paula: Client, red_wave: Wave, scanned: str) -> None:
    pick = red_wave.picks.get()
    address = f"/dashboard/waves/{red_wave.pk}/picks/{pick.pk}/"
    assert paula.post(address, {"scan": scanned, "quantity": "2"}).status_code == 302
    pick.refresh_from_db()
    assert pick.picked_quantity == 2


@pytest.mark.parametrize("scanned", ["A-01-1-02", "3024", "P:3001:5", "300122", "<b>"])
def test_a_wrong_item_is_refused_and_the_field_is_free_for_the_next_scan(
    paula: Client, red_wave: Wave, scanned: str
) -> None:
    pick = red_wave.picks.get()
    response = paula.post(
        f"/dashboard/waves/{red_wave.pk}/picks/{pick.pk}/", {"scan": scanned, "quantity": "1"}
    )
    page = response.content.decode()
    assert response.status_code == 409
    assert "is neither this bin nor this item." in page
    assert "is-wrong" in page
    assert scanned not in page[page.index('name="scan"') : page.index('name="quantity"')]
    assert 'name="quantity" value="1"' in page
    assert Pick.objects.filter(picked_at=None).exists()


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"quantity": "3"}, "1 too many: only 2 belong here. Put 1 back."),
        ({"quantity": "1"}, "1 short: say why"),
        ({"quantity": ""}, "This field is required."),
        ({"quantity": "two"}, "Type a whole number."),
        ({"quantity": "1", "short_reason": "eaten"}, "not one of the available choices"),
    ],
)
def test_an_impossible_count_has_its_error_beside_the_field(
    paula: Client, red_wave: Wave, typed: dict[str, str], error: str
) -> None:
    pick = red_wave.picks.get()
    response = paula.post(f"/dashboard/waves/{red_wave.pk}/picks/{pick.pk}/", typed)
    assert response.status_code == 400
    assert error in response.content.decode()
    assert Pick.objects.filter(picked_at=None).exists()


def test_a_short_pick_corrects_the_stock_and_the_order_waits_for_the_rest(
    paula: Client, cantina: SmallSet
) -> None:
    item = stock_piece(cantina.red, 2)
    order = allocated_order(RED)
    wave = _wave(paula, order)
    pick = wave.picks.get()
    response = paula.post(
        f"/dashboard/waves/{wave.pk}/picks/{pick.pk}/",
        {"quantity": "1", "short_reason": "not_found"},
        follow=True,
    )
    assert "1 of 2 taken. The rest is looked for elsewhere." in response.content.decode()
    assert levels(item) == {"A-01-1-01": (0, 0)}
    assert StockMovement.objects.filter(reason="not_found", delta=-1, by__username="paula").exists()


def test_a_confirmation_sent_twice_counts_once(paula: Client, red_wave: Wave) -> None:
    pick = red_wave.picks.get()
    address = f"/dashboard/waves/{red_wave.pk}/picks/{pick.pk}/"
    answers = [paula.post(address, {"quantity": "2"}).status_code for _ in range(2)]
    assert answers == [302, 302], "a packer who gets no answer sends it again, and sees no error"
    assert StockMovement.objects.filter(reason="picked").count() == 1


def test_a_second_picker_with_another_count_sees_who_was_first(
    paula: Client, peter: Client, red_wave: Wave
) -> None:
    pick = red_wave.picks.get()
    address = f"/dashboard/waves/{red_wave.pk}/picks/{pick.pk}/"
    paula.post(address, {"quantity": "2"})
    response = peter.post(address, {"quantity": "1", "short_reason": "damaged"})
    assert response.status_code == 409
    assert "2 of 2 were taken by paula already. Put yours back." in response.content.decode()


def test_a_second_picker_with_the_same_count_sees_that_it_is_taken_already(
    paula: Client, peter: Client, cantina: SmallSet
) -> None:
    stock_piece(cantina.red, 2, "A-01-1-01")
    stock_piece(cantina.grey, 1, "B-01-1-01")
    wave = _wave(paula, allocated_order(RED, GREY))
    address = f"/dashboard/waves/{wave.pk}/picks/{wave.picks.get(quantity=2).pk}/"
    assert paula.post(address, {"quantity": "2"}).status_code == 302
    response = peter.post(address, {"quantity": "2"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "A-01-1-01 is done: 2 of 2 were taken by paula already. Put yours back." in page
    assert '<span class="big-bin">B-01-1-01</span>' in page, "the next stop is shown anyway"
    assert StockMovement.objects.filter(reason="picked").count() == 1


def test_two_pickers_of_a_wave_walk_on_from_where_each_began(
    paula: Client, peter: Client, cantina: SmallSet
) -> None:
    stock_piece(cantina.red, 2, "A-01-1-01")
    stock_piece(cantina.grey, 1, "B-01-1-01")
    stock_bag(cantina.bag14, 1, "C-01-1-01")
    wave = _wave(paula, allocated_order(RED, GREY, LineRequest(bag="14")))
    first, second, third = wave.picks.order_by("level__bin__code")

    def confirmed(client: Client, pick: Pick) -> str:
        address = f"/dashboard/waves/{wave.pk}/picks/{pick.pk}/"
        page = client.post(address, {"quantity": pick.quantity}, follow=True).content.decode()
        found = re.search(r'class="big-bin">([^<]+)<', page)
        return found[1] if found else ""

    assert confirmed(peter, second) == "C-01-1-01", "peter goes on from the middle"
    assert confirmed(paula, first) == "C-01-1-01", "paula finds peter's stop done"
    assert confirmed(peter, third) == ""


def test_the_picker_sees_that_a_cancelled_stop_is_gone(paula: Client, red_wave: Wave) -> None:
    pick = red_wave.picks.get()
    cancel_order(order_id=red_wave.shipments.get().order_id, actor=CUSTOMER)
    response = paula.post(f"/dashboard/waves/{red_wave.pk}/picks/{pick.pk}/", {"quantity": "2"})
    assert response.status_code == 409
    assert "This stop is gone" in response.content.decode()


def test_a_picked_item_of_a_cancelled_order_is_carried_back(paula: Client, red_wave: Wave) -> None:
    _pick_all(paula, red_wave)
    shipment = red_wave.shipments.get()
    assert "Carry back" not in paula.get(f"/dashboard/waves/{red_wave.pk}/").content.decode()
    cancel_order(order_id=shipment.order_id, actor=CUSTOMER)
    page = paula.get(f"/dashboard/waves/{red_wave.pk}/").content.decode()
    card = page[page.index("Carry back") :]
    for words in ("Slot </span>1</span>", "<strong>2 &times;</strong>", "Brick 2 x 4", "A-01-1-01"):
        assert words in card
    assert "carry back" in paula.get("/dashboard/waves/").content.decode()
    put_back = PutBack.objects.get()
    address = f"/dashboard/waves/{red_wave.pk}/back/{put_back.pk}/"
    for _time in range(2):
        page = paula.post(address, follow=True).content.decode()
        assert "Slot 1: 2 back in A-01-1-01." in page
        assert "Carry back" not in page
    put_back.refresh_from_db()
    assert str(put_back.done_by) == "paula"
    assert "carry back" not in paula.get("/dashboard/waves/").content.decode()
    assert paula.post(f"/dashboard/waves/{red_wave.pk + 1}/back/{put_back.pk}/").status_code == 404


@pytest.mark.parametrize("typed", [None, {"weight": "21.64"}])
def test_the_packer_of_a_cancelled_order_is_led_back_to_the_walk(
    paula: Client, picked: Shipment, typed: dict[str, str] | None
) -> None:
    address = f"/dashboard/parcels/{picked.pk}/"
    cancel_order(order_id=picked.order_id, actor=CUSTOMER)
    response = paula.post(f"{address}pack/", typed, follow=True) if typed else paula.get(address, follow=True)
    page = response.content.decode()
    assert "Do not pack it: its order was cancelled or changed." in page
    assert "Carry back" in page


def test_a_line_found_after_it_was_picked_is_taken_out_of_its_slot(paula: Client, cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2, "A-01-1-01")
    stock_piece(cantina.grey, 1, "B-01-1-01")
    order = allocated_order(RED, GREY)
    wave = _wave(paula, order)
    _pick_all(paula, wave)
    mark_line_found(order_id=order.pk, line_id=order.lines.get(position=2).pk, actor=CUSTOMER)
    page = paula.get(f"/dashboard/parcels/{wave.shipments.get().pk}/").content.decode()
    assert "Take out of this slot" in page
    assert "1 &times; Plate 1 x 1, Light Bluish Gray" in page
    assert "B-01-1-01" in page


def test_a_short_bag_shows_which_pieces_go_back(paula: Client, cantina: SmallSet) -> None:
    stock_piece(cantina.red, 2, "A-01-1-01")
    stock_piece(cantina.grey, 1, "B-01-1-01")
    wave = _wave(paula, allocated_order())
    first, second = wave.picks.order_by("level__bin__code")
    paula.post(f"/dashboard/waves/{wave.pk}/picks/{first.pk}/", {"quantity": "2"})
    response = paula.post(
        f"/dashboard/waves/{wave.pk}/picks/{second.pk}/",
        {"quantity": "0", "short_reason": "not_found"},
        follow=True,
    )
    page = response.content.decode()
    assert "Carry back" in page
    assert "A-01-1-01" in page[page.index("Carry back") :]


def test_a_picker_who_finds_less_than_the_books_say_is_asked_to_count(
    paula: Client, cantina: SmallSet
) -> None:
    stock_piece(cantina.red, 9)
    wave = _wave(paula, allocated_order(RED))
    response = paula.post(
        f"/dashboard/waves/{wave.pk}/picks/{wave.picks.get().pk}/",
        {"quantity": "1", "short_reason": "not_found"},
        follow=True,
    )
    assert "The books still have 7 here: count them." in response.content.decode()


def test_a_parcel_is_not_weighed_before_all_of_it_is_picked(paula: Client, red_wave: Wave) -> None:
    shipment = red_wave.shipments.get()
    assert "Not all of it is picked." in paula.get(f"/dashboard/parcels/{shipment.pk}/").content.decode()
    status, page = _pack(paula, shipment, weight="21.64")
    assert status == 409
    assert "Some of this parcel is not picked yet." in page


def test_a_missing_piece_is_named_by_its_weight(paula: Client, picked: Shipment) -> None:
    status, page = _pack(paula, picked, weight=str((TWO_RED - 2_320) / 1000))
    assert status == 409
    assert "2.32 g too light" in page
    assert "1 &times; Brick 2 x 4, Red" in page
    assert 'name="weight" value="19.32"' in page
    assert _shipment(picked.order).status == "picking"


def test_an_extra_piece_is_named_too(paula: Client, picked: Shipment) -> None:
    _, page = _pack(paula, picked, weight=f"{TWO_RED + 2_320} mg")
    assert "2.32 g too heavy" in page
    assert "Too many, perhaps:" in page


@pytest.mark.parametrize("weight", ["", "heavy", "-1", "0", "999999 kg", "1" * 50])
def test_an_invalid_weight_has_its_error_beside_the_field(
    paula: Client, picked: Shipment, weight: str
) -> None:
    status, page = _pack(paula, picked, weight=weight)
    assert status == 400
    assert 'class="error"' in page
    assert _shipment(picked.order).status == "picking"


def test_only_a_lead_passes_over_the_scale_with_a_reason(
    paula: Client, leo: Client, picked: Shipment
) -> None:
    status, page = _pack(paula, picked, weight="30")
    assert "Pack it all the same" not in page
    status, page = _pack(paula, picked, weight="30", override_reason="I am sure")
    assert status == 403
    assert "Only a lead may override the scale." in page
    _, page = _pack(leo, picked, weight="30")
    assert "Pack it all the same" in page
    assert _pack(leo, picked, weight="30", override_reason="wet cardboard")[0] == 302
    shipment = _shipment(picked.order)
    assert (shipment.status, shipment.override_reason, shipment.measured_weight_mg) == (
        "packed",
        "wet cardboard",
        30_000,
    )
    page = paula.get(f"/dashboard/parcels/{shipment.pk}/").content.decode()
    assert "(30 g instead of 21.64 g): wet cardboard" in one_line(page)
    page = leo.get(f"/dashboard/orders/{shipment.order.number}/").content.decode()
    assert "let pass against the scale: wet cardboard" in page


def test_a_second_packer_sees_that_it_is_packed_already(
    paula: Client, peter: Client, picked: Shipment
) -> None:
    assert _pack(paula, picked, weight="21.64")[0] == 302
    status, page = _pack(peter, picked, weight="21.64")
    assert status == 409
    assert "This parcel is packed already." in page
    assert "Packed 0 min ago by paula." in page


def test_an_unweighed_piece_turns_the_scale_off_and_says_so(
    paula: Client, picked: Shipment, cantina: SmallSet
) -> None:
    cantina.red.weight_mg, cantina.red.weight_kind = None, ""
    cantina.red.save(update_fields=["weight_mg", "weight_kind"])
    page = paula.get(f"/dashboard/parcels/{picked.pk}/").content.decode()
    assert "The scale cannot check this parcel" in page
    assert _pack(paula, picked, weight="3")[0] == 302


def test_the_address_is_seen_on_the_label_step_and_nowhere_else(paula: Client, picked: Shipment) -> None:
    address = f"/dashboard/parcels/{picked.pk}/"
    seen = []
    for step in ({}, {"weight": "21.64"}, {"carrier": "Post"}):
        if step:
            paula.post(f"{address}{'pack' if 'weight' in step else 'ship'}/", step)
        response = paula.get(address)
        # Neither on the page nor in its context.
        seen.append(("John" in response.content.decode(), bool(response.context.get("address"))))
    assert seen == [(False, False), (True, True), (False, False)]


def test_a_label_is_not_printed_before_packing(paula: Client, picked: Shipment) -> None:
    for paper in ("label", "all"):
        response = paula.get(f"/dashboard/parcels/{picked.pk}/{paper}.pdf", follow=True)
        assert "Pack the parcel first" in response.content.decode()
    assert paula.get(f"/dashboard/parcels/{picked.pk}/slip.pdf")["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("paper", ["slip", "letter", "label", "all"])
def test_the_papers_of_a_packed_parcel(paula: Client, picked: Shipment, paper: str) -> None:
    _pack(paula, picked, weight="21.64")
    response = paula.get(f"/dashboard/parcels/{picked.pk}/{paper}.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("inline")
    assert response.content.startswith(b"%PDF")


def test_no_label_is_printed_after_the_hand_over(paula: Client, picked: Shipment) -> None:
    _pack(paula, picked, weight="21.64")
    paula.post(f"/dashboard/parcels/{picked.pk}/ship/", {"carrier": "Post"})
    for paper in ("label", "all"):
        response = paula.get(f"/dashboard/parcels/{picked.pk}/{paper}.pdf", follow=True)
        assert "This parcel was handed over" in response.content.decode()
    assert paula.get(f"/dashboard/parcels/{picked.pk}/slip.pdf")["Content-Type"] == "application/pdf"


def test_an_erased_customer_gets_no_label(paula: Client, picked: Shipment) -> None:
    _pack(paula, picked, weight="21.64")
    erase_order(order_id=picked.order_id, actor=SYSTEM)
    assert (
        "The address of this order is erased."
        in paula.get(f"/dashboard/parcels/{picked.pk}/").content.decode()
    )
    response = paula.get(f"/dashboard/parcels/{picked.pk}/label.pdf", follow=True)
    assert "The address of this order is erased." in response.content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"carrier": "  "},
        {"carrier": "x" * 41},
        {"carrier": "A\x00B"},
        {"carrier": "UPS", "tracking_number": "1" * 61},
    ],
)
def test_an_incomplete_hand_over_keeps_the_typed_text(
    paula: Client, picked: Shipment, typed: dict[str, str]
) -> None:
    _pack(paula, picked, weight="21.64")
    response = paula.post(f"/dashboard/parcels/{picked.pk}/ship/", {"tracking_number": "1Z9", **typed})
    assert response.status_code == 400
    assert 'class="error"' in response.content.decode()
    assert _shipment(picked.order).status == "packed"


def test_a_parcel_is_handed_over_once(paula: Client, peter: Client, picked: Shipment) -> None:
    _pack(paula, picked, weight="21.64")
    address = f"/dashboard/parcels/{picked.pk}/ship/"
    paula.post(address, {"carrier": "UPS"})
    response = peter.post(address, {"carrier": "DHL"})
    assert response.status_code == 409
    assert "This parcel is shipped already." in response.content.decode()
    assert _shipment(picked.order).carrier == "UPS"


def test_a_parcel_that_has_not_left_cannot_arrive(paula: Client, picked: Shipment) -> None:
    response = paula.post(f"/dashboard/parcels/{picked.pk}/deliver/")
    assert response.status_code == 409
    assert "cannot become delivered" in response.content.decode()


def test_a_scanned_slip_opens_its_parcel(paula: Client, picked: Shipment) -> None:
    response = paula.get("/dashboard/parcels/", {"scan": picked.order.number.lower()})
    assert response["Location"] == f"/dashboard/parcels/{picked.pk}/"
    assert "Wrong: there is no parcel of B14" in paula.get("/dashboard/parcels/?scan=B14").content.decode()


def test_each_list_of_parcels_shows_its_step(paula: Client, picked: Shipment) -> None:
    number = picked.order.number
    steps = ("picking", "packed", "shipped", "delivered")

    def shown() -> list[str]:
        return [s for s in steps if number in paula.get(f"/dashboard/parcels/?view={s}").content.decode()]

    assert shown() == ["picking"]
    _pack(paula, picked, weight="21.64")
    assert shown() == ["packed"]
    # Followed, since the next page names that parcel again.
    paula.post(f"/dashboard/parcels/{picked.pk}/ship/", {"carrier": "UPS"}, follow=True)
    assert shown() == ["shipped"]
    paula.post(f"/dashboard/parcels/{picked.pk}/deliver/", follow=True)
    assert shown() == ["delivered"]


def test_the_refusals_on_these_pages_are_those_of_the_use_case(picked: Shipment) -> None:
    """A page that decided by itself would pass every test above."""
    with pytest.raises(Refusal):
        pack_shipment(shipment_id=picked.pk, weight_mg=1, by=None)
