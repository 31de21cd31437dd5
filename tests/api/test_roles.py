"""What a role changes about limits: service and lead have none, warehouse has all of them, quality places nothing."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import Role, issue_api_key
from accounts.permissions import is_exempt
from orders.allocation.fulfilment import allocate_order
from orders.links import order_token
from orders.models import Order, Shipment, Wave
from tests.api.callers import Caller
from tests.api.test_who import TABLE, Scene
from tests.cast import SmallSet, order_for, staff_user, stock_bag

pytestmark = pytest.mark.django_db
EXEMPT = {"service", "lead"}


def shipped_order() -> Order:
    order = order_for()
    allocate_order(order.pk)
    now = timezone.now()
    wave = Wave.objects.create(created_at=now)
    Shipment.objects.create(
        order=order, wave=wave, slot=1, status="shipped", created_at=now, packed_at=now, shipped_at=now
    )
    return order


@pytest.mark.parametrize("role", ["", *Role.values])
def test_exempt_are_service_and_lead_by_key_and_signed_in(role: str, settings: Any) -> None:
    request = RequestFactory().get("/")
    request.user = staff_user(Role(role), username="x") if role else AnonymousUser()
    assert is_exempt(request) == (role in EXEMPT)
    if role:
        settings.STAFF_MFA = True
        assert not is_exempt(request), "a session without its second factor has no role"
    request.user = AnonymousUser()
    request.auth = issue_api_key(name="key", role=role)[0]  # type: ignore[attr-defined]
    assert is_exempt(request) == (role in EXEMPT)


@pytest.mark.parametrize("role", ["service", "warehouse", "lead"])
def test_limits_hold_for_a_warehouse_key_as_for_any_program(
    cantina: SmallSet, works_as: Any, body: dict[str, Any], settings: Any, role: str
) -> None:
    settings.LIMIT_BAGS_PER_ORDER, settings.KEY_ORDERS_PER_HOUR, settings.REQUESTS_PER_MINUTE = 1, 2, 5
    desk = works_as(role)
    both = body | {"lines": [{"bag": "13"}, {"bag": "14"}]}
    answers = [desk.place(both) for _ in range(3)]
    statuses = [answer.json["status"] for answer in answers if answer.status == 201]
    read = [desk.get("sets/").status for _ in range(4)]
    if role in EXEMPT:
        assert (statuses, read) == (["received"] * 3, [200] * 4)
    else:
        assert (statuses, answers[2].status) == (["in_review"] * 2, 429)
        assert read == [200, 200, 429, 429]


@pytest.mark.parametrize("role", ["service", "warehouse", "lead"])
def test_limits_hold_for_a_warehouse_key_that_asks_for_more(
    cantina: SmallSet, works_as: Any, settings: Any, role: str
) -> None:
    settings.LIMIT_BAGS_PER_ORDER = 1
    order = order_for()
    assert works_as(role).post(f"orders/{order.number}/lines/", {"lines": [{"bag": "13"}]}).status == 201
    order.refresh_from_db()
    assert order.state == ("received" if role in EXEMPT else "in_review")


def test_quality_key_places_nothing_in_any_way(
    cantina: SmallSet, works_as: Any, body: dict[str, Any]
) -> None:
    quality = works_as("quality")
    answer = quality.place(body)
    assert answer.is_refused(403, "permission_denied")
    assert (
        answer.json["detail"] == "The role quality may not place orders. Use a key of another role, or none."
    )
    order = shipped_order()
    held = f"?token={order_token(order)}"
    for path, asked in (("lines", {"lines": [{"bag": "13"}]}), ("follow-up", {"trouble": "not_come"})):
        address = f"/api/v1/orders/{order.number}/{path}/{held}"
        assert quality.post(address, asked).is_refused(403, "permission_denied")
    assert Order.objects.count() == 1
    assert order.lines.count() == 1


@pytest.mark.parametrize("role", ["service", "warehouse", "lead"])
def test_follow_up_shows_the_token_only_to_roles_that_read_letters(
    cantina: SmallSet, works_as: Any, role: str
) -> None:
    order = shipped_order()
    desk = works_as(role)
    answer = desk.post(f"orders/{order.number}/follow-up/", {"trouble": "not_come"})
    assert answer.status == 201
    follower = Order.objects.get(follows=order)
    assert ("token" in answer.json, "status_url" in answer.json) == (role in EXEMPT,) * 2
    assert (order_token(follower) in answer.response.content.decode()) == (role in EXEMPT)
    assert follower.placed_by is None, "the key would own it, and read its letter"
    if role == "warehouse":
        assert desk.get(f"orders/{follower.number}/letter/").is_refused(403, "permission_denied")


def test_follow_up_shows_the_token_to_the_orders_own_callers(cantina: SmallSet) -> None:
    for holder in ("customer", "shop"):
        order = shipped_order()
        caller = Caller(token=order_token(order))
        if holder == "shop":
            key, shop = issue_api_key(name="shop")
            Order.objects.filter(pk=order.pk).update(placed_by=key)
            caller = Caller(shop)
        answer = caller.post(f"orders/{order.number}/follow-up/", {"trouble": "not_come"})
        follower = Order.objects.get(follows=order)
        assert answer.json["token"] == order_token(follower)
        assert answer.json["status_url"].endswith(order_token(follower))
        assert follower.placed_by == (key if holder == "shop" else None)


@pytest.mark.slow
@pytest.mark.parametrize("role", ["warehouse", "quality"])
def test_no_answer_at_all_gives_a_token_to_a_role_that_reads_no_letters(cantina: SmallSet, role: str) -> None:
    """A walk along every operation, with a body that each would take where it takes one."""
    stock_bag(cantina.bag14, 4)
    scene = Scene(cantina)
    caller = scene.caller(role)
    bodies: dict[str, Any] = {
        "followUp": {"trouble": "not_come"},
        "addLines": {"lines": [{"bag": "13"}]},
        "changeAddress": {
            "line1": "2 Main St", "city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US",
        },
        "mailOrderLink": {"number": scene.order.number, "email": scene.order.contact.email},
        "requestData": {"purpose": "erase"},
    }  # fmt: skip
    Shipment.objects.filter(order=scene.order).update(
        status="shipped", packed_at=timezone.now(), shipped_at=timezone.now()
    )
    seen = []
    for name, (method, path, _who, _granted) in TABLE.items():
        filled = path.format(**scene.names["shop's"])
        answer = caller.post(filled, bodies.get(name)) if method == "post" else caller.get(filled)
        seen.append((name, answer.response.content.decode("latin-1")))
    tokens = [order_token(order) for order in Order.objects.all()]
    assert [name for name, text in seen if any(token in text for token in tokens)] == []
    assert [name for name, text in seen if "status_url" in text or '"token"' in text] == []
