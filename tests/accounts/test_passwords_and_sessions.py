"""What a password must be, and what ends a session."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import Role, User

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PASSWORD = "correct horse battery"


@pytest.fixture
def paula() -> User:
    return User.objects.create_user("paula-the-picker", password=PASSWORD, role=Role.WAREHOUSE)


def sign_in(client: Client, password: str = PASSWORD) -> int:
    return client.post("/sign-in/", {"username": "paula-the-picker", "password": password}).status_code


@pytest.mark.parametrize("password", ["short-one-1", "telechargement", "megaparol12345", "paula-the-picker"])
def test_a_password_that_is_easy_to_guess_is_refused(paula: User, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, paula)


@pytest.mark.parametrize("password", ["only lower case letters", "۱۲۳۴۵۶۷۸ گذرواژه", "x7!" * 40])
def test_a_password_of_any_composition_and_length_is_taken(paula: User, password: str) -> None:
    validate_password(password, paula)


@pytest.mark.parametrize("typed", [PASSWORD.upper(), f" {PASSWORD}", f"{PASSWORD} ", PASSWORD[:-1]])
def test_a_password_is_taken_as_it_was_typed(client: Client, paula: User, typed: str) -> None:
    assert sign_in(client, typed) == 400
    assert sign_in(client) == 302


def test_a_session_of_a_user_who_left_is_over(client: Client, paula: User) -> None:
    sign_in(client)
    assert client.get("/dashboard/").status_code == 200
    User.objects.update(is_active=False)
    assert client.get("/dashboard/").status_code == 302


def test_the_way_out_is_in_sight(client: Client, paula: User) -> None:
    sign_in(client)
    for page in ("/dashboard/", "/dashboard/stock/", "/account/"):
        assert 'action="/sign-out/"' in client.get(page).content.decode()


@pytest.mark.parametrize("path", ["/", "/privacy/", "/sign-in/", "/api/v1/sets/", "/healthz"])
def test_trace_repeats_nothing_of_the_request(client: Client, path: str) -> None:
    answer = client.generic("TRACE", path, headers={"X-Secret": "not-to-be-repeated"})
    assert b"not-to-be-repeated" not in answer.content
