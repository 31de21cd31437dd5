"""Sending less of a request than was asked for, and saying so kindly in the customer's language."""

from typing import Any

import pytest
from django.utils import translation

from core.models import Job
from core.refusals import Refusal
from notifications.models import Message
from orders.actors import staff
from orders.intake.canned_replies import KIND_WORDS
from orders.intake.order_request import LineRequest
from orders.intake.reviewing import review_order
from orders.models import Order
from tests.cast import MARIA, order_for, staff_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cantina")]


@pytest.fixture
def order(settings: Any) -> Order:
    settings.LIMIT_PIECES_PER_ORDER = 3
    return order_for(
        LineRequest(part_num="3001", color_id=4, quantity=4),
        LineRequest(part_num="3070b", color_id=19, quantity=2),
        customer=MARIA,
    )


def _trim(order: Order, *quantities: int, **more: Any) -> Order:
    lines = order.lines.order_by("position").values_list("pk", flat=True)
    return review_order(
        order_id=order.pk,
        decision="trim",
        quantities=dict(zip(lines, quantities, strict=False)),
        actor=staff(staff_user()),
        **more,
    )


def test_fewer_are_sent_and_the_customer_hears_which(order: Order) -> None:
    assert order.state == "in_review"
    _trim(order, 2, 0, word="many")
    order.refresh_from_db()
    assert (order.state, [line.quantity for line in order.lines.all()]) == ("received", [2])
    assert [event.data for event in order.events.filter(type="trimmed")] == [
        {"line": 1, "asked": 4, "sent": 2},
        {"line": 2, "asked": 2, "sent": 0},
    ]
    assert Job.objects.filter(kind="fulfil_order", subject=str(order.pk)).exists()
    mail = Message.objects.get(kind="trimmed")
    assert "2 × Brick 2 x 4, Red" in mail.body
    assert "Tile" not in mail.body
    with translation.override("es"):
        assert str(KIND_WORDS["many"]) in mail.body


def test_trimming_nothing_away_is_an_approval(order: Order) -> None:
    _trim(order, 4, 2)
    assert not Message.objects.filter(kind="trimmed").exists()
    assert Message.objects.filter(kind="approved").exists()


@pytest.mark.parametrize(
    ("quantities", "code"), [((0, 0), "nothing_left"), ((5,), "out_of_range"), ((-1,), "out_of_range")]
)
def test_what_cannot_be_sent_is_refused(order: Order, quantities: tuple[int, ...], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        _trim(order, *quantities)
    assert [problem.code for problem in refused.value.problems] == [code]
    order.refresh_from_db()
    assert (order.state, order.lines.count()) == ("in_review", 2)


def test_all_problems_are_named_at_once(order: Order) -> None:
    with pytest.raises(Refusal) as refused:
        review_order(order_id=order.pk, decision="trim", word="rude", note="x" * 1001, actor=staff(None))
    assert {problem.pointer for problem in refused.value.problems} == {"/quantities", "/word", "/note"}
    with pytest.raises(Refusal, match="invalid"):
        review_order(order_id=order.pk, decision="trim", quantities={0: 1}, actor=staff(None))


@pytest.mark.parametrize("word", sorted(KIND_WORDS))
def test_a_kind_word_is_said_in_the_customers_language(order: Order, word: str) -> None:
    review_order(order_id=order.pk, decision="decline", word=word, actor=staff(None))
    with translation.override("es"):
        assert str(KIND_WORDS[word]) in Message.objects.get(kind="declined").body
