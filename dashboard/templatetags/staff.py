"""What the staff's templates need: words for codes, ages, weights, and who may see what."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from dashboard import wording
from dashboard.access import NAVIGATION, NavEntry
from notifications.wording import direction_of
from orders.models import OrderLine
from warehouse.models import StockItem

register = template.Library()


@register.filter
def age(since: datetime | None) -> str:
    """How long ago, in short: 5 min, 3 h, 2 days."""
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
    """Milligrams as grams, without zeros at the end: 43.1 g, 0.22 g."""
    if weight_mg is None:
        return "unknown"
    return f"{weight_mg / 1000:.3f}".rstrip("0").rstrip(".") + " g"


@register.filter
def free(item: Any) -> int:
    """How many of an item are not reserved, in all its bins together."""
    return int(item.total_on_hand - item.total_reserved)


@register.filter
def status_words(code: str) -> str:
    return wording.STATUSES.get(code, code)


@register.filter
def status_tone(code: str) -> str:
    return wording.TONES.get(code, "over")


@register.filter
def end_words(reason: str) -> str:
    """Why an order ended."""
    return wording.end_words(reason)


@register.filter
def pruned_words(name: str) -> str:
    """What a retention run pruned."""
    return wording.PRUNED.get(name, name)


@register.filter
def mail_words(kind: str) -> str:
    return wording.MAIL_KINDS.get(kind, kind)


@register.filter
def mail_hold_words(reason: str) -> str:
    return wording.MAIL_HOLDS.get(reason, reason)


@register.filter
def direction(language: str) -> str:
    """The direction of a text in this language. A browser would take a Persian letter to John for an English one."""
    return direction_of(language)


@register.filter
def hold_words(reason: str) -> str:
    return wording.LETTER_HOLDS.get(reason, reason)


@register.filter
def movement_words(reason: str) -> str:
    return wording.MOVEMENTS.get(reason, reason)


@register.filter
def review_words(reason: str, fields: Iterable[str] = ()) -> str:
    return wording.review_words(reason, fields)


@register.filter
def answer_words(answer: str) -> str:
    return wording.ANSWERS.get(answer, answer)


@register.filter
def event_words(type_: str) -> str:
    return wording.EVENTS.get(type_, type_)


@register.filter
def event_details(event: Any) -> str:
    return wording.event_details(event.type, event.data)


@register.filter
def label_words(line: OrderLine) -> str:
    """The label of a line's bag, with a note where it is none of ours."""
    return wording.label_words(line)


@register.filter
def item_words(item: StockItem) -> str:
    """An item in words. Its piece, part, colour, bag and set must be loaded already."""
    return wording.item_words(item)


@register.filter
def job_words(kind: str) -> str:
    """What a job does, by its kind."""
    return wording.JOB_KINDS.get(kind, kind)


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> list[tuple[NavEntry, bool]]:
    """The pages that this user may see, each with whether the current page belongs to it."""
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
    """Whether the user has one of these roles."""
    user = context["request"].user
    return isinstance(user, User) and user.has_role(*roles)
