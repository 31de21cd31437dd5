"""Each line is served once, and what cannot be served waits, written down, for what is not there."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from django.db.models import Count, F, Sum

from catalog.models import Correction
from orders.allocation.options import options_of
from orders.floor.line_locks import line_of
from orders.models import Backorder, Order, OrderLine, PickShare, Shipment, ShipmentLine
from tests.soak.checks.finding import Fault, Finding
from warehouse.models import Reservation, StockLevel

LIVING = (Order.State.RECEIVED, Order.State.ALLOCATED, Order.State.BACKORDERED)
GONE = (Shipment.Status.SHIPPED, Shipment.Status.DELIVERED, Shipment.Status.RETURNED)


def check_lines() -> Iterator[Finding]:
    lines = list(OrderLine.objects.select_related("order", "piece", "bag"))
    held, shipped = _held_by_line(), _shipped_by_line()
    waiting = Counter(Backorder.objects.values_list("line_id", flat=True))
    # What was set aside before a bag was corrected is what the bag was then.
    labels = set(Correction.objects.exclude(bag_label="").values_list("set_id", "bag_label"))
    known = {line.pk for line in lines}
    for line_id in held.keys() - known:
        yield Finding("off", "stock reserved for a line that is not there", f"line {line_id}")
    for line in lines:
        name = f"{line.order.number}, line {line.pk}"
        if line.shipped != shipped[line.pk]:
            fault: Fault = "double" if shipped[line.pk] > line.quantity else "off"
            yield Finding(fault, "shipped", f"{name}: {line.shipped}, its parcels hold {shipped[line.pk]}")
        kinds = held[line.pk]
        if line.bag_label:
            if line.reserved != (1 if kinds else 0):
                yield Finding("off", "reserved for a bag", f"{name}: {line.reserved}, held {dict(kinds)}")
            elif kinds and (line.order.set_id, line.bag_label) not in labels and not _is_a_bag(line, kinds):
                yield Finding("double", "a bag holds what makes no bag", f"{name}: {dict(kinds)}")
        elif line.reserved != kinds.total():
            fault = "double" if kinds.total() > line.quantity else "off"
            yield Finding(fault, "reserved for a piece", f"{name}: {line.reserved}, held {kinds.total()}")
        if bool(line.backordered) != bool(waiting[line.pk]):
            yield Finding("off", "waits without being written down", name)
        yield from _check_ended(line, name, kinds)
    yield from _check_shares(lines)


def check_nothing_idle() -> Iterator[Finding]:
    """No line waits for what is there, unless an older line waits in front of it."""
    free: Counter[int] = Counter()
    levels = StockLevel.objects.filter(on_hand__gt=F("reserved"))
    for item_id, quantity in levels.values_list("item_id", F("on_hand") - F("reserved")):
        free[item_id] += quantity
    oldest: dict[int, int] = {}
    for item_id, line_id in Backorder.objects.order_by("line_id").values_list("item_id", "line_id"):
        oldest.setdefault(item_id, line_id)
    waiting = OrderLine.objects.filter(order__state__in=LIVING, found_at=None).select_related("order")
    lines = [line for line in waiting if line.open_quantity]
    wanted = options_of(lines)
    for line in lines:
        for option in wanted[line.pk]:
            needs = option if line.bag_label else Counter(dict.fromkeys(option, 1))
            if all(free[item] >= n and oldest.get(item, line.pk) >= line.pk for item, n in needs.items()):
                yield Finding("stuck", "waits for what is there", f"{line.order.number}, line {line.pk}")
                break


def check_states() -> Iterator[Finding]:
    """An order's state is that of its lines."""
    orders = Order.objects.filter(state__in=LIVING).prefetch_related("lines")
    for order in orders:
        waits = any(line.backordered for line in order.lines.all())
        if order.state == Order.State.RECEIVED:
            yield Finding("stuck", "received and never looked at", order.number)
        elif waits != (order.state == Order.State.BACKORDERED):
            yield Finding(
                "off", "state", f"{order.number} is {order.state}, {'a' if waits else 'no'} line waits"
            )
        if order.erased_at is not None and not order.shipments.exists():
            yield Finding("stuck", "erased and living", order.number)
    ended = Order.objects.exclude(state__in=(*LIVING, Order.State.IN_REVIEW))
    for number in ended.filter(lines__backorders__isnull=False).distinct().values_list("number", flat=True):
        yield Finding("off", "ended and still waiting", number)
    twice = Shipment.objects.filter(status="picking").values("order").annotate(count=Count("pk"))
    for order_id in twice.filter(count__gt=1).values_list("order", flat=True):
        yield Finding("double", "picked twice at once", f"order {order_id}")


def _check_ended(line: OrderLine, name: str, kinds: Counter[int]) -> Iterator[Finding]:
    ended = line.order.state in (Order.State.CANCELLED, Order.State.DECLINED) or line.found_at
    if ended and (kinds or line.backordered):
        yield Finding("off", "ended and still has stock", name)


def _check_shares(lines: list[OrderLine]) -> Iterator[Finding]:
    for line in lines:
        if line.order.state not in LIVING or line.found_at:
            continue
        shares = line.reserved + line.backordered + line.shipped + line.waived
        if shares < line.quantity:
            rule = "a line that is neither served nor waits"
            yield Finding("stuck", rule, f"{line.order.number}, line {line.pk}: {shares} of {line.quantity}")


def _held_by_line() -> dict[int, Counter[int]]:
    """By line and item: what is reserved on the shelves, and what was picked and has not left."""
    held: dict[int, Counter[int]] = defaultdict(Counter)
    rows = Reservation.objects.values_list("reference", "level__item_id", "quantity")
    for reference, item_id, quantity in rows:
        held[line_of(reference)][item_id] += quantity
    shares = PickShare.objects.filter(shipment__status__in=["picking", "packed"], picked_quantity__gt=0)
    for line_id, item_id, quantity in shares.values_list(
        "line_id", "pick__level__item_id", "picked_quantity"
    ):
        held[line_id][item_id] += quantity
    return held


def _shipped_by_line() -> Counter[int]:
    left = ShipmentLine.objects.filter(shipment__status__in=GONE, shipment__resent_at=None)
    return Counter(dict(left.values_list("line_id").annotate(sum=Sum("quantity")).order_by()))


def _is_a_bag(line: OrderLine, kinds: Counter[int]) -> bool:
    return any(kinds == option for option in options_of([line])[line.pk])
