"""Masking a customer in a text, for people who need only its words: what the registry marks goes, the rest stays."""

import re

from orders.models import Order
from orders.privacy.registry import REGISTRY

MASK = "\N{BLACK SQUARE}" * 3
# A shorter word, such as an initial or "St", stands in too many texts to be a name in each.
SHORTEST = 3


def redact(text: str, order: Order) -> str:
    """The text without the names, addresses and numbers that identify the order's customer, or the builder.

    A word of a name is masked also where it stands alone, in any case, but not inside another word.
    """
    wanted = sorted(_identifying(order), key=len, reverse=True)
    if not wanted:
        return text
    pattern = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in wanted)
    return re.sub(pattern, MASK, text, flags=re.IGNORECASE)


def _identifying(order: Order) -> set[str]:
    found: set[str] = set()
    for rows in REGISTRY:
        masked = [column.name for column in rows.columns if column.mask]
        if masked:
            for values in rows.of_orders([order.pk]).values_list(*masked):
                for value in filter(None, values):
                    found |= {value, *re.split(r"[\s,]+", value)}
    return {word for word in found if len(word) >= SHORTEST}
