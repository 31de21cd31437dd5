"""The cast: the same people and the same few sets everywhere.

John misses bag 14 of his Mos Eisley Cantina, Maria wants the same bag; Paula packs, Leo leads, Sandra is in service,
Quinn in quality. `small_set` has bags 13 and 14 and three kinds of pieces:

    bag 13: 4 red bricks 3001       bag 14: 2 red bricks 3001 and 1 grey plate 3024       loose: 5 tan tiles 3070b
"""

from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Role, User
from catalog.models import Bag, Color, Content, Element, Inventory, Part, Piece, Set, Theme
from orders.allocation.fulfilment import allocate_order
from orders.intake.order_request import AddressRequest, CustomerRequest, LineRequest, OrderRequest
from orders.intake.placing import place_order
from orders.lifecycle import shown_status
from orders.models import Order
from warehouse.items import items_of_bags, items_of_pieces
from warehouse.locks import lock_items
from warehouse.models import Bin, StockItem, StockLevel
from warehouse.stocking import change_level

_counter = count(1)

JOHN = CustomerRequest(name="John", email="john@example.com", language="en")
MARIA = CustomerRequest(name="María Ruiz", email="maria@example.com", language="es")
SPRINGFIELD = AddressRequest(
    line1="1 Main St", city="Springfield", region="IL", postal_code="62701", country="US"
)
MADRID = AddressRequest(
    line1="Calle Mayor 1", city="Madrid", region="Madrid", postal_code="28013", country="ES"
)


@dataclass(frozen=True)
class SmallSet:
    """The set and what is in it, by names tests can speak of."""

    set: Set
    bag13: Bag
    bag14: Bag
    red: Piece
    grey: Piece
    tan: Piece


def small_set(set_num: str = "75290-1", *, bags_known: bool = True) -> SmallSet:
    """A set of two bags and some loose tiles, with weights; its pieces are shared between sets."""
    theme, _ = Theme.objects.get_or_create(id=158, defaults={"name": "Star Wars"})
    set_ = Set.objects.create(
        set_num=set_num,
        name="Mos Eisley Cantina",
        year=2020,
        theme=theme,
        num_parts=12,
        bags_known=bags_known,
    )
    inventory = Inventory.objects.create(set=set_, imported_at=timezone.now())
    set_.inventory = inventory
    set_.save(update_fields=["inventory"])
    red = piece("3001", 4, "Brick 2 x 4", "Red", "C91A09", 2_320, element="300121")
    grey = piece("3024", 71, "Plate 1 x 1", "Light Bluish Gray", "A0A5A9", 220)
    tan = piece("3070b", 19, "Tile 1 x 1", "Tan", "E4CD9E", 260)
    bag13 = Bag.objects.create(set=set_, label="13", position=13)
    bag14 = Bag.objects.create(set=set_, label="14", position=14)
    rows: list[tuple[Bag | None, Piece, int]] = [
        (bag13, red, 4),
        (bag14, red, 2),
        (bag14, grey, 1),
        (None, tan, 5),
    ]
    Content.objects.bulk_create(
        [Content(inventory=inventory, bag=bag, piece=p, quantity=n) for bag, p, n in rows]
    )
    return SmallSet(set_, bag13, bag14, red, grey, tan)


def piece(
    part_num: str, color_id: int, name: str, color: str, rgb: str, weight_mg: int, *, element: str = ""
) -> Piece:
    part, _ = Part.objects.get_or_create(part_num=part_num, defaults={"name": name, "category": "Bricks"})
    color_row, _ = Color.objects.get_or_create(id=color_id, defaults={"name": color, "rgb": rgb})
    row, _ = Piece.objects.get_or_create(
        part=part, color=color_row, defaults={"weight_mg": weight_mg, "weight_kind": "measured"}
    )
    if element:
        Element.objects.get_or_create(element_id=element, defaults={"piece": row})
    return row


def stock_piece(piece: Piece, quantity: int, bin_code: str = "A-01-1-01") -> StockItem:
    """So many of a piece arrive in a bin."""
    return _stock(items_of_pieces([piece.pk])[piece.pk], quantity, bin_code)


def stock_bag(bag: Bag, quantity: int, bin_code: str = "B-01-1-01") -> StockItem:
    """So many packed bags arrive in a bin."""
    return _stock(items_of_bags([bag.pk])[bag.pk], quantity, bin_code)


def _stock(item_id: int, quantity: int, bin_code: str) -> StockItem:
    bin_, _ = Bin.objects.get_or_create(code=bin_code)
    with transaction.atomic():
        lock_items([item_id])
        change_level(item_id=item_id, bin_id=bin_.pk, delta=quantity, reason="received")
    return StockItem.objects.get(pk=item_id)


def request_for(
    set_num: str = "75290-1",
    *lines: LineRequest,
    customer: CustomerRequest = JOHN,
    address: AddressRequest = SPRINGFIELD,
    **more: Any,
) -> OrderRequest:
    """John asks for bag 14, unless told otherwise."""
    return OrderRequest(
        set_num=set_num, lines=lines or (LineRequest(bag="14"),), customer=customer, address=address, **more
    )


def order_for(*lines: LineRequest, set_num: str = "75290-1", **more: Any) -> Order:
    """An order that was placed, and not yet looked at by any job. Each is a household of its own."""
    number = next(_counter)
    customer = replace(more.pop("customer", JOHN), email=f"john{number}@example.com")
    address = replace(more.pop("address", SPRINGFIELD), line1=f"{number} Main St")
    wanted = request_for(set_num, *lines, customer=customer, address=address, **more)
    return place_order(wanted=wanted, channel="api").order


def allocated_order(*lines: LineRequest, **more: Any) -> Order:
    """An order that the fulfilment job has seen."""
    order = order_for(*lines, **more)
    with transaction.atomic():
        allocate_order(order.pk)
    order.refresh_from_db()
    return order


def staff_user(role: Role = Role.WAREHOUSE, username: str = "") -> User:
    """Paula who packs, unless another role is named."""
    names = {Role.WAREHOUSE: "paula", Role.LEAD: "leo", Role.SERVICE: "sandra", Role.QUALITY: "quinn"}
    user, _ = User.objects.get_or_create(username=username or names[role], defaults={"role": role})
    return user


def status_of(order: Order) -> str:
    """What the customer's page says of the order as it is stored now."""
    order = Order.objects.get(pk=order.pk)
    return shown_status(order, order.lines.all(), order.shipments.all())


def levels(item: StockItem) -> dict[str, tuple[int, int]]:
    """bin -> (on hand, reserved)"""
    rows = StockLevel.objects.filter(item=item).values_list("bin__code", "on_hand", "reserved")
    return {code: (on_hand, reserved) for code, on_hand, reserved in rows}
