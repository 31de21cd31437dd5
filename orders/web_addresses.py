"""Where an order has what looks like an address in the net: a person reads it before a mail or a letter repeats it."""

from collections.abc import Mapping

from core.web_addresses import find_web_address, looks_like_a_name
from orders.models import OrderContact

#: The texts of a customer that a mail, a letter, a label or a page repeats.
FIELDS = (
    "name",
    "builder_name",
    "line1",
    "line2",
    "city",
    "region",
    "postal_code",
    "message",
    "bought_at",
    "described_set",
    "described",
)
_NAMES = ("name", "builder_name")
REASON = "web_address"


def suspicious_fields(texts: Mapping[str, str]) -> list[str]:
    """The fields of these texts that a person has to read first."""
    return [
        name
        for name, text in texts.items()
        if text and (not looks_like_a_name(text) if name in _NAMES else find_web_address(text))
    ]


def suspicious_fields_of(contact: OrderContact) -> list[str]:
    """The same for an order as it is stored."""
    return suspicious_fields({name: getattr(contact, name) for name in FIELDS})
