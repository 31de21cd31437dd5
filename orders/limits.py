"""What a household may ask for before a person has a look. The limits are settings."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from orders.checking import CheckedRequest
from orders.models import Order, OrderContact


def review_reasons(
    checked: CheckedRequest, *, exempt: bool = False, follows: Order | None = None
) -> list[str]:
    """Why a person should look at this before parts go out: codes, none for most requests."""
    lines = checked.lines
    reasons = []
    if any(line.bag_label and (line.bag is None or not line.bag.contents.exists()) for line in lines):
        reasons.append("bag_contents_unknown")
    if follows is not None:
        reasons.append("follows_another")
    if exempt or follows is not None:
        return reasons
    if sum(line.quantity for line in lines if line.piece is not None) > settings.LIMIT_PIECES_PER_ORDER:
        reasons.append("many_pieces")
    if sum(1 for line in lines if line.bag_label) > settings.LIMIT_BAGS_PER_ORDER:
        reasons.append("many_bags")
    since = timezone.now() - timedelta(days=settings.LIMIT_PERIOD_DAYS)
    earlier = (
        OrderContact.objects.filter(Q(email_key=checked.email_key) | Q(address_key=checked.address_key))
        .filter(order__created_at__gte=since)
        .exclude(order__state__in=[Order.State.CANCELLED, Order.State.DECLINED])
        .count()
    )
    if earlier >= settings.LIMIT_ORDERS_PER_HOUSEHOLD:
        reasons.append("many_requests")
    return reasons
