"""One world for all rows: each test works on it in a savepoint, which is taken back."""

# Models are imported where they are used: pytest reads this file before Django is set up.

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.hostile.world import HostileWorld


@pytest.fixture(scope="module")
def standing_world(django_db_setup: Any, django_db_blocker: Any) -> "Iterator[HostileWorld]":
    from django.db import transaction

    from tests.hostile.world import make_hostile_world

    with django_db_blocker.unblock(), transaction.atomic():
        # As around a test case: what asks for an outermost transaction gets this one.
        transaction.get_connection().atomic_blocks[-1]._from_testcase = True
        yield make_hostile_world()
        transaction.set_rollback(True)


@pytest.fixture
def hostile_world(standing_world: "HostileWorld") -> "Iterator[HostileWorld]":
    from django.db import transaction

    before = transaction.savepoint()
    yield standing_world
    transaction.savepoint_rollback(before)


@pytest.fixture
def _django_db_helper(hostile_world: "HostileWorld") -> None:
    """In place of pytest-django's, whose transaction for each test ends with the connection, and so with the world."""
