"""What a household may ask for without a review. The limits are settings."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from catalog.models import Set
from catalog.suggestions import pieces_of_figures
from core.throttling import Window, count, look
from orders.intake.validation import CheckedLine, CheckedRequest
from orders.models import Order, OrderContact, OrderLine
from orders.web_addresses import REASON


def review_reasons(
    checked: CheckedRequest,
    *,
    exempt: bool = False,
    follows: Order | None = None,
    network: str = "",
    spend: bool = False,
) -> list[str]:
    """Why a person should review a request before parts go out: codes, none for most requests.

    `network`: where a caller without a key asks from; many households there are one who empties our shelves. With
    `spend` the request counts there, else it is only a look.

    Where the answer counts, the caller holds the household's lock: otherwise two simultaneous requests would both pass
    as the last one allowed.
    """
    reasons = ["described"] if checked.to_identify else []
    reasons += unknown_contents(checked.lines)
    if checked.suspicious and not exempt:
        reasons.append(REASON)
    if follows is not None:
        reasons.append("follows_another")
    if exempt or follows is not None:
        return reasons
    reasons += too_much(checked.set, checked.lines)
    if is_over_limit(email_key=checked.email_key, address_key=checked.address_key):
        reasons.append("many_requests")
    if network and not _has_room(network, spend=spend):
        reasons.append("many_from_network")
    return reasons


def _has_room(network: str, *, spend: bool) -> bool:
    """Whether this network may place one more order today before a person looks. It counts the order with `spend`."""
    window = Window("network-orders", settings.NETWORK_ORDERS_PER_DAY, 24 * 3600)
    state = count(window, network) if spend else look(window, network)
    return state.granted and (spend or state.remaining > 0)


def unknown_contents(lines: Iterable[CheckedLine]) -> list[str]:
    """The reason `bag_contents_unknown`, where staff must first enter the contents of one of these bags."""
    unknown = any(line.bag_label and (line.bag is None or not line.bag.contents.exists()) for line in lines)
    return ["bag_contents_unknown"] if unknown else []


def too_much(set_: Set | None, lines: Sequence[CheckedLine | OrderLine]) -> list[str]:
    """The reasons to review lines that exceed what one request about a set may ask for.

    Pieces of minifigures have a limit of their own: they are what is collected and sold.
    """
    reasons = []
    quantities: Counter[int] = Counter()
    for line in lines:
        if line.piece is not None:
            quantities[line.piece.pk] += line.quantity
    if quantities.total() > settings.LIMIT_PIECES_PER_ORDER:
        reasons.append("many_pieces")
    # Most requests are too small to need the query.
    if set_ is not None and quantities.total() > settings.LIMIT_FIGURE_PIECES_PER_ORDER:
        of_figures = pieces_of_figures(set_, quantities)
        if sum(quantities[piece] for piece in of_figures) > settings.LIMIT_FIGURE_PIECES_PER_ORDER:
            reasons.append("many_figure_pieces")
    if sum(1 for line in lines if line.bag_label) > settings.LIMIT_BAGS_PER_ORDER:
        reasons.append("many_bags")
    return reasons


def is_over_limit(*, email_key: str, address_key: str, beside: Order | None = None) -> bool:
    """Whether this household has reached its limit of orders, `beside` not counted."""
    since = timezone.now() - timedelta(days=settings.LIMIT_PERIOD_DAYS)
    earlier = (
        OrderContact.objects.filter(Q(email_key=email_key) | Q(address_key=address_key))
        .filter(order__created_at__gte=since)
        .exclude(order__state__in=[Order.State.CANCELLED, Order.State.DECLINED])
    )
    if beside is not None:
        earlier = earlier.exclude(order=beside)
    return earlier.count() >= settings.LIMIT_ORDERS_PER_HOUSEHOLD
