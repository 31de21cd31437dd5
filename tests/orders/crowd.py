"""Many orders at once, written straight into the tables: for tests of what happens when thousands wait."""

from datetime import timedelta

from django.utils import timezone

from catalog.models import Piece, Set
from core.codes import new_code
from orders.models import Backorder, Order, OrderContact, OrderLine
from warehouse.items import items_of_pieces


def waiting_crowd(set_: Set, piece: Piece, count: int, *, days_ago: int = 0) -> list[Order]:
    """So many orders, each of which waits for one of this piece."""
    item_id = items_of_pieces([piece.pk])[piece.pk]
    now = timezone.now() - timedelta(days=days_ago)
    numbers: set[str] = set()
    while len(numbers) < count:
        numbers.add(new_code("B14"))
    orders = Order.objects.bulk_create(
        Order(
            number=number,
            set=set_,
            state="backordered",
            language="en",
            country="US",
            channel="web",
            created_at=now,
        )
        for number in sorted(numbers)
    )
    OrderContact.objects.bulk_create(
        OrderContact(
            order=order,
            name="John",
            email=f"john{order.pk}@example.com",
            line1=f"{order.pk} Main St",
            city="Springfield",
            region="IL",
            postal_code="62701",
            country="US",
            email_key=f"john{order.pk}@example.com",
            address_key=f"{order.pk} main st",
        )
        for order in orders
    )
    lines = OrderLine.objects.bulk_create(
        OrderLine(order=order, position=1, piece=piece, backordered=1) for order in orders
    )
    Backorder.objects.bulk_create(
        Backorder(line=line, item_id=item_id, quantity=1, since=now) for line in lines
    )
    return orders
