"""Placing an order: what is written, and what is refused with every problem at once."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import Content
from core import waking
from core.models import Job
from core.refusals import Refusal
from notifications.models import Message
from orders.intake.order_request import AddressRequest, BuilderRequest, LineRequest, OrderRequest
from orders.intake.placing import place_order, read_language
from orders.models import Order, OrderContact, OrderLine
from tests.cast import JOHN, MADRID, MARIA, SPRINGFIELD, SmallSet, piece, request_for, small_set

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cantina")]


def _place(request: OrderRequest, **more: Any) -> Order:
    return place_order(wanted=request, channel="api", **more).order


def _refused(request: OrderRequest) -> set[tuple[str, str]]:
    with pytest.raises(Refusal) as refused:
        _place(request)
    assert not Order.objects.exists(), "a refusal changes nothing"
    assert not Job.objects.exists()
    for problem in refused.value.problems:
        assert str(problem.detail), problem
    return {(problem.pointer, problem.code) for problem in refused.value.problems}


def test_john_asks_for_bag_14() -> None:
    order = _place(request_for())
    line = order.lines.get()
    assert (line.bag_label, line.quantity, line.reason) == ("14", 1, "missing")
    assert line.bag is not None
    assert (order.state, order.language, order.country) == ("received", "en", "US")
    assert order.contact.name == "John"
    assert [event.type for event in order.events.all()] == ["received"]
    jobs = Job.objects.filter(subject=str(order.pk)).values_list("kind", flat=True)
    assert sorted(jobs) == ["fulfil_order", "write_letter"]


def test_each_job_is_woken_on_its_own_queue_when_the_order_is_committed(
    broker: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        _place(request_for())
    with broker.client() as client:
        waking.flush()
        assert (client.llen("fulfilment"), client.llen("letters")) == (1, 1)


def test_the_request_of_the_interface_is_accepted(cantina: SmallSet) -> None:
    order = _place(
        request_for(
            "75290",
            LineRequest(bag="14"),
            LineRequest(part_num="3001", color_id=4, quantity=2, reason="lost"),
            LineRequest(element_id="300121", reason="damaged"),
            builder=BuilderRequest(name="Emma", age_band="7-12"),
            box_code="45R0",
            bought_at="Target",
        )
    )
    assert order.lines.count() == 3
    assert order.contact.builder_name == "Emma"


@pytest.mark.parametrize("typed", ["14", " 14 ", "۱۴", "١٤"])
def test_a_bag_label_is_read_in_the_digits_of_every_script(typed: str) -> None:
    assert _place(request_for("75290-1", LineRequest(bag=typed))).lines.get().bag_label == "14"


REFUSED: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "unknown set": ({"set_num": "99999-1"}, {("/set_num", "unknown_set")}),
    "nothing asked for": ({"lines": ()}, {("/lines", "required")}),
    "a bag the set has not": ({"lines": (LineRequest(bag="99"),)}, {("/lines/0/bag", "unknown_bag")}),
    "a bag without a label": ({"lines": (LineRequest(bag=" "),)}, {("/lines/0/bag", "invalid")}),
    "the same bag twice": (
        {"lines": (LineRequest(bag="14"), LineRequest(bag="۱۴"))},
        {("/lines/1/bag", "bag_twice")},
    ),
    "two of one bag": ({"lines": (LineRequest(bag="14", quantity=2),)}, {("/lines/0/quantity", "too_many")}),
    "no quantity": (
        {"lines": (LineRequest(part_num="3001", color_id=4, quantity=0),)},
        {("/lines/0/quantity", "out_of_range")},
    ),
    "more pieces than the set has": (
        {"lines": (LineRequest(part_num="3001", color_id=4, quantity=7),)},
        {("/lines/0/quantity", "too_many")},
    ),
    "more pieces than the set has, over two lines": (
        {
            "lines": (
                LineRequest(part_num="3001", color_id=4, quantity=4),
                LineRequest(element_id="300121", quantity=3, reason="lost"),
            )
        },
        {("/lines/0/quantity", "too_many"), ("/lines/1/quantity", "too_many")},
    ),
    "an unknown piece": (
        {"lines": (LineRequest(element_id="999999"),)},
        {("/lines/0/element_id", "unknown_piece")},
    ),
    "a piece without its colour": (
        {"lines": (LineRequest(part_num="3001"),)},
        {("/lines/0/color_id", "required")},
    ),
    "a line that names two things": (
        {"lines": (LineRequest(bag="14", element_id="300121"),)},
        {("/lines/0", "bag_or_piece")},
    ),
    "a line that names nothing": ({"lines": (LineRequest(),)}, {("/lines/0", "bag_or_piece")}),
    "a reason of one's own": (
        {"lines": (LineRequest(bag="14", reason="eaten"),)},
        {("/lines/0/reason", "unknown_reason")},
    ),
    "no name": ({"customer": replace(JOHN, name=" ")}, {("/customer/name", "required")}),
    "a name of 10,000 characters": (
        {"customer": replace(JOHN, name="x" * 10_000)},
        {("/customer/name", "too_long")},
    ),
    "a name with a NUL": (
        {"customer": replace(JOHN, name="Jo\x00hn")},
        {("/customer/name", "control_characters")},
    ),
    "half a surrogate": ({"message": "a\ud800b"}, {("/message", "control_characters")}),
    "no e-mail address": ({"customer": replace(JOHN, email="")}, {("/customer/email", "required")}),
    "an e-mail address that is none": (
        {"customer": replace(JOHN, email="john@")},
        {("/customer/email", "invalid")},
    ),
    "two e-mail addresses": (
        {"customer": replace(JOHN, email="a@example.com\nb@example.com")},
        {("/customer/email", "control_characters")},
    ),
    "a country that is none": (
        {"address": replace(SPRINGFIELD, country="XX")},
        {("/address/country", "unknown_country")},
    ),
    "a postal code of another country": (
        {"address": replace(SPRINGFIELD, postal_code="SW1A 2AA")},
        {("/address/postal_code", "invalid")},
    ),
    "a state that is none": (
        {"address": replace(SPRINGFIELD, region="ZZ")},
        {("/address/region", "invalid")},
    ),
    "an address without a street": (
        {"address": replace(SPRINGFIELD, line1="")},
        {("/address/line1", "required")},
    ),
    "an age that is none": ({"builder": BuilderRequest(age_band="99")}, {("/builder/age_band", "invalid")}),
    "a piece of another set": (
        {"lines": (LineRequest(part_num="3005", color_id=0),)},
        {("/lines/0", "piece_not_in_set")},
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    piece("3005", 0, "Brick 1 x 1", "Black", "05131D", 430)
    change, expected = REFUSED[case]
    assert _refused(replace(request_for(), **change)) == expected


def test_every_problem_is_named_at_once() -> None:
    problems = _refused(
        OrderRequest(
            set_num="75290-1",
            lines=(LineRequest(bag="99"), LineRequest(bag="14", reason="eaten")),
            customer=replace(JOHN, name="", email="nobody"),
            address=AddressRequest(line1="", country="US"),
        )
    )
    assert {pointer for pointer, _ in problems} == {
        "/lines/0/bag",
        "/lines/1/reason",
        "/customer/name",
        "/customer/email",
        "/address/line1",
        "/address/city",
        "/address/region",
        "/address/postal_code",
    }


def test_an_address_is_judged_by_its_own_country() -> None:
    assert _place(request_for(customer=MARIA, address=MADRID)).country == "ES"
    persian = AddressRequest(line1="خیابان ولیعصر ۱", city="تهران", postal_code="۱۱۹۳۶-۱۲۳۴۵", country="IR")
    assert _place(request_for(customer=MARIA, address=persian)).country == "IR"


def test_what_is_over_the_limits_goes_to_review_with_a_mail_and_without_jobs(settings: Any) -> None:
    settings.LIMIT_PIECES_PER_ORDER = 3
    order = _place(request_for("75290-1", LineRequest(part_num="3001", color_id=4, quantity=4)))
    assert (order.state, order.review_reasons) == ("in_review", ["many_pieces"])
    assert not Job.objects.exclude(kind="send_message").exists()
    assert Message.objects.get().kind == "in_review"


def test_pieces_that_only_figures_have_are_counted_on_their_own(settings: Any, cantina: SmallSet) -> None:
    settings.LIMIT_FIGURE_PIECES_PER_ORDER = 1
    assert cantina.set.inventory is not None
    rows = Content.objects.filter(inventory=cantina.set.inventory)
    rows.filter(piece=cantina.tan).update(minifig="Stormtrooper")
    rows.filter(piece=cantina.red, bag=cantina.bag13).update(minifig="Han Solo")
    two_tiles = LineRequest(part_num="3070b", color_id=19, quantity=2)
    assert _place(request_for("75290-1", two_tiles)).review_reasons == ["many_figure_pieces"]
    also_elsewhere = LineRequest(part_num="3001", color_id=4, quantity=2)
    assert _place(request_for("75290-1", also_elsewhere)).state == "received"
    one_tile = LineRequest(part_num="3070b", color_id=19)
    assert _place(request_for("75290-1", one_tile, also_elsewhere)).state == "received"


def test_a_household_is_known_by_its_address_and_by_its_e_mail_however_they_are_typed(settings: Any) -> None:
    settings.LIMIT_ORDERS_PER_HOUSEHOLD = 1
    _place(request_for())
    shouting = replace(SPRINGFIELD, line1="1  MAIN st.", city="springfield")
    other_mail = replace(JOHN, email="j@example.org")
    assert _place(request_for(customer=other_mail, address=shouting)).review_reasons == ["many_requests"]
    same_mail = replace(JOHN, email="JOHN@Example.com")
    assert _place(request_for(customer=same_mail, address=MADRID)).review_reasons == ["many_requests"]


def test_a_staff_key_is_exempt_from_limits(settings: Any) -> None:
    settings.LIMIT_ORDERS_PER_HOUSEHOLD = 0
    assert _place(request_for()).state == "in_review"
    assert _place(request_for(), exempt_from_limits=True).state == "received"


def test_a_bag_without_entered_contents_goes_to_review() -> None:
    unknown = small_set("928-1", bags_known=False)
    order = _place(request_for("928-1", LineRequest(bag="7a")))
    line = order.lines.get()
    assert (order.state, order.review_reasons) == ("in_review", ["bag_contents_unknown"])
    assert (line.bag, line.bag_label) == (None, "7A")
    assert unknown.set.bags.count() == 2, "no bag is made of what a customer types"


@pytest.mark.parametrize(
    ("tag", "language"), [("es-MX", "es"), ("fa", "fa"), ("de", "en"), ("", "en"), ("ES_es", "es")]
)
def test_the_language_is_one_we_speak(tag: str, language: str) -> None:
    assert read_language(tag) == language


def test_a_hostile_name_is_kept_as_typed() -> None:
    hostile = '#eval("1") {{ x }} <b>$villain</b> \u202egnp.exe'
    order = _place(request_for(customer=replace(JOHN, name=hostile)))
    assert OrderContact.objects.get(order=order).name == hostile


BROKEN_ROWS: dict[str, dict[str, Any]] = {
    "order_line_is_a_bag_or_a_piece": {"bag_label": "14", "use_piece": True},
    "order_line_quantity_positive": {"quantity": 0, "use_piece": True},
    "order_line_bag_is_asked_for_once": {"bag_label": "14", "quantity": 2},
    "order_line_shares_within_quantity": {"use_piece": True, "quantity": 2, "reserved": 2, "backordered": 1},
    "order_line_reason_known": {"use_piece": True, "reason": "eaten"},
}


@pytest.mark.parametrize("constraint", BROKEN_ROWS)
def test_the_database_has_the_last_word(constraint: str, cantina: SmallSet) -> None:
    order = _place(request_for())
    fields = {"order": order, "position": 9, **BROKEN_ROWS[constraint]}
    if fields.pop("use_piece", False):
        fields["piece"] = cantina.red
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OrderLine.objects.create(**fields)
    connection.check_constraints()
