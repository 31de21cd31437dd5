"""A scan at a stop of the walk: one place decides it, for the page and for programs."""

import pytest
from django.test import Client

from accounts.models import Role, issue_api_key
from catalog.models import Content, Inventory, Piece
from core.refusals import Refusal
from orders.floor.picking import confirm_pick, create_wave
from orders.floor.scans import check_scan
from orders.intake.order_request import LineRequest
from orders.models import Order, Pick, Wave
from tests.api.callers import Caller
from tests.cast import SmallSet, allocated_order, piece, staff_user, stock_bag, stock_piece

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cantina")]

RED = LineRequest(part_num="3001", color_id=4, quantity=2)
LIGHT = LineRequest(part_num="3024", color_id=71, quantity=1)
DARK = LineRequest(part_num="3024", color_id=72, quantity=1)


@pytest.fixture
def dark(cantina: SmallSet) -> Piece:
    """The grey plate again, in another grey."""
    found = piece("3024", 72, "Plate 1 x 1", "Dark Bluish Gray", "6C6E68", 220, element="302472")
    Content.objects.create(inventory=Inventory.objects.get(), bag=None, piece=found, quantity=2)
    return found


@pytest.fixture
def walk(cantina: SmallSet, dark: Piece) -> Wave:
    """Four stops: red bricks, bag 14, and two greys of one plate, each in a bin of its own."""
    stock_piece(cantina.red, 5, "A-01-1-01")
    stock_bag(cantina.bag14, 1, "B-01-1-01")
    stock_piece(cantina.grey, 5, "C-01-1-01")
    stock_piece(dark, 5, "D-01-1-01")
    return _wave(allocated_order(RED, LineRequest(bag="14")), allocated_order(LIGHT), allocated_order(DARK))


@pytest.fixture
def packer() -> Caller:
    """A scanner's program."""
    paula = staff_user(Role.WAREHOUSE)
    return Caller(issue_api_key(name="scanner", role=Role.WAREHOUSE, user=paula)[1])


@pytest.fixture
def paula() -> Client:
    client = Client()
    client.force_login(staff_user(Role.WAREHOUSE))
    return client


def _wave(*orders: Order) -> Wave:
    return create_wave(numbers=[order.number for order in orders], by=None)


def _stop(wave: Wave, sku: str) -> Pick:
    return wave.picks.get(level__item__sku=sku)


@pytest.mark.parametrize(
    ("sku", "scanned"),
    [
        ("P:3001:4", "P:3001:4"),
        ("P:3001:4", " p:3001:4 "),
        ("P:3001:4", "a-01-1-01"),
        ("P:3001:4", "A-۰۱-۱-۰۱"),
        ("P:3001:4", "3001"),
        ("P:3001:4", "300121"),
        ("B:75290-1:14", "b:75290-1:14"),
        ("B:75290-1:14", "B-01-1-01"),
        ("P:3024:72", "302472"),
        ("P:3024:72", "D-01-1-01"),
    ],
)
def test_what_names_the_stop_is_taken(walk: Wave, sku: str, scanned: str) -> None:
    check_scan(_stop(walk, sku), scanned)


@pytest.mark.parametrize(
    ("sku", "scanned", "code", "said"),
    [
        ("P:3001:4", "B-01-1-01", "wrong_bin", "Wrong bin: this is B-01-1-01. Go to A-01-1-01."),
        ("P:3001:4", "b-01-1-01", "wrong_bin", "Wrong bin: this is b-01-1-01. Go to A-01-1-01."),
        ("P:3001:4", "302472", "wrong_item", "belongs to D-01-1-01, not here. Put it back."),
        ("P:3001:4", "B:75290-1:14", "wrong_item", "belongs to B-01-1-01, not here. Put it back."),
        ("P:3001:4", "300122", "wrong_item", "is neither this bin nor this item. Put it back."),
        ("P:3001:4", "A-01-1-0", "wrong_item", "is neither this bin nor this item. Put it back."),
        ("P:3024:71", "P:3024:72", "wrong_item", "belongs to D-01-1-01, not here. Put it back."),
        ("P:3024:71", "3024", "wrong_item", "several colours: scan the element id, the SKU or the bin."),
        ("B:75290-1:14", "B:75290-1:1", "wrong_item", "is neither this bin nor this item. Put it back."),
    ],
)
def test_what_names_something_else_is_refused(
    walk: Wave, sku: str, scanned: str, code: str, said: str
) -> None:
    with pytest.raises(Refusal) as refused:
        check_scan(_stop(walk, sku), scanned)
    assert (refused.value.status, refused.value.code) == (409, code)
    (problem,) = refused.value.problems
    assert problem.pointer == "/scanned"
    assert said in str(problem.detail)


def test_a_bin_names_nothing_while_both_greys_lie_in_it(cantina: SmallSet, dark: Piece) -> None:
    stock_piece(cantina.grey, 5, "C-01-1-01")
    stock_piece(dark, 5, "C-01-1-01")
    wave = _wave(allocated_order(LIGHT), allocated_order(DARK))
    with pytest.raises(Refusal) as refused:
        check_scan(_stop(wave, "P:3024:71"), "C-01-1-01")
    assert "scan the element id or the SKU" in str(refused.value.detail)
    check_scan(_stop(wave, "P:3024:71"), "P:3024:71")


def test_what_is_taken_already_is_one_too_many(walk: Wave) -> None:
    red = _stop(walk, "P:3001:4")
    confirm_pick(wave_id=walk.pk, pick_id=red.pk, quantity=2, scanned="300121", by=staff_user())
    with pytest.raises(Refusal) as refused:
        check_scan(_stop(walk, "B:75290-1:14"), "300121")
    assert "One too many: all of 300121 is taken already" in str(refused.value.detail)


def test_a_wrong_scan_changes_nothing(walk: Wave) -> None:
    red = _stop(walk, "P:3001:4")
    with pytest.raises(Refusal) as refused:
        confirm_pick(wave_id=walk.pk, pick_id=red.pk, quantity=2, scanned="302472", by=staff_user())
    assert refused.value.code == "wrong_item"
    red.refresh_from_db()
    assert (red.picked_at, red.level.on_hand, red.level.reserved) == (None, 5, 2)


def test_page_and_program_are_refused_alike(walk: Wave, paula: Client, packer: Caller) -> None:
    red = _stop(walk, "P:3001:4")
    for scanned, code in (("302472", "wrong_item"), ("B-01-1-01", "wrong_bin")):
        answer = packer.post(f"waves/{walk.pk}/picks/{red.pk}/", {"quantity": 2, "scanned": scanned})
        assert answer.is_refused(409, code)
        assert answer.problems == {("/scanned", code)}
        page = paula.post(f"/dashboard/waves/{walk.pk}/picks/{red.pk}/", {"quantity": "2", "scan": scanned})
        assert page.status_code == 409
        assert str(answer.json["errors"][0]["detail"]) in page.content.decode()
    right = packer.post(f"waves/{walk.pk}/picks/{red.pk}/", {"quantity": 2, "scanned": "A-01-1-01"})
    assert (right.status, right.json["picked_quantity"]) == (200, 2)


def test_a_confirmation_sent_twice_is_not_asked_for_its_scan_again(walk: Wave, packer: Caller) -> None:
    red = _stop(walk, "P:3001:4")
    sent = {"quantity": 2, "scanned": "300121"}
    assert packer.post(f"waves/{walk.pk}/picks/{red.pk}/", sent).status == 200
    assert packer.post(f"waves/{walk.pk}/picks/{red.pk}/", sent).status == 200


def test_a_scanner_that_sends_no_scan_goes_on_as_before(walk: Wave, packer: Caller) -> None:
    red = _stop(walk, "P:3001:4")
    assert packer.post(f"waves/{walk.pk}/picks/{red.pk}/", {"quantity": 2}).status == 200
