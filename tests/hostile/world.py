"""What hostile requests can name: orders in every state, with their tokens, and all that the contract's world has."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import Role, User
from orders.actors import CUSTOMER
from orders.floor.picking import create_wave
from orders.intake.cancelling import cancel_order
from orders.links import order_token
from orders.models import Order, Shipment
from tests.cast import allocated_order, order_for, staff_user
from tests.contract.world import make_world

ROLES = ("service", "warehouse", "quality", "lead")
PASSWORD = "a long and boring password"
# What changes without a new row: stock, states, addresses, weights, links.
SUMS = {
    "stock on hand": "(SELECT sum(on_hand) FROM warehouse_stocklevel)",
    "stock reserved": "(SELECT sum(reserved) FROM warehouse_stocklevel)",
    "orders that ended": "(SELECT count(ended_at) FROM orders_order)",
    "links": "(SELECT sum(link_version) FROM orders_order)",
    "stops done": "(SELECT count(picked_at) FROM orders_pick)",
    "parcels packed": "(SELECT count(packed_at) FROM orders_shipment)",
    "parcels shipped": "(SELECT count(shipped_at) FROM orders_shipment)",
    "lines found": "(SELECT count(found_at) FROM orders_orderline)",
    "weights": "(SELECT sum(weight_mg) FROM catalog_piece)",
    "counts that ended": "(SELECT count(finished_at) FROM warehouse_bincount)",
}
_NAME = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class HostileWorld:
    """What `<name>` stands for, what each caller sends as Authorization, and who is signed in."""

    names: dict[str, str]
    authorizations: dict[str, str]
    sessions: dict[str, str]

    def filled(self, value: Any) -> Any:
        """A text, or all texts of a body, with what each `<name>` stands for. Other angle brackets stay."""
        if isinstance(value, str):
            return _NAME.sub(lambda found: self.names.get(found[1], found[0]), value)
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if isinstance(value, dict):
            return {self.filled(name): self.filled(each) for name, each in value.items()}
        return value


def make_hostile_world() -> HostileWorld:
    made = make_world(with_letter=True)
    lone = order_for()
    waiting = allocated_order()
    cancelled = order_for()
    cancel_order(order_id=cancelled.pk, actor=CUSTOMER)
    renewed = order_for()
    old_token = order_token(renewed)
    renewed.link_version += 1
    renewed.save(update_fields=["link_version"])
    walked = allocated_order()
    wave = create_wave(numbers=[walked.number], by=None)
    names = {name: str(value) for name, value in made.names.items()}
    names |= {"cancelled": cancelled.number, "renewed": renewed.number, "old_token": old_token}
    for name, order in {"fresh": lone, "waiting": waiting, "walked": walked, "gone": cancelled}.items():
        names |= {name: order.number, f"{name}_token": order_token(order)}
        names[f"{name}_line"] = str(order.lines.get().pk)
    names |= {"walked_wave": str(wave.pk), "walked_pick": str(wave.picks.get().pk)}
    named = Order.objects.get(number=names["number"])
    names["token"] = order_token(named)
    for status in ("picking", "packed", "shipped"):
        shipment = Shipment.objects.filter(status=status).exclude(order=named).order_by("pk")[0]
        names |= {f"{status}_shipment": str(shipment.pk), status: shipment.order.number}
        names |= {
            f"{status}_token": order_token(shipment.order),
            f"{status}_line": str(shipment.order.lines.get().pk),
        }
    item = named.shipments.get().wave.picks.get().level.item
    names |= {"item_id": str(item.pk), "sku": item.sku, "bin": "B-01-1-01"}
    sandra = staff_user(Role.SERVICE)
    User.objects.filter(role=Role.LEAD).update(is_staff=True, is_superuser=True)
    sandra.set_password(PASSWORD)
    sandra.save(update_fields=["password"])
    return HostileWorld(names, made.authorizations, {role: _signed_in(role) for role in ROLES})


def _signed_in(role: str) -> str:
    """The cookie of a session of this role's member of the cast."""
    client = Client()
    client.force_login(staff_user(Role(role)))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def count_rows() -> dict[str, int]:
    """How many rows each table has, and a few sums that a half finished change would move; by one query."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    counted = {table: f'(SELECT count(*) FROM "{table}")' for table in tables}  # noqa: S608 (our own tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([*counted.values(), *SUMS.values()])}")
        return dict(zip([*counted, *SUMS], cursor.fetchone(), strict=True))
