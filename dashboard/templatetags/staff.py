"""What the staff's templates need: words for codes, ages, weights, colours that need not be seen in colour."""

from datetime import datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from dashboard import wording
from dashboard.access import NAVIGATION, NavEntry
from warehouse.models import StockItem

register = template.Library()


@register.filter
def age(since: datetime | None) -> str:
    """How long ago, in one word: 5 min, 3 h, 2 days."""
    if since is None:
        return ""
    minutes = max(int((timezone.now() - since).total_seconds() // 60), 0)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


@register.filter
def grams(weight_mg: int | None) -> str:
    """Milligrams as grams, with all three decimals only where they say something: 43.1 g, 0.22 g."""
    if weight_mg is None:
        return "unknown"
    return f"{weight_mg / 1000:.3f}".rstrip("0").rstrip(".") + " g"


@register.filter
def status_words(code: str) -> str:
    return wording.STATUSES.get(code, code)


@register.filter
def status_tone(code: str) -> str:
    return wording.TONES.get(code, "over")


@register.filter
def mail_words(kind: str) -> str:
    return wording.MAIL_KINDS.get(kind, kind)


@register.filter
def movement_words(reason: str) -> str:
    return wording.MOVEMENTS.get(reason, reason)


@register.filter
def review_words(reason: str) -> str:
    return wording.REVIEW_REASONS.get(reason, reason)


@register.filter
def event_words(type_: str) -> str:
    return wording.EVENTS.get(type_, type_)


@register.filter
def event_details(event: Any) -> str:
    return wording.event_details(event.type, event.data)


@register.filter
def item_words(item: StockItem) -> str:
    """What lies in a bin, in words. Needs piece, part, colour, bag and set to be read already."""
    if item.piece is not None:
        return f"{item.piece.part.name}, {item.piece.color.name}"
    if item.bag is not None:
        return f"Bag {item.bag.label} of {item.bag.set.set_num}, packed"
    return item.sku


# One of these lies over each colour, so that two greys side by side differ for every eye and on paper.
PATTERNS = (
    "",
    "M-2 10 10 -2M-2 20 20 -2M4 28 28 4M14 30 30 14",
    "M7 7h.01M21 7h.01M14 14h.01M7 21h.01M21 21h.01",
    "M0 7h28M0 14h28M0 21h28",
    "M7 0v28M14 0v28M21 0v28",
    "M0 18 18 0M10 28 28 10M0 10 18 28M10 0 28 18",
    "M0 9l7-5 7 5 7-5 7 5M0 19l7-5 7 5 7-5 7 5M0 29l7-5 7 5 7-5 7 5",
)


@register.simple_tag
def swatch(rgb: str, color_id: int) -> SafeString:
    """A colour as a square with its own pattern. Its name stands beside it, so it is decoration to a screen reader."""
    if len(rgb) != 6 or any(digit not in "0123456789abcdefABCDEF" for digit in rgb):
        rgb = "FFFFFF"
    red, green, blue = (int(rgb[start : start + 2], 16) for start in (0, 2, 4))
    over = "#000" if 299 * red + 587 * green + 114 * blue > 128_000 else "#fff"
    return format_html(
        '<svg class="swatch" viewBox="0 0 28 28" aria-hidden="true" focusable="false">'
        '<rect width="28" height="28" rx="4" fill="#{}"/>'
        '<path d="{}" fill="none" stroke="{}" stroke-opacity=".55" stroke-width="2.5" stroke-linecap="round"/>'
        '<rect x="1" y="1" width="26" height="26" rx="3" fill="none" stroke="#767676" stroke-width="2"/></svg>',
        rgb,
        PATTERNS[color_id % len(PATTERNS)],
        over,
    )


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> list[tuple[NavEntry, bool]]:
    """The pages this person has, and whether the current one belongs to each."""
    request: HttpRequest = context["request"]
    user = request.user
    if not isinstance(user, User):
        return []
    current = request.resolver_match.url_name if request.resolver_match else ""
    return [
        (entry, current == entry.name or current in entry.belonging)
        for entry in NAVIGATION
        if user.has_role(*entry.roles)
    ]


@register.simple_tag(takes_context=True)
def may(context: dict[str, Any], *roles: str) -> bool:
    """Whether the person at the page has one of these roles."""
    user = context["request"].user
    return isinstance(user, User) and user.has_role(*roles)
