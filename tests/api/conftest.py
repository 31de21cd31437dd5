"""Programs that call the API, and their requests."""

# Models are imported where they are used: pytest reads this file before Django is set up.

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.api.callers import Caller


@pytest.fixture(autouse=True)
def _count_in_the_broker() -> Iterator[None]:
    """Every test counts in the broker again, also after a test that stopped it."""
    from core.throttling import forget_absence

    forget_absence()
    yield
    forget_absence()


@pytest.fixture
def anybody() -> "Caller":
    """A program without a key."""
    from tests.api.callers import Caller

    return Caller()


@pytest.fixture
def shop(db: None) -> "Caller":
    """A retailer's program: a key without a role."""
    from accounts.models import issue_api_key
    from tests.api.callers import Caller

    return Caller(issue_api_key(name="shop")[1])


@pytest.fixture
def works_as(db: None) -> Callable[[str], "Caller"]:
    """A program with a role, which acts for that member of staff of the cast."""
    from accounts.models import Role, issue_api_key
    from tests.api.callers import Caller
    from tests.cast import staff_user

    def caller(role: str) -> Caller:
        return Caller(issue_api_key(name=role, role=role, user=staff_user(Role(role)))[1])

    return caller


@pytest.fixture
def packer(works_as: "Callable[[str], Caller]") -> "Caller":
    return works_as("warehouse")


@pytest.fixture
def body() -> dict[str, Any]:
    """John asks for bag 14."""
    return {
        "set_num": "75290-1",
        "lines": [{"bag": "14"}],
        "customer": {"name": "John", "email": "john@example.com"},
        "address": {
            "line1": "1 Main St",
            "city": "Springfield",
            "region": "IL",
            "postal_code": "62701",
            "country": "US",
        },
    }
