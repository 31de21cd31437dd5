"""The API against its own OpenAPI document, with requests that a person would not think of."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from accounts.models import Role, issue_api_key
from config.wsgi import application
from orders.fulfilment import allocate_order
from orders.picking import create_wave
from tests.api.callers import Caller
from tests.cast import order_for, small_set, staff_user, stock_bag, stock_piece

pytestmark = pytest.mark.django_db

HEALTH = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
]
FEW = settings(max_examples=8, derandomize=True, deadline=None, database=None, suppress_health_check=HEALTH)
MANY = settings(max_examples=300, deadline=None, database=None, suppress_health_check=HEALTH)
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
]


schema = schemathesis.openapi.from_path(Path(__file__).parent / "openapi.yaml")
schema.app = application


@pytest.fixture(autouse=True)
def _requests_leave_the_connection_open() -> Iterator[None]:
    """As Django's own test client does: else the test's transaction ends with its first request."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    """What the addresses can name: a set, orders, a wave, a parcel; and the key of a lead, who may do all."""
    cantina = small_set()
    stock_bag(cantina.bag14, 3)
    stock_piece(cantina.red, 50)
    order = order_for()
    allocate_order(order.pk)
    wave = create_wave(numbers=[order.number], by=None)
    return {
        "set_num": "75290-1",
        "element_id": "300121",
        "number": order.number,
        "wave_id": wave.pk,
        "pick_id": wave.picks.get().pk,
        "shipment_id": wave.shipments.get().pk,
        "key": issue_api_key(name="lead", role="lead", user=staff_user(Role.LEAD))[1],
    }


def check(case: Any, world: dict[str, Any]) -> None:
    """Call with what was made up, at an address that is there, and hold the answer against the document."""
    for name in case.path_parameters:
        # Half of the time, by what was made up itself, so that a failure can be repeated.
        if len(str(case.path_parameters[name])) % 2:
            case.path_parameters[name] = world[name]
    # A parameter left blank counts as not given (docs/api.md), whatever its type.
    is_blank = any(value in ("", None, [], {}) for value in (case.query or {}).values())
    case.call_and_validate(
        headers={"Authorization": f"Api-Key {world['key']}", "Accept-Encoding": "identity"},
        checks=[check for check in CHECKS if not (is_blank and check is checks.negative_data_rejection)],
        base_url="http://testserver",
    )


@schema.parametrize()
@FEW
def test_nothing_made_up_breaks_the_contract(case: Any, world: dict[str, Any]) -> None:
    check(case, world)


@pytest.mark.long
@schema.parametrize()
@MANY
def test_nothing_made_up_breaks_the_contract_for_long(case: Any, world: dict[str, Any]) -> None:
    check(case, world)


def test_the_example_of_the_document_is_accepted_as_it_stands(world: dict[str, Any]) -> None:
    operation = schema.raw_schema["paths"]["/api/v1/orders/"]["post"]
    for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
        answer = Caller(world["key"]).place(example["value"])
        assert answer.status == 201, answer.json
