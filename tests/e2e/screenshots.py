"""Pictures of the running product: `make screenshots` [page ...].

Contact sheets go to VAR/screenshots: one image for each page with its 12 variants (three languages, a phone and a
desk, light and dark). The README's picture goes to docs/images. Everything runs on data of its own in a temporary
folder, so the pictures are the same wherever they are taken.
"""

import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import CHROMIUM_OPTIONS, find_chromium
from tests.e2e.contact_sheet import compose_sheet

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "es", "fa")
WIDTHS = (360, 1280)
SCHEMES = ("light", "dark")
TALLEST = 3200

ADDRESS = {
    "name": "John",
    "email": "john@example.com",
    "line1": "1 Main St",
    "city": "Springfield",
    "region": "Illinois",
    "postal_code": "62701",
    "builder_name": "Emma",
}


def fill_request(page: Page, url: str) -> None:
    page.goto(f"{url}/sets/75290-1/request/?bag=14&piece=3001:4")
    if page.input_value("#id_country") != "US":
        page.select_option("#id_country", "US")
        with page.expect_navigation():
            page.click("button[value=country]")
    for name, text in ADDRESS.items():
        page.fill(f"[name={name}]", text)


def press(page: Page, action: str) -> None:
    with page.expect_navigation():
        page.click(f".button[value='{action}']")


def errors(page: Page, url: str) -> None:
    fill_request(page, url)
    page.fill("[name=postal_code]", "SW1A 1AA")
    page.fill("[name=email]", "john")
    press(page, "check")


def answers(page: Page, url: str) -> None:
    fill_request(page, url)
    press(page, "check")


def confirmation(page: Page, url: str) -> None:
    answers(page, url)
    press(page, "place")
    page.wait_for_timeout(2500)
    page.reload()


def list_mismatch(page: Page, url: str) -> None:
    page.goto(f"{url}/sets/75290-1/request/")
    page.click("#list summary")
    page.fill("[name=list]", "300121,2\n999999,1\n3024,71,99")
    press(page, "list")


def unlisted_errors(page: Page, url: str) -> None:
    page.goto(f"{url}/not-listed/")
    page.fill("[name=described_set]", "Pirate ship, 1993")
    press(page, "check")


def over_the_limit(page: Page, url: str) -> None:
    page.goto(f"{url}/not-listed/")
    page.fill("[name=described_set]", "Pirate ship, 1993")
    page.fill("[name=described]", "The big mast, dark brown, as long as a pencil.")
    if page.input_value("#id_country") != "US":
        page.select_option("#id_country", "US")
        with page.expect_navigation():
            page.click("button[value=country]")
    for name, text in ADDRESS.items():
        page.fill(f"[name={name}]", text)
    press(page, "check")
    page.wait_for_load_state()


def in_review(page: Page, url: str) -> None:
    over_the_limit(page, url)
    press(page, "place")


def following(kind: str) -> Callable[[Page, str], None]:
    """A page that follows a request: its link on the status page, or "Found it!"."""

    def open_page(page: Page, url: str) -> None:
        answers(page, url)
        press(page, "place")
        page.wait_for_timeout(1500)
        page.reload()
        with page.expect_navigation():
            page.click(".order-lines button" if kind == "found" else f"a[href*='/{kind}/']")

    return open_page


def again(page: Page, url: str) -> None:
    in_state("shipped")(page, url)
    with page.expect_navigation():
        page.click("a[href*='trouble=not_come']")
    page.fill("[name=message]", "x" * 1001)
    press(page, "send")


def in_state(what: str) -> Callable[[Page, str], None]:
    """The page of an order in this state, with all that can be unfolded."""

    def open_page(page: Page, url: str) -> None:
        from tests.e2e.pictured_orders import path_of

        page.goto(url + path_of(what, page.evaluate("navigator.language")))
        for summary in page.locator("summary").all():
            summary.click()

    return open_page


def found_link(page: Page, url: str) -> None:
    page.goto(f"{url}/orders/find/")
    page.fill("[name=number]", "B14-7K2M-9QX3")
    page.fill("[name=email]", "john@example.com")
    press(page, "find")


def opening(path: str) -> Callable[[Page, str], None]:
    def open_page(page: Page, url: str) -> None:
        page.goto(url + path)

    return open_page


PAGES: dict[str, Callable[[Page, str], None]] = {
    "home": opening("/"),
    "sets": opening("/sets/?q=castle"),
    "nothing-found": opening("/sets/?q=qqqqqq"),
    "set": opening("/sets/75290-1/?bag=14&piece=3001:4"),
    "request": fill_request,
    "errors": errors,
    "answers": answers,
    "confirmation": confirmation,
    "list": list_mismatch,
    "not-listed": unlisted_errors,
    "not-listed-answers": over_the_limit,
    "in-review": in_review,
    "waiting": in_state("waiting"),
    "packed": in_state("packed"),
    "shipped": in_state("shipped"),
    "delivered": in_state("delivered"),
    "returned": in_state("returned"),
    "declined": in_state("declined"),
    "substitute": in_state("substitute"),
    "found": following("found"),
    "more": following("more"),
    "address": following("address"),
    "data": following("data"),
    "cancel": following("cancel"),
    "data-mailed": in_state("data-mailed"),
    "erase": in_state("erase"),
    "again": again,
    "find": opening("/orders/find/"),
    "find-done": found_link,
    "privacy": opening("/privacy/"),
    "not-found": opening("/nowhere/"),
}


def take_sheet(browser: Browser, url: str, name: str, folder: Path) -> None:
    """One page in its twelve variants, composed by the browser itself."""
    shots = []
    for language, width, scheme in product(LANGUAGES, WIDTHS, SCHEMES):
        # Scripts off: every page stands still, and works.
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale=language,
            java_script_enabled=False,
        )
        page = context.new_page()
        PAGES[name](page, url)
        path = folder / f"{name}-{language}-{width}-{scheme}.png"
        page.screenshot(path=path, full_page=True)
        shots.append((path, width))
        context.close()
    compose_sheet(
        browser,
        shots,
        sheet_width=sum(WIDTHS) + 4 * 12,
        tallest=TALLEST,
        to=folder / f"{name}.png",
    )


def take_readme_picture(browser: Browser, url: str, folder: Path) -> None:
    """The set's page on a phone before the confirmation at a desk."""
    folder.mkdir(parents=True, exist_ok=True)
    desk = browser.new_page(viewport={"width": 1120, "height": 760}, locale="en", color_scheme="light")
    desk.goto(f"{url}/sets/75290-1/?bag=14")
    desk.screenshot(path=folder / "desk.png")
    phone = browser.new_page(viewport={"width": 360, "height": 700}, locale="en", color_scheme="light")
    confirmation_with_script(phone, url)
    phone.screenshot(path=folder / "phone.png")
    frame = folder / "frame.html"
    frame.write_text(
        '<body style="margin:0;width:1240px;height:800px;position:relative;background:#e3c79b;overflow:hidden">'
        '<img src="desk.png" style="position:absolute;left:30px;top:30px;width:960px;border-radius:14px">'
        '<img src="phone.png" style="position:absolute;right:30px;bottom:30px;width:320px;border-radius:24px;'
        'border:8px solid #2b2520">'
    )
    page = browser.new_page(viewport={"width": 1240, "height": 800})
    page.goto(frame.as_uri())
    page.screenshot(path=folder / "bag14.png")
    for each in (desk, phone, page):
        each.close()
    for name in ("desk.png", "phone.png", "frame.html"):
        (folder / name).unlink()


def confirmation_with_script(page: Page, url: str) -> None:
    page.goto(f"{url}/sets/75290-1/request/?bag=14")
    page.select_option("#id_country", "US")
    page.wait_for_load_state("networkidle")
    for name, text in ADDRESS.items():
        page.fill(f"[name={name}]", text)
    press(page, "check")
    press(page, "place")
    page.wait_for_selector(".letter", timeout=15_000)
    page.reload()


@contextmanager
def running_product() -> Iterator[str]:
    """The product on a copy of the sample data, with its workers; where it answers."""
    with ExitStack() as exits:
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="b14s")))
        for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "PRODUCTION", "CATALOG"):
            os.environ.pop(name, None)
        (folder / "own").mkdir()
        # Of both: a link made here is opened there, and an order placed here is none too many for its household.
        shared = {
            "SECRET_KEY": secrets.token_hex(32),
            "LIMIT_ORDERS_PER_HOUSEHOLD": "1000",
            "ANONYMOUS_ORDERS_PER_HOUR": "10000",
            "PAGES_PER_MINUTE": "100000",
            "NETWORK_ORDERS_PER_DAY": "100000",
            "MAILS_PER_ADDRESS_PER_HOUR": "1000",
            "MAILS_PER_ADDRESS_PER_DAY": "10000",
        }
        os.environ.update(shared, VAR=str(folder / "own"), DJANGO_SETTINGS_MODULE="config.settings")
        # Settings read the environment once: nothing of Django's may be imported before.
        import django

        django.setup()
        from tests.stack import Broker, Stack, Template

        broker = Broker(folder / "own")
        broker.start()
        exits.callback(broker.end)
        template = Template(folder / "template", server_url=None)
        template.make()
        stack = Stack(folder / "var", broker=broker, template=template, environment=shared)
        exits.enter_context(stack.in_charge())
        stack.start_programs("fulfilment", "letters", "mail")
        yield stack.start_web()


def main() -> None:
    chromium = find_chromium()
    if chromium is None:
        sys.exit("Pictures need Chromium on PATH (apt-get install chromium).")
    folder = Path(os.environ.get("VAR") or ROOT / "var").absolute() / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:] or [*PAGES, "readme"]
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's loop runs in this thread
    with running_product() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)
        for name in wanted:
            if name == "readme":
                take_readme_picture(browser, url, ROOT / "docs" / "images")
                print(ROOT / "docs" / "images" / "bag14.png", flush=True)
            else:
                take_sheet(browser, url, name, folder)
                print(folder / f"{name}.png", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
