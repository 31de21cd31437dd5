"""What service does by programs: find out what words mean, send less, offer other pieces, edit letters, send mails."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import PartRelation
from core.jobs import claim_job
from core.models import IdempotencyKey, Job
from notifications.models import Message
from orders.intake.order_request import LineRequest
from orders.letters.writing import write_letter
from orders.links import order_token
from orders.models import Letter, LetterVersion, Order, Substitution
from orders.privacy.confirmation_links import mail_confirmation_link
from tests.api.callers import Caller
from tests.cast import JOHN, SmallSet, allocated_order, order_for, piece, request_for, stock_piece

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(works_as: Callable[[str], Caller]) -> Caller:
    return works_as("service")


def written(order: Order) -> Order:
    Job.objects.filter(kind="write_letter", subject=str(order.pk)).update(state="pending")
    claim = claim_job(Job.objects.get(kind="write_letter", subject=str(order.pk)).pk)
    assert claim is not None
    write_letter(claim)
    return order


def test_set_outside_the_catalogue_is_asked_for_in_words_and_identified(
    cantina: SmallSet, shop: Caller, desk: Caller, body: dict[str, Any]
) -> None:
    words = {"set_num": "", "lines": [], "described": "The grey dome.", "described_set": "Pirate ship, 1993"}
    placed = shop.place(body | words).json
    assert (placed["status"], placed["lines"]) == ("in_review", [])
    path = f"orders/{placed['number']}/"
    assert desk.get(f"{path}description/").json == {
        "to_identify": True,
        "described_set": "Pirate ship, 1993",
        "described": "The grey dome.",
    }
    assert desk.post(f"{path}review/", {"decision": "approve"}).is_refused(409, "described_only")
    wrong = desk.post(f"{path}identify/", {"set_num": "1-1", "lines": [{"bag": "14"}]})
    assert wrong.problems == {("/set_num", "unknown_set")}
    found = desk.post(f"{path}identify/", {"set_num": "75290-1", "lines": [{"bag": "14"}]})
    assert [line["bag"] for line in found.json["lines"]] == ["14"]
    assert desk.post(f"{path}identify/", {}).is_refused(409, "nothing_to_identify")
    assert desk.post(f"{path}review/", {"decision": "approve"}).json["status"] == "received"


def test_less_is_sent_than_was_asked_for(cantina: SmallSet, desk: Caller) -> None:
    order = order_for(LineRequest(part_num="3001", color_id=4, quantity=3), described="And the dome.")
    Order.objects.update(to_identify=False)
    line = order.lines.get()
    path = f"orders/{order.number}/review/"
    trim = {"decision": "trim", "word": "many"}
    assert desk.post(path, trim).problems == {("/quantities", "required")}
    assert desk.post(path, trim | {"quantities": {"x": 1}}).problems == {("/quantities/x", "unknown_line")}
    answer = desk.post(path, trim | {"quantities": {str(line.pk): 1}})
    assert [line["quantity"] for line in answer.json["lines"]] == [1]
    assert Message.objects.filter(kind="trimmed").exists()


def test_another_piece_is_offered_and_the_customer_says_yes(cantina: SmallSet, desk: Caller) -> None:
    variant = piece("3024b", 71, "Plate 1 x 1 with rim", "Light Bluish Gray", "A0A5A9", 230)
    PartRelation.objects.create(kind="M", child=variant.part, parent=cantina.grey.part)
    stock_piece(variant, 5)
    order = allocated_order(LineRequest(part_num="3024", color_id=71))
    path = f"orders/{order.number}/substitutes/"
    (candidate,) = desk.get(f"{path}candidates/").json["candidates"]
    assert (candidate["offered"]["part_num"], candidate["available"]) == ("3024b", 5)
    offer = {
        "line": candidate["line"],
        "wanted": {"part_num": "3024", "color_id": 71},
        "offered": {"part_num": "3024b", "color_id": 71},
    }
    unknown = desk.post(path, offer | {"offered": {"part_num": "1", "color_id": 71}})
    assert unknown.problems == {("/offered", "unknown_piece")}
    first = desk.post(path, offer, headers={"Idempotency-Key": "k"})
    again = desk.post(path, offer, headers={"Idempotency-Key": "k"})
    assert (first.status, again.json) == (201, first.json)
    assert desk.post(path, offer).is_refused(409, "offered_already")

    customer = Caller(token=order_token(order))
    (asked,) = customer.get(path).json["offers"]
    assert (asked["answer"], asked["is_open"]) == ("", True)
    answer_path = f"{path}{asked['id']}/answer/"
    assert customer.post(answer_path, {"answer": "perhaps"}).problems == {("/answer", "unknown_answer")}
    said = customer.post(answer_path, {"answer": "yes"}).json
    assert (said["answer"], said["is_open"]) == ("yes", False)
    assert customer.get(f"orders/{order.number}/").json["status"] == "allocated"
    assert customer.post(answer_path, {"answer": "no"}).is_refused(409, "answered_already")
    refused = customer.post(answer_path, {"answer": "no"}, headers={"Accept-Language": "es"})
    assert refused.json["detail"] == "Ya has respondido a esta pregunta."


def test_offer_belongs_to_its_own_order_only(cantina: SmallSet, desk: Caller) -> None:
    johns, marias = order_for(), order_for()
    now = johns.created_at
    offer = Substitution.objects.create(
        line=johns.lines.get(), wanted=cantina.red, offered=cantina.grey, quantity=1, offered_at=now
    )
    path = f"orders/{marias.number}/substitutes/"
    maria = Caller(token=order_token(marias))
    assert maria.post(f"{path}{offer.pk}/answer/", {"answer": "yes"}).is_refused(404, "not_found")
    named = {"part_num": "3001", "color_id": 4}
    wanted = {"line": johns.lines.get().pk, "wanted": named, "offered": named}
    assert desk.post(path, wanted).is_refused(404, "not_found")


def test_letter_is_opened_changed_and_previewed(cantina: SmallSet, voices: None, desk: Caller) -> None:
    order = written(order_for())
    path = f"orders/{order.number}/letter/"
    opened = desk.get(f"{path}texts/").json
    texts = [each["text"] for each in opened["texts"]]
    assert (opened["version"], opened["has_left"], len(texts) > 2) == (1, False, True)
    wishes = {"version": 1, "note": "Say hello to your cat.", "texts": texts}
    preview = desk.post(f"{path}preview/", wishes)
    assert (preview.type, preview.response.content[:4]) == ("application/pdf", b"%PDF")
    assert LetterVersion.objects.count() == 1
    changed = desk.post(f"{path}texts/", wishes, headers={"Idempotency-Key": "k"})
    assert desk.post(f"{path}texts/", wishes, headers={"Idempotency-Key": "k"}).json == changed.json
    assert "cat" not in str(IdempotencyKey.objects.get().body)
    assert (changed.status, changed.json["version"]) == (201, 2)
    assert "Say hello to your cat." in changed.json["body"]
    assert desk.post(f"{path}texts/", wishes).is_refused(409, "letter_changed")
    empty = desk.post(f"{path}texts/", wishes | {"version": 2, "texts": ["", *texts[1:]]})
    assert ("/texts/0", "missing") in empty.problems
    assert [row["version"] for row in desk.get("letters/").json["results"]] == [2, 1]
    assert desk.get(f"{path}1/").json["body"] != changed.json["body"]
    assert desk.get(f"{path}1.pdf").type == "application/pdf"
    assert desk.get(f"{path}9/").is_refused(404, "not_found")


def test_waiting_letter_is_listed_with_its_reason_and_released(
    cantina: SmallSet, voices: None, desk: Caller
) -> None:
    order = written(order_for(customer=dataclasses.replace(JOHN, name="王小明")))
    (held,) = desk.get("letters/waiting/").json["results"]
    trouble = {"what": "customer", "text": "王小明", "characters": "王小明"}
    assert (held["order"], held["reason"], held["troubles"]) == (order.number, "unprintable", [trouble])
    path = f"orders/{order.number}/letter/release/"
    assert desk.post(path, {"print_as": {"王小明": ""}}).problems == {("/print_as/王小明", "missing")}
    assert desk.post(path, {"print_as": {"王小明": "Wang Xiaoming"}}).status == 200
    assert Letter.objects.get().print_as == {"王小明": "Wang Xiaoming"}
    assert desk.get("letters/waiting/").json["results"] == []
    assert desk.post(path, {}).is_refused(409, "letter_does_not_wait")


def test_mail_is_shown_without_its_proof(cantina: SmallSet, desk: Caller) -> None:
    order = order_for()
    mail_confirmation_link(order, "erase")
    mail = Message.objects.get(kind="erase")
    assert "?proof=" in mail.body
    (proof,) = re.findall(r"proof=(\S+)", mail.body)
    read = desk.get(f"orders/{order.number}/mails/{mail.pk}/").json["body"]
    assert proof not in read
    assert "?proof=..." in read


def test_mails_are_read_and_sent_again(cantina: SmallSet, desk: Caller) -> None:
    from orders.intake.placing import place_order

    order = place_order(wanted=request_for("75290-1", described="The dome."), channel="web").order
    path = f"orders/{order.number}/mails/"
    (row,) = desk.get(path).json["mails"]
    assert (row["kind"], row["state"]) == ("in_review", "queued")
    mail = desk.get(f"{path}{row['id']}/").json
    assert order.number in mail["body"]
    assert "to_email" not in mail
    assert order_token(order) not in mail["body"]
    assert desk.post(f"{path}{row['id']}/send-again/").is_refused(409, "still_under_way")
    Message.objects.update(state="bounced")
    assert desk.post(f"{path}{row['id']}/send-again/").status == 202
    assert Message.objects.count() == 2
    other = order_for()
    assert desk.get(f"orders/{other.number}/mails/{row['id']}/").is_refused(404, "not_found")
