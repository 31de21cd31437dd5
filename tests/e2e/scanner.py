"""What a keyboard wedge does on a page."""

from playwright.sync_api import Page, expect


def type_text(page: Page, text: str) -> None:
    """Into the field that waits for it: a browser sets the focus a moment after the page is there."""
    expect(page.locator("input:focus")).to_be_visible()
    page.keyboard.type(text)


def scan(page: Page, text: str = "") -> None:
    """The code into the field that waits for it, and Enter."""
    if text:
        type_text(page, text)
    with page.expect_navigation():
        page.keyboard.press("Enter")
