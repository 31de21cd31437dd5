"""What the walk shows: look-alikes, extra pieces, another bin, a long walk, the list on paper."""

import pytest
from django.test import Client

from catalog.models import Content, Inventory
from orders.floor.picking import create_wave
from orders.intake.order_request import LineRequest
from orders.models import Order, Pick, Wave
from tests.cast import SmallSet, allocated_order, levels, piece, stock_bag, stock_piece
from tests.dashboard.pages import one_line

pytestmark = pytest.mark.django_db

RED = LineRequest(part_num="3001", color_id=4, quantity=2)
LIGHT = LineRequest(part_num="3024", color_id=71, quantity=1)
DARK = LineRequest(part_num="3024", color_id=72, quantity=1)


def _wave(*orders: Order) -> Wave:
    return create_wave(numbers=[order.number for order in orders], by=None)


def _front(page: str) -> str:
    return page[page.index('id="stop-bin"') : page.index("</section>")]


@pytest.fixture
def greys(cantina: SmallSet) -> Wave:
    """Two greys of one plate in one walk: light in A, dark in B."""
    dark = piece("3024", 72, "Plate 1 x 1", "Dark Bluish Gray", "6C6E68", 220, element="302472")
    Content.objects.create(inventory=Inventory.objects.get(), bag=None, piece=dark, quantity=2)
    stock_piece(cantina.grey, 5, "A-01-1-01")
    stock_piece(dark, 5, "B-01-1-01")
    return _wave(allocated_order(LIGHT), allocated_order(DARK))


def _scan(client: Client, wave: Wave, scan: str, quantity: int = 1) -> tuple[int, str]:
    pick = wave.picks.filter(picked_at=None).order_by("level__bin__code").first()
    assert pick is not None
    response = client.post(
        f"/dashboard/waves/{wave.pk}/picks/{pick.pk}/", {"scan": scan, "quantity": str(quantity)}
    )
    return response.status_code, response.content.decode()


def test_two_greys_differ_by_name_number_and_pattern(paula: Client, greys: Wave) -> None:
    page = paula.get(f"/dashboard/waves/{greys.pk}/").content.decode()
    front = _front(page)
    assert "Light Bluish Gray" in front
    assert "colour 71" in front
    assert "in this walk in Dark Bluish Gray (72) too" in one_line(front)
    walk = page[page.index('<ol class="walk">') :]
    patterns = {part.split('"')[0] for part in walk.split('<path d="')[1:3]}
    assert len(patterns) == 2


@pytest.mark.parametrize("first", [7, 8, 71, 72])
@pytest.mark.parametrize("other", [7, 8, 71, 72])
def test_no_two_greys_share_a_pattern(first: int, other: int) -> None:
    from catalog.templatetags.swatches import _PATTERNS

    assert first == other or _PATTERNS[first % len(_PATTERNS)] != _PATTERNS[other % len(_PATTERNS)]


def test_a_part_number_is_not_enough_where_two_colours_have_it(paula: Client, greys: Wave) -> None:
    status, page = _scan(paula, greys, "3024")
    assert status == 409
    assert "in this walk in several colours" in page
    assert _scan(paula, greys, "P:3024:71")[0] == 302


def test_a_bin_is_not_enough_where_both_greys_lie_in_it(paula: Client, cantina: SmallSet) -> None:
    dark = piece("3024", 72, "Plate 1 x 1", "Dark Bluish Gray", "6C6E68", 220, element="302472")
    Content.objects.create(inventory=Inventory.objects.get(), bag=None, piece=dark, quantity=2)
    for grey in (cantina.grey, dark):
        stock_piece(grey, 5, "A-01-1-01")
    wave = _wave(allocated_order(LIGHT), allocated_order(DARK))
    assert "scan the item, not the bin" in _front(paula.get(f"/dashboard/waves/{wave.pk}/").content.decode())
    status, page = _scan(paula, wave, "A-01-1-01")
    assert (status, "A-01-1-01 holds this part in several colours" in page) == (409, True)
    assert not wave.picks.exclude(picked_at=None).exists()


def test_the_other_grey_is_refused_with_the_bin_it_belongs_to(paula: Client, greys: Wave) -> None:
    status, page = _scan(paula, greys, "302472")
    assert status == 409
    assert "Wrong: 302472 belongs to B-01-1-01, not here. Put it back." in page


def test_an_extra_piece_is_refused_by_scan_and_by_count(paula: Client, greys: Wave) -> None:
    assert "1 too many: only 1 belong here. Put 1 back." in _scan(paula, greys, "A-01-1-01", 2)[1]
    assert _scan(paula, greys, "A-01-1-01")[0] == 302
    status, page = _scan(paula, greys, "P:3024:71")
    assert status == 409
    assert "One too many: all of P:3024:71 is taken already. Put it back." in page
    assert "is-wrong" in page


def test_the_rest_is_taken_from_the_bin_that_the_picker_names(paula: Client, cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 2)
    wave = _wave(allocated_order(RED))
    pick = wave.picks.get()
    typed = {"quantity": "1", "short_reason": "other_bin", "other_bin": "Z-09"}
    assert paula.post(f"/dashboard/waves/{wave.pk}/picks/{pick.pk}/", typed).status_code == 302
    assert levels(item)["Z-09"][0] == 1
    same = {**typed, "other_bin": "x" * 21}
    pick = Pick.objects.filter(wave=wave, picked_at=None).first() or pick
    assert paula.post(f"/dashboard/waves/{wave.pk}/picks/{pick.pk}/", same).status_code == 400


def test_a_long_walk_shows_the_next_stops_and_the_paper_shows_all(
    paula: Client, cantina: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.walk.SHORT_WALK", 1)
    stock_piece(cantina.red, 4, "A-01-1-01")
    stock_bag(cantina.bag14, 1, "B-01-1-01")
    wave = _wave(allocated_order(RED, LineRequest(bag="14")))
    page = paula.get(f"/dashboard/waves/{wave.pk}/").content.decode()
    assert "B-01-1-01" not in page
    assert "1 stops after these" in page
    paper = paula.get(f"/dashboard/waves/{wave.pk}/list/").content.decode()
    assert "B-01-1-01" in paper
    assert "2 stops for 1 parcels" in paper


def test_orders_with_one_line_make_a_wave_of_their_own(paula: Client, cantina: SmallSet) -> None:
    stock_piece(cantina.red, 20)
    stock_piece(cantina.grey, 20)
    two_lines, single, younger = allocated_order(RED, LIGHT), allocated_order(RED), allocated_order(RED)
    paula.post("/dashboard/waves/make/", {"by": "one-line", "most": "1"})
    assert [shipment.order_id for shipment in Wave.objects.get().shipments.all()] == [single.pk]
    paula.post("/dashboard/waves/make/", {"by": "age", "most": "9"})
    shipments = Wave.objects.latest("pk").shipments.order_by("slot")
    assert [shipment.order_id for shipment in shipments] == [two_lines.pk, younger.pk]
