"""The API against its own OpenAPI document, with generated requests: each operation by itself, and one after the other
along the document's links. Runs all checks of schemathesis.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, settings
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.stateful import run_state_machine_as_test
from schemathesis.specs.openapi import checks

from config.wsgi import application
from tests.api.callers import Caller
from tests.contract.world import World, fitting_names, granted_body, key_of, make_world

pytestmark = pytest.mark.django_db

HEALTH = list(HealthCheck)
FEW = settings(max_examples=3, derandomize=True, deadline=None, database=None, suppress_health_check=HEALTH)
MANY = settings(max_examples=60, deadline=None, database=None, suppress_health_check=HEALTH)
# By other callers than the lead, whom most operations refuse: without the cases that schemathesis lays out one by one.
SOME = settings(
    max_examples=20, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=HEALTH
)
CALLERS = ("nobody", "customer", "service", "warehouse", "quality")
# The codes for rules that a document cannot express: a refusal may have them though the request follows the document.
ONLY_WE_KNOW = {
    "bag_or_piece", "bag_twice", "invalid", "invalid_cursor", "out_of_range", "piece_not_in_set", "required",
    "too_many", "unknown_bag", "unknown_country", "unknown_number", "unknown_piece", "unknown_reason",
    "missing_table", "unknown_file", "duplicate_file", "same_bin", "order_twice", "too_many_orders", "unprintable",
    "unknown_set", "unknown_sku", "unknown_trouble", "unknown_decision", "control_characters", "unknown_order",
    "bad_value", "unknown_theme", "unknown_word", "unknown_line", "unknown_answer", "line_twice", "nothing_left",
    "missing", "untrue", "letter_changed",
}  # fmt: skip

schema = schemathesis.openapi.from_path(Path(__file__).parent / "openapi.yaml")
schema.app = application


@pytest.fixture(autouse=True)
def _requests_leave_the_connection_open() -> Iterator[None]:
    """As Django's test client does: else the first request ends the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def world(db: None, request: pytest.FixtureRequest) -> Iterator[World]:
    """With a letter only for tests that need it, since composing takes a moment. Reports the number of requests."""
    name = request.node.name
    made = make_world(with_letter="letter" in name or "one_call" in name)
    yield made
    request.node.user_properties.append(("requests", str(made.calls.total())))


def refused_for_what_only_we_know(ctx: Any, response: Any, case: Any) -> None:
    """A request that follows the document is refused only for rules that a document cannot express."""
    if response.status_code == 400 and case.meta is not None and case.meta.generation.mode.is_positive:
        codes = {problem["code"] for problem in response.json()["errors"]}
        assert codes, response.text
        assert codes <= ONLY_WE_KNOW, f"{case.operation.label}: {response.text}"


def checks_left_out(case: Any) -> list[Any]:
    """A parameter left blank counts as not given (docs/api.md), whatever its type.

    And a link may replace the value that was wrong on purpose by a right one.
    """
    is_blank = any(value in ("", None, [], {}) for value in (case.query or {}).values())
    is_corrected = case.meta is not None and all(
        part.mode.is_positive for part in case.meta.components.values()
    )
    return [checks.negative_data_rejection] if is_blank or is_corrected else []


def headers_of(world: World, caller: str = "lead") -> dict[str, str]:
    authorization = world.authorizations[caller]
    return {"Accept-Encoding": "identity"} | ({"Authorization": authorization} if authorization else {})


def check(case: Any, world: World, caller: str = "lead") -> None:
    """Call with generated values, at an existing address, and check the answer against the document."""
    world.calls[case.operation.label] += 1
    path = case.meta.components.get(ParameterLocation.PATH) if case.meta is not None else None
    for name in case.path_parameters if path is None or path.mode.is_positive else ():
        # For half of the values, chosen by the value itself, so that a failure can be repeated.
        if len(str(case.path_parameters[name])) % 2 and name in world.names:
            case.path_parameters[name] = world.names[name]
    case.call_and_validate(
        headers=headers_of(world, caller),
        additional_checks=[refused_for_what_only_we_know],
        excluded_checks=checks_left_out(case),
        base_url="http://testserver",
    )


@schema.parametrize()
@FEW
def test_generated_requests_keep_the_contract(case: Any, world: World) -> None:
    check(case, world)


@pytest.mark.long
@schema.parametrize()
@MANY
def test_generated_requests_keep_the_contract_for_long(case: Any, world: World) -> None:
    check(case, world)


@pytest.mark.long
@pytest.mark.parametrize("caller", CALLERS)
@schema.parametrize()
@SOME
def test_generated_requests_of_each_caller_keep_the_contract_for_long(
    case: Any, world: World, caller: str
) -> None:
    check(case, world, caller)


def follow_the_links(
    world: World, operations: Any, *, scenarios: int, steps: int, fixed: bool
) -> dict[str, set[int]]:
    """Call operations one after the other along the links. Returns each operation's statuses."""
    seen: dict[str, set[int]] = {}

    class Story(operations.as_state_machine()):  # type: ignore[misc]
        # Each story begins with the same world, so that a repeated story gives the same result.
        def setup(self) -> None:
            super().setup()
            self.before, self.steps_made = transaction.savepoint(), 0

        def teardown(self) -> None:
            transaction.savepoint_rollback(self.before)
            super().teardown()

        def before_call(self, case: Any) -> None:
            # Generated requests are seldom granted, so three in four are replaced by one that is, if there is one.
            positive = case.meta is not None and case.meta.generation.mode.is_positive
            name = case.operation.definition.raw["operationId"]
            self.steps_made += 1
            if positive and random.Random(f"{name} {self.steps_made}").random() < 0.75:
                body = granted_body(name)
                # Only if there is a body: an optional body that is set to nothing would count as wrong.
                if body is not None:
                    case.body = body
                case.path_parameters.update(fitting_names(name))

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": headers_of(world), "base_url": "http://testserver"}

        def after_call(self, response: Any, case: Any) -> None:
            super().after_call(response, case)
            world.calls[case.operation.label] += 1
            seen.setdefault(case.operation.definition.raw["operationId"], set()).add(response.status_code)

        def validate_response(
            self, response: Any, case: Any, additional_checks: Any = None, **_: Any
        ) -> None:
            case.validate_response(
                response,
                additional_checks=[refused_for_what_only_we_know],
                excluded_checks=checks_left_out(case),
                headers=headers_of(world),
                transport_kwargs={"headers": headers_of(world), "base_url": "http://testserver"},
                recorder=self.recorder,
            )

    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=scenarios,
            stateful_step_count=steps,
            derandomize=fixed,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=HEALTH,
        ),
    )
    return seen


# The life of an order, from the request to the returned shipment: by chance, calls seldom come in this order.
LIFE = schema.include(
    operation_id=[
        "getSet", "createOrder", "getOrder", "changeAddress", "addLines", "markLineFound", "cancelOrder", "reviewOrder",
        "createWave", "getWave", "confirmPick", "getShipment", "packShipment", "shipShipment", "deliverShipment",
        "returnShipment", "followUp", "sendAgain", "closeOrder", "getSubstitutes", "getMails",
    ]
)  # fmt: skip


def test_one_call_after_the_other_keeps_the_contract(world: World) -> None:
    seen = follow_the_links(world, schema, scenarios=12, steps=12, fixed=True)
    assert len(seen) >= 15, seen


@pytest.mark.long
def test_one_call_after_the_other_keeps_the_contract_for_long(world: World) -> None:
    seen = follow_the_links(world, schema, scenarios=100, steps=20, fixed=False)
    assert len(seen) >= 60, seen


@pytest.mark.long
def test_one_call_after_the_other_keeps_the_contract_in_the_life_of_an_order_for_long(world: World) -> None:
    seen = follow_the_links(world, LIFE, scenarios=100, steps=30, fixed=False)
    for name in ("createOrder", "addLines", "createWave", "followUp"):
        assert 201 in seen[name], (name, seen)
    for name in (
        "changeAddress",
        "cancelOrder",
        "getOrder",
        "markLineFound",
        "confirmPick",
        "packShipment",
        "shipShipment",
    ):
        assert 200 in seen[name], (name, seen)


def test_the_example_of_the_document_is_accepted_as_it_stands(world: World) -> None:
    operation = schema.raw_schema["paths"]["/api/v1/orders/"]["post"]
    for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
        answer = Caller(key_of("lead")).place(example["value"])
        assert answer.status == 201, answer.json
