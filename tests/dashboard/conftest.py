"""The staff who use the pages, and the data that they work on."""

# Models are imported where they are used: pytest reads this file before Django is set up.

import pytest
from django.test import Client


def signed_in(role: str, username: str = "") -> Client:
    from accounts.models import Role
    from tests.cast import staff_user

    client = Client()
    client.force_login(staff_user(Role(role), username))
    return client


@pytest.fixture
def paula(db: None) -> Client:
    """A packer."""
    return signed_in("warehouse")


@pytest.fixture
def peter(db: None) -> Client:
    """Another packer."""
    return signed_in("warehouse", "peter")


@pytest.fixture
def leo(db: None) -> Client:
    """A lead."""
    return signed_in("lead")


@pytest.fixture
def sandra(db: None) -> Client:
    """Works in service."""
    return signed_in("service")


@pytest.fixture
def quinn(db: None) -> Client:
    """Works in quality."""
    return signed_in("quality")
