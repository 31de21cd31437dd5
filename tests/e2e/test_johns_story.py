"""The whole of it with every process of its own: from the missing bag to the parcel with its letter, and forgotten."""

import json
import re
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from orders.models import LetterVersion, Order
from tests.e2e.customer import Customer
from tests.e2e.scanner import scan, type_text
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]


def _sign_in(page: Page, stack: Stack) -> None:
    account = json.loads((stack.var / "demo-accounts.json").read_text())["lead"]
    page.goto(f"{stack.url}/dashboard/orders/?view=ready")
    page.get_by_label("User name").fill(account["username"])
    page.get_by_label("Password").fill(account["password"])
    scan(page)


def test_john_misses_bag_14(make_stack: Any, browser: Browser, tmp_path: Path) -> None:
    stack = make_stack(EMAIL_URL="")
    stack.start_everything()
    customer = Customer(browser.new_context(locale="en").new_page(), stack.url, script=True)
    order = customer.place_bag()
    page = customer.page
    assert page.url.startswith(f"{stack.url}/orders/{order.number}/")
    expect(page.get_by_text(order.number).first).to_be_visible()

    stack.wait_until(lambda: list((stack.var / "mail").glob("*.eml")), "the letter is mailed")
    letter = LetterVersion.objects.get(letter__order=order)
    for word in ("Lord Vader", "Han", "bag 14", "John"):
        assert word in letter.body
    page.reload()
    expect(page.get_by_text("Lord Vader").first).to_be_visible()

    allocated = Order.objects.filter(pk=order.pk, state="allocated")
    stack.wait_until(allocated.exists, "the parts are found")
    staff = browser.new_context(locale="en").new_page()
    _sign_in(staff, stack)
    staff.check(f'input[value="{order.number}"]')
    with staff.expect_navigation():
        staff.locator(".stick .button").first.click()
    scan(staff, staff.locator(".big-bin").inner_text())
    expect(staff.get_by_text("Every stop is done.")).to_be_visible()
    scan(staff)
    scan(staff, staff.locator(".big-figure").inner_text().removesuffix(" g"))
    type_text(staff, "1Z14")
    staff.keyboard.press("Tab")
    scan(staff, "Post")
    expect(staff.get_by_text("is on its way.")).to_be_visible()

    page.reload()
    expect(page.get_by_text("1Z14").first).to_be_visible()
    assert Order.objects.get(pk=order.pk).state == "closed"

    page.click(f".foot a[href*='{order.number}/data/']")
    customer.press("erase")
    asked = f"/orders/{order.number}/"
    stack.wait_until(lambda: _link_mailed(stack.var, asked), "the link to erase is mailed")
    page.goto(f"{stack.url}{_link_mailed(stack.var, asked)}")
    page.click(".button.warn")
    expect(page.get_by_role("heading", name="Your data is erased")).to_be_visible()
    if stack.database_url.startswith("sqlite"):
        _nothing_personal_is_left(stack.var)
    assert not list((stack.var / "mail").iterdir())


def _link_mailed(var: Path, begins: str) -> str:
    """The link that proves who asks, out of the mail that bears it; "" while there is none."""
    for path in (var / "mail").glob("*.eml"):
        body = message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",))
        if body and (found := re.search(rf"{re.escape(begins)}\S+proof=\S+", body.get_content())):
            return found[0]
    return ""


def _nothing_personal_is_left(var: Path) -> None:
    """In no file under VAR: database, logs, mails, the broker's own."""
    for path in var.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            for word in (b"john@example.com", b"1 Main St", b"Springfield"):
                assert word not in content, f"{word!r} in {path}"
