"""The main story, in every combination of language, width and script: a whole bag in three pages."""

from collections.abc import Callable

import pytest

from orders.models import Order
from tests.cast import SmallSet
from tests.e2e.customer import Customer, do_jobs

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Customer]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "es", "fa"])
def test_a_whole_bag_in_three_pages(
    visit: Visit, cantina: SmallSet, language: str, width: int, script: bool
) -> None:
    john = visit(language=language, width=width, script=script)
    john.open("/")
    john.look()
    john.page.fill("#q", "75290")
    with john.page.expect_navigation():
        john.page.press("#q", "Enter")
    john.look()
    with john.page.expect_navigation():
        john.page.click("a.set-row")
    john.look()
    john.page.check("#choose input[name=bag][value='14']")
    with john.page.expect_navigation():
        john.page.locator("#choose .button[formaction]").first.click()
    john.type_address()
    john.look()  # page 1
    john.press("check")
    john.look()  # page 2
    john.press("place")
    john.look()  # page 3
    order = Order.objects.get()
    assert f"/orders/{order.number}/" in john.page.url
    assert order.number in john.page.inner_text("h1 + .lead")
    assert order.language == language
    assert john.page.get_attribute("html", "dir") == ("rtl" if language == "fa" else "ltr")
    do_jobs()
    john.page.reload()
    assert "bag 14" in john.page.inner_text(".letter") or language != "en"
    john.look()
