"""What a household may ask for before a worker reviews it, shown wherever the customer begins to choose."""

from django import template
from django.conf import settings

register = template.Library()


@register.inclusion_tag("orders/_limits.html")
def limits() -> dict[str, int]:
    """The limits as they are set, in words."""
    return {
        "most_bags": settings.LIMIT_BAGS_PER_ORDER,
        "most_pieces": settings.LIMIT_PIECES_PER_ORDER,
        "most_of_figures": settings.LIMIT_FIGURE_PIECES_PER_ORDER,
        "most_requests": settings.LIMIT_ORDERS_PER_HOUSEHOLD,
        "period_days": settings.LIMIT_PERIOD_DAYS,
    }
