"""The floor's day with a keyboard and a scanner alone: a wave, its walk, the scale, the hand-over."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.models import Role, User
from core.jobs import run_job
from core.models import Job
from notifications.letters.voices_loading import load_voices
from orders.floor.counting import start_count
from orders.floor.picking import create_wave
from orders.intake.order_request import LineRequest
from orders.models import Order, PrintRun, Shipment
from orders.parcels.printing import make_print_run
from tests.cast import allocated_order, small_set, stock_bag, stock_piece
from tests.e2e.scanner import scan, type_text
from warehouse.models import Bin, StockItem, StockMovement

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"
RED = LineRequest(part_num="3001", color_id=4, quantity=2)
GREY = LineRequest(part_num="3024", color_id=71, quantity=1)
# Every tone the page lets sound, in Hz: a scan is answered aloud, since a picker does not look at the screen.
WRONG_TONE, RIGHT_TONE = 160, 1320
LISTEN = """
    window.tones = [];
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
        window.tones.push(this.frequency.value);
        return start.apply(this, when);
    };
"""


@pytest.fixture
def orders(transactional_db: None) -> list[Order]:
    """Two orders that can be picked in one walk of three stops."""
    load_voices()
    User.objects.create_user("paula", password=PASSWORD, role=Role.WAREHOUSE)
    cantina = small_set()
    stock_bag(cantina.bag14, 1, "A-01-1-01")
    stock_piece(cantina.red, 10, "A-02-1-01")
    stock_piece(cantina.grey, 10, "A-03-1-01")
    return [allocated_order(LineRequest(bag="14"), RED), allocated_order(GREY, RED)]


def _nothing_found_by_axe(page: Page) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {selector} by keyboard")


def _print_the_wave(page: Page) -> None:
    """To the papers and back: asked for with Enter, made by the job, there to be opened."""
    _tab_to(page, "a[href$='/papers/']")
    scan(page)
    _nothing_found_by_axe(page)
    scan(page)
    run = PrintRun.objects.get()
    job = Job.objects.get(kind="print_wave", subject=run.pk)
    while PrintRun.objects.get().finished_at is None:
        run_job(job.pk, make_print_run)
    link = page.get_by_role("link", name="Open the PDF, 4 pages")
    expect(link).to_be_visible()  # the page looks again by itself
    _nothing_found_by_axe(page)
    address = link.get_attribute("href")
    assert page.request.get(f"{page.url.partition('/dashboard')[0]}{address}").body().startswith(b"%PDF")
    _tab_to(
        page,
        "a[href^='/dashboard/waves/'][href$='/']:not([href$='/papers/']):not([href='/dashboard/waves/'])",
    )
    scan(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_a_wave_from_release_to_hand_over_by_keyboard_alone(
    page: Page, live_server: Any, orders: list[Order], width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 860})
    page.emulate_media(color_scheme=scheme)
    noises: list[str] = []
    page.on("pageerror", lambda error: noises.append(str(error)))
    page.add_init_script(LISTEN)

    page.goto(f"{live_server.url}/dashboard/orders/")
    _nothing_found_by_axe(page)
    type_text(page, "paula")
    page.keyboard.press("Tab")
    scan(page, PASSWORD)

    expect(page.get_by_role("heading", name="Orders", exact=True)).to_be_visible()
    _nothing_found_by_axe(page)
    for order in orders:
        _tab_to(page, f'input[value="{order.number}"]')
        page.keyboard.press("Space")
    _tab_to(page, ".stick .button")
    scan(page)

    expect(page.locator(".big-bin")).to_have_text("A-01-1-01")
    _nothing_found_by_axe(page)
    _print_the_wave(page)
    _tab_to(page, "[name=scan]")
    scan(page, "A-01-1-01")
    expect(page.locator(".big-bin")).to_have_text("A-02-1-01")
    # The grey plate from the next bin: refused, and the scan after it counts.
    scan(page, "3024")
    expect(page.get_by_role("alert").first).to_contain_text(
        "Wrong: 3024 belongs to A-03-1-01, not here. Put it back."
    )
    assert page.evaluate("tones.at(-1)") == WRONG_TONE
    _nothing_found_by_axe(page)
    scan(page, "300121")
    assert page.evaluate("tones.at(-1)") == RIGHT_TONE
    scan(page, "A-03-1-01")
    expect(page.get_by_text("Every stop is done.")).to_be_visible()
    scan(page)

    for slot, order in enumerate(orders, start=1):
        expect(page.locator(".slot-big")).to_contain_text(str(slot))
        if slot == 1:
            scan(page, "20")
            expect(page.locator(".difference")).to_contain_text("too light")
            _nothing_found_by_axe(page)
        weight = page.locator(".big-figure").inner_text()
        scan(page, weight.removesuffix(" g"))
        expect(page.get_by_text("Packed.", exact=False).first).to_be_visible()
        _nothing_found_by_axe(page)
        type_text(page, f"1Z{slot}")
        if slot == 1:
            page.keyboard.press("Tab")
            type_text(page, "UPS")
        scan(page)
        assert Shipment.objects.get(order=order).tracking_number == f"1Z{slot}"

    expect(page.get_by_text("is on its way.")).to_be_visible()
    for address in ("/dashboard/parcels/", "/dashboard/parcels/hand-over/"):
        _tab_to(page, f"a[href='{address}']")
        scan(page)
    expect(page.get_by_role("heading", name="UPS: 2 parcels")).to_be_visible()
    assert set(Shipment.objects.values_list("status", "carrier")) == {("shipped", "UPS")}
    _nothing_found_by_axe(page)
    assert noises == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_other_pages_and_none_is_too_wide_for_a_phone(
    page: Page, live_server: Any, orders: list[Order], scheme: Any
) -> None:
    User.objects.create_user("leo", password=PASSWORD, role=Role.LEAD)
    page.set_viewport_size({"width": 400, "height": 860})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{live_server.url}/sign-in/")
    type_text(page, "leo")
    page.keyboard.press("Tab")
    scan(page, PASSWORD)
    wave = create_wave(numbers=[orders[1].number], by=None)
    Order.objects.filter(pk=orders[0].pk).update(state="in_review", review_reasons=["many_bags"])
    for path in (
        "",
        "../account/",
        "../sign-in/second-factor/",
        f"orders/{orders[0].number}/",
        "orders/?view=all",
        "waves/",
        f"waves/{wave.pk}/list/",
        "parcels/",
        "stock/?q=red",
        "stock/bins/",
        f"stock/bins/{Bin.objects.earliest('pk').pk}/",
        "stock/receive/",
        "stock/file/",
        f"stock/counts/{start_count(bin_code='A-01-1-01', by=None).pk}/",
        "parcels/hand-over/",
        f"stock/{StockItem.objects.earliest('pk').pk}/",
        "letters/",
        "reports/",
    ):
        assert page.goto(f"{live_server.url}/dashboard/{path}").ok  # type: ignore[union-attr]
        _nothing_found_by_axe(page)
        assert not page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        ), path


@pytest.mark.parametrize("path", ["", "orders/?view=ready"])
def test_the_pages_do_their_work_without_javascript(
    browser: Any, live_server: Any, orders: list[Order], path: str
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}/dashboard/{path}")
    page.fill("#id_username", "paula")
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What waits" if not path else "Orders")
    if path:
        page.check(f'input[value="{orders[0].number}"]')
        page.get_by_role("button", name="Make a wave of the ticked").click()
        page.get_by_role("button", name="Taken, next stop").click()
        expect(page.get_by_text("1 of 1 taken.")).to_be_visible()


def test_a_scan_that_did_not_arrive_says_so_and_is_sent_again(
    page: Page, live_server: Any, orders: list[Order]
) -> None:
    page.goto(f"{live_server.url}/sign-in/")
    type_text(page, "paula")
    page.keyboard.press("Tab")
    scan(page, PASSWORD)
    wave = create_wave(numbers=[orders[0].number], by=None)
    page.goto(f"{live_server.url}/dashboard/waves/{wave.pk}/")
    page.route("**/picks/*/", lambda route: route.abort())
    type_text(page, "A-01-1-01")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Not sent: the server did not answer.")
    assert not wave.picks.filter(picked_at__isnull=False).exists()
    page.unroute("**/picks/*/")
    # It arrives, and the answer is lost on the way back: sent once more it counts once.
    lost = []

    def lose_the_answer(route: Any) -> None:
        lost.append(route.fetch(max_redirects=0).status)
        route.abort()

    page.route("**/picks/*/", lose_the_answer, times=1)
    with page.expect_event("requestfailed"):
        page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Not sent: the server did not answer.")
    assert lost == [302]
    scan(page)
    expect(page.locator(".big-bin")).to_have_text("A-02-1-01")
    assert StockMovement.objects.filter(reason="picked").count() == 1
