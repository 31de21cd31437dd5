"""Customers at browsers of every kind."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, expect

if TYPE_CHECKING:
    from tests.cast import SmallSet
    from tests.e2e.customer import Customer

PATIENCE = 15_000  # ms for a page to become what is expected of it, on a machine that does other things too
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def cantina(transactional_db: None, voices: None, cantina: "SmallSet") -> "SmallSet":
    """The cast's set with five packed bags 14 on the shelf, and the voices of the letters."""
    # Models cannot be imported yet where pytest reads this file.
    from tests.cast import stock_bag

    stock_bag(cantina.bag14, 5)
    return cantina


@pytest.fixture
def visit(browser: Browser, live_server: Any) -> Iterator[Callable[..., "Customer"]]:
    """Makes a customer: `visit(language="fa", width=360, script=False)`. What the browser complains of is a failure."""
    from tests.e2e.customer import Customer

    customers = []

    def make(*, language: str = "en", width: int = 1280, script: bool = True) -> "Customer":
        context = browser.new_context(
            viewport={"width": width, "height": 800}, locale=language, java_script_enabled=script
        )
        context.set_default_timeout(PATIENCE)
        customer = Customer(context.new_page(), live_server.url, script)
        customers.append(customer)
        return customer

    yield make
    for customer in customers:
        customer.page.context.close()
        if customer.mirror is not None:
            customer.mirror.context.close()
        assert not customer.strangers
        assert not customer.complaints
