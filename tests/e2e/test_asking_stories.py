"""Asking for parts, from the front page to the confirmation, as people do it."""

import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from catalog.models import Content
from notifications.letters.voices_loading import load_voices
from orders.models import Order
from tests.cast import SmallSet, small_set
from tests.e2e.customer import Customer

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Customer]


@pytest.mark.parametrize("language", ["en", "fa"])
def test_by_keyboard_alone(visit: Visit, cantina: SmallSet, language: str) -> None:
    john = visit(language=language)
    john.open("/sets/75290-1/request/?bag=14")
    john.choose_country("US")
    page = john.page
    page.evaluate("document.activeElement.blur()")

    def tab_to(selector: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                return
        raise AssertionError(f"no way to {selector} by keyboard")

    for name, text in {"name": "John", "email": "john@example.com"}.items():
        tab_to(f"[name={name}]")
        page.keyboard.type(text)
    for name, text in {
        "line1": "1 Main St",
        "city": "Springfield",
        "region": "IL",
        "postal_code": "62701",
    }.items():
        tab_to(f"[name={name}]")
        page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(".button[value=place]")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert Order.objects.count() == 1


def test_an_unknown_bag_in_words(visit: Visit, transactional_db: None) -> None:
    load_voices()
    small_set("10000-1", bags_known=False)
    maria = visit(language="es", width=360, script=False)
    maria.open("/sets/10000-1/")
    with maria.page.expect_navigation():
        maria.page.locator("#choose .button[formaction]").first.click()
    maria.page.fill("input[name=bag][type=text]", "3B")
    maria.type_address()
    maria.look()
    maria.press("check")
    assert "uno o dos días laborables" in maria.page.inner_text(".note")
    maria.press("place")
    assert Order.objects.get().state == Order.State.IN_REVIEW
    maria.look()


def test_three_pieces_chosen_without_a_script(visit: Visit, cantina: SmallSet) -> None:
    sara = visit(language="fa", width=360, script=False)
    sara.open("/sets/75290-1/")
    for key in ("3001:4", "3001:4", "3024:71"):
        with sara.page.expect_navigation():
            sara.page.click(f"button[name=add][value='{key}']")
    sara.look()
    with sara.page.expect_navigation():
        sara.page.click(".chosen .button")
    assert sara.page.locator("[name=quantity]").first.input_value() == "2"
    sara.page.fill("[name=find]", "Tile")
    with sara.page.expect_navigation():
        sara.page.press("[name=find]", "Enter")
    with sara.page.expect_navigation():
        sara.page.click("button[value='add:3070b:19']")
    sara.page.fill("#id_quantity-2", "۳")
    sara.page.select_option("#id_reason-2", "lost")
    sara.type_address()
    sara.look()
    sara.press("check")
    sara.press("place")
    lines = Order.objects.get().lines.values_list("piece__part__part_num", "quantity", "reason")
    assert list(lines) == [("3001", 2, "missing"), ("3024", 1, "missing"), ("3070b", 3, "lost")]


def test_a_whole_minifigure(visit: Visit, cantina: SmallSet) -> None:
    assert cantina.set.inventory is not None
    for piece, spare in ((cantina.red, False), (cantina.grey, False), (cantina.grey, True)):
        figure = "" if spare else "Stormtrooper"
        Content.objects.create(
            inventory=cantina.set.inventory, piece=piece, quantity=1, minifig=figure, is_spare=spare
        )
    maria = visit(language="es", width=360, script=False)
    maria.open("/sets/75290-1/")
    maria.page.click("#pieces summary")
    with maria.page.expect_navigation():
        maria.page.click("button[name=figure]")
    maria.look()
    with maria.page.expect_navigation():
        maria.page.click(".chosen .button")
    assert maria.page.locator(".kindly").count() == 1
    maria.type_address()
    maria.look()
    maria.press("check")
    maria.press("place")
    assert Order.objects.get().lines.count() == 2


def test_a_pasted_list(visit: Visit, cantina: SmallSet) -> None:
    john = visit(width=360, script=False)
    john.open("/sets/75290-1/request/")
    john.page.click("#list summary")
    john.page.fill("[name=list]", "element_id,quantity\n300121,2\n999999,1\n3024,71,1")
    john.type_address()
    john.press("list")
    assert "Line 2" in john.page.inner_text(".error-summary")
    assert john.page.input_value("[name=list]") == "element_id,quantity\n999999,1"
    assert john.page.input_value("[name=line1]") == "1 Main St"
    john.look()
    john.page.fill("[name=list]", "")
    john.press("check")
    john.look()
    john.press("place")
    assert list(Order.objects.get().lines.values_list("piece__part__part_num", "quantity")) == [
        ("3001", 2),
        ("3024", 1),
    ]


def test_over_the_limit(visit: Visit, cantina: SmallSet, settings: Any) -> None:
    settings.LIMIT_BAGS_PER_ORDER = 1
    maria = visit(language="es", width=360, script=False)
    maria.open("/sets/75290-1/request/?bag=13&bag=14")
    assert "Hasta 1 bolsa" in maria.page.inner_text("main")
    maria.type_address()
    maria.press("check")
    assert "casi siempre" in maria.page.inner_text(".note")
    maria.look()
    maria.press("place")
    assert Order.objects.get().state == Order.State.IN_REVIEW
    maria.look()


def test_my_set_is_not_listed(visit: Visit, transactional_db: None) -> None:
    sara = visit(language="fa", width=360, script=False)
    sara.open("/not-listed/")
    sara.press("check")
    assert sara.page.locator(".error-summary li").count() >= 4
    sara.look()
    sara.page.fill("[name=described_set]", "کشتی دزدان دریایی")
    sara.page.fill("[name=described]", "دکل بزرگ آن")
    sara.type_address()
    sara.press("check")
    sara.look()
    sara.press("place")
    assert Order.objects.get().to_identify
    assert "کشتی دزدان دریایی" in sara.page.inner_text("main")
    sara.look()


def test_a_form_with_everything_in_it_is_for_everybody(visit: Visit, cantina: SmallSet) -> None:
    assert cantina.set.inventory is not None
    Content.objects.create(inventory=cantina.set.inventory, piece=cantina.grey, quantity=1, is_spare=True)
    john = visit(width=360)
    john.open("/sets/75290-1/?piece=3024:71")
    john.page.click(".chosen summary")
    john.look()
    john.open("/sets/75290-1/request/?bag=14&piece=3024:71")
    john.page.fill("[name=find]", "brick")
    john.press("find")
    john.look()


def test_pieces_chosen_with_a_script_without_leaving_the_page(visit: Visit, cantina: SmallSet) -> None:
    john = visit(width=360)
    john.open("/sets/75290-1/")
    page = john.page
    page.fill("#q", "tile")
    expect(page.locator(".pieces li")).to_have_count(1)
    page.click("button[name=add]")
    page.wait_for_selector(".chosen")
    assert "piece=3070b%3A19" in page.url
    assert page.input_value("#q") == "tile"
    john.look()
    page.click(".chosen summary")
    page.click("button[name=drop]")
    page.wait_for_selector(".chosen", state="detached")
    john.look()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_ticked_bag_stays_in_sight_among_the_pieces(visit: Visit, cantina: SmallSet, script: bool) -> None:
    john = visit(width=360, script=script)
    john.open("/sets/75290-1/")
    bar = john.page.locator(".chosen-bags")
    expect(bar).to_be_hidden()
    john.page.check("input[name=bag][value='14']")
    expect(bar).to_be_visible()
    john.look()
    john.page.uncheck("input[name=bag][value='14']")
    expect(bar).to_be_hidden()
    john.page.check("input[name=bag][value='14']")
    bar.locator("button").click()
    assert "bag=14" in john.page.url
    john.open("/sets/75290-1/?bag=14&piece=3024:71")
    expect(john.page.locator(".chosen .ticked")).to_be_visible()
    john.look()


def test_sets_are_found_as_one_types(visit: Visit, cantina: SmallSet) -> None:
    john = visit(width=360)
    john.open("/")
    john.page.type("#q", "75290")
    expect(john.page.locator("#found a.set-row")).to_be_in_viewport()
    john.look()


def test_an_address_error_is_corrected(visit: Visit, cantina: SmallSet) -> None:
    maria = visit(language="es", width=360, script=False)
    maria.ask_for_bag()
    maria.page.fill("[name=postal_code]", "SW1A 1AA")
    maria.page.fill("[name=message]", "Queridos empaquetadores")
    maria.press("check")
    assert maria.page.title().startswith("Error:")
    maria.page.click(".error-summary a")
    assert maria.page.url.endswith("#id_postal_code")
    assert maria.page.input_value("[name=postal_code]") == "SW1A 1AA"
    assert maria.page.input_value("[name=message]") == "Queridos empaquetadores"
    maria.look()
    maria.page.fill("[name=postal_code]", "62701")
    maria.press("check")
    maria.press("place")
    assert Order.objects.get().contact.message == "Queridos empaquetadores"


@pytest.mark.parametrize("language", ["en", "es", "fa"])
def test_a_page_full_of_errors_is_a_page_for_everybody(
    visit: Visit, cantina: SmallSet, language: str
) -> None:
    john = visit(language=language, width=360)
    john.open("/sets/75290-1/request/?piece=3001:4")
    john.page.fill("[name=quantity]", "99")
    john.page.fill("[name=name]", "J" * 10_000)
    john.page.click("#list summary")
    john.page.fill("[name=list]", "999999,1")
    john.press("list")
    john.look()
    john.page.fill("[name=list]", "")
    john.press("check")
    assert john.page.locator(".error-summary li").count() >= 4
    assert len(john.page.input_value("[name=name]")) == 10_000
    john.look()


def test_pressed_twice_is_one_order(visit: Visit, cantina: SmallSet) -> None:
    john = visit(width=360)
    john.ask_for_bag()
    john.press("check")
    with john.page.expect_navigation(url="**/orders/**"):
        john.page.evaluate("""
            const button = document.querySelector('.button[value=place]');
            button.click(); button.click();
        """)
    assert Order.objects.count() == 1


def test_pressed_twice_without_a_script_is_one_order(visit: Visit, cantina: SmallSet) -> None:
    maria = visit(language="es", width=360, script=False)
    maria.ask_for_bag()
    maria.press("check")
    maria.look()
    maria.page.dblclick(".button[value=place]")
    # The second press breaks off the first one's navigation, at whatever point that has reached.
    expect(maria.page).to_have_url(re.compile("/orders/B14-"))
    maria.page.wait_for_load_state()
    maria.look()
    assert Order.objects.count() == 1


def test_back_and_send_again_is_one_order(visit: Visit, cantina: SmallSet) -> None:
    sara = visit(language="fa", width=360, script=False)
    first = sara.place_bag()
    sara.page.go_back()
    sara.press("place")
    assert first.number in sara.page.url
    assert Order.objects.count() == 1


def test_back_to_the_form_keeps_what_was_typed(visit: Visit, cantina: SmallSet) -> None:
    john = visit(width=360)
    john.ask_for_bag()
    john.press("check")
    john.press("change")
    assert john.page.input_value("[name=line1]") == "1 Main St"
    john.press("check")
    john.page.go_back()
    john.page.go_back()
    assert john.page.input_value("[name=city]") == "Springfield"


@pytest.mark.parametrize("script", [True, False])
def test_the_language_changes_in_the_middle_and_nothing_is_lost(
    visit: Visit, cantina: SmallSet, script: bool
) -> None:
    john = visit(width=360, script=script)
    john.ask_for_bag()
    with john.page.expect_navigation():
        john.page.click("[value='language:fa']")
    assert john.page.get_attribute("html", "dir") == "rtl"
    assert john.page.input_value("[name=line1]") == "1 Main St"
    assert john.page.is_checked("input[name=bag][value='14']")
    john.press("check")
    with john.page.expect_navigation():
        john.page.click("[value='language:es']")
    assert "Revisa tus respuestas" in john.page.inner_text("h1")
    john.press("place")
    assert Order.objects.get().language == "es"


def test_the_address_form_follows_the_country_and_keeps_the_rest(visit: Visit, cantina: SmallSet) -> None:
    john = visit()
    john.ask_for_bag()
    john.page.focus("#id_country")
    john.choose_country("DE")
    assert john.page.locator("[name=region]").count() == 0
    assert john.page.input_value("[name=name]") == "John"
    assert john.page.input_value("[name=city]") == "Springfield"
    assert john.page.evaluate("document.activeElement.id") == "id_country"


def test_a_customer_who_adds_a_piece_by_keyboard_stays_where_they_are(
    visit: Visit, cantina: SmallSet
) -> None:
    john = visit(width=360)
    john.open("/sets/75290-1/")
    second = john.page.locator("#piece-list .pieces button").nth(1)
    second.focus()
    john.page.keyboard.press("Enter")
    expect(john.page.locator("#chosen summary")).to_contain_text("1")
    expect(second).to_be_focused()
    expect(second).to_contain_text("One more")
    john.open("/sets/75290-1/?piece=3001:4&piece=3024:71&piece=3070b:19")
    john.page.click("#chosen summary")
    john.page.focus("#chosen [name=drop]")
    john.page.keyboard.press("Enter")
    expect(john.page.locator("#chosen summary")).to_contain_text("2")
    expect(john.page.locator("#chosen [name=drop]").first).to_be_focused()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sets/75290-1/",
        "/sets/75290-1/request/?piece=3001:4",
        "/not-listed/",
        "/orders/find/",
        "/privacy/",
    ],
)
@pytest.mark.parametrize("width", [320, 640])
def test_enlarged_twofold_or_on_the_smallest_phone_nothing_runs_out_of_the_page(
    visit: Visit, cantina: SmallSet, path: str, width: int
) -> None:
    for language in ("en", "es", "fa"):
        john = visit(language=language, width=width, script=False)
        john.open(path)
        john.fits()


def test_the_first_page_is_light(visit: Visit, cantina: SmallSet) -> None:
    john = visit()
    sizes: dict[str, int] = {}

    def weigh(response: Any) -> None:
        sizes[response.url] = len(gzip.compress(response.body()))

    john.page.on("response", weigh)
    john.open("/")
    john.page.wait_for_load_state("networkidle")
    scripts = sum(size for url, size in sizes.items() if ".js" in url)
    assert 0 < scripts < 30_000
    assert sum(sizes.values()) < 100_000


@pytest.mark.parametrize("path", ["/", "/sets/75290-1/?piece=3001:4", "/sets/75290-1/request/?bag=14"])
def test_nothing_jumps_while_a_page_loads(visit: Visit, cantina: SmallSet, path: str) -> None:
    """What comes late (pictures, scripts, parts) moves nothing. A busy machine may paint half of what it has read."""
    for width in (360, 1280):
        john = visit(width=width)
        john.open(path)
        john.page.wait_for_load_state("networkidle")
        shifted = john.page.evaluate("""() => new Promise(resolve => {
            let sum = 0;
            const read = performance.getEntriesByType("navigation")[0].domInteractive;
            const late = entry => entry.startTime > read;
            new PerformanceObserver(list => list.getEntries().filter(late).forEach(entry => { sum += entry.value; }))
                .observe({type: "layout-shift", buffered: true});
            setTimeout(() => resolve(sum), 300);
        })""")
        assert shifted == 0


def test_a_customer_who_wants_no_motion_gets_none(visit: Visit, cantina: SmallSet) -> None:
    john = visit(width=360)
    john.page.emulate_media(reduced_motion="reduce")
    for path in ("/", "/sets/75290-1/", "/sets/75290-1/request/?bag=14"):
        john.open(path)
        moving = john.page.evaluate("""() => [...document.querySelectorAll("*")].filter(each => {
            const style = getComputedStyle(each);
            return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0;
        }).length""")
        assert moving == 0


def test_on_paper_stands_what_one_keeps_and_nothing_to_press(visit: Visit, cantina: SmallSet) -> None:
    john = visit()
    order = john.place_bag()
    john.page.emulate_media(media="print", color_scheme="dark")
    assert order.number in john.page.inner_text("main")
    for gone in (".site-nav", ".languages", ".site-footer", ".foot", ".order-lines button", ".actions"):
        for each in john.page.locator(gone).all():
            assert not each.is_visible(), gone
    assert john.page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
