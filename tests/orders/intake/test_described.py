"""My set or piece is not listed: words that go to a person, who finds out what they mean before anything is sent."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from core.models import Job
from core.refusals import Refusal
from notifications.models import Message
from orders.actors import staff
from orders.intake.identifying import identify_order
from orders.intake.order_request import LineRequest
from orders.intake.placing import place_order, preview_order
from orders.intake.reviewing import review_order
from orders.models import Order
from orders.privacy.erasing import erase_order
from orders.unlisted import PLACEHOLDER
from tests.cast import SmallSet, request_for, staff_user

pytestmark = pytest.mark.django_db

WORDS = "The grey dome of the tower, about as big as an egg."


def _unlisted(**more: Any) -> Order:
    request = request_for("", described=WORDS, described_set="Pirate ship, 1993", **more)
    return place_order(wanted=request, channel="web").order


def _described(*lines: LineRequest) -> Order:
    return place_order(wanted=request_for("75290-1", *lines, described=WORDS), channel="web").order


def _identify(order: Order, *lines: LineRequest, set_num: str = "75290-1") -> Order:
    return identify_order(order_id=order.pk, set_num=set_num, lines=lines, actor=staff(staff_user()))


def _approve(order: Order) -> Order:
    return review_order(order_id=order.pk, decision="approve", actor=staff(staff_user()))


def test_a_set_in_words_goes_to_a_person_with_the_words_beside_the_order() -> None:
    order = _unlisted()
    assert (order.state, order.review_reasons, order.to_identify) == ("in_review", ["described"], True)
    assert (order.contact.described_set, order.contact.described) == ("Pirate ship, 1993", WORDS)
    assert not Job.objects.exclude(kind="send_message").exists()
    mail = Message.objects.get()
    assert "Pirate ship, 1993" in mail.body
    assert WORDS not in str(order.events.values_list("data", flat=True))


def test_the_placeholder_is_no_set_that_anybody_finds(client: Client) -> None:
    _unlisted()
    assert client.get(f"/sets/{PLACEHOLDER}/").status_code == 404
    assert client.get(f"/sets/{PLACEHOLDER}/request/").status_code == 404
    assert client.get(f"/api/v1/sets/?search={PLACEHOLDER}").json()["results"] == []
    with pytest.raises(Refusal):
        place_order(wanted=request_for(PLACEHOLDER), channel="api")


def test_words_beside_lines_go_to_a_person_too(cantina: SmallSet) -> None:
    order = _described(LineRequest(bag="13"))
    assert (order.set, order.lines.count(), order.to_identify) == (cantina.set, 1, True)
    assert preview_order(wanted=request_for(described=WORDS)) == ["described"]


def test_nothing_is_approved_before_staff_have_found_out(cantina: SmallSet) -> None:
    for order in (_unlisted(), _described()):
        with pytest.raises(Refusal) as caught:
            _approve(order)
        assert caught.value.code == "described_only"


def test_the_database_itself_holds_it_back(cantina: SmallSet) -> None:
    order = _described()
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(state="received")


def test_found_out_and_approved_it_is_a_request_like_any_other(cantina: SmallSet) -> None:
    order = _unlisted()
    _identify(order, LineRequest(bag="14"), LineRequest(element_id="300121", quantity=2, reason="lost"))
    order = Order.objects.get(pk=order.pk)
    assert (order.set, order.to_identify, order.state) == (cantina.set, False, "in_review")
    assert list(order.lines.values_list("bag_label", "quantity", "reason")) == [
        ("14", 1, "missing"),
        ("", 2, "lost"),
    ]
    assert order.events.get(type="identified").data == {"set_num": "75290-1", "lines": [1, 2]}
    _approve(order)
    assert set(Job.objects.exclude(kind="send_message").values_list("kind", flat=True)) == {
        "fulfil_order",
        "write_letter",
    }


def test_a_set_that_is_known_stays_what_it_is(cantina: SmallSet) -> None:
    order = _described(LineRequest(bag="13"))
    _identify(order, LineRequest(part_num="3024", color_id=71), set_num="99999-1")
    assert Order.objects.get(pk=order.pk).set == cantina.set
    assert order.lines.count() == 2


def test_words_that_name_nothing_more_leave_the_lines_as_they_are(cantina: SmallSet) -> None:
    order = _described(LineRequest(bag="13"))
    _identify(order)
    assert not Order.objects.get(pk=order.pk).to_identify
    with pytest.raises(Refusal):
        _identify(_unlisted())


@pytest.mark.parametrize("set_num", ["", "99999-1", PLACEHOLDER])
def test_only_a_listed_set_will_do(cantina: SmallSet, set_num: str) -> None:
    with pytest.raises(Refusal) as caught:
        _identify(_unlisted(), LineRequest(bag="14"), set_num=set_num)
    assert [problem.pointer for problem in caught.value.problems] == ["/set_num"]


def test_it_is_found_out_once(cantina: SmallSet) -> None:
    order = _unlisted()
    _identify(order, LineRequest(bag="14"))
    with pytest.raises(Refusal) as caught:
        _identify(order, LineRequest(bag="13"))
    assert caught.value.code == "nothing_to_identify"


def test_erasing_takes_the_words(cantina: SmallSet) -> None:
    order = _unlisted()
    erase_order(order_id=order.pk, actor=staff(staff_user()))
    assert Order.objects.get(pk=order.pk).state == "cancelled"
    assert not Message.objects.exists()


# --- the staff's page -------------------------------------------------------------------------------------------------


@pytest.fixture
def sandra(client: Client) -> Client:
    from accounts.models import Role

    client.force_login(staff_user(Role.SERVICE))
    return client


def test_service_reads_the_words_and_names_what_they_mean(cantina: SmallSet, sandra: Client) -> None:
    order = _unlisted()
    assert (
        f"/dashboard/orders/{order.number}/identify/"
        in sandra.get(f"/dashboard/orders/{order.number}/").content.decode()
    )
    path = f"/dashboard/orders/{order.number}/identify/"
    assert WORDS in sandra.get(path).content.decode()
    rows = "bag 14\n300121, 2\n3024 71 1"
    typed = {"set_num": "75290", "rows": rows, "reason": "damaged"}
    assert sandra.post(path, typed).status_code == 302
    second = sandra.post(path, typed, follow=True).content.decode()
    assert "identified already" in second, "the slower one sees why, and gets back to the order"
    assert list(order.lines.values_list("bag_label", "quantity", "reason")) == [
        ("14", 1, "damaged"),
        ("", 2, "damaged"),
        ("", 1, "damaged"),
    ]


def test_rows_that_mean_nothing_are_told_by_their_number(cantina: SmallSet, sandra: Client) -> None:
    order = _unlisted()
    rows = "bag 99\n\n300121, 99\nnonsense"
    page = sandra.post(
        f"/dashboard/orders/{order.number}/identify/", {"set_num": "75290-1", "rows": rows, "reason": "lost"}
    )
    assert page.status_code == 400
    assert "Row 4: " in page.content.decode()
    page = sandra.post(
        f"/dashboard/orders/{order.number}/identify/",
        {"set_num": "75290-1", "rows": "bag 99\n\n300121, 99", "reason": "lost"},
    )
    said = page.content.decode()
    assert "Row 1: This set has no bag 99." in said
    assert "Row 3: This set has only 6 of this piece." in said
    assert not order.lines.exists()


def test_packers_do_not_read_the_words(cantina: SmallSet, client: Client) -> None:
    order = _unlisted()
    client.force_login(staff_user())
    assert client.get(f"/dashboard/orders/{order.number}/identify/").status_code == 403
