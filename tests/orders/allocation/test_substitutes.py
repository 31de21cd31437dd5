"""Another piece instead of one that is not there: asked by mail, answered on a page, and true in the books."""

import dataclasses
import re
from typing import Any

import pytest
from django.test import Client

from catalog.models import Part, PartRelation, Piece
from core.jobs import run_job
from core.models import Job
from core.refusals import Refusal
from notifications.models import Message
from orders.actors import CUSTOMER, staff
from orders.allocation.differences import substituted_in
from orders.allocation.fulfilment import allocate_order
from orders.allocation.substitutes import answer_offer, candidates_of, offer_substitute, open_offers
from orders.floor.picking import confirm_pick, create_wave
from orders.intake.cancelling import cancel_order
from orders.intake.order_request import LineRequest
from orders.letters import writing
from orders.letters.facts import letter_facts
from orders.links import offer_path, order_path
from orders.models import Order, Substitution
from orders.parcels.documents import slip_data
from orders.parcels.shipping import pack_shipment
from orders.parcels.wave_documents import without_letter
from orders.parcels.weighing import expected_weight
from tests.cast import (
    JOHN,
    MARIA,
    SmallSet,
    allocated_order,
    levels,
    piece,
    staff_user,
    stock_bag,
    stock_piece,
)
from tests.orders.pages.web_form import errors_of
from warehouse.drift import find_drift

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cantina"), pytest.mark.slow]

GREY = LineRequest(part_num="3024", color_id=71, quantity=1)


@pytest.fixture
def variant(cantina: SmallSet) -> Piece:
    """A later mould of the grey plate, related to it."""
    found = piece("3024b", 71, "Plate 1 x 1 with rim", "Light Bluish Gray", "A0A5A9", 230)
    PartRelation.objects.create(kind="M", child=found.part, parent=cantina.grey.part)
    return found


def _offer(order: Order, wanted: Piece, offered: Piece) -> Substitution:
    line = order.lines.get()
    return offer_substitute(
        line_id=line.pk, wanted_id=wanted.pk, offered_id=offered.pk, actor=staff(staff_user())
    )


def _answer(offer: Substitution, answer: str) -> Substitution:
    return answer_offer(offer_id=offer.pk, answer=answer, actor=CUSTOMER)


def _shares(order: Order) -> tuple[str, int, int, int]:
    line = order.lines.get()
    return (Order.objects.get(pk=order.pk).state, line.reserved, line.backordered, line.waived)


def _refused(code: str, call: Any) -> None:
    with pytest.raises(Refusal) as refused:
        call()
    assert refused.value.code == code


def test_variants_of_the_mould_in_the_same_colour_are_found_both_ways(
    cantina: SmallSet, variant: Piece
) -> None:
    stock_piece(variant, 4)
    other_color = piece("3024b", 4, "Plate 1 x 1 with rim", "Red", "C91A09", 230)
    stock_piece(other_color, 4)
    (candidate,) = candidates_of(allocated_order(GREY))
    assert (candidate.wanted, candidate.offered, candidate.quantity) == (cantina.grey, variant, 1)
    (back,) = candidates_of(allocated_order(LineRequest(bag="14")))
    assert back.offered == variant, "the plate that a bag lacks too"


def test_a_print_is_no_substitute(cantina: SmallSet) -> None:
    printed = piece("3024pr1", 71, "Plate 1 x 1 with print", "Light Bluish Gray", "A0A5A9", 220)
    PartRelation.objects.create(kind="P", child=printed.part, parent=cantina.grey.part)
    stock_piece(printed, 4)
    assert candidates_of(allocated_order(GREY)) == []


def test_two_variants_of_one_mould_are_variants_of_each_other(cantina: SmallSet, variant: Piece) -> None:
    parent = Part.objects.get(part_num="3024")
    third = piece("3024c", 71, "Plate 1 x 1 third", "Light Bluish Gray", "A0A5A9", 220)
    PartRelation.objects.create(kind="M", child=third.part, parent=parent)
    stock_piece(third, 1)
    order = allocated_order(GREY)
    assert [candidate.offered for candidate in candidates_of(order)] == [third]


def test_the_customer_is_asked_in_their_language_and_nothing_is_promised_meanwhile(
    cantina: SmallSet, variant: Piece
) -> None:
    item = stock_piece(variant, 4)
    order = allocated_order(GREY, customer=MARIA)
    offer = _offer(order, cantina.grey, variant)
    mail = Message.objects.get(kind="substitute")
    for answer in ("yes", "no", "wait", "send_rest"):
        assert f"{offer_path(order, offer.pk)}&answer={answer}" in mail.body
    assert "Plate 1 x 1 with rim" in mail.body
    assert mail.language == "es"
    assert levels(item) == {"A-01-1-01": (4, 0)}
    assert open_offers(order) == [offer]
    assert order.events.latest("pk").type == "substitute_offered"


def test_yes_serves_the_line_with_the_other_piece_and_the_parcel_says_so(
    cantina: SmallSet, variant: Piece
) -> None:
    item = stock_piece(variant, 4)
    order = allocated_order(GREY)
    _answer(_offer(order, cantina.grey, variant), "yes")
    assert _shares(order) == ("allocated", 1, 0, 0)
    assert levels(item) == {"A-01-1-01": (4, 1)}
    wave = create_wave(numbers=[order.number], by=None)
    confirm_pick(wave_id=wave.pk, pick_id=wave.picks.get().pk, quantity=1, by=None)
    assert levels(item) == {"A-01-1-01": (3, 0)}
    (swap,) = substituted_in(wave.shipments.get())
    assert (swap.wanted, swap.sent, swap.quantity) == (cantina.grey, variant, 1)
    assert find_drift() == []


def test_slip_and_letter_name_what_lies_inside_instead(
    cantina: SmallSet, variant: Piece, voices: None
) -> None:
    stock_piece(variant, 4)
    order = allocated_order(GREY)
    _answer(_offer(order, cantina.grey, variant), "yes")
    parcel = create_wave(numbers=[order.number], by=None).shipments.get()
    (line,) = slip_data(parcel)["lines"]
    assert (line["label"], line["note"]) == ("Plate 1 x 1 with rim", "instead of Plate 1 x 1")
    facts = letter_facts(order, shipment=parcel)
    assert facts is not None
    assert [(item.part_num, item.delivery) for item in facts.items] == [("3024", "substituted")]


def test_the_slip_of_a_bag_says_what_was_left_out(cantina: SmallSet, variant: Piece) -> None:
    stock_piece(cantina.red, 2)
    stock_piece(variant, 1)
    order = allocated_order()
    _answer(_offer(order, cantina.grey, variant), "send_rest")
    parcel = create_wave(numbers=[order.number], by=None).shipments.get()
    lines = [(line["label"], line["quantity"]) for line in slip_data(parcel)["lines"]]
    assert lines == [("Brick 2 x 4", 2), ("Plate 1 x 1", 0)]


@pytest.mark.parametrize(
    ("language", "told", "row"),
    [
        ("en", "one light bluish gray plate", "left out, as you wished"),
        ("es", "una placa de color", "sin incluir, como querías"),
        ("fa", "یک صفحۀ", "به خواست شما فرستاده نمی‌شود"),
    ],
)
def test_the_letter_in_a_parcel_names_what_its_bag_came_without(
    cantina: SmallSet, variant: Piece, voices: None, language: str, told: str, row: str
) -> None:
    stock_piece(cantina.red, 2)
    stock_piece(variant, 1)
    order = allocated_order(customer=dataclasses.replace(JOHN, language=language))
    run_job(Job.objects.get(kind="write_letter", subject=order.pk).pk, writing.write_letter)
    mailed = writing.latest_version(order)
    _answer(_offer(order, cantina.grey, variant), "send_rest")
    wave = create_wave(numbers=[order.number], by=None)
    assert without_letter(wave) == 1, "a wave's papers must not hold the letter that knows nothing of it"
    for pick in wave.picks.all():
        confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=pick.quantity, by=None)
    parcel = wave.shipments.get()
    pack_shipment(shipment_id=parcel.pk, weight_mg=expected_weight(parcel).weight_mg, by=None)
    parcel.refresh_from_db()
    letter = parcel.letter_version
    assert letter is not None
    assert letter != mailed
    assert any(told in paragraph["text"] for paragraph in letter.data["paragraphs"])
    (bag, plate) = letter.data["items"]
    assert (bag["kind"], bag["delivery"]) == ("bag", "")
    assert (plate["kind"], plate["delivery"]) == ("piece", row)
    assert row in letter.body


def test_the_letter_names_the_piece_its_customer_does_without(
    cantina: SmallSet, variant: Piece, voices: None
) -> None:
    stock_piece(cantina.red, 1)
    stock_piece(variant, 1)
    order = allocated_order(LineRequest(part_num="3001", color_id=4), GREY)
    grey = order.lines.get(position=2)
    _answer(
        offer_substitute(
            line_id=grey.pk, wanted_id=cantina.grey.pk, offered_id=variant.pk, actor=staff(None)
        ),
        "send_rest",
    )
    parcel = create_wave(numbers=[order.number], by=None).shipments.get()
    facts = letter_facts(order, shipment=parcel)
    assert facts is not None
    assert [(item.part_num, item.delivery) for item in facts.items] == [
        ("3001", "coming"),
        ("3024", "left_out"),
    ]


def test_after_a_yes_the_right_piece_still_goes_first(cantina: SmallSet, variant: Piece) -> None:
    stock_piece(variant, 1)
    order = allocated_order(LineRequest(part_num="3024", color_id=71))
    offer = _offer(order, cantina.grey, variant)
    right = stock_piece(cantina.grey, 1)
    _answer(offer, "yes")
    assert levels(right) == {"A-01-1-01": (1, 1)}
    wave = create_wave(numbers=[order.number], by=None)
    assert substituted_in(wave.shipments.get()) == [], "what is really inside counts, not what was agreed"


def test_a_bag_comes_with_the_other_piece_in_it(cantina: SmallSet, variant: Piece) -> None:
    stock_piece(cantina.red, 2)
    stock_piece(variant, 1)
    order = allocated_order()
    _answer(_offer(order, cantina.grey, variant), "yes")
    assert _shares(order) == ("allocated", 1, 0, 0)
    wave = create_wave(numbers=[order.number], by=None)
    (swap,) = substituted_in(wave.shipments.get())
    assert (swap.wanted, swap.sent, swap.quantity) == (cantina.grey, variant, 1)


def test_a_bag_comes_without_the_piece_its_customer_does_without(cantina: SmallSet, variant: Piece) -> None:
    red = stock_piece(cantina.red, 2)
    stock_piece(variant, 1)
    order = allocated_order()
    _answer(_offer(order, cantina.grey, variant), "send_rest")
    assert _shares(order) == ("allocated", 1, 0, 0)
    assert levels(red) == {"A-01-1-01": (2, 2)}
    wave = create_wave(numbers=[order.number], by=None)
    (swap,) = substituted_in(wave.shipments.get())
    assert (swap.wanted, swap.sent) == (cantina.grey, None)


def test_a_packed_bag_that_arrives_meanwhile_settles_the_question(cantina: SmallSet, variant: Piece) -> None:
    stock_piece(cantina.red, 2)
    stock_piece(variant, 1)
    order = allocated_order()
    offer = _offer(order, cantina.grey, variant)
    stock_bag(cantina.bag14, 1)
    allocate_order(order.pk)
    _refused("no_longer_open", lambda: _answer(offer, "yes"))
    assert open_offers(order) == []


@pytest.mark.parametrize("answer", ["no", "wait"])
def test_no_and_wait_leave_the_line_in_its_place(cantina: SmallSet, variant: Piece, answer: str) -> None:
    item = stock_piece(variant, 4)
    order = allocated_order(GREY)
    _answer(_offer(order, cantina.grey, variant), answer)
    assert _shares(order) == ("backordered", 0, 1, 0)
    assert levels(item) == {"A-01-1-01": (4, 0)}
    assert candidates_of(order) == []
    _refused("offered_already", lambda: _offer(order, cantina.grey, variant))


def test_after_wait_no_other_piece_is_offered_and_after_no_another_is(
    cantina: SmallSet, variant: Piece
) -> None:
    alternate = piece("3024x", 71, "Plate 1 x 1 old", "Light Bluish Gray", "A0A5A9", 220)
    PartRelation.objects.create(kind="A", child=cantina.grey.part, parent=alternate.part)
    stock_piece(variant, 1)
    stock_piece(alternate, 1)
    patient, picky = allocated_order(GREY), allocated_order(GREY)
    _answer(_offer(patient, cantina.grey, variant), "wait")
    _answer(_offer(picky, cantina.grey, variant), "no")
    _refused("wants_to_wait", lambda: _offer(patient, cantina.grey, alternate))
    assert [candidate.offered for candidate in candidates_of(picky)] == [alternate]


def test_without_it_the_rest_of_the_order_goes_on(cantina: SmallSet, variant: Piece) -> None:
    stock_piece(cantina.red, 1)
    stock_piece(variant, 1)
    order = allocated_order(GREY, LineRequest(part_num="3001", color_id=4))
    grey = order.lines.get(position=1)
    offer = offer_substitute(
        line_id=grey.pk, wanted_id=cantina.grey.pk, offered_id=variant.pk, actor=staff(None)
    )
    _answer(offer, "send_rest")
    order.refresh_from_db()
    grey.refresh_from_db()
    assert (order.state, grey.waived, grey.backordered) == ("allocated", 1, 0)


def test_an_order_of_which_nothing_is_left_ends(cantina: SmallSet, variant: Piece) -> None:
    stock_piece(variant, 1)
    order = allocated_order(GREY)
    _answer(_offer(order, cantina.grey, variant), "send_rest")
    order.refresh_from_db()
    assert (order.state, order.end_reason) == ("cancelled", "waived")


def test_an_answer_counts_once_and_the_first_one_counts(cantina: SmallSet, variant: Piece) -> None:
    stock_piece(variant, 1)
    order = allocated_order(GREY)
    offer = _offer(order, cantina.grey, variant)
    _answer(offer, "yes")
    _answer(offer, "yes")
    _refused("answered_already", lambda: _answer(offer, "no"))
    assert order.events.filter(type="substitute_answered").count() == 1
    _refused("invalid", lambda: _answer(offer, "perhaps"))


def test_what_cannot_be_offered_is_refused(cantina: SmallSet, variant: Piece) -> None:
    order = allocated_order(GREY)
    _refused("not_on_the_shelf", lambda: _offer(order, cantina.grey, variant))
    stock_piece(variant, 1)
    _refused("not_alike", lambda: _offer(order, cantina.grey, cantina.red))
    _refused("not_waiting", lambda: _offer(order, cantina.red, variant))
    _offer(order, cantina.grey, variant)
    _refused("offered_already", lambda: _offer(order, cantina.grey, variant))
    cancel_order(order_id=order.pk, actor=CUSTOMER)
    _refused("not_waiting", lambda: _offer(order, cantina.grey, variant))
    assert Substitution.objects.count() == Message.objects.filter(kind="substitute").count() == 1


@pytest.mark.parametrize(("language", "title"), [("en", "Will another piece do?"), ("es", ""), ("fa", "")])
def test_the_page_asks_and_opening_a_link_answers_nothing(
    cantina: SmallSet, variant: Piece, client: Client, language: str, title: str
) -> None:
    stock_piece(variant, 1)
    order = allocated_order(GREY)
    offer = _offer(order, cantina.grey, variant)
    client.cookies["django_language"] = language
    page = client.get(offer_path(order, offer.pk) + "&answer=yes").content.decode()
    assert title in page
    assert 'value="yes" required checked' in page
    offer.refresh_from_db()
    assert offer.answer == ""
    answered = client.post(offer_path(order, offer.pk), {"answer": "yes"}, follow=True)
    offer.refresh_from_db()
    assert (answered.status_code, offer.answer) == (200, "yes")
    again = client.post(offer_path(order, offer.pk), {"answer": "no"})
    assert again.status_code == 409


def test_another_language_keeps_the_answer_that_was_chosen(
    cantina: SmallSet, variant: Piece, client: Client
) -> None:
    stock_piece(variant, 1)
    order = allocated_order(GREY)
    path = offer_path(order, _offer(order, cantina.grey, variant).pk)
    page = client.post(path, {"answer": "wait", "action": "language:fa"}).content.decode()
    assert '<html lang="fa" dir="rtl">' in page
    assert re.findall(r'value="([a-z_]+)" checked', page) == ["wait"]
    assert Substitution.objects.get().answer == ""


def test_the_page_says_when_no_answer_was_chosen_and_when_none_is_needed(
    cantina: SmallSet, variant: Piece, client: Client
) -> None:
    stock_piece(variant, 1)
    order = allocated_order(GREY)
    offer = _offer(order, cantina.grey, variant)
    assert offer_path(order, offer.pk) in client.get(order_path(order)).content.decode()
    empty = client.post(offer_path(order, offer.pk))
    page = empty.content.decode()
    assert (empty.status_code, errors_of(page)) == (400, {"answer"})
    assert page.count("Please choose one of the answers.") == 2, "in the summary and beside the answers"
    assert 'aria-describedby="id_answer-error"' in page
    stock_piece(cantina.grey, 1)
    allocate_order(order.pk)
    assert offer_path(order, offer.pk) not in client.get(order_path(order)).content.decode()
    assert "This question is settled." in client.get(offer_path(order, offer.pk)).content.decode()
    assert client.get(offer_path(order, offer.pk).replace("token=", "token=x")).status_code == 404
    stranger = allocated_order(GREY)
    assert client.get(offer_path(stranger, offer.pk)).status_code == 404
