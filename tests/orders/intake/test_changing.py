"""What a customer may still change until picking starts: the address, and what else is missing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core.jobs import claim_job
from core.models import Job
from core.refusals import Refusal
from notifications.models import Message
from orders.actors import CUSTOMER, staff
from orders.floor.picking import create_wave
from orders.intake.cancelling import mark_line_found
from orders.intake.changing import add_lines, change_address
from orders.intake.order_request import AddressRequest, LineRequest
from orders.intake.placing import request_order_jobs
from orders.intake.reviewing import review_order
from orders.letters import holds, writing
from orders.letters.writing import write_letter
from orders.models import LetterVersion, Order, OrderLine
from orders.privacy.erasing import erase_order
from tests.cast import (
    MADRID,
    SmallSet,
    allocated_order,
    levels,
    order_for,
    small_set,
    staff_user,
    stock_bag,
    stock_piece,
)

pytestmark = pytest.mark.django_db

PLATE = LineRequest(part_num="3024", color_id=71)


def _address(order: Order, address: AddressRequest = MADRID, **more: Any) -> Order:
    return change_address(order_id=order.pk, address=address, actor=CUSTOMER, **more)


def _add(order: Order, *lines: LineRequest, **more: Any) -> Order:
    return add_lines(order_id=order.pk, lines=lines, actor=CUSTOMER, **more)


def _refused(change: Any, *arguments: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        change(*arguments)
    return caught.value


def _jobs() -> set[tuple[str, str]]:
    return set(Job.objects.filter(state="pending").values_list("kind", "subject"))


def test_the_parcel_goes_to_the_new_address_and_the_event_does_not_name_it(cantina: SmallSet) -> None:
    order = allocated_order()
    _address(order)
    order.refresh_from_db()
    assert (order.country, order.contact.line1, order.contact.city) == ("ES", "Calle Mayor 1", "Madrid")
    event = order.events.get(type="address_changed")
    assert (event.by, event.data) == ("customer", {})


def test_the_same_address_again_changes_nothing(cantina: SmallSet) -> None:
    order = order_for()
    _address(order)
    _address(order)
    assert order.events.filter(type="address_changed").count() == 1


def test_the_customer_hears_of_another_address_once_an_hour_and_without_its_words(cantina: SmallSet) -> None:
    order = order_for()
    _address(order)
    _address(order, replace(MADRID, line1="Visit evil.example now"))
    mail = Message.objects.get(kind="address_changed")
    assert mail.to_email == order.contact.email
    assert "just answer this mail" in mail.body
    assert "Madrid" not in mail.body
    assert "evil" not in mail.body


def test_an_address_is_checked_as_placing_checks_it(cantina: SmallSet) -> None:
    order = order_for()
    refusal = _refused(_address, order, AddressRequest(line1="L" * 121, postal_code="1", country="US"))
    assert {problem.pointer for problem in refusal.problems} == {
        "/address/line1",
        "/address/city",
        "/address/region",
        "/address/postal_code",
    }
    order.contact.refresh_from_db()
    assert order.contact.city == "Springfield"


def test_a_household_that_has_asked_often_enough_goes_to_a_person(cantina: SmallSet, settings: Any) -> None:
    bag = stock_bag(cantina.bag14, 1)
    order = allocated_order()
    assert levels(bag) == {"B-01-1-01": (1, 1)}
    settings.LIMIT_ORDERS_PER_HOUSEHOLD = 1
    other = order_for()
    _address(other, MADRID)
    _address(order, MADRID)
    order.refresh_from_db()
    assert (order.state, order.review_reasons) == ("in_review", ["many_requests"])
    assert levels(bag) == {"B-01-1-01": (1, 0)}, "what was promised is free for others"
    mails = Message.objects.filter(reference=f"order:{order.pk}").order_by("pk")
    assert [mail.kind for mail in mails] == ["address_changed", "in_review"]


def test_staff_move_a_parcel_whatever_the_limits_say(cantina: SmallSet, settings: Any) -> None:
    order = order_for()
    settings.LIMIT_ORDERS_PER_HOUSEHOLD = 0
    change_address(order_id=order.pk, address=MADRID, actor=staff(staff_user()), exempt_from_limits=True)
    order.refresh_from_db()
    assert order.state == "received"


def test_another_piece_joins_the_request_and_sets_parts_and_letter_going(cantina: SmallSet) -> None:
    order = allocated_order()
    Job.objects.all().delete()
    _add(order, PLATE, LineRequest(bag="13", reason="lost"))
    lines = order.lines.values_list("position", "bag_label", "piece", "reason")
    assert list(lines) == [
        (1, "14", None, "missing"),
        (2, "", cantina.grey.pk, "missing"),
        (3, "13", None, "lost"),
    ]
    assert order.events.get(type="lines_added").data == {"lines": [2, 3]}
    assert _jobs() == {("fulfil_order", str(order.pk)), ("write_letter", str(order.pk))}


def test_more_of_a_piece_than_the_set_has_is_refused_whenever_it_was_asked_for(cantina: SmallSet) -> None:
    order = order_for(LineRequest(part_num="3001", color_id=4, quantity=6))
    refusal = _refused(_add, order, LineRequest(part_num="3001", color_id=4))
    assert [(problem.pointer, problem.code) for problem in refusal.problems] == [
        ("/lines/0/quantity", "too_many")
    ]
    assert order.lines.count() == 1


def test_a_bag_is_asked_for_once_unless_it_was_found_and_is_gone_again(cantina: SmallSet) -> None:
    order = order_for(LineRequest(bag="14"), PLATE)
    assert [p.code for p in _refused(_add, order, LineRequest(bag="14")).problems] == ["bag_twice"]
    mark_line_found(order_id=order.pk, line_id=order.lines.all()[0].pk, actor=CUSTOMER)
    _add(order, LineRequest(bag="14"))
    assert order.lines.count() == 3


def test_nothing_at_all_is_refused(cantina: SmallSet) -> None:
    assert [p.pointer for p in _refused(_add, order_for()).problems] == ["/lines"]


def test_what_grows_over_the_limits_goes_to_a_person_and_comes_back_approved(
    cantina: SmallSet, settings: Any, voices: None
) -> None:
    settings.LIMIT_BAGS_PER_ORDER = 1
    bag = stock_bag(cantina.bag14, 1)
    order = allocated_order()
    _add(order, LineRequest(bag="13"))
    order.refresh_from_db()
    assert (order.state, order.review_reasons) == ("in_review", ["many_bags"])
    assert levels(bag) == {"B-01-1-01": (1, 0)}
    review_order(order_id=order.pk, decision="approve", actor=staff(staff_user()))
    order.refresh_from_db()
    assert order.state == "received"


def test_an_unknown_bag_goes_to_a_person() -> None:
    small_set("928-1", bags_known=False)
    order = order_for(PLATE, set_num="928-1")
    _add(order, LineRequest(bag="7a"))
    order.refresh_from_db()
    assert (order.state, order.review_reasons) == ("in_review", ["bag_contents_unknown"])


def test_a_request_in_review_takes_more_and_stays_there(cantina: SmallSet, settings: Any) -> None:
    settings.LIMIT_BAGS_PER_ORDER = 0
    order = order_for()
    _add(order, PLATE)
    order.refresh_from_db()
    assert (order.state, order.review_reasons) == ("in_review", ["many_bags"])
    assert not Job.objects.filter(kind="fulfil_order").exists()


@pytest.mark.parametrize("change", [_address, lambda order: _add(order, PLATE)], ids=["address", "lines"])
def test_once_picking_has_started_it_is_too_late(cantina: SmallSet, change: Any) -> None:
    stock_bag(cantina.bag14, 1)
    stock_piece(cantina.grey, 1)
    order = allocated_order()
    create_wave(numbers=[order.number], by=staff_user())
    assert _refused(change, order).code == "picking_started"
    assert OrderLine.objects.count() == 1
    order.contact.refresh_from_db()
    assert order.contact.city == "Springfield"


@pytest.mark.parametrize("change", [_address, lambda order: _add(order, PLATE)], ids=["address", "lines"])
def test_an_order_that_has_ended_or_is_erased_stays_as_it_is(cantina: SmallSet, change: Any) -> None:
    ended, erased = order_for(), order_for()
    mark_line_found(order_id=ended.pk, line_id=ended.lines.get().pk, actor=CUSTOMER)
    erase_order(order_id=erased.pk, actor=CUSTOMER)
    assert _refused(change, ended).code == "already_ended"
    assert _refused(change, erased).code == "erased"


# --- the letter -------------------------------------------------------------------------------------------------------


def _write(order: Order) -> list[str]:
    """What the letter's worker would do now; the bodies of its versions."""
    job = Job.objects.filter(kind="write_letter", subject=str(order.pk), state="pending").first()
    claim = claim_job(job.pk) if job else None
    if claim is not None:
        write_letter(claim)
    return list(LetterVersion.objects.filter(letter__order=order).values_list("body", flat=True))


def test_the_letter_s_next_version_names_the_new_line_and_is_mailed(cantina: SmallSet, voices: None) -> None:
    order = allocated_order()
    first = _write(order)
    _add(order, PLATE)
    bodies = _write(order)
    assert len(first) == 1
    assert bodies[:1] == first, "what was mailed stays what it was"
    assert "Plate 1 x 1" in bodies[1]
    assert Message.objects.filter(kind="letter").count() == 2
    with transaction.atomic():
        request_order_jobs(order)
    assert _write(order) == bodies, "once"


def test_a_line_that_comes_while_the_letter_is_composed_is_not_forgotten(
    cantina: SmallSet, voices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = allocated_order()
    compose = holds.compose_or_wait

    def compose_slowly(*arguments: Any) -> Any:
        monkeypatch.setattr(writing, "compose_or_wait", compose)
        composed = compose(*arguments)
        _add(order, PLATE)
        return composed

    monkeypatch.setattr(writing, "compose_or_wait", compose_slowly)
    _write(order)
    assert "Plate 1 x 1" in _write(order)[-1]


def test_an_address_changed_to_and_fro_stands_once_an_hour_in_the_history(cantina: SmallSet) -> None:
    order = allocated_order()
    for number in range(5):
        _address(order, replace(MADRID, line1=f"Calle Mayor {number}"))
    assert order.events.filter(type="address_changed").count() == 1
    assert Message.objects.filter(kind="address_changed").count() == 1
    order.events.filter(type="address_changed").update(at=timezone.now() - timedelta(hours=2))
    _address(order, MADRID)
    assert order.events.filter(type="address_changed").count() == 2


def test_a_line_asked_for_and_found_again_and_again_counts_each_time(
    cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.intake.validation.MAX_LINES", 4)
    order = allocated_order()
    for _ in range(3):
        _add(order, PLATE)
        mark_line_found(order_id=order.pk, line_id=order.lines.latest("position").pk, actor=CUSTOMER)
    assert _refused(_add, order, PLATE).problems[0].code == "too_many_lines"
