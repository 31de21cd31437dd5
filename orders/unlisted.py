"""Requests for a set that is not in our catalogue: they point to one placeholder until service finds the set.

The placeholder is retired, so no search finds it, no import touches it and no customer can ask for it by its number.
"""

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Set, Theme
from orders.models import Order, OrderContact

PLACEHOLDER = "unlisted"
_THEME_ID = 0  # Rebrickable's themes count from 1


def placeholder_set() -> Set:
    """The set of all orders whose own set is not known yet; created for the first of them."""
    known = Set.objects.filter(set_num=PLACEHOLDER).first()
    if known is not None:
        return known
    theme, _ = Theme.objects.get_or_create(id=_THEME_ID, defaults={"name": "Not listed"})
    set_, _ = Set.objects.get_or_create(
        set_num=PLACEHOLDER,
        defaults={
            "name": "A set that is not on our list",
            "year": 0,
            "theme": theme,
            "num_parts": 0,
            "retired_at": timezone.now(),
        },
    )
    return set_


def is_unlisted(set_: Set) -> bool:
    """Whether this is the placeholder."""
    return set_.set_num == PLACEHOLDER


def shown_set(order: Order, contact: OrderContact | None) -> Set | dict[str, str]:
    """The set as mails name it (`name`, `set_num`): in the customer's own words while it is not known."""
    if contact is None or not is_unlisted(order.set):
        return order.set
    return {"name": contact.described_set, "set_num": _("not on our list")}
