"""Each order that a client was promised is there once, with what was granted since."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from django.db.models import Count

from orders.models import Order, OrderContact
from tests.soak.checks.finding import Fault, Finding
from tests.soak.memory import Wish

ENDED = (Order.State.CANCELLED, Order.State.CLOSED, Order.State.DECLINED)


def check_orders(wishes: Iterable[Wish]) -> Iterator[Finding]:
    wishes = list(wishes)
    orders = {order.number: order for order in Order.objects.annotate(line_count=Count("lines"))}
    placed: dict[str, list[str]] = defaultdict(list)
    contacts = OrderContact.objects.filter(order__follows=None)
    for email, number in contacts.values_list("email_key", "order__number"):
        placed[email].append(number)
    seen = Counter(wish.number for wish in wishes if wish.number)
    for wish in wishes:
        yield from _check_wish(wish, orders.get(wish.number), placed[wish.email])
        if wish.number and seen[wish.number] > 1:
            yield Finding("lost", "two wishes were answered with one order", wish.number)
    for email in placed.keys() - {wish.email for wish in wishes}:
        yield Finding("double", "an order that no client asked for", f"{placed[email]}")
    for number, count in (
        Order.objects.annotate(count=Count("followed_by")).filter(count__gt=1).values_list("number", "count")
    ):
        yield Finding("double", "followed up more than once", f"{number}, {count} times")


def _check_wish(wish: Wish, order: Order | None, placed: list[str]) -> Iterator[Finding]:
    if wish.others:
        yield Finding("double", "the same request made several orders", f"{wish.number}, {wish.others}")
    if len(placed) > 1:
        yield Finding("double", "one wish, several orders", f"{wish.email}: {placed}")
    if not wish.number:
        if wish.again and not wish.refused:
            yield Finding("untold", "never answered, though sent again and again", wish.email)
        return
    if order is None:
        yield Finding("lost", "an accepted order is not there", wish.number)
        return
    if placed and wish.number not in placed:
        yield Finding("lost", "the contact belongs to another order", wish.number)
    if wish.cancelled and not order.events.filter(type__in=("cancelled", "closed")).exists():
        yield Finding("lost", "a granted cancellation", f"{wish.number} is {order.state}")
    if wish.erased and (order.erased_at is None or placed):
        yield Finding("lost", "a granted erasure", wish.number)
    if not placed and not wish.erasing:
        yield Finding("lost", "the address of an order", wish.number)
    lines: int = getattr(order, "line_count")  # noqa: B009 (an annotation)
    if not wish.lines <= lines <= wish.lines + wish.lines_unanswered:
        fault: Fault = "lost" if lines < wish.lines else "double"
        yield Finding(fault, "lines", f"{wish.number} has {lines} lines, {wish.lines} were promised")
