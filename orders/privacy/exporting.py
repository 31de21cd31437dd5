"""All that we know about an order, for its customer: what the registry exports, and the rest."""

from typing import Any

from django.db.models import Model

from orders.lifecycle import shown_line_status, shown_status
from orders.models import Order
from orders.privacy.registry import REGISTRY, PersonalRows


def data_of(order: Order) -> dict[str, Any]:
    """The order, its contact, letters, mails, parcels and events, as plain values."""
    lines = list(order.lines.select_related("piece__part", "piece__color"))
    shipments = list(order.shipments.order_by("pk"))
    kept = {rows.section: _exported(rows, order) for rows in REGISTRY if rows.section}
    return {
        "number": order.number,
        "status": shown_status(order, lines, shipments),
        "created_at": order.created_at.isoformat(),
        "language": order.language,
        "set": {"set_num": order.set.set_num, "name": order.set.name},
        **kept.pop("order")[0],
        "you": next(iter(kept.pop("you")), {}),
        "lines": [
            {
                **(
                    exported
                    if line.piece is None
                    else {
                        "part_num": line.piece.part.part_num,
                        "name": line.piece.part.name,
                        "color": line.piece.color.name,
                    }
                ),
                "quantity": line.quantity,
                "reason": line.reason,
                "status": shown_line_status(order, line),
            }
            for line, exported in zip(lines, kept.pop("lines"), strict=True)
        ],
        **kept,
        "events": [
            _values(each, {name: name for name in ("at", "type", "by")}) for each in order.events.all()
        ],
    }


def _exported(rows: PersonalRows, order: Order) -> list[dict[str, Any]]:
    """The rows of one section, with the names that the registry gives their columns."""
    names = {name: name for name in rows.beside}
    names |= {column.name: column.export for column in rows.columns if column.export}
    ordering = rows.model._meta.ordering or ["pk"]
    return [_values(row, names) for row in rows.of_orders([order.pk]).order_by(*ordering)]


def _values(row: Model, names: dict[str, str]) -> dict[str, Any]:
    """These columns of a row under their names in the document; moments as text."""
    values = {shown: getattr(row, name) for name, shown in names.items()}
    return {name: each.isoformat() if hasattr(each, "isoformat") else each for name, each in values.items()}
